"""The simulated world: workflows, events and schedules over ports in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from bookflow.adapters.memory import InMemoryPorts
from bookflow.dispatch import Dispatcher
from bookflow.domain.bookings import Location
from bookflow.domain.events import Event, parse_event
from bookflow.domain.exports import WorkflowExport
from bookflow.domain.surveys import StarQuestion, Survey
from bookflow.domain.templates import Template
from bookflow.domain.timeline import EntryKind, TimelineEntry, timeline
from bookflow.domain.workflows import Workflow
from bookflow.ports import ReminderSchedule
from bookflow.publish import MachineTarget, Publisher
from bookflow.simulation.engine import VirtualTime
from bookflow.simulation.run import SimulatedRun

_TARGET = MachineTarget(
    name_prefix="simulated-",
    function_arn_prefix="arn:aws:lambda:eu-central-1:000000000000:function:simulated-",
    role_arn="arn:aws:iam::000000000000:role/simulated",
    log_group_arn="arn:aws:logs:eu-central-1:000000000000:log-group:simulated",
)


class World:
    """Everything that happens to some bookings under some workflows.

    Nothing is sent: messages and requests end in memory, and every template stands for itself
    with its id as text.

    Args:
        workflows: The workflows by id; each is published and enabled in every location.
        locations: The locations' records by id; a location without one gets defaults (UTC).
    """

    def __init__(
        self,
        workflows: Mapping[str, WorkflowExport],
        locations: Mapping[str, Location] | None = None,
    ) -> None:
        self._ports = InMemoryPorts()
        self._time = VirtualTime(self._set_clock)
        self._workflows = workflows
        self._locations = dict(locations or {})
        self._known: set[str] = set()
        self._runs: set[str] = set()
        self._templates: set[tuple[str, str]] = set()
        self._published = 0
        self._planned: dict[str, datetime] = {}

    def replay(self, events: Iterable[Event], until: datetime | None = None) -> None:
        """Let the events happen, each at the moment when it occurred, and all that follows.

        Without `until` it goes on until nothing is left to happen.
        """
        ordered = sorted(events, key=lambda event: event.occurred_at)
        if ordered:
            self._set_clock(ordered[0].occurred_at)
        for event in ordered:
            self._time.plan(event.occurred_at, partial(self._happen, event))
        self._time.run(until)

    def timeline(self) -> Mapping[tuple[str, str], Sequence[TimelineEntry]]:
        """Return the timeline of each booking, by location and booking."""
        store = self._ports.executions
        runs: dict[tuple[str, str], list[Any]] = {}
        for execution in store.stored.values():
            steps = store.steps(execution.location_id, execution.id)
            key = (execution.location_id, execution.booking_id or "")
            runs.setdefault(key, []).append((execution, steps))
        now = self._ports.clock.now()
        keys = {
            *runs,
            *((s.detail["location_id"], s.detail["booking_id"]) for s in self._schedules()),
        }
        return {
            key: timeline(runs.get(key, ()), self._planned_entries(*key), now)
            for key in sorted(keys)
        }

    def timezone_of(self, location_id: str) -> str:
        """Return the IANA time zone that a location's times are shown in."""
        location = self._locations.get(location_id)
        return location.timezone if location else "UTC"

    def _happen(self, event: Event) -> None:
        self._prepare(event.location_id)
        Dispatcher(self._ports).dispatch(event)
        self._follow()

    def _follow(self) -> None:
        """Start what was started, dispatch what was published, plan what was scheduled."""
        self._start_runs()
        published = self._ports.events.published
        while self._published < len(published):
            outgoing = published[self._published]
            self._published += 1
            event = parse_event({"detail-type": outgoing.detail_type, "detail": outgoing.detail})
            self._time.plan(self._ports.clock.now(), partial(self._happen, event))
        for schedule in self._schedules():
            if self._planned.get(schedule.name) != schedule.at:
                self._planned[schedule.name] = schedule.at
                self._time.plan(schedule.at, partial(self._fire, schedule))

    def _fire(self, planned: ReminderSchedule) -> None:
        """Fire a schedule, unless it was moved or deleted since it was planned."""
        schedule = self._ports.schedules.get(planned.name)
        if schedule is None or schedule.at != planned.at:
            return
        self._ports.schedules.delete(planned.name)
        self._happen(parse_event({"detail-type": "Booking Reminder", "detail": schedule.detail}))

    def _start_runs(self) -> None:
        for started in list(self._ports.machines.started.values()):
            if started.name in self._runs:
                continue
            self._runs.add(started.name)
            ref = started.payload["execution"]
            version = self._ports.workflows.version(
                ref["location_id"], ref["workflow_id"], ref["version"]
            )
            SimulatedRun(self._ports, self._time, version, started.payload, self._follow).start()

    def _prepare(self, location_id: str) -> None:
        """Publish the workflows in a location that is seen for the first time."""
        if location_id in self._known:
            return
        self._known.add(location_id)
        now = self._ports.clock.now()
        location = self._locations.get(location_id) or Location(id=location_id)
        self._ports.surveys.put(_survey(location_id, location.survey_id or "survey"))
        if location.survey_id is None:
            location = location.model_copy(update={"survey_id": "survey"})
        self._ports.bookings.record(
            Event(
                event_id=f"simulated-{location_id}",
                location_id=location_id,
                occurred_at=datetime.min.replace(tzinfo=UTC, year=1970),
                location=location,
            )
        )
        publisher = Publisher(self._ports, _TARGET)
        for workflow_id, export in self._workflows.items():
            self._store_templates(location_id, export, now)
            workflow = Workflow(
                location_id=location_id,
                id=workflow_id,
                name=export.name,
                description=export.description,
                draft=export.graph,
                enabled=True,
                created_at=now,
                updated_at=now,
            )
            self._ports.workflows.save(workflow)
            publisher.publish(location_id, workflow_id, based_on=workflow.revision)

    def _store_templates(self, location_id: str, export: WorkflowExport, now: datetime) -> None:
        for node in export.graph.nodes:
            template_id = node.config.get("template")
            if isinstance(template_id, str) and (location_id, template_id) not in self._templates:
                self._templates.add((location_id, template_id))
                self._ports.templates.save(
                    Template(
                        location_id=location_id,
                        id=template_id,
                        name=template_id,
                        channel="both",
                        subject=template_id,
                        html=f"<p>{template_id}</p>",
                        sms=template_id,
                        updated_at=now,
                    )
                )

    def _schedules(self) -> list[ReminderSchedule]:
        return list(self._ports.schedules.stored.values())

    def _planned_entries(self, location_id: str, booking_id: str) -> list[TimelineEntry]:
        return [
            TimelineEntry(
                at=schedule.at,
                kind=EntryKind.PLANNED,
                workflow_id=schedule.detail["workflow_id"],
                workflow_name=self._workflows[schedule.detail["workflow_id"]].name,
                event_type="Booking Reminder",
                what="reminder",
            )
            for schedule in self._schedules()
            if schedule.detail["location_id"] == location_id
            and schedule.detail["booking_id"] == booking_id
        ]

    def _set_clock(self, moment: datetime) -> None:
        self._ports.clock.moment = moment.astimezone(UTC)


def _survey(location_id: str, survey_id: str) -> Survey:
    """Return the survey that stands for the location's own."""
    question = StarQuestion(id="overall", text="How was it?")
    return Survey(location_id=location_id, id=survey_id, name=survey_id, questions=(question,))
