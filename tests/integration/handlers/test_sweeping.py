"""The sweeper's real handler puts right what lost events left open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bookflow.adapters.clock import SystemClock
from bookflow.domain.compiler import COMPILER_VERSION, contract
from bookflow.domain.executions.execution import ExecutionStatus, ReasonCode
from bookflow.domain.surveys.records import SurveyResponse
from bookflow.use_cases.sweeping.sweep_records import SETTLED
from bookflow.use_cases.workflows import renew_machines
from tests.integration.handlers.conftest import Log
from tests.integration.handlers.stack import OwnLocation, Stack
from tests.integration.handlers.test_status_events import claimed
from tests.unit.runtime.samples import NOTE, graph

RECORDS = {"only": "records"}
SUBMITTED = "Survey Submitted"


Sweep = Callable[[dict[str, Any]], dict[str, int]]


@pytest.fixture
def sweep(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Sweep:
    """Run the sweeper two hours after everything else."""
    now = SystemClock.now

    def sweep(event: dict[str, Any]) -> dict[str, int]:
        with monkeypatch.context() as moved:
            moved.setattr(SystemClock, "now", lambda self: now(self) + 2 * SETTLED)
            return dict(stack.handlers["sweeper"](event, None))

    return sweep


def test_a_claim_without_a_run_and_a_run_whose_end_was_lost_are_ended(
    stack: Stack, place: OwnLocation, log: Log, sweep: Sweep
) -> None:
    place.publish("wf-a", graph(NOTE))
    stack.put(place.event())
    stack.queue.deliver()
    ended = place.execution("wf-a")
    stack.finished(ended)  # and no status event of it arrives
    fields = {"machine_arn": ended.machine_arn, "started_at": ended.started_at}
    claimed(stack, place, "ex_never", **fields)
    assert sweep(RECORDS) == {"corrected": 1, "never_started": 1}
    assert place.execution("wf-a").status is ExecutionStatus.COMPLETED
    found = stack.ports.executions.get(place.id, "ex_never")
    assert (found.status, found.reason_code) == (ExecutionStatus.FAILED, ReasonCode.START_FAILED)
    assert sweep(RECORDS) == {}
    assert len(log.metrics("ExecutionsFailed")) == 1


def test_a_run_that_waits_is_left_alone(stack: Stack, place: OwnLocation, sweep: Sweep) -> None:
    wait = {"id": "wait", "type": "delay", "config": {"value": 9, "unit": "hours"}}
    place.publish("wf-a", graph(wait, NOTE))
    stack.put(place.event())
    stack.queue.deliver()
    stack.waits_until(lambda: place.execution("wf-a").status is ExecutionStatus.WAITING)
    assert sweep(RECORDS) == {"running": 1}
    execution = place.execution("wf-a")
    stack.ports.machines.stop(execution.machine_arn, execution.id, "The test is over.")
    stack.finished(execution)
    assert sweep(RECORDS) == {"corrected": 1}
    assert place.execution("wf-a").reason_code is ReasonCode.ABORTED


def test_a_response_that_nobody_heard_of_starts_its_workflow_once(
    stack: Stack, place: OwnLocation, sweep: Sweep
) -> None:
    place.texts()
    place.publish("wf-a", graph({**NOTE, "config": {"note": "New answers"}}, trigger=SUBMITTED))
    stack.put(place.event())
    stack.queue.deliver()
    stack.ports.surveys.respond(
        SurveyResponse(
            location_id=place.id,
            token_hash="a" * 64,
            survey_id="after-tour",
            booking_id="bk-4711",
            submitted_at=SystemClock().now() - timedelta(hours=1),
        )
    )
    assert sweep(RECORDS)["announced"] == 1
    assert "announced" not in sweep(RECORDS)
    stack.queue.deliver()
    (execution,) = place.executions("wf-a")
    assert stack.finished(execution)["status"] == "SUCCEEDED"


def test_after_a_deploy_with_a_newer_compiler_the_hourly_run_renews_machines(
    stack: Stack, place: OwnLocation, sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(contract, "COMPILER_VERSION", COMPILER_VERSION - 1)
        place.publish("wf-a", graph(NOTE))
    (before,) = stack.ports.workflows.subscriptions(place.id)
    monkeypatch.setattr(renew_machines, "SECONDS_A_MACHINE", 0)
    assert sweep(RECORDS) == {"renewed": 1}
    (after,) = stack.ports.workflows.subscriptions(place.id)
    assert contract.compiler_version_of(before.machine_arn) == COMPILER_VERSION - 1
    assert contract.compiler_version_of(after.machine_arn) == COMPILER_VERSION
    assert sweep(RECORDS) == {}
    stack.put(place.event())
    assert not stack.queue.deliver()
    assert stack.complete(place, "wf-a").status is ExecutionStatus.COMPLETED


def test_the_nightly_run_looks_at_machines_too(place: OwnLocation, sweep: Sweep) -> None:
    place.publish("wf-a", graph(NOTE))
    assert sweep({})["kept"] >= 1
    assert sweep(RECORDS) == {}
