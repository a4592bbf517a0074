"""Events of Bookflow's own that the bus takes twice, because its answer was lost, start nothing twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from bookflow.adapters.clock import SystemClock
from bookflow.domain.events.sender import Sender
from bookflow.domain.surveys.records import SurveyResponse
from bookflow.use_cases.executions.resume import Resumer
from bookflow.use_cases.runtime.put_events import EventIntake
from bookflow.use_cases.surveys.answer_survey import SurveyAnswering
from tests.integration.handlers.stack import OwnLocation, Stack
from tests.integration.handlers.wire import Call, Mode, Wire, breakable_wire
from tests.unit.runtime.samples import NOTE, graph

BY = Sender(kind="person", id="user-1")

WATCHED = {
    "Booking Created": "wf-created",
    "Booking Status Changed": "wf-status",
    "Booking Cancelled": "wf-cancelled",
    "Booking Completed": "wf-completed",
    "Survey Submitted": "wf-survey",
}


class LosingBus(Wire):
    """Loses each first answer of the bus: botocore puts the same events once more."""

    def is_broken(self, call: Call) -> bool:
        if call.name != "PutEvents" or self.at is None:
            return False
        self.calls.append(call)
        return len(self.calls) % 2 == 1


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    with breakable_wire(monkeypatch, LosingBus(mode=Mode.FAILED_AFTER)) as bus:
        yield bus


def by_update(status: str) -> Callable[[Stack, OwnLocation], None]:
    """Let a workflow change the booking's status."""

    def update(stack: Stack, place: OwnLocation) -> None:
        change = {"id": "up", "type": "update_booking", "config": {"value": status}}
        place.publish("wf-update", graph(change, trigger="Chat Message Created"))
        message = place.event("chat_message_created", event_id="evt-chat", booking_id="bk-4711")
        stack.handlers["dispatcher"](message, None)
        (execution,) = place.executions("wf-update")
        assert stack.finished(execution)["status"] == "SUCCEEDED"

    return update


def by_answer(stack: Stack, place: OwnLocation) -> None:
    response = SurveyResponse(
        location_id=place.id,
        token_hash="a" * 64,
        survey_id="after-tour",
        booking_id="bk-4711",
        submitted_at=SystemClock().now() - timedelta(hours=1),
    )
    SurveyAnswering(stack.ports).announce(stack.ports.surveys.respond(response))


def by_replay(stack: Stack, place: OwnLocation) -> None:
    (execution,) = place.executions("wf-created")
    Resumer(stack.ports, stack.ports.machine_target).replay(place.id, execution.id, sent_by=BY)


def by_post(stack: Stack, place: OwnLocation) -> None:
    posted = place.event(event_id="evt-2", booking_id="bk-2", booking=..., confirmation_code=...)
    EventIntake(stack.ports).put(place.id, [posted], key="once", sent_by=BY)


@pytest.mark.parametrize(
    ("cause", "sent", "started"),
    [
        (by_update("cancelled"), 2, {"wf-status": 1, "wf-cancelled": 1}),
        (by_update("completed"), 1, {"wf-status": 1, "wf-completed": 1}),
        (by_update("pending"), 1, {"wf-status": 1}),
        (by_answer, 1, {"wf-survey": 1}),
        (by_replay, 1, {"wf-created": 2}),
        (by_post, 1, {"wf-created": 2}),
    ],
    ids=["cancelled", "completed", "pending", "answer", "replay", "post"],
)
def test_an_event_of_ours_that_the_bus_takes_twice_starts_its_workflows_once(
    cause: Callable[[Stack, OwnLocation], None],
    sent: int,
    started: dict[str, int],
    stack: Stack,
    place: OwnLocation,
    bus: Wire,
) -> None:
    place.texts()
    for trigger, workflow_id in WATCHED.items():
        place.publish(workflow_id, graph({**NOTE, "config": {"note": trigger}}, trigger=trigger))
    stack.handlers["dispatcher"](place.event(), None)
    bus.breaks(0, Mode.FAILED_AFTER)
    cause(stack, place)
    bus.breaks(None)
    bodies = stack.queue.take()
    heard = Counter(json.loads(body)["detail"]["event_id"] for body in bodies)
    assert sorted(heard.values()) == [2] * sent, "each event is on the queue twice"
    stack.queue.send(*bodies, *bodies)
    assert not stack.queue.deliver()
    found = {each: len(place.executions(each)) for each in WATCHED.values()}
    assert {each: count for each, count in found.items() if count} == {"wf-created": 1, **started}
    for workflow_id in WATCHED.values():
        for execution in place.executions(workflow_id):
            assert stack.finished(execution)["status"] == "SUCCEEDED"
