"""An execution's record is true whatever the order, repetition and loss of status events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any, get_args

import pytest

from bookflow.domain.executions.execution import (
    Execution,
    ExecutionStatus,
    ReasonCode,
    Step,
    StepStatus,
)
from bookflow.domain.executions.machine_status import MachineStatus, StatusChange
from bookflow.domain.shared.errors import NotFoundError, TransientError
from bookflow.domain.workflows.graph import Graph
from bookflow.use_cases.runtime.dispatch import Dispatcher
from bookflow.use_cases.runtime.track_execution import Tracker
from tests.fakes import Crash, FakePorts
from tests.unit.runtime.samples import LOCATION_ID, NOTE, NOW, event, graph, new_ports, publish


def begun() -> tuple[FakePorts, Execution]:
    ports = new_ports()
    publish(ports, "wf-a", graph(NOTE))
    (execution,) = Dispatcher(ports).dispatch(event())
    ports.calls.made.clear()
    return ports, execution


def change(execution: Execution, status: Any, **fields: Any) -> StatusChange:
    seconds = 0 if status == "RUNNING" else 5
    return StatusChange(
        **{
            "location_id": LOCATION_ID,
            "execution_id": execution.id,
            "status": status,
            "at": NOW + timedelta(seconds=seconds),
            **fields,
        }
    )


def apply(ports: FakePorts, *changes: StatusChange) -> Execution:
    for each in changes:
        Tracker(ports).apply(each)
    return ports.executions.get(LOCATION_ID, changes[0].execution_id)


def begin_step(ports: FakePorts, execution: Execution, **changes: Any) -> Step:
    fields = {"location_id": LOCATION_ID, "execution_id": execution.id, "started_at": NOW}
    step = Step(**{**fields, "node_id": "note", "node_type": "add_booking_note", **changes})
    ports.executions.begin_step(step)
    ports.executions.finish_step(step)
    return step


ENDS = [
    ("SUCCEEDED", ExecutionStatus.COMPLETED, None),
    ("FAILED", ExecutionStatus.FAILED, ReasonCode.STEP_FAILED),
    ("TIMED_OUT", ExecutionStatus.FAILED, ReasonCode.TIMED_OUT),
    ("ABORTED", ExecutionStatus.FAILED, ReasonCode.ABORTED),
]


@pytest.mark.parametrize(("status", "ended", "reason"), ENDS)
def test_each_end_is_recorded(
    status: str, ended: ExecutionStatus, reason: ReasonCode | None
) -> None:
    ports, execution = begun()
    found = apply(ports, change(execution, status))
    assert (found.status, found.reason_code) == (ended, reason)
    assert found.completed_at == NOW + timedelta(seconds=5)
    assert found.launched
    assert bool(found.error_message) is (reason is not None)
    assert ports.counter.counts["ExecutionsFailed", None] == int(reason is not None)


@pytest.mark.parametrize(("status", "ended", "reason"), ENDS)
def test_any_order_repetition_and_loss_before_the_end_gives_the_same_record(
    status: str, ended: ExecutionStatus, reason: ReasonCode | None
) -> None:
    ports, execution = begun()
    reported: Sequence[StatusChange] = [
        change(execution, "RUNNING"),
        change(execution, status),
        change(execution, status),
    ]
    records = set()
    for order in [*permutations(reported), [reported[1]]]:
        ports, execution = begun()
        found = apply(ports, *order)
        records.add(found.model_dump_json())
        assert ports.counter.counts["ExecutionsFailed", None] == int(reason is not None)
    assert len(records) == 1
    assert found.status is ended


def test_every_status_of_step_functions_is_known() -> None:
    for status in get_args(MachineStatus):
        ports, execution = begun()
        assert apply(ports, change(execution, status)).launched


def test_an_end_is_never_left() -> None:
    ports, execution = begun()
    apply(ports, change(execution, "SUCCEEDED"))
    found = apply(ports, change(execution, "FAILED"), change(execution, "RUNNING"))
    assert found.status is ExecutionStatus.COMPLETED
    assert not ports.counter.counts


def test_the_start_only_says_that_the_run_exists() -> None:
    ports, execution = begun()
    ports.executions.update(execution.changed(status=ExecutionStatus.WAITING))
    found = apply(ports, change(execution, "RUNNING"))
    assert (found.status, found.launched) == (ExecutionStatus.WAITING, True)


def test_a_run_that_never_started_is_in_no_figures() -> None:
    ports, execution = begun()
    Tracker(ports).give_up(execution, ReasonCode.START_FAILED, "It never started.", NOW)
    assert not ports.executions.counted
    apply(ports, change(execution, "SUCCEEDED"))
    (figures,) = ports.executions.counted.values()
    (day,) = figures.days
    assert (day.completed, day.failed) == (1, 0)


def test_a_step_that_never_reported_its_end_is_closed_with_the_run() -> None:
    ports, execution = begun()
    begin_step(ports, execution)
    found = apply(ports, change(execution, "FAILED"))
    (step,) = ports.executions.steps(LOCATION_ID, execution.id)
    assert (step.status, step.reason_code) == (StepStatus.FAILED, ReasonCode.CRASHED)
    assert step.completed_at == found.completed_at
    assert "did not report its end" in str(step.error_message)
    assert '"note" failed' in str(found.error_message)


def test_the_last_known_error_of_an_open_step_stays() -> None:
    ports, execution = begun()
    begin_step(
        ports, execution, reason_code=ReasonCode.STEP_FAILED, error_message="The receiver is busy."
    )
    found = apply(ports, change(execution, "FAILED"))
    (step,) = ports.executions.steps(LOCATION_ID, execution.id)
    assert step.error_message == "The receiver is busy."
    assert "The receiver is busy." in str(found.error_message)


@pytest.mark.parametrize(
    ("status", "says"),
    [("ABORTED", "The execution was stopped. Not needed any more."), ("TIMED_OUT", "took longer")],
)
def test_a_stopped_run_says_so_before_it_tells_of_its_steps(status: str, says: str) -> None:
    ports, execution = begun()
    begin_step(ports, execution)
    found = apply(ports, change(execution, status, cause="Not needed any more."))
    assert says in str(found.error_message).split('"note" failed')[0]
    assert '"note" failed' in str(found.error_message)


def test_ended_steps_are_left_as_they_are() -> None:
    ports, execution = begun()
    done = begin_step(ports, execution, status=StepStatus.COMPLETED, output_data={"id": "n"})
    found = apply(ports, change(execution, "ABORTED"))
    assert list(ports.executions.steps(LOCATION_ID, execution.id)) == [done]
    assert found.error_message == "The execution was stopped."


def test_a_failure_that_no_step_explains_names_its_error() -> None:
    ports, execution = begun()
    found = apply(ports, change(execution, "FAILED", error="States.Runtime", cause="secret"))
    assert found.error_message == "The execution failed outside of its steps: States.Runtime."


def begun_with(*nodes: Mapping[str, Any], **fields: Any) -> tuple[FakePorts, Execution]:
    """Return an execution of a graph: the nodes beside each other, and what `fields` say of it."""
    ports = new_ports()
    draft = graph(*nodes).model_dump()
    draft["edges"] = [
        {"id": node["id"], "source": "trigger", "target": node["id"]} for node in nodes
    ]
    draft["edges"] += fields.get("edges", ())
    publish(ports, "wf-a", Graph.model_validate(draft))
    (execution,) = Dispatcher(ports).dispatch(event())
    return ports, execution


def stopped_at(slot: str) -> str:
    """Return the cause of a run whose Task at this slot failed."""
    return f'{{"{slot}":{{"Error":"Sandbox.Timedout","Cause":"secret"}}}}'


def test_a_step_that_failed_before_it_recorded_anything_is_reported_by_its_name() -> None:
    ports, execution = begun_with(NOTE, {**NOTE, "id": "other", "name": "Tell the guide"})
    entries = ports.workflows.version(LOCATION_ID, "wf-a", 1).input_nodes
    (slot,) = (slot for slot, entry in entries.items() if entry["id"] == "other")
    found = apply(
        ports, change(execution, "FAILED", error="BookflowStepFailed", cause=stopped_at(slot))
    )
    assert found.error_message == (
        '"Tell the guide" failed before it recorded anything: '
        "Sandbox.Timedout. Look at the function's log."
    )


@pytest.mark.parametrize("error", ["Runtime.ImportModuleError", "States.Timeout"])
def test_a_task_that_fails_a_run_by_itself_is_the_one_that_the_run_had_come_to(error: str) -> None:
    ports = new_ports()
    row = [{**NOTE, "id": name} for name in ("first", "second", "third")]
    publish(ports, "wf-a", graph(*row))
    (execution,) = Dispatcher(ports).dispatch(event())
    begin_step(ports, execution, node_id="first", status=StepStatus.COMPLETED)
    found = apply(ports, change(execution, "FAILED", error=error, cause="secret"))
    assert found.error_message == (
        f'"second" failed before it recorded anything: {error}. Look at the function\'s log.'
    )


def test_on_another_machine_than_the_versions_no_node_is_guessed() -> None:
    ports, execution = begun_with(NOTE, {**NOTE, "id": "other"})
    ports.executions.update(execution.changed(machine_arn="arn:of:another"))
    found = apply(
        ports, change(execution, "FAILED", error="BookflowStepFailed", cause=stopped_at("n1"))
    )
    assert found.error_message == "The execution failed outside of its steps: BookflowStepFailed."


def test_failures_that_the_graph_deals_with_are_left_out_and_the_others_are_set_apart() -> None:
    names = ("first", "second", "passed over", "handled")
    nodes = [{**NOTE, "id": name} for name in names]
    nodes[2]["on_failure"] = "continue"
    instead = {"id": "e", "source": "handled", "source_handle": "on_error", "target": "first"}
    ports, execution = begun_with(*nodes, edges=[instead])
    for name in names:
        begin_step(
            ports, execution, node_id=name, status=StepStatus.FAILED, error_message=f"{name} broke"
        )
    found = apply(ports, change(execution, "FAILED", error="BookflowStepFailed"))
    assert found.error_message == ('"first" failed: first broke. "second" failed: second broke.')


def test_a_run_ends_though_its_version_has_lapsed() -> None:
    ports, execution = begun()
    begin_step(ports, execution, status=StepStatus.FAILED, error_message="It broke.")
    ports.workflows.published.clear()
    found = apply(ports, change(execution, "FAILED"))
    assert found.error_message == '"note" failed: It broke.'


def test_a_crash_after_any_call_and_a_redelivery_give_the_same_record() -> None:
    straight, execution = begun()
    begin_step(straight, execution)
    straight.calls.made.clear()
    apply(straight, change(execution, "FAILED"))
    for number in range(1, len(straight.calls.made) + 1):
        ports, execution = begun()
        begin_step(ports, execution)
        ports.crash_after(number)
        try:
            apply(ports, change(execution, "FAILED"))
        except Crash:
            apply(ports, change(execution, "FAILED"))
        assert ports.executions.stored == straight.executions.stored
        assert ports.executions.stored_steps == straight.executions.stored_steps


def test_an_execution_that_nobody_knows_is_reported_of() -> None:
    ports, execution = begun()
    ports.executions.stored.clear()
    with pytest.raises(NotFoundError):
        apply(ports, change(execution, "SUCCEEDED"))


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED"])
def test_a_start_that_was_taken_for_failed_but_happened_is_put_right(status: str) -> None:
    ports = new_ports()
    publish(ports, "wf-a", graph(NOTE))
    ports.fail_next("machines.start", TransientError("The answer did not come."))
    with pytest.raises(TransientError):
        Dispatcher(ports).dispatch(event(), last_try=True)
    (execution,) = ports.executions.stored.values()
    assert execution.reason_code is ReasonCode.START_FAILED
    found = apply(ports, change(execution, status))
    expected = ExecutionStatus.RUNNING if status == "RUNNING" else ExecutionStatus.COMPLETED
    assert (found.status, found.launched) == (expected, True)
    assert (found.reason_code, found.error_message) == (None, None)
    assert (found.completed_at is None) is (status == "RUNNING")
