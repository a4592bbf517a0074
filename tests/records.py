"""One record of each kind, stored past the API: for tests that look at all routes."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from bookflow.bootstrap import Services
from bookflow.domain.audit import AuditEntry
from bookflow.domain.events import Event
from bookflow.domain.executions.execution import Execution, ExecutionStatus, Step, StepStatus
from bookflow.domain.messages.suppression import Suppression, SuppressionReason, SuppressionScope
from bookflow.domain.reminders.jobs import ReminderJob
from bookflow.domain.staff.notes import Note
from bookflow.domain.staff.tasks import Task
from bookflow.domain.surveys.answers import Answer
from bookflow.domain.surveys.records import SurveyResponse
from bookflow.domain.surveys.survey import Survey, TextQuestion
from bookflow.domain.templates import Template
from bookflow.domain.webhooks.secrets import Secret
from bookflow.domain.workflows.graph import Graph
from bookflow.domain.workflows.workflow import Workflow, WorkflowVersion
from bookflow.use_cases.workflows.make_machine import make_machine
from tests.api import TARGET
from tests.unit.api.graphs import created_event

THEN = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def workflow_graph(mark: str) -> dict[str, Any]:
    """Return a graph that can be published: a trigger and a note."""
    return {
        "nodes": [
            {"id": "t", "type": "trigger", "name": mark, "config": {"event": "Booking Created"}},
            {"id": "n", "type": "add_booking_note", "name": mark, "config": {"note": mark}},
        ],
        "edges": [{"id": "e", "source": "t", "target": "n"}],
    }


def address_hash(record_id: str) -> str:
    """Return the hash under which the suppression of a record id is stored."""
    return hashlib.sha256(record_id.encode()).hexdigest()


def know_location_as(services: Services, location_id: str, name: str) -> None:
    """Store the location itself."""
    services.bookings.record(
        Event.model_validate(
            {
                "event_id": "e-0",
                "location_id": location_id,
                "occurred_at": "2026-01-01T00:00:00Z",
                "location": {"id": location_id, "name": name},
            }
        )
    )


def store_one_of_each(
    services: Services, location_id: str, record_id: str, mark: str, *, machine_arn: str = ""
) -> None:
    """Store a record of each kind with this id; all of their texts hold the mark.

    The run has failed, on a published version of the workflow that can be published again.
    """
    graph = Graph.model_validate(workflow_graph(mark))
    machine = make_machine(graph, TARGET.function_arn_prefix)
    services.workflows.save(
        Workflow(
            location_id=location_id,
            id=record_id,
            name=mark,
            description=mark,
            draft=graph,
            created_at=THEN,
            updated_at=THEN,
        )
    )
    workflow = services.workflows.get(location_id, record_id)
    services.workflows.publish(
        workflow.saved(1, updated_at=THEN, published_version=1, latest_version=1),
        version=WorkflowVersion(
            location_id=location_id,
            workflow_id=record_id,
            version=1,
            name=mark,
            trigger_type="Booking Created",
            graph=graph,
            machine_arn=machine_arn or f"arn:machine:{mark}",
            decided_at_start=machine.decided_at_start,
            input_nodes=machine.input_nodes,
            published_at=THEN,
            published_by=mark,
        ),
        subscription=None,
    )
    execution = Execution(
        location_id=location_id,
        id=record_id,
        workflow_id=record_id,
        workflow_name=mark,
        version=1,
        event_id=mark,
        event_type="Booking Created",
        event_data={
            **created_event(mark)["detail"],
            "location_id": location_id,
            "booking_id": record_id,
            "note": mark,
        },
        booking_id=record_id,
        status=ExecutionStatus.FAILED,
        error_message=mark,
        started_at=THEN,
        completed_at=THEN,
    )
    services.executions.claim(execution)
    services.executions.finish_step(
        Step(
            location_id=location_id,
            execution_id=record_id,
            node_id="n",
            node_type="add_booking_note",
            node_name=mark,
            status=StepStatus.FAILED,
            input_data={"note": mark},
            output_data={"note": mark},
            error_message=mark,
            started_at=THEN,
        )
    )
    services.executions.count_end(execution)
    services.templates.save(
        Template(
            location_id=location_id,
            id=record_id,
            name=mark,
            channel="sms",
            sms=mark,
            updated_at=THEN,
        )
    )
    _store_around(services, location_id, mark, record_id)


def _store_around(services: Services, location_id: str, mark: str, record_id: str) -> None:
    services.bookings.record(
        Event.model_validate(
            {
                "event_id": f"e-{record_id}",
                "location_id": location_id,
                "occurred_at": "2026-01-01T00:00:00Z",
                "booking_id": record_id,
                "booking": {"start_time": "2127-01-01T10:00:00Z", "confirmation_code": mark},
                "customer": {"id": record_id, "first_name": mark},
                "activity": {"id": record_id, "name": mark},
            }
        )
    )
    services.notes.add(
        Note(
            location_id=location_id,
            booking_id=record_id,
            id=record_id,
            text=mark,
            created_at=THEN,
        )
    )
    services.tasks.add(
        Task(location_id=location_id, id=record_id, title=mark, due_at=THEN, created_at=THEN)
    )
    question = TextQuestion(id="q", text=mark)
    services.surveys.save(
        Survey(location_id=location_id, id=record_id, name=mark, questions=(question,))
    )
    services.surveys.respond(
        SurveyResponse(
            location_id=location_id,
            token_hash=address_hash(record_id),
            survey_id=record_id,
            booking_id=record_id,
            submitted_at=THEN,
            answers=(Answer(question_id="q", question=mark, type="text", answer=mark),),
        )
    )
    services.suppressions.add(
        Suppression(
            location_id=location_id,
            address_hash=address_hash(record_id),
            masked=mark,
            reason=SuppressionReason.MANUAL,
            scope=SuppressionScope.ALL,
            created_at=THEN,
        )
    )
    services.reminders.begin_job(
        ReminderJob(
            location_id=location_id,
            workflow_id=record_id,
            id=mark,
            since=THEN,
            started_at=THEN,
            updated_at=THEN,
        )
    )
    services.audit.append(
        AuditEntry(
            location_id=location_id,
            id=record_id,
            at=THEN,
            actor=mark,
            actor_kind="person",
            operation="save_workflow",
            kind="workflows",
            resource_id=record_id,
            before={"name": mark},
            after={"name": mark},
        )
    )
    if mark not in {secret.name for secret in services.secrets.list(location_id)}:
        services.secrets.put(location_id, mark, Secret(mark))
