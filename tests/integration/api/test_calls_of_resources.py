"""What calls of the smaller resources cost in DynamoDB, however many records there are."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from inspect import signature

import pytest

from bookflow.api.routing import LOCATION as ENDPOINTS
from bookflow.api.routing import endpoints
from bookflow.bootstrap import Services
from bookflow.domain.audit import AuditEntry
from bookflow.domain.executions.execution import Execution
from bookflow.domain.messages.sent.sent_message import MessageBody, SentMessage
from bookflow.domain.staff.notes import Note
from bookflow.domain.staff.tasks import Task
from bookflow.domain.surveys.survey import Survey, TextQuestion
from bookflow.domain.templates import Template
from bookflow.domain.workflows.graph import Graph
from bookflow.domain.workflows.workflow import Workflow, WorkflowVersion
from tests.api import Client
from tests.integration.api.conftest import CountedAws
from tests.unit.api.graphs import graph_of, know_location

LOCATION = "/v1/locations/loc-1"
ASK = {"id": "ask", "type": "send_survey_email", "config": {"survey": "x-1", "template": "x-1"}}
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def store(services: Services, count: int) -> None:
    know_location(services)
    question = TextQuestion(id="q", text="Why?")
    for number in range(count):
        own = {"location_id": "loc-1", "id": f"x-{number}"}
        later = NOW + timedelta(minutes=number)
        services.templates.save(Template(**own, name="Hi", sms="Hi", updated_at=NOW))
        services.surveys.save(Survey(**own, name="After", questions=(question,)))
        services.tasks.add(Task(**own, title="Call", due_at=later, created_at=NOW))
        services.workflows.publish(
            Workflow(**own, name="Hi", published_version=1, created_at=NOW, updated_at=NOW),
            version=WorkflowVersion(
                location_id="loc-1",
                workflow_id=f"x-{number}",
                version=1,
                name="Hi",
                trigger_type="Booking Created",
                graph=Graph.model_validate(graph_of(ASK)),
                machine_arn="arn:aws:states:eu-central-1:123456789012:stateMachine:x",
                published_at=NOW,
            ),
            subscription=None,
        )
        services.notes.add(Note(**own, booking_id="b-1", text="Hello", created_at=later))
        services.audit.append(
            AuditEntry(
                **own,
                at=later,
                actor="user-1",
                actor_kind="person",
                operation="save_task",
                kind="tasks",
                resource_id="x-1",
            )
        )
        services.executions.claim(
            Execution(
                **own,
                workflow_id="wf-1",
                version=1,
                event_id=f"e-{number}",
                event_type="Booking Created",
                event_data={},
                booking_id="b-1",
                started_at=later,
            )
        )
        message = SentMessage(
            **own,
            owner="x-0",
            execution_id="x-0",
            node_id="n",
            channel="sms",
            template_id="x-1",
            template_name="Hi",
            template_version=1,
            recipient="customer",
            to="+49…89",
            sent_at=later,
        )
        services.messages.add(message, MessageBody(text="Hello"), None)


PAGES: list[tuple[str, dict[str, str], list[str]]] = [
    ("templates", {}, ["Query"]),
    ("surveys", {}, ["Query"]),
    ("surveys/x-1/uses", {}, ["BatchGetItem", "BatchGetItem", "Query"]),
    ("templates/x-1/uses", {}, ["BatchGetItem", "BatchGetItem", "Query"]),
    ("secrets/x-1/uses", {}, ["BatchGetItem", "BatchGetItem", "Query"]),
    ("tasks", {}, ["BatchGetItem", "Query"]),
    ("tasks", {"assignee": ""}, ["BatchGetItem", "Query"]),
    ("suppressions", {}, ["Query"]),
    ("bookings", {"since": "2026-01-01T00:00:00Z"}, ["BatchGetItem", "BatchGetItem", "Query"]),
    ("bookings/b-1/notes", {}, ["BatchGetItem", "Query"]),
    ("executions", {}, ["BatchGetItem", "Query"]),
    ("executions/x-0/messages", {}, ["GetItem", "Query", "Query"]),
    (
        "workflows/wf-1/steps/n-1/executions",
        {"status": "completed"},
        ["BatchGetItem", "BatchGetItem", "Query"],
    ),
    ("workflows/wf-1/steps/n-1/deliveries", {}, ["BatchGetItem", "BatchGetItem", "Query"]),
    ("templates/x-1/versions", {}, ["Query"]),
    ("workflows", {}, ["BatchGetItem", "BatchGetItem", "Query"]),
    ("workflows/x-1/versions", {}, ["GetItem", "Query"]),
    ("surveys/x-1/results", {}, ["GetItem", "GetItem"]),
    ("surveys/x-1/comments", {}, ["Query"]),
    ("settings", {}, ["BatchGetItem"]),
    ("audit", {}, ["Query"]),
    ("audit", {"kind": "tasks"}, ["BatchGetItem", "Query"]),
    ("audit", {"kind": "tasks", "resource_id": "x-1"}, ["BatchGetItem", "Query"]),
]

NO_LISTS = {
    "export_customer": "all of each booking that there is",
    "list_booking_messages": "a Query for each of its runs; see below",
    "read_timeline": "a Query for each of its runs; see below",
}
"""Routes that answer with pages and are one thing each."""


def test_every_list_is_among_those_whose_calls_are_counted() -> None:
    counted = {re.sub(r"/[a-z]{1,2}-[01]\b", "/<>", path) for path, *_ in PAGES}
    lists = {
        re.sub(r"<\w+>", "<>", each.path.removeprefix(f"{ENDPOINTS}/"))
        for each in endpoints()
        if "cursor" in signature(each.handler).parameters
        and each.method == "GET"
        and each.operation_id not in NO_LISTS
    }
    assert len(lists) > 10
    assert lists <= counted


@pytest.mark.parametrize(("path", "query", "calls"), PAGES)
def test_a_page_takes_four_calls_at_most(
    aws: CountedAws,
    services: Services,
    admin: Client,
    path: str,
    query: dict[str, str],
    calls: list[str],
) -> None:
    store(services, 12)
    aws.operations.clear()
    answer = admin.get(f"{LOCATION}/{path}", **query)
    assert answer.status == 200, answer.text
    assert sorted(aws.operations) == calls
    assert len(calls) <= 4


def test_a_page_of_the_timeline_reads_the_steps_of_each_of_its_runs(
    aws: CountedAws, services: Services, admin: Client
) -> None:
    store(services, 12)
    aws.operations.clear()
    page = admin.get(f"{LOCATION}/bookings/b-1/timeline", limit=5)
    assert page.json["next_cursor"]
    # The booking and its surroundings, reminders, runs, and the steps of five runs.
    assert Counter(aws.operations) == {"BatchGetItem": 3, "Query": 7}


def test_a_page_of_a_bookings_messages_reads_those_of_each_of_its_runs(
    aws: CountedAws, services: Services, admin: Client
) -> None:
    store(services, 12)
    aws.operations.clear()
    page = admin.get(f"{LOCATION}/bookings/b-1/messages", limit=5)
    assert page.json["next_cursor"]
    # The runs, and the messages of five of them, none of which has any.
    assert Counter(aws.operations) == {"BatchGetItem": 1, "Query": 6}


def test_what_the_audit_log_adds_to_a_change(
    aws: CountedAws, services: Services, admin: Client
) -> None:
    store(services, 1)
    aws.operations.clear()
    answer = admin.put(f"{LOCATION}/tasks/x-0/assignee", {"assignee": "Grace"}, if_match='"1"')
    assert answer.status == 200, answer.text
    # Before (or after), the location's retention, which the change may be about, and the entry.
    entry, change = ["GetItem", "BatchGetItem", "PutItem"], ["GetItem", "PutItem"]
    assert aws.operations == entry + change + entry
