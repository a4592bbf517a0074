"""Bad input stops no batch, and says which field is at problem."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from bookflow.domain.executions.execution import ExecutionStatus
from tests.integration.handlers.conftest import Log
from tests.integration.handlers.stack import OwnLocation, Stack
from tests.unit.runtime.samples import NOTE, graph

Make = Callable[[OwnLocation], Any]

KIB_300 = "x" * 300 * 1024

REFUSED: dict[str, tuple[Make, str]] = {
    "unknown detail-type": (
        lambda place: {**place.event(), "detail-type": "Booking Exploded"},
        "detail-type",
    ),
    "no detail-type": (lambda place: {"detail": place.event()["detail"]}, "detail-type"),
    "no JSON": (lambda place: "Ada Lovelace, tomorrow at ten", "body"),
    "half of the JSON": (lambda place: json.dumps(place.event())[:-40], "body"),
    "a list": (lambda place: [place.event()], "body"),
    "no detail": (lambda place: {**place.event(), "detail": None}, "detail"),
    "a text as detail": (lambda place: {**place.event(), "detail": "{}"}, "detail"),
    "a missing field": (lambda place: place.event(start_time=...), "detail.start_time"),
    "no location": (lambda place: place.event(location_id=...), "detail.location_id"),
    "no booking": (lambda place: place.event(booking_id=None), "detail.booking_id"),
    "an ill-typed field": (lambda place: place.event(status=["confirmed"]), "detail.status"),
    "an ill-typed id": (lambda place: place.event(event_id="a b"), "detail.event_id"),
    "a time without zone": (
        lambda place: place.event(occurred_at="2026-12-01T12:00:00"),
        "detail.occurred_at",
    ),
    "another location's record": (
        lambda place: place.event(location={"id": "elsewhere"}),
        "detail.location.id",
    ),
    "another booking's record": (
        lambda place: place.event(booking={"id": "bk-other"}),
        "detail.booking.id",
    ),
    "300 KiB": (lambda place: place.event(notes=KIB_300), "detail"),
    "too deep": (lambda place: place.event(notes=json.loads("[" * 200 + "]" * 200)), "detail"),
    "a date outside the calendar": (
        lambda place: place.event(
            event_id="evt-calendar",
            start_time="0001-01-01T00:00:00+14:00",
            end_time="0001-01-02T00:00:00+14:00",
        ),
        "detail.start_time",
    ),
}


def test_each_ends_in_the_dead_letter_queue_with_reason_and_field_and_stops_no_other(
    stack: Stack, place: OwnLocation, log: Log
) -> None:
    place.publish("wf-a", graph(NOTE))
    made = {name: make(place) for name, (make, _) in REFUSED.items()}
    bodies = {name: bad if isinstance(bad, str) else json.dumps(bad) for name, bad in made.items()}
    half = len(bodies) // 2
    stack.queue.send(*list(bodies.values())[:half], place.event(), *list(bodies.values())[half:])
    assert not stack.queue.deliver()

    (started,) = place.executions("wf-a")
    assert stack.finished(started)["status"] == "SUCCEEDED"
    letters = {letter.body: letter for letter in stack.queue.dead_letters()}
    assert letters.keys() == set(bodies.values())
    for name, (_, field) in REFUSED.items():
        assert letters[bodies[name]].field == field, name
        assert letters[bodies[name]].reason, name

    fields = sorted(field for _, field in REFUSED.values())
    lines = log.lines("message rejected")
    assert sorted(line["field"] for line in lines) == fields
    assert {line["reason"] for line in lines} == {letter.reason for letter in letters.values()}
    assert {line["level"] for line in lines} == {"ERROR"}
    assert len({line["id"] for line in lines}) == len(REFUSED)
    metrics = log.metrics("MessagesRefused")
    assert len(metrics) == len(REFUSED)
    assert {metric["service"] for metric in metrics} == {"bookflow-test"}
    for metric in metrics:
        (directive,) = metric["_aws"]["CloudWatchMetrics"]
        assert (directive["Namespace"], directive["Dimensions"]) == ("Bookflow", [["service"]])


def test_an_event_of_an_unknown_location_waits_for_a_person_and_holds_up_no_other(
    stack: Stack, place: OwnLocation, log: Log
) -> None:
    place.publish("wf-a", graph(NOTE))
    stack.put(place.event(location_id="nowhere"), place.event())
    assert not stack.queue.deliver()
    (letter,) = stack.queue.dead_letters()
    assert letter.field == "detail.location_id"
    assert stack.finished(place.execution("wf-a"))["status"] == "SUCCEEDED"
    (line,) = log.lines("message rejected")
    assert (line["level"], line["field"]) == ("ERROR", "detail.location_id")


def test_an_event_of_an_unknown_booking_is_recorded_and_starts_what_wants_it(
    stack: Stack, place: OwnLocation
) -> None:
    place.publish("wf-a", graph(NOTE, trigger="Chat Message Created"))
    stack.put(place.event("chat_message_created", booking_id="bk-unknown"))
    assert not stack.queue.deliver()
    (execution,) = place.executions("wf-a")
    assert execution.booking_id == "bk-unknown"
    ended = stack.complete(place, "wf-a", event_id="evt-chat-message-1")
    assert ended.status is ExecutionStatus.COMPLETED


def test_a_reminder_of_an_unknown_booking_is_recorded_as_skipped(
    stack: Stack, place: OwnLocation
) -> None:
    place.publish("pre-visit-reminder", graph(NOTE, trigger="Booking Reminder"))
    stack.put(place.event("booking_reminder", booking_id="bk-unknown"))
    assert not stack.queue.deliver()
    (execution,) = place.executions("pre-visit-reminder")
    assert execution.status is ExecutionStatus.SKIPPED
    assert execution.reason_code is not None


def test_an_event_with_the_largest_detail_starts_its_workflow(
    stack: Stack, place: OwnLocation
) -> None:
    place.publish("wf-a", graph(NOTE))
    stack.queue.send(place.event(notes="x" * 126 * 1024))
    assert not stack.queue.deliver()
    assert stack.finished(place.execution("wf-a"))["status"] == "SUCCEEDED"
    assert len(place.execution("wf-a").event_data["notes"]) == 126 * 1024


def test_a_bare_event_that_is_refused_ends_in_the_dead_letter_queue(
    stack: Stack, place: OwnLocation
) -> None:
    answer = stack.handlers["dispatcher"]({**place.event(), "detail-type": "Nothing"}, None)
    assert answer == {"batchItemFailures": []}
    (letter,) = stack.queue.dead_letters()
    assert letter.field == "detail-type"


def test_what_the_dead_letter_queue_does_not_take_is_delivered_again(
    stack: Stack, place: OwnLocation, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise RuntimeError("full")

    stack.queue.send("no JSON")
    with monkeypatch.context() as problem:
        problem.setattr(type(stack.ports.dead_letters), "put", full)
        assert stack.queue.deliver() == ["no JSON"]
    assert log.metrics("MessagesRefused") == []
    assert not stack.queue.deliver()
    (letter,) = stack.queue.dead_letters()
    assert letter.field == "body"


@pytest.mark.parametrize(
    ("function", "payload", "field"),
    [
        ("webhook", {}, "schema_version"),
        ("send_template", {"schema_version": 7}, "schema_version"),
        ("flow", {"op": "nap"}, "payload"),
    ],
)
def test_a_function_refuses_a_payload_that_it_cannot_read(
    function: str, payload: Any, field: str, stack: Stack, log: Log
) -> None:
    with pytest.raises(Exception, match=field) as caught:
        stack.handlers[function](payload, None)
    assert type(caught.value).__name__ == "InvalidInputError"
    (line,) = log.lines("step failed")
    assert line["field"] == field
