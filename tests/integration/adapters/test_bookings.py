"""The contract of `BookingStore`, for the fake and for DynamoDB."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from bookflow.domain.bookings.facts import StatementHistory
from bookflow.domain.bookings.location_settings import LocationSettings, StoredSettings
from bookflow.domain.bookings.records import BookingFields, BookingStatusChange
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.events import parse_event
from bookflow.domain.executions.execution import Execution
from bookflow.domain.executions.payloads import ExecutionRef
from bookflow.domain.shared.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    TransientError,
)
from tests.integration.adapters.conftest import TABLE, AwsPorts
from tests.integration.adapters.samples import LOCATION, NOW, created, status_changed


def test_what_an_event_states_is_kept_exactly(ports: Any) -> None:
    event = created(
        booking={"channel": "web", "extra": {"big": 2**70, "fraction": 0.1, "list": [1, None]}},
    )
    recorded = ports.bookings.record(event)
    context = ports.bookings.context("loc-1", "b-1")
    assert context == recorded.context
    assert context.booking.start_time == datetime.fromisoformat("2026-12-12T10:00:00.123456+01:00")
    assert context.booking.start_time.utcoffset().total_seconds() == 3600
    assert str(context.booking.total_amount.amount) == "120.10"
    assert context.booking.total_amount.amount == Decimal("120.1")
    assert context.booking.channel == "web"
    assert context.booking.extra == {"big": 2**70, "fraction": 0.1, "list": [1, None]}
    assert context.customer.first_name == "Ada"
    assert context.activity.name == "Sunset tour"
    assert context.location.timezone == "Europe/Berlin"
    # A default is not a statement, so it must not come back as one.
    assert "party_size" not in context.booking.model_fields_set


def test_an_unknown_location_records_nothing(ports: Any) -> None:
    assert ports.bookings.record(created(location=None)) is None
    assert ports.bookings.context("loc-1", "b-1") is None
    ports.bookings.record(created("e-2", booking_id="b-2"))
    assert ports.bookings.context("loc-1", "b-1").booking is None


def test_the_context_holds_records_that_the_event_does_not_name(ports: Any) -> None:
    ports.bookings.record(created())
    recorded = ports.bookings.record(status_changed("e-2", 5, "cancelled"))
    assert recorded.context.booking.status is BookingStatus.CANCELLED
    assert recorded.context.customer.email == "ada@example.com"
    assert recorded.context.activity.name == "Sunset tour"


def test_an_event_that_names_a_customer_by_id_reads_the_stored_one(ports: Any) -> None:
    ports.bookings.record(created())
    recorded = ports.bookings.record(created("e-2", 1, booking_id="b-2", customer="c-1"))
    assert recorded.context.customer.first_name == "Ada"


def test_a_message_about_an_unknown_booking_makes_it_known_by_id(ports: Any) -> None:
    detail = {
        "event_id": "e-1",
        "location_id": "loc-1",
        "occurred_at": "2026-12-01T09:00:00Z",
        "booking_id": "b-9",
        "thread_id": "t-1",
        "sender_type": "customer",
        "location": LOCATION,
    }
    event = parse_event({"detail-type": "Chat Message Created", "detail": detail})
    recorded = ports.bookings.record(event)
    assert recorded.context.booking.id == "b-9"
    assert ports.bookings.record(event) == recorded


def test_a_booking_keeps_its_last_statements_of_status_and_times(ports: Any) -> None:
    assert ports.bookings.statements("loc-1", "b-1") == StatementHistory()
    first = ports.bookings.record(created())
    assert [each.event_id for each in first.statements.status] == ["e-1"]
    assert [each.event_id for each in first.statements.times] == ["e-1"]
    events = [status_changed(f"e-{number}", number, "confirmed") for number in range(2, 31)]
    for event in (*events[::-1], *events):
        recorded = ports.bookings.record(event)
    assert recorded.statements == ports.bookings.statements("loc-1", "b-1")
    kept = [each.event_id for each in recorded.statements.status]
    assert kept == [f"e-{number}" for number in range(11, 31)]
    assert {each.value for each in recorded.statements.status} == {"confirmed"}
    assert recorded.statements.times == first.statements.times


def test_a_booking_counts_the_changes_that_calendars_follow(ports: Any) -> None:
    first = ports.bookings.record(created())
    assert first.context.calendar_sequence == 0
    ports.bookings.record(created())
    assert ports.bookings.context("loc-1", "b-1").calendar_sequence == 0
    cancelled = ports.bookings.record(status_changed("e-2", 5, "cancelled"))
    assert cancelled.context.calendar_sequence == 1
    assert ports.bookings.context("loc-1", "b-1") == cancelled.context
    ports.bookings.erase_booking("loc-1", "b-1", "erased:abc")
    assert ports.bookings.context("loc-1", "b-1").calendar_sequence == 1


def test_a_change_of_status_by_a_workflow_is_a_statement_too(ports: Any) -> None:
    ports.bookings.record(created())
    ports.bookings.change_status(
        "loc-1",
        "b-1",
        "ch-1",
        expected=BookingStatus.CONFIRMED,
        status=BookingStatus.CANCELLED,
        at=NOW,
    )
    statements = ports.bookings.statements("loc-1", "b-1").status
    assert [(each.event_id, each.value) for each in statements] == [
        ("e-1", "confirmed"),
        ("ch-1", "cancelled"),
    ]


def test_the_first_receipt_counts_whenever_the_event_comes_again(ports: Any) -> None:
    """The sender's clock is a day ahead, and the event is redriven a week later."""
    event = created()
    received = event.occurred_at - timedelta(days=1)
    cancelled = status_changed("e-2", 0, "cancelled")
    cancelled = cancelled.model_copy(update={"occurred_at": received + timedelta(hours=1)})
    first = ports.bookings.record(event, received_at=received, now=received)
    assert first.stamp.at == received
    ports.bookings.record(cancelled, received_at=cancelled.occurred_at, now=received)
    again = received + timedelta(days=7)
    redriven = ports.bookings.record(event, received_at=again, now=again)
    assert redriven.stamp == first.stamp
    assert redriven.context.booking.status is BookingStatus.CANCELLED


