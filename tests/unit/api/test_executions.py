"""Runs by their routes: listed, looked into, cancelled, resumed, replayed, drained."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from bookflow.actions.catalogue import action_types
from bookflow.domain.events import parse_event
from bookflow.domain.executions.execution import Execution, ExecutionStatus
from bookflow.domain.executions.machine_status import StatusChange
from bookflow.domain.executions.payloads import read_step_payload
from bookflow.domain.reminders.jobs import ReminderJob
from bookflow.domain.shared.errors import PermanentError, TransientError
from bookflow.domain.webhooks.http_messages import HttpRequest, HttpResponse
from bookflow.domain.workflows.graph import Graph
from bookflow.use_cases.runtime.dispatch import Dispatcher
from bookflow.use_cases.runtime.run_step import StepRunner
from bookflow.use_cases.runtime.track_execution import Tracker
from tests.api import Client
from tests.fakes import FakePorts
from tests.unit.api.graphs import (
    LOCATION,
    NOTE,
    WEBHOOK,
    create,
    created_event,
    graph_of,
    know_location,
    publish,
)

EXECUTIONS = f"{LOCATION}/executions"


def refuse(request: HttpRequest) -> HttpResponse:
    return HttpResponse(400, {}, b"no", False, 1)


def break_down(request: HttpRequest) -> HttpResponse:
    return HttpResponse(500, {}, b"oops", False, 1)


def accept(request: HttpRequest) -> HttpResponse:
    return HttpResponse(200, {}, b"{}", False, 1)


@pytest.fixture
def workflow(ports: FakePorts, admin: Client) -> str:
    """The address of an enabled workflow: a note, then a webhook."""
    know_location(ports)
    address = create(admin, graph_of(NOTE, WEBHOOK))
    publish(admin, address)
    return address


def start(ports: FakePorts, event_id: str = "e-1") -> Execution:
    """Dispatch an event, or a replay of the first one, and return the run that it starts."""
    envelope = created_event(event_id)
    envelope["detail"]["location_id"] = "loc-1"
    if event_id != "e-1":
        envelope["detail"]["replay_of"] = "e-1"
    return Dispatcher(ports).dispatch(parse_event(envelope))[0]


def run(ports: FakePorts, execution: Execution) -> ExecutionStatus:
    """Run the nodes in a row, as the machine does, and record the end."""
    stored = ports.machines.started[execution.machine_arn, execution.id]
    version = ports.workflows.version("loc-1", execution.workflow_id, execution.version)
    status = "SUCCEEDED"
    for node in version.graph.nodes[1:]:
        payload = read_step_payload(
            {
                "schema_version": 1,
                "execution": stored.payload["execution"],
                "node": {"id": node.id, "type": node.type},
            }
        )
        try:
            StepRunner(action_types()[node.type](ports), ports).run(payload)
        except PermanentError:
            status = "FAILED"
            break
    Tracker(ports).apply(
        StatusChange(
            location_id="loc-1",
            execution_id=execution.id,
            status=status,
            at=ports.clock.now(),
        )
    )
    return ports.executions.get("loc-1", execution.id).status


def failed(ports: FakePorts, event_id: str = "e-1") -> Execution:
    """Return a run whose webhook was refused."""
    ports.http.respond = refuse
    execution = start(ports, event_id)
    assert run(ports, execution) is ExecutionStatus.FAILED
    return execution


def test_a_run_is_shown_with_its_steps_and_graph(
    ports: FakePorts, admin: Client, workflow: str
) -> None:
    execution = failed(ports)
    shown = admin.get(f"{EXECUTIONS}/{execution.id}").json
    assert (shown["status"], shown["event_type"]) == ("failed", "Booking Created")
    assert shown["event_data"]["total_amount"] == {"amount": "120.10", "currency": "EUR"}
    statuses = {step["node_id"]: step["status"] for step in shown["steps"]}
    assert statuses == {"note": "completed", "hook": "failed"}
    assert [node["id"] for node in shown["graph"]["nodes"]] == ["trigger", "note", "hook"]
    assert "status 400" in shown["error_message"]
    assert "top-secret-key" not in json.dumps(shown["steps"])


def test_a_failed_run_goes_on_from_the_step_that_failed(
    ports: FakePorts, admin: Client, workflow: str
) -> None:
    execution = failed(ports)
    ports.http.respond = accept
    ports.clock.advance(hours=1)
    answer = admin.post(f"{EXECUTIONS}/{execution.id}/resume", {})
    assert answer.status == 202, answer.text
    resumed = ports.executions.get("loc-1", answer.json["id"])
    assert (resumed.resumed_from, resumed.version) == (execution.id, 1)
    assert run(ports, resumed) is ExecutionStatus.COMPLETED
    assert len(ports.notes.list("loc-1", "b-1").items) == 1
    assert len(ports.http.requests) == 2
    assert len({request.headers["idempotency-key"] for request in ports.http.requests}) == 1
    assert admin.get(f"{EXECUTIONS}/{execution.id}").json["resumed_by"] == resumed.id
    steps = admin.get(f"{EXECUTIONS}/{resumed.id}").json["steps"]
    assert {step["node_id"]: (step["status"], step["attempts"]) for step in steps} == {
        "note": ("completed", 1),
        "hook": ("completed", 1),
    }


def doubtful(ports: FakePorts, event_id: str = "e-1") -> Execution:
    """Return an execution whose webhook was answered by a 500."""
    ports.http.respond = break_down
    execution = start(ports, event_id)
    assert run(ports, execution) is ExecutionStatus.FAILED
    return execution


def outcome(admin: Client, execution: Execution, what: str, node_id: str = "hook") -> Any:
    return admin.post(
        f"{EXECUTIONS}/{execution.id}/outcomes", {"node_id": node_id, "outcome": what}
    )


def hook(admin: Client, execution_id: str) -> Any:
    steps = admin.get(f"{EXECUTIONS}/{execution_id}").json["steps"]
    return next(step for step in steps if step["node_id"] == "hook")


def test_what_arrived_is_completed_and_never_repeated_by_a_resumed_run(
    ports: FakePorts, admin: Client, workflow: str
) -> None:
    execution = doubtful(ports)
    shown = hook(admin, execution.id)
    assert (shown["reason_code"], shown["unknown_effects"]) == ("outcome_unknown", ["request"])
    answer = outcome(admin, execution, "arrived")
    assert answer.json == {
        "execution_id": execution.id,
        "node_id": "hook",
        "outcome": "arrived",
        "status": "completed",
        "resumed_by": None,
    }
    assert hook(admin, execution.id)["output_data"]["confirmed"] == ["request"]
    assert outcome(admin, execution, "arrived").status == 409
    assert outcome(admin, execution, "send_again").status == 409
    ports.http.respond = accept
    resumed = admin.post(f"{EXECUTIONS}/{execution.id}/resume", {}).json["id"]
    assert run(ports, ports.executions.get("loc-1", resumed)) is ExecutionStatus.COMPLETED
    assert len(ports.http.requests) == 1
    entries = [each for each in ports.audit.stored.values() if each.operation == "settle_outcome"]
    assert [(each.resource_id, each.after["outcome"]) for each in entries if each.after] == [
        (execution.id, "arrived")
    ]


def test_what_is_sent_again_is_sent_once_more_by_a_resumed_run(
    ports: FakePorts, admin: Client, workflow: str
) -> None:
    execution = doubtful(ports)
    answer = outcome(admin, execution, "send_again")
    assert (answer.status, answer.json["status"]) == (200, "failed")
    resumed = ports.executions.get("loc-1", answer.json["resumed_by"])
    assert outcome(admin, execution, "send_again").status == 409
    ports.http.respond = accept
    assert run(ports, resumed) is ExecutionStatus.COMPLETED
    assert len(ports.http.requests) == 2
    assert len({request.headers["idempotency-key"] for request in ports.http.requests}) == 1


def test_a_resume_alone_does_not_send_what_may_have_arrived(
    ports: FakePorts, admin: Client, workflow: str
) -> None:
    execution = doubtful(ports)
    ports.http.respond = accept
    resumed = admin.post(f"{EXECUTIONS}/{execution.id}/resume", {}).json["id"]
    assert run(ports, ports.executions.get("loc-1", resumed)) is ExecutionStatus.FAILED
    assert len(ports.http.requests) == 1
    # It is settled where the execution goes on, and only there.
    answer = outcome(admin, execution, "arrived")
    assert answer.status == 409
    assert "resumed already" in answer.text
    assert outcome(admin, ports.executions.get("loc-1", resumed), "arrived").status == 200


@pytest.mark.parametrize("what", ["arrived", "send_again"])
def test_only_a_step_of_unknown_outcome_is_settled(
    ports: FakePorts, admin: Client, workflow: str, what: str
) -> None:
    execution = failed(ports)
    assert outcome(admin, execution, what).status == 409
    assert outcome(admin, execution, what, "note").status == 409
    assert outcome(admin, execution, what, "nothing").status == 404
    assert len(ports.http.requests) == 1


def test_only_a_run_that_ended_badly_sends_again(
    ports: FakePorts, admin: Client, workflow: str
) -> None:
    ports.http.respond = break_down
    execution = start(ports)
    machine = ports.machines.started[execution.machine_arn, execution.id]
    payload = read_step_payload(
        {
            "schema_version": 2,
            "execution": machine.payload["execution"],
            "node": {"id": "hook", "type": "webhook"},
        }
    )
    with pytest.raises(PermanentError):
        StepRunner(action_types()["webhook"](ports), ports).run(payload)
    answer = outcome(admin, execution, "send_again")
    assert answer.status == 409
    assert "is running" in answer.text
    assert outcome(admin, execution, "arrived").status == 200


def test_resuming_again_starts_nothing_more(ports: FakePorts, admin: Client, workflow: str) -> None:
    execution = failed(ports)
    ids = {admin.post(f"{EXECUTIONS}/{execution.id}/resume", {}).json["id"] for _ in range(3)}
    assert len(ids) == 1
    assert len(ports.machines.started) == 2


def test_a_resumed_run_that_fails_can_be_resumed_and_keeps_its_effects(
    ports: FakePorts, admin: Client, workflow: str
) -> None:
    execution = failed(ports)
    for _ in range(3):
        answer = admin.post(f"{EXECUTIONS}/{execution.id}/resume", {})
        execution = ports.executions.get("loc-1", answer.json["id"])
        assert run(ports, execution) is ExecutionStatus.FAILED
    ports.http.respond = accept
    answer = admin.post(f"{EXECUTIONS}/{execution.id}/resume", {})
    last = ports.executions.get("loc-1", answer.json["id"])
    assert run(ports, last) is ExecutionStatus.COMPLETED
    assert len(ports.notes.list("loc-1", "b-1").items) == 1
    assert len({request.headers["idempotency-key"] for request in ports.http.requests}) == 1


def test_a_run_goes_on_with_the_newest_version(
    ports: FakePorts, admin: Client, workflow: str
) -> None:
    execution = failed(ports)
    fixed = {**WEBHOOK, "config": {"url": "https://crm.example.com/fixed"}}
    task = {"id": "task", "type": "create_task", "config": {"title": "Call"}}
    body = {"name": "Fixed", "draft": graph_of(NOTE, fixed, task)}
    saved = admin.put(workflow, body, if_match=admin.get(workflow).etag)
    admin.post(f"{workflow}/publish", None, if_match=saved.etag)
    ports.http.respond = accept
    answer = admin.post(f"{EXECUTIONS}/{execution.id}/resume", {"version": "newest"})
    resumed = ports.executions.get("loc-1", answer.json["id"])
    assert resumed.version == 2
    assert run(ports, resumed) is ExecutionStatus.COMPLETED
    assert ports.http.requests[-1].url == "https://crm.example.com/fixed"
    assert len(ports.notes.list("loc-1", "b-1").items) == 1
    assert len(ports.tasks.stored) == 1


def test_a_crash_while_resuming_is_fixed_by_the_next_call(
    ports: FakePorts, admin: Client, workflow: str
) -> None:
    execution = failed(ports)
    ports.fail_next("machines.start", TransientError("busy"))
    assert admin.post(f"{EXECUTIONS}/{execution.id}/resume", {}).status == 503
    assert len(ports.machines.started) == 1
    waiting = admin.get(f"{EXECUTIONS}/{execution.id}").json["resumed_by"]
    assert admin.get(f"{EXECUTIONS}/{waiting}").json["reason_code"] == "start_failed"
    answer = admin.post(f"{EXECUTIONS}/{execution.id}/resume", {})
    assert (answer.status, answer.json["status"]) == (202, "running")
    assert len(ports.machines.started) == 2


def test_only_runs_that_ended_badly_are_resumed(
    ports: FakePorts, admin: Client, workflow: str
) -> None:
    execution = start(ports)
    assert admin.post(f"{EXECUTIONS}/{execution.id}/resume", {}).status == 409
    ports.http.respond = accept
    assert run(ports, execution) is ExecutionStatus.COMPLETED
    assert admin.post(f"{EXECUTIONS}/{execution.id}/resume", {}).status == 409
    assert admin.post(f"{EXECUTIONS}/unknown/resume", {}).status == 404


def test_failures_of_one_cause_are_resumed_together(
    ports: FakePorts, admin: Client, workflow: str
) -> None:
    same = [failed(ports, f"e-{number}") for number in range(3)]
    ports.http.respond = lambda _: HttpResponse(404, {}, b"gone", False, 1)
    other = start(ports, "e-other")
    run(ports, other)
    items = admin.get(EXECUTIONS, workflow_id=same[0].workflow_id, status="failed").json["items"]
    signatures = {item["id"]: item["error_signature"] for item in items}
    assert len(set(signatures.values())) == 2
    signature = signatures[same[0].id]
    answer = admin.post(f"{workflow}/resume-failed", {"error_signature": signature})
    assert {each["execution_id"] for each in answer.json["items"]} == {each.id for each in same}
    assert all(each["resumed"] for each in answer.json["items"])
    assert answer.json["next_cursor"] is None


def test_a_failure_behind_many_good_runs_is_resumed_by_the_first_call(
    ports: FakePorts, admin: Client, workflow: str
) -> None:
    old = failed(ports)
    ports.http.respond = accept
    for number in range(30):
        ports.clock.advance(minutes=1)
        assert run(ports, start(ports, f"e-good-{number}")) is ExecutionStatus.COMPLETED
    query = {"workflow_id": old.workflow_id, "status": "failed", "limit": 10}
    page = admin.get(EXECUTIONS, **query).json
    assert ([each["id"] for each in page["items"]], page["next_cursor"]) == ([old.id], None)
    body = {"error_signature": page["items"][0]["error_signature"]}
    answer = admin.post(f"{workflow}/resume-failed", body).json
    assert [each["execution_id"] for each in answer["items"]] == [old.id]


def test_a_cancelled_run_stops_and_stays_cancelled(
    ports: FakePorts, admin: Client, workflow: str
) -> None:
    execution = start(ports)
    answer = admin.post(f"{EXECUTIONS}/{execution.id}/cancel")
    assert (answer.status, answer.json["status"]) == (200, "cancelled")
    assert ports.machines.started[execution.machine_arn, execution.id].stopped
    assert admin.post(f"{EXECUTIONS}/{execution.id}/cancel").status == 200
    # A step that Step Functions had begun to start does nothing any more.
    assert run(ports, execution) is ExecutionStatus.CANCELLED
    assert ports.notes.list("loc-1", "b-1").items == []


def test_what_has_ended_cannot_be_cancelled(ports: FakePorts, admin: Client, workflow: str) -> None:
    execution = failed(ports)
    assert admin.post(f"{EXECUTIONS}/{execution.id}/cancel").status == 409


def test_a_drain_turns_the_workflow_off_and_cancels_what_is_pending(
    ports: FakePorts, admin: Client, workflow: str
) -> None:
    ended = failed(ports, "e-ended")
    pending = [start(ports, f"e-{number}") for number in range(4)]
    drained = admin.post(f"{workflow}/drain").json
    assert drained == {
        "cancelled": 4,
        "complete": True,
        "reminders_withdrawn": 0,
        "reminders_complete": True,
        "reminders_error": None,
    }
    assert admin.get(workflow).json["enabled"] is False
    for execution in pending:
        assert ports.executions.get("loc-1", execution.id).status is ExecutionStatus.CANCELLED
    assert ports.executions.get("loc-1", ended.id).status is ExecutionStatus.FAILED
    assert admin.post(f"{workflow}/drain").json == {**drained, "cancelled": 0}


def test_a_drain_tells_that_taking_back_reminders_failed_and_why(
    ports: FakePorts, admin: Client, workflow: str
) -> None:
    now = ports.clock.now()
    job = ReminderJob(
        location_id="loc-1",
        workflow_id=workflow.rpartition("/")[2],
        id="job-1",
        since=now,
        counts={"lost": 3},
        started_at=now,
        updated_at=now,
    )
    ports.reminders.begin_job(job)
    reported = admin.post(f"{workflow}/drain").json
    assert (reported["reminders_complete"], reported["reminders_error"]) == (False, None)
    ports.reminders.advance_job(job.failed(PermanentError("No.", remedy="Do."), now))
    reported = admin.post(f"{workflow}/drain").json
    assert (reported["reminders_withdrawn"], reported["reminders_complete"]) == (3, False)
    assert reported["reminders_error"] == "No. Do."


def test_a_drain_that_fails_half_way_tells_and_keeps_what_it_cancelled(
    ports: FakePorts, admin: Client, workflow: str
) -> None:
    for number in range(4):
        start(ports, f"e-{number}")
    real, calls = ports.machines.stop, []

    def fails_third(*stated: str) -> None:
        calls.append(stated)
        if len(calls) > 2:
            raise TransientError("Step Functions is busy.")
        real(*stated)

    ports.machines.stop = fails_third  # type: ignore[method-assign]
    reported = admin.post(f"{workflow}/drain").json
    assert (reported["cancelled"], reported["complete"]) == (2, False)
    (kept,) = [
        each
        for each in admin.get(f"{LOCATION}/audit").json["items"]
        if each["operation"] == "drain_workflow"
    ]
    assert kept["after"]["cancelled"] == 2
    assert admin.post(f"{workflow}/drain").status == 503


def test_a_replayed_event_runs_the_workflow_again(
    ports: FakePorts, admin: Client, workflow: str
) -> None:
    execution = failed(ports)
    answer = admin.post(f"{EXECUTIONS}/{execution.id}/replay", None, idempotency_key="k")
    again = admin.post(f"{EXECUTIONS}/{execution.id}/replay", None, idempotency_key="k")
    other = admin.post(f"{EXECUTIONS}/{execution.id}/replay")
    assert answer.status == 202
    assert answer.json == again.json != other.json
    published = ports.events.published[-1]
    assert published.detail["replay_of"] == "e-1"
    event = parse_event({"detail-type": published.detail_type, "detail": dict(published.detail)})
    replayed = Dispatcher(ports).dispatch(event)
    assert [each.id for each in replayed] != [execution.id]
    assert ports.machines.started[replayed[0].machine_arn, replayed[0].id]


def test_the_list_goes_by_workflow_booking_or_location_newest_first(
    ports: FakePorts, admin: Client, workflow: str
) -> None:
    ids = []
    for number in range(5):
        ports.clock.advance(minutes=1)
        ids.append(start(ports, f"e-{number}").id)
    workflow_id = workflow.rpartition("/")[2]
    listed: list[str] = []
    cursor = None
    while True:
        page = admin.get(EXECUTIONS, workflow_id=workflow_id, limit=2, cursor=cursor).json
        listed += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert listed == ids[::-1]
    by_booking = admin.get(EXECUTIONS, booking_id="b-1").json["items"]
    assert [item["id"] for item in by_booking] == ids[::-1]
    of_location = admin.get(EXECUTIONS, status="running", limit=2).json
    assert [item["id"] for item in of_location["items"]] == ids[:2:-1]
    assert of_location["next_cursor"]
    since = (ports.clock.now() - timedelta(minutes=1)).isoformat()
    recent = admin.get(EXECUTIONS, booking_id="b-1", since=since).json["items"]
    assert [item["id"] for item in recent] == [ids[4], ids[3]]
    early = admin.get(EXECUTIONS, booking_id="b-1", until=since, status="running").json["items"]
    assert [item["id"] for item in early] == ids[3::-1]


def test_the_runs_of_one_workflow_for_one_booking_are_listed_once_by_page(
    ports: FakePorts, admin: Client, workflow: str
) -> None:
    other = create(admin, graph_of(NOTE), name="Other")
    publish(admin, other)
    started = []
    for number in range(5):
        ports.clock.advance(minutes=1)
        started.append(start(ports, f"e-{number}").id)
    workflow_id = workflow.rpartition("/")[2]
    wanted = {
        each.id
        for each in ports.executions.stored.values()
        if each.workflow_id == workflow_id and each.booking_id == "b-1"
    }
    assert 0 < len(wanted) < len(ports.executions.stored)
    query = {"workflow_id": workflow_id, "booking_id": "b-1", "limit": 2}
    page = admin.get(EXECUTIONS, **query).json
    listed = [each["id"] for each in page["items"]]
    while page["next_cursor"]:
        page = admin.get(EXECUTIONS, **query, cursor=page["next_cursor"]).json
        listed += [each["id"] for each in page["items"]]
    assert len(listed) == len(wanted)
    assert set(listed) == wanted
    assert admin.get(EXECUTIONS, workflow_id=workflow_id, booking_id="b-2").json["items"] == []


def test_a_list_names_the_run_that_goes_on_from_another(
    ports: FakePorts, admin: Client, workflow: str
) -> None:
    first = failed(ports)
    listed = admin.get(EXECUTIONS).json["items"]
    assert [(each["resumed_from"], each["resumed_by"]) for each in listed] == [(None, None)]
    resumed = admin.post(f"{EXECUTIONS}/{first.id}/resume", {}).json
    assert (resumed["resumed_from"], resumed["resumed_by"]) == (first.id, None)
    by_id = {each["id"]: each["resumed_by"] for each in admin.get(EXECUTIONS).json["items"]}
    assert by_id == {first.id: resumed["id"], resumed["id"]: None}


@pytest.mark.parametrize(
    "query",
    [
        {"status": "odd"},
        {"workflow_id": "a#b"},
        {"workflow_id": "a", "since": "yesterday"},
        {"workflow_id": "a", "since": "2026-01-01T00:00:00"},
        {"workflow_id": "a", "cursor": "rubbish"},
        {"workflow_id": "a", "limit": 101},
    ],
)
def test_a_list_that_cannot_be_made_says_why(admin: Client, query: dict[str, Any]) -> None:
    answer = admin.get(EXECUTIONS, **query)
    assert answer.status == 422
    assert answer.json["errors"][0]["field"].startswith("query.")


def test_the_graph_of_a_run_is_that_of_its_version(
    ports: FakePorts, admin: Client, workflow: str
) -> None:
    execution = start(ports)
    admin.put(workflow, {"name": "x", "draft": graph_of()}, if_match=admin.get(workflow).etag)
    shown = admin.get(f"{EXECUTIONS}/{execution.id}").json["graph"]
    assert len(Graph.model_validate(shown).nodes) == 3
