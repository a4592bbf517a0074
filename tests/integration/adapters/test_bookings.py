"""The contract of `BookingStore`, for the fake and for DynamoDB."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from bookflow.domain.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    TransientError,
)
from bookflow.domain.events import parse_event
from bookflow.domain.values import BookingStatus
from tests.integration.adapters.conftest import TABLE, AwsPorts
from tests.integration.adapters.samples import LOCATION, created, status_changed


def test_what_an_event_states_is_kept_exactly(ports: Any) -> None:
    event = created(
        booking={"channel": "web", "extra": {"big": 2**70, "fraction": 0.1, "list": [1, None]}},
    )
    recorded = ports.bookings.record(event)
    assert recorded.before is None
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
    assert recorded.before.status is BookingStatus.CONFIRMED
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
    assert recorded.before is None
    assert recorded.context.booking.id == "b-9"
    assert ports.bookings.record(event).before.id == "b-9"


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


def test_a_status_is_changed_once_and_a_repeat_is_no_error(ports: Any) -> None:
    ports.bookings.record(created())
    change: dict[str, Any] = {
        "expected": BookingStatus.CONFIRMED,
        "status": BookingStatus.COMPLETED,
        "at": "00001796120000.000000#ex-1",
    }
    ports.bookings.change_status("loc-1", "b-1", **change)
    ports.bookings.change_status("loc-1", "b-1", **change)
    context = ports.bookings.context("loc-1", "b-1")
    assert context.booking.status is BookingStatus.COMPLETED
    with pytest.raises(ConflictError):
        ports.bookings.change_status(
            "loc-1",
            "b-1",
            expected=BookingStatus.CONFIRMED,
            status=BookingStatus.NO_SHOW,
            at="00001796120001.000000#ex-2",
        )


def test_a_change_by_a_slow_clock_outlives_a_repeat_of_the_event_that_it_followed(
    ports: Any,
) -> None:
    event = created()
    ports.bookings.record(event)
    change: dict[str, Any] = {
        "expected": BookingStatus.CONFIRMED,
        "status": BookingStatus.CANCELLED,
        "at": "0000000000001.000000#ex-1",
    }
    ports.bookings.change_status("loc-1", "b-1", **change)
    ports.bookings.record(event)
    ports.bookings.change_status("loc-1", "b-1", **change)
    context = ports.bookings.context("loc-1", "b-1")
    assert context.booking.status is BookingStatus.CANCELLED


def test_a_status_of_an_unknown_booking_cannot_change(ports: Any) -> None:
    ports.bookings.record(created())
    with pytest.raises(NotFoundError):
        ports.bookings.change_status(
            "loc-1", "b-9", expected=None, status=BookingStatus.NO_SHOW, at="1"
        )


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
        aws.bookings.record(created(booking={"note": "half \ud83d"}))


@pytest.mark.parametrize("bad", ["", "b#1", "b-1#NOTE"])
def test_an_id_that_could_leave_its_partition_is_refused(aws: AwsPorts, bad: str) -> None:
    with pytest.raises(InvalidInputError):
        aws.notes.list("loc-1", bad)
