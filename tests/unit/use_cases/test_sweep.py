"""A machine is deleted only when nothing needs it, for long enough."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from bookflow.adapters.memory import Crash, InMemoryPorts
from bookflow.use_cases.dispatch import Dispatcher
from bookflow.use_cases.publish import Publisher
from bookflow.use_cases.sweep import GRACE, Sweeper
from tests.unit.use_cases.samples import (
    LOCATION_ID,
    NOTE,
    TARGET,
    event,
    graph,
    new_ports,
    publish,
)


def unused() -> tuple[InMemoryPorts, str]:
    """Return ports with a machine that an older version ran on, beside the one in use."""
    ports = new_ports()
    old = publish(ports, "wf-a", graph(NOTE)).machine_arn
    publish(ports, "wf-a", graph(NOTE, {**NOTE, "id": "second"}))
    ports.calls.made.clear()
    return ports, old


def sweep(ports: InMemoryPorts) -> dict[str, int]:
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
    assert old not in ports.machines.unused_since
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
        sweep(ports)
        assert old not in ports.machines.definitions
        assert len(ports.machines.definitions) == 1