def test_the_first_receipt_counts_though_the_location_was_unknown_then(ports: Any) -> None:
    event = created(location=None)
    received = event.occurred_at - timedelta(days=1)
    assert ports.bookings.record(event, received_at=received, now=received) is None
    ports.bookings.record(created("e-2", booking_id="b-2"))
    again = received + timedelta(days=7)
    assert ports.bookings.record(event, received_at=again, now=again).stamp.at == received


def test_a_receipt_after_the_event_counts_for_nothing(ports: Any) -> None:
    event = created()
    for days in (0, 1, 7):
        received = event.occurred_at + timedelta(days=days)
        recorded = ports.bookings.record(event, received_at=received, now=received)
        assert recorded.stamp.at == event.occurred_at


def test_a_stored_stamp_far_ahead_of_now_is_replaced(ports: Any) -> None:
    ports.bookings.record(created())
    before = created().occurred_at - timedelta(days=1)
    cancelled = status_changed("e-2", 0, "cancelled")
    cancelled = cancelled.model_copy(update={"occurred_at": before})
    assert ports.bookings.record(cancelled).context.booking.status is BookingStatus.CONFIRMED
    recorded = ports.bookings.record(cancelled, received_at=before, now=before)
    assert recorded.context.booking.status is BookingStatus.CANCELLED


def test_unknown_fields_are_bounded_and_what_outgrows_them_changes_nothing(ports: Any) -> None:
    ports.bookings.record(created(booking={"a": "x" * 20_000}))
    stored = ports.bookings.context("loc-1", "b-1")
    large = created("e-2", 1, booking={"party_size": 9, "b": 1, "notes": "ä" * 7_000})
    with pytest.raises(InvalidInputError, match="larger than 32 KB") as caught:
        ports.bookings.record(large)
    assert caught.value.field == "detail.booking.notes"
    assert ports.bookings.context("loc-1", "b-1") == stored
    smaller = created("e-3", 2, booking={"a": "x", "notes": "ä" * 7_000})
    assert ports.bookings.record(smaller).context.booking.notes == "ä" * 7_000


def test_the_end_state_does_not_depend_on_the_order_of_events(ports: Any) -> None:
    events = [
        created(booking_id="b-1", status="pending"),
        status_changed("e-2", 1, "confirmed"),
        status_changed("e-3", 2, "cancelled"),
    ]
    ends = set()
    for number, order in enumerate(permutations(events)):
        for event in order:
            moved = event.model_copy(update={"booking_id": f"b-{number}"})
            ports.bookings.record(moved)
        booking = ports.bookings.context("loc-1", f"b-{number}").booking
        ends.add((booking.status, booking.start_time, booking.customer_id))
    assert len(ends) == 1
    assert ends.pop()[0] is BookingStatus.CANCELLED


