"""Two locations with the same ids everywhere: no call of one shows a byte of the other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from typing import Any

from bookflow.api.app import Api
from bookflow.api.routing import Endpoint, endpoints
from bookflow.bootstrap import Services
from bookflow.domain.audit import AuditEntry
from bookflow.domain.events import Event
from bookflow.domain.executions import Execution, ExecutionStatus, Step, StepStatus
from bookflow.domain.graph import Graph
from bookflow.domain.records import Note, SurveyResponse, Task
from bookflow.domain.secrets import Secret
from bookflow.domain.suppression import Suppression, SuppressionReason, SuppressionScope
from bookflow.domain.survey_answers import Answer
from bookflow.domain.surveys import Survey, TextQuestion
from bookflow.domain.templates import Template
from bookflow.domain.workflows import Workflow, WorkflowVersion
from tests.api import Client, TestIssuer

MARKS = {"loc-1": "north-sea", "loc-2": "black-forest"}
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
IDS = ("same-1", "same-2", "loc-1", "loc-2")
READS = [each for each in endpoints() if each.method == "GET" and not each.access.is_public]


def store(services: Services, location_id: str, mark: str) -> None:
    """Store one record of every kind for each id; all of their texts hold the mark."""
    services.bookings.record(
        Event.model_validate(
            {
                "event_id": "e-0",
                "location_id": location_id,
                "occurred_at": "2026-01-01T00:00:00Z",
                "location": {"id": location_id, "name": mark},
            }
        )
    )
    for record_id in IDS:
        _store_all(services, location_id, mark, record_id)


def _store_all(services: Services, location_id: str, mark: str, record_id: str) -> None:
    graph = Graph.model_validate(
        {"nodes": [{"id": "t", "type": "trigger", "name": mark, "config": {"note": mark}}]}
    )
    services.workflows.save(
        Workflow(
            location_id=location_id,
            id=record_id,
            name=mark,
            description=mark,
            draft=graph,
            created_at=NOW,
            updated_at=NOW,
        )
    )
    workflow = services.workflows.get(location_id, record_id)
    services.workflows.publish(
        workflow.saved(1, NOW, published_version=1, latest_version=1),
        version=WorkflowVersion(
            location_id=location_id,
            workflow_id=record_id,
            version=1,
            name=mark,
            trigger_type="Booking Created",
            graph=graph,
            machine_arn=f"arn:machine:{mark}",
            published_at=NOW,
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
        event_data={"note": mark},
        booking_id=record_id,
        status=ExecutionStatus.FAILED,
        error_message=mark,
        started_at=NOW,
        completed_at=NOW,
    )
    services.executions.claim(execution)
    services.executions.finish_step(
        Step(
            location_id=location_id,
            execution_id=record_id,
            node_id="t",
            node_type="webhook",
            node_name=mark,
            status=StepStatus.FAILED,
            input_data={"note": mark},
            output_data={"note": mark},
            error_message=mark,
            started_at=NOW,
        )
    )
    services.executions.count_end(execution)
    services.templates.save(
        Template(location_id=location_id, id=record_id, name=mark, sms=mark, updated_at=NOW)
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
            created_at=NOW,
        )
    )
    services.tasks.add(
        Task(location_id=location_id, id=record_id, title=mark, due_at=NOW, created_at=NOW)
    )
    question = TextQuestion(id="q", text=mark)
    services.surveys.save(
        Survey(location_id=location_id, id=record_id, name=mark, questions=(question,))
    )
    services.surveys.respond(
        SurveyResponse(
            location_id=location_id,
            token_hash=hashlib.sha256(record_id.encode()).hexdigest(),
            survey_id=record_id,
            booking_id=record_id,
            submitted_at=NOW,
            answers=(Answer(question_id="q", question=mark, type="text", answer=mark),),
        )
    )
    services.suppressions.add(
        Suppression(
            location_id=location_id,
            address_hash=hashlib.sha256(record_id.encode()).hexdigest(),
            masked=mark,
            reason=SuppressionReason.MANUAL,
            scope=SuppressionScope.ALL,
            created_at=NOW,
        )
    )
    services.audit.append(
        AuditEntry(
            location_id=location_id,
            id=record_id,
            at=NOW,
            actor=mark,
            actor_kind="person",
            operation="save_workflow",
            kind="workflows",
            resource_id=record_id,
            before={"name": mark},
            after={"name": mark},
        )
    )
    if not services.secrets.list(location_id):
        services.secrets.put(location_id, mark, Secret(mark))


def queries(endpoint: Endpoint, record_id: str) -> Iterator[dict[str, Any]]:
    """Return queries that make the route answer as much as it can."""
    if endpoint.operation_id == "list_executions":
        yield {}
        yield {"status": "failed"}
        yield {"workflow_id": record_id}
        yield {"booking_id": record_id}
        yield {"workflow_id": record_id, "booking_id": record_id}
    elif endpoint.operation_id == "list_tasks":
        yield {}
        yield {"assignee": ""}
        yield {"booking_id": record_id}
    elif endpoint.operation_id == "list_audit":
        yield {}
        yield {"kind": "workflows"}
        yield {"kind": "workflows", "resource_id": record_id}
    elif endpoint.operation_id == "compare_versions":
        yield {"before": 1}
    else:
        yield {}


def test_no_read_of_one_location_shows_a_byte_of_another(
    api: Api, services: Services, issuer: TestIssuer
) -> None:
    for location_id, mark in MARKS.items():
        store(services, location_id, mark)
    clients = {
        each: Client(api, issuer.token({"bookflow:roles": {each: "admin"}})) for each in MARKS
    }
    shown: set[str] = set()

    def reads_only_its_own(endpoint: Endpoint, own: str, record_id: str) -> None:
        other = next(each for each in MARKS if each != own)
        path = endpoint.path.replace("<version>", "1")
        for query in queries(endpoint, record_id):
            mine = re.sub(r"<\w+>", record_id, path.replace("<location_id>", own))
            answer = clients[own].get(mine, **query)
            assert MARKS[other] not in answer.text, endpoint.operation_id
            if MARKS[own] in answer.text:
                shown.add(endpoint.operation_id)
            theirs = re.sub(r"<\w+>", record_id, path.replace("<location_id>", other))
            refused = clients[own].get(theirs, **query)
            assert refused.status == 404
            assert MARKS[other] not in refused.text

    for endpoint, own, record_id in product(READS, MARKS, IDS):
        reads_only_its_own(endpoint, own, record_id)
    assert shown >= {
        "list_audit",
        "list_bookings",
        "list_executions",
        "list_notes",
        "list_secrets",
        "list_suppressions",
        "list_survey_comments",
        "list_surveys",
        "list_tasks",
        "list_templates",
        "list_workflows",
        "read_booking",
        "read_execution",
        "read_settings",
        "read_survey",
        "read_task",
        "read_template",
        "read_timeline",
        "read_workflow",
    }


def test_a_cursor_of_one_location_does_not_pass_in_another(
    api: Api, services: Services, issuer: TestIssuer
) -> None:
    for location_id, mark in MARKS.items():
        store(services, location_id, mark)
    both = Client(api, issuer.person(loc_1="viewer", loc_2="viewer"))
    cursor = both.get("/v1/locations/loc-1/workflows", limit=1).json["next_cursor"]
    assert both.get("/v1/locations/loc-1/workflows", limit=1, cursor=cursor).status == 200
    refused = both.get("/v1/locations/loc-2/workflows", limit=1, cursor=cursor)
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "query.cursor")
