"""The tracking function keeps records true to status events that come late, twice or never."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from bookflow.domain.executions.execution import (
    Execution,
    ExecutionStatus,
    ReasonCode,
    Step,
    StepStatus,
)
from tests.integration.handlers.conftest import Log
from tests.integration.handlers.stack import OwnLocation, Stack
from tests.unit.runtime.samples import NOTE, NOW, graph

ENDS = [
    ("SUCCEEDED", ExecutionStatus.COMPLETED, None),
    ("FAILED", ExecutionStatus.FAILED, ReasonCode.STEP_FAILED),
    ("TIMED_OUT", ExecutionStatus.FAILED, ReasonCode.TIMED_OUT),
    ("ABORTED", ExecutionStatus.FAILED, ReasonCode.ABORTED),
]


UNKNOWN_ARN = "arn:aws:states:eu-central-1:123456789012:stateMachine:bookflow-test-wf-gone"


def claimed(stack: Stack, place: OwnLocation, name: str, **fields: Any) -> Execution:
    """Return an execution's record as the dispatcher leaves it, without a run behind it."""
    reported: dict[str, Any] = {
        "location_id": place.id,
        "id": name,
        "workflow_id": "wf-a",
        "version": 1,
        "event_id": name,
        "event_type": "Booking Created",
        "event_data": {},
        "started_at": NOW,
    }
    return stack.ports.executions.claim(Execution(**{**reported, **fields}))


def reported(stack: Stack, execution: Execution, *statuses: str, **detail: Any) -> Execution:
    stack.tracking.send(*(stack.status_event(execution, status, **detail) for status in statuses))
    assert not stack.tracking.deliver()
    return stack.ports.executions.get(execution.location_id, execution.id)


@pytest.mark.parametrize(("status", "ended", "reason"), ENDS)
def test_in_any_order_and_repetition_the_end_stays(
    status: str,
    ended: ExecutionStatus,
    reason: ReasonCode | None,
    stack: Stack,
    place: OwnLocation,
    log: Log,
) -> None:
    orders = [*permutations(["RUNNING", status, status]), (status,)]
    for number, order in enumerate(orders):
        found = reported(stack, claimed(stack, place, f"ex_{number}"), *order)
        assert (found.status, found.reason_code) == (ended, reason)
        assert found.completed_at is not None
        assert found.launched
    assert len(log.metrics("ExecutionsFailed")) == (len(orders) if reason else 0)
    (day,) = stack.ports.executions.statistics(place.id, ["wf-a"])["wf-a"].days
    assert (day.completed, day.failed) == ((0, len(orders)) if reason else (len(orders), 0))


def test_a_bare_status_event_is_taken_too(stack: Stack, place: OwnLocation) -> None:
    execution = claimed(stack, place, "ex_1")
    handler = stack.handlers["track_execution"]
    answer = handler(stack.status_event(execution, "SUCCEEDED"), None)
    assert answer == {"batchItemFailures": []}
    assert reported(stack, execution).status is ExecutionStatus.COMPLETED


def test_open_steps_of_a_run_that_was_stopped_are_closed(stack: Stack, place: OwnLocation) -> None:
    execution = claimed(stack, place, "ex_1")
    stack.ports.executions.begin_step(
        Step(
            location_id=place.id,
            execution_id="ex_1",
            node_id="note",
            node_type="add_booking_note",
            started_at=NOW,
        )
    )
    found = reported(stack, execution, "ABORTED", cause="Stopped by the desk.")
    assert str(found.error_message).startswith("The execution was stopped. Stopped by the desk.")
    step = place.steps(execution)["note"]
    assert (step.status, step.reason_code) == (StepStatus.FAILED, ReasonCode.CRASHED)


def test_a_run_that_is_really_stopped_ends_as_failed(stack: Stack, place: OwnLocation) -> None:
    wait = {"id": "wait", "type": "delay", "config": {"value": 1, "unit": "hours"}}
    place.publish("wf-a", graph(wait, NOTE))
    stack.put(place.event())
    stack.queue.deliver()
    execution = place.execution("wf-a")
    stack.waits_until(lambda: place.execution("wf-a").status is ExecutionStatus.WAITING)
    stack.waits_until(lambda: stack.rests(execution))
    stack.ports.machines.stop(execution.machine_arn, execution.id, "The desk stopped it.")
    found = stack.complete(place, "wf-a")
    assert (found.status, found.reason_code) == (ExecutionStatus.FAILED, ReasonCode.ABORTED)


@pytest.mark.parametrize(
    ("detail", "field"),
    [
        ({"status": "DREAMING"}, "detail.status"),
        ({"startDate": None}, "detail.startDate"),
        ({"input": None}, "detail.input"),
        ({"input": None, "stateMachineArn": UNKNOWN_ARN}, "detail.input"),
        ({"input": "{}"}, "detail.input"),
        ({"input": '{"execution": {}}'}, "detail.input"),
    ],
)
def test_another_event_is_refused_by_its_field_and_stops_none(
    detail: dict[str, Any], field: str, stack: Stack, place: OwnLocation, log: Log
) -> None:
    execution = claimed(stack, place, "ex_1")
    bad = stack.status_event(execution, "FAILED")
    bad["detail"].update(detail)
    stack.tracking.send(bad, "no JSON", stack.status_event(execution, "SUCCEEDED"))
    assert not stack.tracking.deliver()
    assert reported(stack, execution).status is ExecutionStatus.COMPLETED
    assert sorted(str(each.field) for each in stack.queue.dead_letters()) == ["body", field]
    assert {line["field"] for line in log.lines("message rejected")} == {"body", field}


def test_a_status_event_without_its_input_is_completed_by_asking(
    stack: Stack, place: OwnLocation
) -> None:
    place.publish("wf-a", graph(NOTE))
    stack.put(place.event())
    stack.queue.deliver()
    execution = place.execution("wf-a")
    stack.finished(execution)
    found = reported(
        stack,
        execution,
        "SUCCEEDED",
        input=None,
        inputDetails={"included": False},
        stateMachineArn=execution.machine_arn,
    )
    assert found.status is ExecutionStatus.COMPLETED
    assert not stack.queue.dead_letters()


def test_a_status_of_an_execution_that_nobody_knows_is_kept(
    stack: Stack, place: OwnLocation
) -> None:
    execution = claimed(stack, place, "ex_1").changed(id="ex_unknown")
    stack.tracking.send(stack.status_event(execution, "SUCCEEDED"))
    assert not stack.tracking.deliver()
    (letter,) = stack.queue.dead_letters()
    assert letter.field == "execution_id"
