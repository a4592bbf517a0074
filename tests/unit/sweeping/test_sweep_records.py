"""What a lost event left open is put right within the hour, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bookflow.domain.events.sender import Sender
from bookflow.domain.executions.execution import (
    Execution,
    ExecutionStatus,
    ReasonCode,
    Step,
    StepStatus,
)
from bookflow.domain.executions.machine_status import StatusChange
from bookflow.domain.shared.errors import TransientError
from bookflow.use_cases.executions.resume import Resumer
from bookflow.use_cases.runtime.dispatch import Dispatcher
from bookflow.use_cases.runtime.track_execution import Tracker
from bookflow.use_cases.surveys.answer_survey import SurveyAnswering, submitted_event
from bookflow.use_cases.sweeping.sweep_records import IN_FLIGHT, MAX_ASKED, SETTLED, RecordSweeper
from bookflow.use_cases.workflows.publish import Publisher
from tests.fakes import Crash, FakePorts
from tests.unit.runtime.samples import (
    LOCATION_ID,
    NOTE,
    NOW,
    TARGET,
    event,
    graph,
    new_ports,
    publish,
)
from tests.unit.surveys.samples import GOOD, TOKEN, survey_ports

WAIT = {"id": "wait", "type": "delay", "config": {"value": 2, "unit": "days"}}


def sweep(ports: FakePorts) -> dict[str, int]:
    return dict(RecordSweeper(ports).run())


# --- Responses that nobody heard of ------------------------------------------------------------


def answered() -> FakePorts:
    """Return ports on which a customer answered while the bus was down."""
    ports = survey_ports()
    ports.fail_next("events.publish", TransientError("busy"))
    SurveyAnswering(ports).submit("loc-1", TOKEN, GOOD)
    assert len(ports.surveys.responses) == 1
    ports.events.published.clear()
    ports.calls.made.clear()
    return ports


def test_a_response_that_could_not_be_reported_of_is_announced_once() -> None:
    ports = answered()
    ports.clock.moment += IN_FLIGHT
    assert sweep(ports) == {"announced": 1}
    (reported,) = ports.events.published
    (response,) = ports.surveys.responses.values()
    assert response.announced
    assert reported == submitted_event(response)
    assert sweep(ports) == {}
    assert len(ports.events.published) == 1


def test_a_response_that_is_just_being_stored_is_left_to_its_page() -> None:
    ports = answered()
    ports.clock.moment += IN_FLIGHT - timedelta(seconds=1)
    assert sweep(ports) == {}
    assert not ports.events.published


def test_a_crash_of_the_sweep_announces_the_same_event_again_at_most() -> None:
    straight = answered()
    straight.clock.moment += IN_FLIGHT
    sweep(straight)
    for number in range(1, len(straight.calls.made) + 1):
        ports = answered()
        ports.clock.moment += IN_FLIGHT
        ports.crash_after(number)
        with pytest.raises(Crash):
            sweep(ports)
        sweep(ports)
        assert {repr(each) for each in ports.events.published} == {
            repr(each) for each in straight.events.published
        }
        assert all(each.announced for each in ports.surveys.responses.values())


def test_a_response_that_the_bus_refuses_keeps_no_other_from_it() -> None:
    ports = answered()
    (response,) = ports.surveys.responses.values()
    other = response.changed(token_hash="f" * 64)
    ports.surveys.responses["loc-1", other.token_hash] = other
    ports.clock.moment += IN_FLIGHT
    ports.fail_next("events.publish", TransientError("busy"))
    with pytest.raises(TransientError, match="busy"):
        sweep(ports)
    assert len(ports.events.published) == 1
    assert sweep(ports) == {"announced": 1}


# --- Runs that seem to go on -------------------------------------------------------------------


def claimed() -> tuple[FakePorts, Execution]:
    """Return ports with a claim whose last try died before the start."""
    straight, _ = begun()
    ports = new_ports()
    publish(ports, "wf-a", graph(NOTE))
    ports.crash_after(straight.calls.made.index("executions.claim_first") + 1)
    with pytest.raises(Crash):
        Dispatcher(ports).dispatch(event(), last_try=True)
    (execution,) = ports.executions.stored.values()
    assert not ports.machines.started
    return ports, execution


def begun(*nodes: dict[str, object]) -> tuple[FakePorts, Execution]:
    ports = new_ports()
    publish(ports, "wf-a", graph(*(nodes or (NOTE,))))
    (execution,) = Dispatcher(ports).dispatch(event())
    return ports, execution


def stored(ports: FakePorts, execution: Execution) -> Execution:
    return ports.executions.get(LOCATION_ID, execution.id)


def test_a_claim_that_never_started_is_reported_as_failed_with_what_to_do() -> None:
    ports, execution = claimed()
    ports.clock.moment += SETTLED
    assert sweep(ports) == {"never_started": 1}
    found = stored(ports, execution)
    assert (found.status, found.reason_code) == (ExecutionStatus.FAILED, ReasonCode.START_FAILED)
    assert "never started" in str(found.error_message)
    assert "replay its event" in str(found.error_message)
    assert found.completed_at == ports.clock.now()
    assert ports.counter.counts["ExecutionsFailed", None] == 1
    assert sweep(ports) == {}


def test_a_claim_of_this_hour_is_left_to_the_queue() -> None:
    ports, execution = claimed()
    ports.clock.moment += SETTLED - timedelta(seconds=1)
    assert sweep(ports) == {}
    assert stored(ports, execution).status is ExecutionStatus.RUNNING


def _deliver(ports: FakePorts, execution: Execution) -> None:
    Dispatcher(ports).dispatch(event())


def _resume(ports: FakePorts, execution: Execution) -> None:
    Resumer(ports, TARGET).resume(LOCATION_ID, execution.id)


def _replay(ports: FakePorts, execution: Execution) -> None:
    Resumer(ports, TARGET).replay(
        LOCATION_ID, execution.id, sent_by=Sender(kind="person", id="user-1")
    )
    (reported,) = ports.events.published
    Dispatcher(ports).dispatch(event(**reported.detail))


@pytest.mark.parametrize("remedy", [_deliver, _resume, _replay])
def test_it_can_still_be_redriven_resumed_or_replayed(
    remedy: Callable[[FakePorts, Execution], None],
) -> None:
    ports, execution = claimed()
    ports.clock.moment += SETTLED
    sweep(ports)
    remedy(ports, execution)
    assert len(ports.machines.started) == 1


def test_a_workflow_that_was_turned_off_in_between_leaves_nothing_running() -> None:
    ports, execution = claimed()
    revision = ports.workflows.get(LOCATION_ID, "wf-a").revision
    Publisher(ports, TARGET).set_enabled(LOCATION_ID, "wf-a", False, based_on=revision)
    assert Dispatcher(ports).dispatch(event()) == []
    ports.clock.moment += SETTLED
    assert sweep(ports) == {"never_started": 1}
    assert stored(ports, execution).status is ExecutionStatus.FAILED


@pytest.mark.parametrize(
    ("failed", "status"),
    [(False, ExecutionStatus.COMPLETED), (True, ExecutionStatus.FAILED)],
)
def test_an_end_that_was_never_reported_is_asked_for(failed: bool, status: ExecutionStatus) -> None:
    ports, execution = begun()
    (run,) = ports.machines.started.values()
    run.ended, run.failed = True, failed
    ports.clock.moment += SETTLED
    assert sweep(ports) == {"corrected": 1}
    found = stored(ports, execution)
    assert (found.status, found.launched) == (status, True)
    assert found.completed_at == ports.machines.created_at
    assert sweep(ports) == {}


def test_a_run_that_was_stopped_unheard_is_failed_with_its_open_steps() -> None:
    ports, execution = begun()
    step = Step(
        location_id=LOCATION_ID,
        execution_id=execution.id,
        node_id="note",
        node_type="add_booking_note",
        started_at=NOW,
    )
    ports.executions.begin_step(step)
    ports.machines.stop(execution.machine_arn, execution.id, "Out of money.")
    ports.clock.moment += SETTLED
    assert sweep(ports) == {"corrected": 1}
    assert stored(ports, execution).reason_code is ReasonCode.ABORTED
    (closed,) = ports.executions.steps(LOCATION_ID, execution.id)
    assert (closed.status, closed.reason_code) == (StepStatus.FAILED, ReasonCode.CRASHED)


def test_a_run_that_goes_on_is_left_alone_and_costs_no_question() -> None:
    ports, execution = begun(WAIT, NOTE)
    ports.executions.update(execution.changed(status=ExecutionStatus.WAITING))
    ports.calls.made.clear()
    ports.clock.moment += timedelta(days=1)
    assert sweep(ports) == {"running": 1}
    assert "machines.find" not in ports.calls.made
    assert stored(ports, execution).status is ExecutionStatus.WAITING


def test_a_run_that_step_functions_has_forgotten_is_reported_as_failed() -> None:
    ports, execution = begun()
    ports.executions.update(execution.changed(launched=True))
    ports.machines.started.clear()
    ports.clock.moment += timedelta(days=91)
    assert sweep(ports) == {"lost": 1}
    found = stored(ports, execution)
    assert (found.status, found.reason_code) == (ExecutionStatus.FAILED, ReasonCode.CRASHED)
    assert "no longer knows the execution" in str(found.error_message)


def test_the_questions_of_one_sweep_are_bounded_and_the_next_goes_on() -> None:
    ports, execution = claimed()
    for number in range(MAX_ASKED + 20):
        ports.executions.claim(execution.changed(id=f"ex_{number}"))
    ports.clock.moment += SETTLED
    ports.calls.made.clear()
    # None can be asked for, so all of them stay open.
    ports.fail_next("machines.find", *[TransientError("throttled")] * MAX_ASKED)
    with pytest.raises(TransientError, match="throttled"):
        sweep(ports)
    assert ports.calls.made.count("machines.find") == MAX_ASKED
    done = 0
    while found := sweep(ports):
        assert found.keys() <= {"never_started", "postponed"}
        assert found["never_started"] <= MAX_ASKED
        done += found["never_started"]
    assert done == MAX_ASKED + 21


def test_one_run_that_cannot_be_asked_for_keeps_no_other_from_it() -> None:
    ports, execution = claimed()
    ports.executions.claim(execution.changed(id="ex_other"))
    ports.clock.moment += SETTLED
    ports.fail_next("machines.find", TransientError("throttled"))
    with pytest.raises(TransientError, match="throttled"):
        sweep(ports)
    ended = [each.status for each in ports.executions.stored.values()]
    assert sorted(ended) == [ExecutionStatus.FAILED, ExecutionStatus.RUNNING]


def test_an_end_that_is_reported_after_all_counts_once() -> None:
    ports, execution = begun()
    (run,) = ports.machines.started.values()
    run.ended = True
    ports.clock.moment += SETTLED
    sweep(ports)
    late = StatusChange(
        location_id=LOCATION_ID, execution_id=execution.id, status="SUCCEEDED", at=NOW
    )
    Tracker(ports).apply(late)
    (figures,) = ports.executions.counted.values()
    assert [each.completed for each in figures.days] == [1]
