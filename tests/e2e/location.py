"""One location of one test on the deployed stack: its workflows, its events, what became of them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx

from bookflow.bootstrap import Services
from bookflow.domain.events import parse_event
from bookflow.domain.executions.execution import Execution, ExecutionStatus, Step, execution_id
from bookflow.domain.shared.errors import NotFoundError
from bookflow.domain.shared.pagination import MAX_PAGE_SIZE, PageRequest
from bookflow.domain.workflows.export import WorkflowExport
from bookflow.domain.workflows.workflow import Workflow, WorkflowVersion
from bookflow.ports import ExecutionFilter, ReminderSchedule
from bookflow.use_cases.workflows.publish import Publisher
from local.issuer import LocalUser
from local.outbox import Email, Sms
from local.receiver import ReceivedRequest
from local.samples import ahead_of_now
from local.seed import add_workflow, seed_location
from local.stack import LocalStack

LIMIT_SECONDS = 60.0
BOOKING_ID = "bk-1"
VISIT = {"start_time": "2027-06-12T18:30:00+02:00", "end_time": "2027-06-12T20:30:00+02:00"}

Config = Mapping[str, Any]


class OwnLocation:
    """A location with customers, templates and a booking system of its own.

    Everything that it sends or receives carries the location's id, so that tests which share the
    stack see only what is theirs: recipients are at `<location id>.example.com`, and webhooks go
    to paths below `/<location id>/`.
    """

    def __init__(self, stack: LocalStack, services: Services, location_id: str) -> None:
        self.stack = stack
        self.services = services
        self.id = location_id
        self._numbers = itertools.count(1)
        seed_location(services, location_id)

    # --- Workflows -------------------------------------------------------------------------

    def workflow(
        self, workflow_id: str, trigger: Config, nodes: Mapping[str, Config], *edges: str
    ) -> None:
        """Publish and enable a workflow.

        Args:
            workflow_id: Its id and its name.
            trigger: The trigger's configuration.
            nodes: Nodes by id, without id and position.
            edges: Texts such as `trigger>crm` or `crm.on_error>note`.
        """
        add_workflow(
            self.services, self.id, workflow_id, drawn(workflow_id, trigger, nodes, *edges)
        )

    def publish_again(self, workflow_id: str, export: WorkflowExport) -> WorkflowVersion:
        """Edit the workflow's draft and publish it as the next version."""
        workflow = self.stored(workflow_id)
        edited = workflow.saved(
            workflow.revision, updated_at=self.services.clock.now(), draft=export.graph
        )
        self.services.workflows.save(edited)
        publisher = Publisher(self.services, self.services.machine_target)
        _, version = publisher.publish(self.id, workflow_id, based_on=edited.revision)
        return version

    def stored(self, workflow_id: str) -> Workflow:
        """Return the workflow as it is stored."""
        return self.services.workflows.get(self.id, workflow_id)

    def machine(self, workflow_id: str) -> str:
        """Return the ARN of the published version's state machine."""
        number = self.stored(workflow_id).published_version
        assert number is not None
        return self.services.workflows.version(self.id, workflow_id, number).machine_arn

    def webhook(self, path: str, **config: Any) -> Config:
        """Return the configuration of a webhook node that calls this place's path."""
        return {"url": f"{self.stack.receiver.url}/{self.id}/{path}", **config}

    # --- Events ----------------------------------------------------------------------------

    def envelope(self, detail_type: str, **detail: Any) -> dict[str, Any]:
        """Return an event as it is on the bus, new unless `event_id` is given."""
        stated = {
            "event_id": f"evt-{next(self._numbers)}",
            "location_id": self.id,
            "occurred_at": self.services.clock.now().isoformat(),
            "booking_id": BOOKING_ID,
            **detail,
        }
        return {"source": "com.example.bookings", "detail-type": detail_type, "detail": stated}

    def created(self, **detail: Any) -> dict[str, Any]:
        """Return a Booking Created event with all that it needs."""
        stated = {
            "customer": {
                "id": "cus-1",
                "first_name": "Ada",
                "last_name": "Lovelace",
                "email": f"ada@{self.id}.example.com",
                "phone": "+4915123456789",
            },
            "activity": {"id": "act-sunset", "name": "Sunset Kayak Tour"},
            "total_amount": {"amount": "118.00", "currency": "EUR"},
            **ahead_of_now(VISIT, self.services.clock.now()),
            "status": "confirmed",
            "booking": {"confirmation_code": "KAY-1", "party_size": 2},
        }
        return self.envelope("Booking Created", **{**stated, **detail})

    def put(self, *envelopes: Mapping[str, Any]) -> None:
        """Put the events on the bus."""
        answer = self.stack.client("events").put_events(
            Entries=[
                {
                    "EventBusName": self.stack.outputs["EventBusName"],
                    "Source": envelope["source"],
                    "DetailType": envelope["detail-type"],
                    "Detail": json.dumps(envelope["detail"]),
                }
                for envelope in envelopes
            ]
        )
        assert answer["FailedEntryCount"] == 0, answer

    def record(self, envelope: Mapping[str, Any]) -> None:
        """Let the booking records know what the event states, without starting anything."""
        self.services.bookings.record(parse_event(envelope))

    # --- What became of them -----------------------------------------------------------------

    def run(self, envelope: Mapping[str, Any], workflow_id: str) -> Execution:
        """Put the event on the bus; return the workflow's execution once it has ended."""
        self.put(envelope)
        return self.ended(envelope["detail"]["event_id"], workflow_id)

    def ended(self, event_id: str, workflow_id: str) -> Execution:
        """Return the execution once it has ended."""
        return self.reached(event_id, workflow_id, *filter(_is_final, ExecutionStatus))

    def reached(self, event_id: str, workflow_id: str, *statuses: ExecutionStatus) -> Execution:
        """Return the execution once it is in one of the statuses."""

        def find() -> Execution | None:
            execution = self.execution(event_id, workflow_id)
            return execution if execution and execution.status in statuses else None

        wanted = " or ".join(statuses) if len(statuses) == 1 else "an end"
        return self.stack.wait_until(
            find, LIMIT_SECONDS, f"{wanted} of {workflow_id} for {event_id} at {self.id}"
        )

    def execution(self, event_id: str, workflow_id: str) -> Execution | None:
        """Return the execution as it is now; None if there is none."""
        try:
            return self.services.executions.get(
                self.id, execution_id(self.id, event_id, workflow_id)
            )
        except NotFoundError:
            return None

    def runs(self, workflow_id: str) -> list[Execution]:
        """Return all executions of the workflow, oldest first."""
        wanted = ExecutionFilter(workflow_id=workflow_id)
        runs = self.services.executions.page(self.id, wanted, PageRequest(MAX_PAGE_SIZE)).items
        return sorted(runs, key=lambda run: run.started_at)

    def steps(self, execution: Execution) -> dict[str, Step]:
        """Return the execution's steps by node id."""
        steps: Sequence[Step] = self.services.executions.steps(self.id, execution.id)
        return {step.node_id: step for step in steps}

    def notes(self, booking_id: str = BOOKING_ID) -> list[str]:
        """Return the texts of the booking's notes, oldest first."""
        return [note.text for note in self.services.notes.list(self.id, booking_id).items]

    def emails(self) -> list[Email]:
        """Return the e-mails to this place's customers."""
        domain = f"@{self.id}.example.com"
        return [mail for mail in self.stack.outbox.emails() if mail.to[0].endswith(domain)]

    def sms(self, containing: str) -> list[Sms]:
        """Return the text messages that contain the text."""
        return [sms for sms in self.stack.outbox.sms() if containing in sms.text]

    def requests(self, path: str = "") -> list[ReceivedRequest]:
        """Return the HTTP requests to this place's paths that begin so."""
        return self.stack.receiver.recorder.requests(f"/{self.id}/{path}")

    def schedules(self, booking_id: str = BOOKING_ID) -> dict[str, ReminderSchedule]:
        """Return the booking's schedules as the scheduler holds them, by workflow."""
        reminders = self.services.reminders.of_booking(self.id, booking_id)
        found = {each.workflow_id: self.schedule(each.schedule_name) for each in reminders}
        return {name: schedule for name, schedule in found.items() if schedule is not None}

    def schedule(self, name: str) -> ReminderSchedule | None:
        """Return a schedule as the scheduler holds it."""
        try:
            held = self.stack.client("scheduler").get_schedule(
                GroupName=self.stack.outputs["ScheduleGroupName"], Name=name
            )
        except self.stack.client("scheduler").exceptions.ResourceNotFoundException:
            return None
        at = datetime.fromisoformat(held["ScheduleExpression"][3:-1]).replace(tzinfo=UTC)
        return ReminderSchedule(name, at, json.loads(held["Target"]["Input"]))

    def timeline(self, booking_id: str = BOOKING_ID) -> list[dict[str, Any]]:
        """Return the entries of the booking's timeline as the API tells them."""
        entries: list[dict[str, Any]] = self.api("GET", f"bookings/{booking_id}/timeline")["items"]
        return entries

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API about this location as one of its editors."""
        token = self.stack.issuer.user_token(LocalUser("desk", "Desk", {self.id: "editor"}))
        answer = httpx.request(
            method,
            f"{self.stack.api_url}/v1/locations/{self.id}/{path}",
            json=body,
            headers={"authorization": f"Bearer {token}"},
            timeout=30,
            trust_env=False,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def settled(self) -> None:
        """Wait until no event is waiting or being handled any more."""

        def is_empty() -> bool:
            names = [
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed",
            ]
            counts = self.stack.client("sqs").get_queue_attributes(
                QueueUrl=self.stack.outputs["EventQueueUrl"], AttributeNames=names
            )["Attributes"]
            return not any(int(counts[name]) for name in names)

        self.stack.wait_until(is_empty, LIMIT_SECONDS, "an empty event queue")

    @contextmanager
    def waits_scaled(self, scale: float) -> Iterator[None]:
        """Let the emulator's state machines wait that much of every wait that begins now."""
        self._scale_waits(scale)
        try:
            yield
        finally:
            self._scale_waits(1.0)

    def _scale_waits(self, scale: float) -> None:
        setting = {"stepfunctions._SFN_WAIT_SCALE": scale}
        answer = httpx.post(
            f"{self.stack.endpoint}/_ministack/config", json=setting, trust_env=False
        )
        assert answer.json() == {"applied": setting}


def drawn(name: str, trigger: Config, nodes: Mapping[str, Config], *edges: str) -> WorkflowExport:
    """Return a workflow as it would be drawn; see `OwnLocation.workflow`."""
    start = {"id": "trigger", "type": "trigger", "config": trigger}
    return WorkflowExport.model_validate(
        {
            "name": name,
            "graph": {
                "schema_version": 1,
                "nodes": [start, *({"id": id_, **node} for id_, node in nodes.items())],
                "edges": [_edge(number, text) for number, text in enumerate(edges)],
            },
        }
    )


def _edge(number: int, text: str) -> dict[str, str]:
    source, target = text.split(">")
    node, _, handle = source.partition(".")
    return {
        "id": f"e{number}",
        "source": node,
        "source_handle": handle or "out",
        "target": target,
    }


def _is_final(status: ExecutionStatus) -> bool:
    return status.is_final
