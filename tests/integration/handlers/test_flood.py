"""A location that sends very many events at once: each waits for its turn, none is lost."""

from __future__ import annotations

from typing import Any

import pytest

from bookflow.use_cases.runtime import fair_share
from tests.integration.handlers.stack import OwnLocation, Stack
from tests.unit.runtime.samples import NOTE, graph

EVENTS = 5


def test_events_beyond_a_locations_share_come_again_and_no_nearer_to_the_dead_letters(
    stack: Stack, place: OwnLocation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fair_share, "AT_ONCE_SECONDS", 0.0)
    place.publish("wf", graph(NOTE))
    for number in range(EVENTS):
        booking = {"id": f"bk-{number}", "confirmation_code": f"CODE-{number}"}
        stack.put(place.event(event_id=f"evt-{number}", booking_id=f"bk-{number}", booking=booking))
    waiting = stack.queue.records()
    answer = stack.handlers["dispatcher"]({"Records": waiting}, None)
    assert answer == {"batchItemFailures": []}
    taken = len(place.executions("wf"))
    assert 0 < taken < EVENTS
    later: list[dict[str, Any]] = []

    def all_came_again() -> bool:
        later.extend(stack.queue.records())
        return len(later) == EVENTS - taken

    stack.waits_until(all_came_again)
    sent = {each["body"]: each["attributes"]["SentTimestamp"] for each in waiting}
    for record in later:
        assert record["attributes"]["ApproximateReceiveCount"] == "1"
        first_sent_at = record["messageAttributes"]["first_sent_at"]["stringValue"]
        assert first_sent_at == sent[record["body"]], "its receipt is that of the first sending"
    stack.handlers["dispatcher"]({"Records": later}, None)
    assert len(place.executions("wf")) == EVENTS
