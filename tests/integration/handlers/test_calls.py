"""How many calls of AWS a warm function makes for an event, a step and an execution's status events."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from botocore.client import BaseClient

from bookflow.adapters.http.sender import GuardedHttpSender
from bookflow.domain.bookings.location_settings import LocationSettings, StoredSettings
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.workflows.graph import Graph
from tests.actions import ACTIONS
from tests.integration.handlers.stack import Envelope, OwnLocation, Stack, call_name
from tests.unit.runtime.samples import NOTE, NOW, graph

Calls = dict[str, list[str]]


@pytest.fixture
def calls(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Calls:
    """The calls of each function, in their order; those of a test itself are not among them."""
    made: Calls = defaultdict(list)
    running = threading.local()
    call, send = BaseClient._make_api_call, GuardedHttpSender.send  # type: ignore[attr-defined]

    def note(name: str) -> None:
        if getattr(running, "function", None):
            made[running.function].append(name)

    def counted(self: Any, operation: str, params: Mapping[str, Any]) -> Any:
        note(call_name(operation, params))
        return call(self, operation, params)

    def counted_send(self: Any, request: Any) -> Any:
        note("http")
        return send(self, request)

    def named(name: str, handler: Any) -> Any:
        def handle(event: Any, context: Any) -> Any:
            running.function = name
            try:
                return handler(event, context)
            finally:
                running.function = None

        return handle

    monkeypatch.setattr(BaseClient, "_make_api_call", counted)
    monkeypatch.setattr(GuardedHttpSender, "send", counted_send)
    for name, handler in list(stack.handlers.items()):
        monkeypatch.setitem(stack.handlers, name, named(name, handler))
    return made


def arrive(stack: Stack, *envelopes: Envelope) -> None:
    """Let the dispatcher take events that come by the bus."""
    stack.put(*envelopes)
    answer = stack.handlers["dispatcher"]({"Records": stack.queue.records()}, None)
    assert answer == {"batchItemFailures": []}


def booked(place: OwnLocation, number: int, **detail: Any) -> Envelope:
    """Return the event of a new booking with its customer and activity."""
    booking_id = f"bk-{number}"
    return place.event(
        event_id=f"evt-{number}",
        booking_id=booking_id,
        **{"booking": {"id": booking_id, "confirmation_code": f"CODE-{number}"}, **detail},
    )


def step_calls(
    node_type: str, config: Mapping[str, Any], stack: Stack, place: OwnLocation, calls: Calls
) -> Sequence[str]:
    """Return the calls of a warm function's step."""
    place.texts()
    place.publish("wf", graph({"id": "step", "type": node_type, "config": config}))
    for number in (1, 2):
        calls.clear()
        arrive(stack, booked(place, number))
        execution = place.execution("wf", f"evt-{number}")
        assert stack.finished(execution)["status"] == "SUCCEEDED"
    return calls[node_type]


READS, BEGINS, ENDS = "BatchGetItem", "UpdateItem", "UpdateItem"
"""Each step reads its execution with the booking's records, and records its begin and its end."""

SUPPRESSED, OPTED_OUT, TRACED = "BatchGetItem", "CheckIfPhoneNumberIsOptedOut", "PutItem"
"""What is asked before messages, before each SMS, and written after each SMS."""


def once(effect: str) -> Sequence[str]:
    """Return the calls of what must not happen twice."""
    return ("effect:PutItem", effect, "effect:UpdateItem")


def message(effect: str) -> Sequence[str]:
    """Return the calls of a message: the effect begins by the write that keeps its text."""
    return ("effect:TransactWriteItems", effect, "effect:UpdateItem")


STEPS: Mapping[str, Sequence[str]] = {
    "webhook": (READS, BEGINS, *once("http"), ENDS),
    "send_template": (
        # The template, whose texts and translations are known already.
        *(READS, BEGINS, "GetItem", SUPPRESSED),
        *message("SendEmail"),
        *(OPTED_OUT, *message("Publish"), TRACED),
        ENDS,
    ),
    # Who is asked, and the link's record.
    "send_survey_email": (
        *(READS, BEGINS, "GetItem", SUPPRESSED, "PutItem", "PutItem"),
        *message("SendEmail"),
        ENDS,
    ),
    "update_booking": (READS, BEGINS, "BatchGetItem", "TransactWriteItems", "PutEvents", ENDS),
    "add_booking_note": (READS, BEGINS, "PutItem", ENDS),
    "create_task": (READS, BEGINS, "PutItem", ENDS),
}
"""The calls of each action's step, that of its own request among them (docs/data-model.md)."""


def test_every_action_has_its_calls() -> None:
    assert STEPS.keys() == ACTIONS.keys()


@pytest.mark.parametrize("node_type", sorted(STEPS))
def test_a_step_makes_no_call_too_many(
    node_type: str, stack: Stack, place: OwnLocation, calls: Calls
) -> None:
    config = dict(ACTIONS[node_type].config)
    if node_type == "webhook":
        config["url"] = f"{stack.receiver_url}/hook"
    made = step_calls(node_type, config, stack, place, calls)
    assert sorted(made) == sorted(STEPS[node_type])