def test_two_locations_with_the_same_ids_see_nothing_of_each_other(ports: Any) -> None:
    ports.bookings.record(created())
    other = {"id": "loc-2", "name": "Other"}
    ports.bookings.record(
        created(location_id="loc-2", location=other, customer={"id": "c-1", "first_name": "Bo"})
    )
    assert ports.bookings.context("loc-1", "b-1").customer.first_name == "Ada"
    assert ports.bookings.context("loc-2", "b-1").customer.first_name == "Bo"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"location": {"id": "loc-2"}}, "detail.location.id"),
        ({"booking": {"id": "b-2"}}, "detail.booking.id"),
    ],
)
def test_an_event_that_contradicts_itself_is_refused(
    ports: Any, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        ports.bookings.record(created(**changes))
    assert caught.value.field == field


AT = datetime(2026, 12, 1, 10, 0, 0, 123_456, tzinfo=UTC)


def change(
    ports: Any,
    change_id: str,
    expected: BookingStatus = BookingStatus.CONFIRMED,
    status: BookingStatus = BookingStatus.COMPLETED,
    at: datetime = AT,
) -> Any:
    return ports.bookings.change_status(
        "loc-1", "b-1", change_id, expected=expected, status=status, at=at
    )


def status_of(ports: Any) -> BookingStatus:
    status: BookingStatus = ports.bookings.context("loc-1", "b-1").booking.status
    return status


def test_a_status_is_changed_once_and_the_first_change_stays_known(ports: Any) -> None:
    ports.bookings.record(created())
    assert ports.bookings.status_change("loc-1", "b-1", "ev-1") is None
    made = change(ports, "ev-1")
    assert made == BookingStatusChange("ev-1", BookingStatus.CONFIRMED, BookingStatus.COMPLETED, AT)
    assert change(ports, "ev-1", at=AT + timedelta(hours=1)) == made
    assert ports.bookings.status_change("loc-1", "b-1", "ev-1") == made
    assert status_of(ports) is BookingStatus.COMPLETED
    with pytest.raises(ConflictError):
        change(ports, "ev-2", status=BookingStatus.NO_SHOW)
    assert ports.bookings.status_change("loc-1", "b-1", "ev-2") is None


def test_a_known_change_is_not_made_again_whatever_others_did_since(ports: Any) -> None:
    ports.bookings.record(created())
    made = change(ports, "ev-1")
    change(ports, "ev-2", BookingStatus.COMPLETED, BookingStatus.CONFIRMED)
    assert change(ports, "ev-1") == made
    assert status_of(ports) is BookingStatus.CONFIRMED


def test_what_else_became_of_the_booking_since_the_reading_stops_no_change(ports: Any) -> None:
    ports.bookings.record(created())
    moved = {
        "start_time": "2027-07-01T10:00:00+02:00",
        "end_time": "2027-07-01T12:00:00+02:00",
    }
    ports.bookings.record(created("e-2", 1, **moved))
    change(ports, "ev-1")
    booking = ports.bookings.context("loc-1", "b-1").booking
    assert booking.status is BookingStatus.COMPLETED
    assert booking.start_time == datetime(2027, 7, 1, 8, 0, tzinfo=UTC)


def test_a_change_by_a_slow_clock_outlives_a_repeat_of_the_event_that_it_followed(
    ports: Any,
) -> None:
    event = created()
    ports.bookings.record(event)
    slow = datetime(2000, 1, 1, tzinfo=UTC)
    change(ports, "ev-1", status=BookingStatus.CANCELLED, at=slow)
    ports.bookings.record(event)
    assert status_of(ports) is BookingStatus.CANCELLED


def test_a_status_of_an_unknown_booking_cannot_change(ports: Any) -> None:
    with pytest.raises(NotFoundError):
        change(ports, "ev-1")


def test_a_change_is_one_transaction_and_is_kept_for_400_days(aws: AwsPorts) -> None:
    aws.bookings.record(created())
    aws.operations.clear()
    change(aws, "ev-1")
    assert aws.operations == ["BatchGetItem", "TransactWriteItems"]
    item = aws.dynamodb.get_item(
        TableName=TABLE,
        Key={"PK": {"S": "L#loc-1#BOOKING#b-1"}, "SK": {"S": "CHANGE#ev-1"}},
    )["Item"]
    assert item["expires_at"]["N"] == str(int((AT + timedelta(days=400)).timestamp()))
    assert aws.notes.list("loc-1", "b-1").items == []


def test_a_change_whose_answer_is_lost_is_found_by_the_next_try(aws: AwsPorts) -> None:
    aws.bookings.record(created())
    first = change(aws, "ev-1")
    blind = [True]

    def not_there_yet(parsed: Any, **_: Any) -> None:
        """Let the first reading miss the change, as if it had come before the write."""
        if blind:
            blind.clear()
            found = parsed["Responses"][TABLE]
            parsed["Responses"][TABLE] = [
                {**item, "data": {"S": as_before}} for item in found if "change_id" not in item
            ]

    before = aws.dynamodb.get_item(
        TableName=TABLE, Key={"PK": {"S": "L#loc-1#BOOKING#b-1"}, "SK": {"S": "BOOKING"}}
    )["Item"]["data"]["S"]
    as_before = before.replace('"completed"', '"confirmed"')
    aws.dynamodb.meta.events.register("after-call.dynamodb.BatchGetItem", not_there_yet)
    assert change(aws, "ev-1") == first


def test_two_changes_at_the_same_moment_end_as_one_and_a_conflict(aws: AwsPorts) -> None:
    aws.bookings.record(created())
    others = ["ev-2"]

    def overtake(**_: Any) -> None:
        if others:
            change(aws, others.pop(), status=BookingStatus.CANCELLED)

    aws.dynamodb.meta.events.register("before-call.dynamodb.TransactWriteItems", overtake)
    with pytest.raises(ConflictError):
        change(aws, "ev-1")
    assert status_of(aws) is BookingStatus.CANCELLED


def test_an_event_costs_two_calls_and_a_repeat_one(aws: AwsPorts) -> None:
    aws.operations.clear()
    aws.bookings.record(created())
    assert aws.operations == ["BatchGetItem", "TransactWriteItems"]
    aws.operations.clear()
    aws.bookings.record(created())
    assert aws.operations == ["BatchGetItem"]
    aws.operations.clear()
    aws.bookings.record(status_changed("e-2", 5, "cancelled"))
    assert aws.operations == ["BatchGetItem", "BatchGetItem", "PutItem"]


def test_a_write_that_comes_in_between_is_merged_and_not_lost(aws: AwsPorts) -> None:
    aws.bookings.record(created(status="pending"))
    others = [status_changed("e-2", 5, "cancelled")]

    def overtake(**_: Any) -> None:
        if others:
            aws.bookings.record(others.pop())

    aws.dynamodb.meta.events.register("before-call.dynamodb.PutItem", overtake)
    aws.bookings.record(status_changed("e-3", 3, "confirmed", booking={"channel": "web"}))
    booking = aws.bookings.context("loc-1", "b-1").booking  # type: ignore[union-attr]
    assert booking is not None
    assert booking.status is BookingStatus.CANCELLED
    assert booking.model_extra == {"channel": "web"}


def test_a_booking_that_never_rests_is_left_for_a_later_try(aws: AwsPorts) -> None:
    aws.bookings.record(created())
    key = {"PK": {"S": "L#loc-1#BOOKING#b-1"}, "SK": {"S": "BOOKING"}}

    def overtake(**_: Any) -> None:
        aws.dynamodb.update_item(
            TableName=TABLE,
            Key=key,
            UpdateExpression="ADD revision :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    aws.dynamodb.meta.events.register("before-call.dynamodb.PutItem", overtake)
    with pytest.raises(TransientError):
        aws.bookings.record(status_changed("e-3", 3, "cancelled"))


def test_text_that_is_not_unicode_is_refused_and_not_retried_for_ever(aws: AwsPorts) -> None:
    with pytest.raises(InvalidInputError):
        aws.bookings.record(created().model_copy(update={"booking": BookingFields(note="\ud83d")}))


def test_locations_are_listed_once_whether_stated_or_set(ports: Any) -> None:
    assert list(ports.bookings.locations()) == []
    ports.bookings.record(created())
    set_only = LocationSettings(name="Harbour")
    for location_id in ("loc-1", "loc-2"):
        ports.bookings.save_settings(location_id, StoredSettings(set_only, 1, NOW))
    ports.bookings.record(created())
    assert list(ports.bookings.locations()) == ["loc-1", "loc-2"]


@pytest.mark.parametrize("bad", ["", "b#1", "b-1#NOTE"])
def test_an_id_that_could_leave_its_partition_is_refused(aws: AwsPorts, bad: str) -> None:
    with pytest.raises(InvalidInputError):
        aws.notes.list("loc-1", bad)


def test_decisions_about_messages_are_stored_once_and_come_with_the_booking(ports: Any) -> None:
    store = ports.bookings
    none = store.in_hand("loc-1", "b-1")
    assert (none.revision, none.skipped) == (0, ())
    first = none.changed(no_marketing=True, revision=1, kept_until=NOW)
    assert store.save_in_hand(first)
    assert store.save_in_hand(first), "a repeat of the same write"
    assert not store.save_in_hand(none.changed(no_reminders=True, revision=1))
    assert store.in_hand("loc-1", "b-1") == first
    assert store.in_hand("loc-2", "b-1").revision == 0
    store.record(created())
    context = store.context("loc-1", "b-1")
    assert context is not None
    assert context.in_hand == first
    execution = Execution(
        location_id="loc-1",
        id="ex-1",
        workflow_id="wf-1",
        version=1,
        event_id="e-1",
        event_type="Booking Created",
        event_data={},
        booking_id="b-1",
        started_at=NOW,
    )
    ports.executions.claim(execution)
    for booking_id in ("b-1", None):
        ref = ExecutionRef(
            location_id="loc-1",
            execution_id="ex-1",
            workflow_id="wf-1",
            version=1,
            booking_id=booking_id,
        )
        _, around = ports.executions.with_context(ref)
        assert around is not None
        assert around.in_hand == first, "a step reads it too"
