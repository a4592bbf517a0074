"""Each write on the way of an event breaks in each way: nothing is lost in silence, or doubled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from bookflow.actions.catalogue import action_types
from bookflow.bootstrap import services
from bookflow.domain.executions.execution import ExecutionStatus, ReasonCode, StepStatus
from bookflow.domain.shared.errors import RETRY_AFTER_ERRORS
from bookflow.domain.webhooks.secrets import Secret
from tests.actions import ACTIONS
from tests.fakes import Crash
from tests.integration.handlers.stack import OwnLocation, Stack
from tests.integration.handlers.test_crashes import BEGINS, HOSTS, SENDS, Death, Rehearsal
from tests.integration.handlers.wire import Call, Mode, Wire, breakable_wire
from tests.unit.runtime.samples import NOTE, graph

TRIES = 4
RETRIED = {"TransientError", *RETRY_AFTER_ERRORS}
NODE_TYPES = sorted(ACTIONS)
IN_USUAL = {"send_template": Mode, "webhook": Mode, "update_booking": [Mode.TIMED_OUT, Mode.DIED]}
STEPS = [
    pytest.param(
        node_type,
        mode,
        times,
        marks=() if mode in IN_USUAL.get(node_type, ()) and times == 1 else pytest.mark.soak,
        id=f"{node_type}-{mode.name.lower()}-{times}",
    )
    for node_type in NODE_TYPES
    for mode in Mode
    # Three in a row outlast botocore's own tries.
    for times in (1, 3)
]
WAYS = [
    pytest.param(
        mode,
        times,
        marks=() if times == 1 and mode in (Mode.FAILED_AFTER, Mode.DIED) else pytest.mark.soak,
        id=f"{mode.name.lower()}-{times}",
    )
    for mode in Mode
    for times in (1, 3)
]


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    with breakable_wire(monkeypatch) as made:
        yield made


def run_as_machine(rehearsal: Rehearsal) -> None:
    """Call the function as its Task does: again after an error that may pass, or a death."""
    for attempt in range(TRIES):
        try:
            rehearsal.run(attempt)
        except Crash:
            continue
        except Exception as error:
            if type(error).__name__ not in RETRIED:
                return
        else:
            return


def writes(calls: Sequence[Call]) -> Iterator[tuple[int, Call]]:
    return ((place, call) for place, call in enumerate(calls) if call.is_write)


def test_every_action_is_tried() -> None:
    assert set(NODE_TYPES) == set(action_types())
    assert set(IN_USUAL) < set(NODE_TYPES)


@pytest.mark.parametrize(("node_type", "mode", "times"), STEPS)
def test_a_step_whose_wire_breaks_has_its_effect_once_or_says_so(
    node_type: str, mode: Mode, times: int, stack: Stack, place: OwnLocation, wire: Wire
) -> None:
    place.texts()
    if node_type == "webhook":
        stack.ports.secrets.put(place.id, "crm_token", Secret("tok-0123456789", hosts=HOSTS))
    rehearsal = Rehearsal(stack, place, node_type, Death())
    for number in (0, 1):  # the first one may make a key
        rehearsal.begin(number)
        rehearsal.effects()
        wire.breaks(None)
        run_as_machine(rehearsal)
        straight = list(writes(wire.calls))
    once = rehearsal.effects()
    assert {kind: count for kind, count in once.items() if count} == ACTIONS[node_type].effects
    outcomes: list[tuple[str, str]] = []
    for number, (at, call) in enumerate(straight, start=2):
        rehearsal.begin(number)
        wire.breaks(at, mode, times)
        run_as_machine(rehearsal)
        assert wire.calls[at] == call, "the calls are not the same in every execution"
        wire.breaks(None)
        step = rehearsal.step()
        happened = rehearsal.effects()
        outcomes.append((call.name, f"{step.status} {step.reason_code or ''}".strip()))
        assert step.status.is_final, (call, "silent")
        for kind, count in happened.items():
            assert count <= once[kind], (call, kind, "doubled")
        if step.status is StepStatus.COMPLETED:
            assert happened == once, (call, "lost in silence")
        else:
            assert step.reason_code in (ReasonCode.OUTCOME_UNKNOWN, ReasonCode.STEP_FAILED)
        # What is not known is known to be so: only a send, or a death around one, can be.
        is_send = call.name in SENDS
        until_then = [each.name for place, each in straight if place <= at]
        begun = sum(name in BEGINS for name in until_then)
        is_begun = begun > until_then.count("effect:UpdateItem")
        may_be_unknown = is_send or (is_begun and mode is Mode.DIED) or times > 1
        assert step.status is StepStatus.COMPLETED or may_be_unknown, outcomes[-1]
        if times == 1 and is_send:
            is_known = mode is Mode.THROTTLED
            assert (step.status is StepStatus.COMPLETED) == is_known, outcomes[-1]
        if times == 1 and not is_send and mode is not Mode.DIED:
            assert step.attempts == 1, "a try is counted once, though its record is written twice"
        if times == 1 and call.name in BEGINS and mode is not Mode.DIED:
            assert step.status is StepStatus.COMPLETED, "an own record is known again"
    assert outcomes


def deliver(stack: Stack, name: str, body: Any, wire: Wire) -> bool:
    """Hand a message over as its queue does, up to five times; say whether it was taken."""
    queue = stack.queue if name == "dispatcher" else stack.tracking
    wire.is_watched = False
    queue.send(body)
    (record,) = queue.records()
    for _ in range(5):
        services.cache_clear()
        wire.is_watched = True
        try:
            answer = stack.handlers[name]({"Records": [record]}, None)
        except Crash:
            continue
        finally:
            wire.is_watched = False
        if not answer["batchItemFailures"]:
            return True
    return False


@pytest.mark.parametrize(("mode", "times"), WAYS)
def test_an_event_whose_wire_breaks_starts_its_workflow_once(
    mode: Mode, times: int, stack: Stack, place: OwnLocation, wire: Wire
) -> None:
    place.publish("wf-a", graph(NOTE))

    def event(number: int) -> Any:
        return place.event(
            event_id=f"evt-{number}",
            booking_id=f"bk-{number}",
            booking={"id": f"bk-{number}", "confirmation_code": f"CODE-{number}"},
        )

    for number in (0, 1):
        wire.breaks(None)
        assert deliver(stack, "dispatcher", event(number), wire)
        straight = list(writes(wire.calls))
        stack.waits_until(lambda known=number + 1: len(place.executions("wf-a")) == known)
    assert "StartExecution" in {call.name for _, call in straight}
    for number, (at, call) in enumerate(straight, start=2):
        wire.breaks(at, mode, times)
        taken = deliver(stack, "dispatcher", event(number), wire)
        wire.breaks(None)
        assert taken, (call, "lost")
        found = [each for each in place.executions("wf-a") if each.booking_id == f"bk-{number}"]
        assert len(found) == 1, (call, "doubled")
        assert stack.finished(found[0])["status"] == "SUCCEEDED"
        assert len(stack.ports.notes.list(place.id, f"bk-{number}").items) == 1


@pytest.mark.parametrize(("mode", "times"), WAYS)
def test_an_end_whose_wire_breaks_is_recorded(
    mode: Mode, times: int, stack: Stack, place: OwnLocation, wire: Wire
) -> None:
    place.publish("wf-a", graph(NOTE))

    def ended(number: int) -> Any:
        stack.put(place.event(event_id=f"evt-{number}", booking_id=f"bk-{number}"))
        assert not stack.queue.deliver()
        (execution,) = (
            each for each in place.executions("wf-a") if each.booking_id == f"bk-{number}"
        )
        reported = stack.finished(execution)
        return execution, stack.status_event(execution, reported["status"], input=reported["input"])

    _, body = ended(0)
    wire.breaks(None)
    assert deliver(stack, "track_execution", body, wire)
    straight = list(writes(wire.calls))
    for number, (at, call) in enumerate(straight, start=1):
        execution, body = ended(number)
        wire.breaks(at, mode, times)
        taken = deliver(stack, "track_execution", body, wire)
        wire.breaks(None)
        assert taken, (call, "lost")
        found = stack.ports.executions.get(place.id, execution.id)
        assert found.status is ExecutionStatus.COMPLETED
        (day,) = stack.ports.executions.statistics(place.id, ["wf-a"])["wf-a"].days
        (counted,) = stack.ports.executions.step_days(place.id, "wf-a").values()
        assert (day.completed, day.failed) == (number + 1, 0), call
        assert set(counted.values()) == {number + 1}, call
