"""A machine is deleted only when nothing needs it, for long enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from bookflow.domain.executions.execution import Execution
from bookflow.domain.executions.machine_deletion import DELETION
from bookflow.domain.executions.machine_status import StatusChange
from bookflow.domain.shared.errors import TransientError
from bookflow.use_cases.executions.resume import Resumer
from bookflow.use_cases.runtime.dispatch import Dispatcher
from bookflow.use_cases.runtime.track_execution import Tracker
from bookflow.use_cases.sweeping.sweep_machines import GRACE, Sweeper
from bookflow.use_cases.workflows.publish import Publisher
from tests.fakes import Crash, FakePorts
from tests.unit.runtime.samples import LOCATION_ID, NOTE, TARGET, event, graph, new_ports, publish


def unused() -> tuple[FakePorts, str]:
    """Return ports with a machine that an older version ran on, beside the one in use."""
    ports = new_ports()
    old = publish(ports, "wf-a", graph(NOTE)).machine_arn
    publish(ports, "wf-a", graph(NOTE, {**NOTE, "id": "second"}))
    ports.calls.made.clear()
    return ports, old


def sweep(ports: FakePorts) -> dict[str, int]:
    return dict(Sweeper(ports).run())


def test_a_machine_in_use_is_kept() -> None:
    ports = new_ports()
    arn = publish(ports, "wf-a", graph(NOTE)).machine_arn
    ports.clock.advance(days=400)
    assert sweep(ports) == {"kept": 1}
    assert arn in ports.machines.definitions


def test_an_unused_machine_is_marked_and_goes_after_the_grace_period() -> None:
    ports, old = unused()
    assert sweep(ports) == {"marked": 1, "kept": 1}
    ports.clock.moment += GRACE - timedelta(seconds=1)
    assert sweep(ports) == {"waiting": 1, "kept": 1}
    assert old in ports.machines.definitions
    ports.clock.advance(seconds=1)
    assert sweep(ports) == {"deleted": 1, "kept": 1}
    assert old not in ports.machines.definitions
    assert sweep(ports) == {"kept": 1}
    assert ports.counter.counts["MachinesDeleted", None] == 1


def test_a_running_execution_keeps_its_machine_and_the_grace_period_begins_after_it() -> None:
    ports = new_ports()
    old = publish(ports, "wf-a", graph(NOTE)).machine_arn
    Dispatcher(ports).dispatch(event())
    publish(ports, "wf-a", graph(NOTE, {**NOTE, "id": "second"}))
    ports.clock.advance(days=300)
    assert sweep(ports) == {"kept": 2}
    for run in ports.machines.started.values():
        run.ended = True
    assert sweep(ports) == {"marked": 1, "kept": 1}
    assert old in ports.machines.definitions


def test_a_machine_that_is_used_again_loses_its_mark() -> None:
    ports, old = unused()
    sweep(ports)
    revision = ports.workflows.get(LOCATION_ID, "wf-a").revision
    Publisher(ports, TARGET).roll_back(LOCATION_ID, "wf-a", 1, based_on=revision)
    ports.clock.advance(days=8)
    # Only the newer version's machine is unused now.
    assert sweep(ports) == {"kept": 1, "marked": 1}
    assert old.rpartition(":")[2] not in ports.unused_machines.since
    assert old in ports.machines.definitions


def test_a_machine_of_a_disabled_workflow_goes_and_comes_back_when_it_is_enabled() -> None:
    ports = new_ports()
    arn = publish(ports, "wf-a", graph(NOTE), enabled=False).machine_arn
    sweep(ports)
    ports.clock.moment += GRACE
    assert sweep(ports) == {"deleted": 1}
    revision = ports.workflows.get(LOCATION_ID, "wf-a").revision
    Publisher(ports, TARGET).set_enabled(LOCATION_ID, "wf-a", True, based_on=revision)
    assert arn in ports.machines.definitions


def failed_and_swept() -> tuple[FakePorts, Execution]:
    """Return a failed run of an old version, whose machine has been deleted since."""
    ports, old = unused()
    revision = ports.workflows.get(LOCATION_ID, "wf-a").revision
    publisher = Publisher(ports, TARGET)
    publisher.roll_back(LOCATION_ID, "wf-a", 1, based_on=revision)
    (execution,) = Dispatcher(ports).dispatch(event())
    publisher.roll_back(LOCATION_ID, "wf-a", 2, based_on=revision + 1)
    ports.machines.started[old, execution.id].ended = True
    Tracker(ports).apply(
        StatusChange(
            location_id=LOCATION_ID,
            execution_id=execution.id,
            status="FAILED",
            at=ports.clock.now(),
        )
    )
    sweep(ports)
    ports.clock.moment += GRACE
    assert sweep(ports) == {"deleted": 1, "kept": 1}
    assert old not in ports.machines.definitions
    return ports, execution


def test_a_run_is_resumed_though_its_machine_was_swept_and_keeps_the_new_one() -> None:
    ports, execution = failed_and_swept()
    resumed = Resumer(ports, TARGET).resume(LOCATION_ID, execution.id)
    assert resumed.version == 1
    assert resumed.machine_arn == execution.machine_arn
    assert (resumed.machine_arn, resumed.id) in ports.machines.started
    ports.clock.advance(days=400)
    assert sweep(ports) == {"kept": 2}


def test_a_run_is_resumed_on_the_machine_that_the_stack_makes_by_now() -> None:
    ports, execution = failed_and_swept()
    ports.fail_next("machines.start", TransientError("Step Functions is busy."))
    with pytest.raises(TransientError):
        Resumer(ports, TARGET).resume(LOCATION_ID, execution.id)
    changed = replace(TARGET, role_arn="arn:aws:iam::123456789012:role/new")
    resumed = Resumer(ports, changed).resume(LOCATION_ID, execution.id)
    assert resumed.machine_arn != execution.machine_arn
    assert list(ports.machines.started) == [(resumed.machine_arn, resumed.id)]
    assert ports.executions.get(LOCATION_ID, resumed.id) == resumed


def test_a_machine_that_cannot_be_deleted_keeps_no_other_from_its_turn() -> None:
    ports = new_ports()
    for number in range(3):
        publish(ports, "wf-a", graph(*({**NOTE, "id": f"n{at}"} for at in range(number + 1))))
    sweep(ports)
    ports.clock.moment += GRACE
    ports.fail_next("machines.delete", TransientError("Step Functions is busy."))
    with pytest.raises(TransientError, match="busy"):
        sweep(ports)
    assert len(ports.machines.definitions) == 2
    assert ports.counter.counts["MachinesDeleted", None] == 1


def test_a_publish_that_takes_a_machine_up_while_it_is_swept_has_it_kept() -> None:
    for call in ("uses_machine", "is_running"):
        ports, old = unused()
        sweep(ports)
        ports.clock.moment += GRACE
        revision = ports.workflows.get(LOCATION_ID, "wf-a").revision
        take_up = partial(
            Publisher(ports, TARGET).roll_back, LOCATION_ID, "wf-a", 1, based_on=revision
        )
        place: Any = ports.workflows if call == "uses_machine" else ports.machines
        answer_after(place, call, old, take_up)
        assert "deleted" not in sweep(ports)
        assert old in ports.machines.definitions


def answer_after(place: Any, call: str, machine: str, work: Callable[[], object]) -> None:
    """Let the work be done while an answer about that machine is under way."""
    ask = getattr(place, call)

    def asked(machine_arn: str) -> bool:
        answer = bool(ask(machine_arn))
        if machine_arn == machine:
            setattr(place, call, ask)
            work()
        return answer

    setattr(place, call, asked)


def test_a_crash_after_any_call_deletes_nothing_in_use_and_the_next_run_finishes() -> None:
    straight, _ = unused()
    sweep(straight)
    straight.clock.moment += GRACE
    straight.calls.made.clear()
    sweep(straight)
    for number in range(1, len(straight.calls.made) + 1):
        ports, old = unused()
        sweep(ports)
        ports.clock.moment += GRACE
        ports.crash_after(number)
        with pytest.raises(Crash):
            sweep(ports)
        ports.clock.moment += DELETION  # within it, the sweep that died could still be at it
        sweep(ports)
        assert old not in ports.machines.definitions
        assert len(ports.machines.definitions) == 1
