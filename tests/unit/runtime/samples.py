"""A location with published workflows, on ports in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from bookflow.domain.events import Event, parse_event
from bookflow.domain.executions.execution import Execution
from bookflow.domain.executions.payloads import StepPayload, read_step_payload
from bookflow.domain.surveys.survey import StarQuestion, Survey
from bookflow.domain.templates import Template
from bookflow.domain.workflows.graph import Graph
from bookflow.domain.workflows.workflow import Workflow, WorkflowVersion
from bookflow.use_cases.workflows.make_machine import MachineTarget
from bookflow.use_cases.workflows.publish import Publisher
from tests.fakes import FakePorts
from tests.unit.events.samples import sample

LOCATION_ID = "spree-kayaks"
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
LOCATION = {
    "id": LOCATION_ID,
    "name": "Spree Kayaks",
    "timezone": "Europe/Berlin",
    "country": "DE",
    "email": "desk@spree-kayaks.example",
    "survey_id": "after-tour",
}
TARGET = MachineTarget(
    name_prefix="bookflow-test-wf-",
    function_arn_prefix="arn:aws:lambda:eu-central-1:123456789012:function:bookflow-test-",
    role_arn="arn:aws:iam::123456789012:role/machines",
    log_group_arn="arn:aws:logs:eu-central-1:123456789012:log-group:machines",
)

NOTE: Mapping[str, Any] = {
    "id": "note",
    "type": "add_booking_note",
    "config": {"note": "{{ customer.first_name }} booked"},
}


def event(name: str = "booking_created", **detail: Any) -> Event:
    """Return a sample event with these fields changed."""
    return parse_event(sample(name, **detail))


def new_ports(*, location: Mapping[str, Any] = LOCATION) -> FakePorts:
    """Return ports that know the location, its texts and its survey."""
    ports = FakePorts()
    known = {"event_id": "evt-0", "location_id": LOCATION_ID, "occurred_at": "2026-01-01T00:00:00Z"}
    ports.bookings.record(Event.model_validate({**known, "location": location}))
    ports.templates.save(
        Template(
            location_id=LOCATION_ID,
            id="welcome",
            name="Welcome",
            channel="both",
            subject="{{ activity.name }}",
            html="<p>Dear {{ customer.first_name }}</p>",
            sms="See you, {{ customer.first_name }}",
            updated_at=NOW,
        )
    )
    ports.surveys.save(
        Survey(
            location_id=LOCATION_ID,
            id="after-tour",
            name="After the tour",
            questions=(StarQuestion(id="overall", text="How was it?"),),
        )
    )
    ports.calls.made.clear()
    return ports


def graph(
    *nodes: Mapping[str, Any], trigger: str = "Booking Created", **trigger_config: Any
) -> Graph:
    """Return a graph of these nodes in a row behind a trigger."""
    start = {"id": "trigger", "type": "trigger", "config": {"event": trigger, **trigger_config}}
    row = [start, *nodes]
    edges = [
        {"id": f"e{place}", "source": source["id"], "target": target["id"]}
        for place, (source, target) in enumerate(pairwise(row))
    ]
    return Graph.model_validate({"nodes": row, "edges": edges})


def save(ports: FakePorts, workflow_id: str, draft: Graph) -> Workflow:
    """Store a draft, of a new workflow or over the last one."""
    stored = ports.workflows.stored.get((LOCATION_ID, workflow_id))
    if stored is None:
        workflow = Workflow(
            location_id=LOCATION_ID,
            id=workflow_id,
            name=workflow_id,
            draft=draft,
            created_at=NOW,
            updated_at=NOW,
        )
    else:
        workflow = stored.saved(stored.revision, updated_at=NOW, draft=draft)
    ports.workflows.save(workflow)
    return workflow


def publish(
    ports: FakePorts, workflow_id: str, draft: Graph, *, enabled: bool = True
) -> WorkflowVersion:
    """Publish a graph and enable it."""
    publisher = Publisher(ports, TARGET)
    revision = save(ports, workflow_id, draft).revision
    _, version = publisher.publish(LOCATION_ID, workflow_id, based_on=revision)
    if enabled:
        publisher.set_enabled(LOCATION_ID, workflow_id, True, based_on=revision + 1)
    ports.calls.made.clear()
    return version


def executions(ports: FakePorts) -> Sequence[Execution]:
    """Return all executions, by workflow."""
    return sorted(ports.executions.stored.values(), key=lambda each: each.workflow_id)


def payloads(ports: FakePorts, execution: Execution, **more: object) -> dict[str, StepPayload]:
    """Return what the machine of a started execution sends for each node."""
    run = ports.machines.started[execution.machine_arn, execution.id]
    return {
        entry["id"]: read_step_payload(
            {
                "schema_version": 2,
                "execution": run.payload["execution"],
                "node": entry,
                **more,
            }
        )
        for entry in run.payload["nodes"].values()
    }