def test_a_condition_is_a_read_and_two_writes(
    stack: Stack, place: OwnLocation, calls: Calls
) -> None:
    rule = {"variable": "booking.status", "operator": "equals", "value": "confirmed"}
    condition = {"id": "step", "type": "condition", "config": {"rule": rule}}
    draft = graph(condition, NOTE).model_dump()
    draft["edges"][1]["source_handle"] = "true"
    place.publish("wf", Graph.model_validate(draft))
    for number in (1, 2):
        calls.clear()
        arrive(stack, booked(place, number))
        assert stack.finished(place.execution("wf", f"evt-{number}"))["status"] == "SUCCEEDED"
    assert calls["flow"] == [READS, BEGINS, ENDS]


KNOWN, RECORDS, CLAIMS, STARTS = (
    "BatchGetItem",
    "PutItem",
    "TransactWriteItems",
    "StartExecution",
)
"""The location with its workflows and all that the event names; the booking; the fact with the
execution; its machine."""

SEVERAL_RECORDS = "TransactWriteItems"
"""The booking with its customer or activity, where they are new or changed too."""


def test_an_event_that_starts_one_workflow_is_four_calls(
    stack: Stack, place: OwnLocation, calls: Calls
) -> None:
    place.publish("wf", graph(NOTE))
    for number in (1, 2):
        calls.clear()
        arrive(stack, booked(place, number))
    assert calls["dispatcher"] == [KNOWN, RECORDS, CLAIMS, STARTS]


def test_a_further_workflow_is_two_calls_more(
    stack: Stack, place: OwnLocation, calls: Calls
) -> None:
    for name in ("wf-a", "wf-b", "wf-c"):
        place.publish(name, graph(NOTE))
    for number in (1, 2):
        calls.clear()
        arrive(stack, booked(place, number))
    assert calls["dispatcher"] == [KNOWN, RECORDS, *[CLAIMS, STARTS] * 3]


def test_records_that_an_event_does_not_name_are_one_call_more(
    stack: Stack, place: OwnLocation, calls: Calls
) -> None:
    place.publish("wf", graph(NOTE, trigger="Booking Cancelled"))
    for number in (1, 2):
        arrive(stack, booked(place, number))
        calls.clear()
        names = {"event_id": f"evt-c-{number}", "booking_id": f"bk-{number}"}
        happened = stack.ports.clock.now().isoformat()  # one of the future leaves a receipt
        arrive(stack, place.event("booking_cancelled", **names, occurred_at=happened))
    assert calls["dispatcher"] == [KNOWN, "BatchGetItem", RECORDS, CLAIMS, STARTS]


def test_an_event_that_starts_nothing_is_two_calls_and_a_repeat_one_more_a_claim(
    stack: Stack, place: OwnLocation, calls: Calls
) -> None:
    arrive(stack, booked(place, 1))
    assert calls["dispatcher"] == [KNOWN, SEVERAL_RECORDS]
    place.publish("wf", graph(NOTE))
    for _ in range(2):
        calls.clear()
        arrive(stack, booked(place, 2))
    # The claims are there already: the event's own.
    assert calls["dispatcher"] == [KNOWN, CLAIMS, "GetItem", "PutItem", STARTS]


def test_an_event_that_is_filtered_costs_no_call(
    stack: Stack, place: OwnLocation, calls: Calls
) -> None:
    group = {"variable": "booking.party_size", "operator": "greater_or_equal", "value": 8}
    place.publish("wf", graph(NOTE, filter=group))
    for number in (1, 2):  # the version is read once
        calls.clear()
        arrive(stack, booked(place, number))
    assert calls["dispatcher"] == [KNOWN, RECORDS]
    assert place.executions("wf") == []


def test_marketing_where_it_is_limited_is_one_call_more(
    stack: Stack, place: OwnLocation, calls: Calls
) -> None:
    settings = LocationSettings(marketing_per_day=1)
    stack.ports.bookings.save_settings(place.id, StoredSettings(settings, 1, NOW))
    config = dict(ACTIONS["send_survey_email"].config)
    place.texts()
    place.publish("wf", graph({"id": "step", "type": "send_survey_email", "config": config}))
    ends = []
    for number in (1, 2, 3):
        calls.clear()
        guest = {"id": f"cus-{number // 2}", "email": "ada@example.com"}
        arrive(stack, booked(place, number, customer=guest))
        execution = place.execution("wf", f"evt-{number}")
        assert stack.finished(execution)["status"] == "SUCCEEDED"
        (made,) = stack.ports.executions.steps(place.id, execution.id)
        ends.append(made.reason_code)
        if number == 2:
            expected = [*STEPS["send_survey_email"], "UpdateItem"]
            assert sorted(calls["send_survey_email"]) == sorted(expected)
    assert ends == [None, None, ReasonCode.MARKETING_LIMIT]


def test_an_execution_is_tracked_with_four_calls(
    stack: Stack, place: OwnLocation, calls: Calls
) -> None:
    place.publish("wf", graph(NOTE))
    for number in (1, 2):  # the first end of a day takes one more
        arrive(stack, booked(place, number))
        execution = place.execution("wf", f"evt-{number}")
        stack.finished(execution)
        calls.clear()
        for status in ("RUNNING", "SUCCEEDED"):
            stack.tracking.send(stack.status_event(execution, status))
            stack.handlers["track_execution"]({"Records": stack.tracking.records()}, None)
    # Launched; read with its steps, ended, counted.
    assert calls["track_execution"] == ["UpdateItem", "Query", "UpdateItem", "UpdateItem"]
