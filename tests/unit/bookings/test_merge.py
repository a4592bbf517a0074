"""Whatever the order and repetition of events, a booking ends the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookflow.domain.bookings.records import (
    Booking,
    Customer,
    StoredValue,
    fields_set,
    merge,
    stamp,
)
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.events import Event, parse_event
from tests.fakes import FakePorts
from tests.unit.events.samples import sample

START = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)

Statement = tuple[str, Booking]

_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "status": st.sampled_from([*BookingStatus, None]),
    "party_size": st.integers(min_value=0, max_value=3),
    "confirmation_code": st.sampled_from(["A", "B"]),
    "seat": st.sampled_from(["4A", "4B", None]),
}


@st.composite
def statements(draw: st.DrawFn) -> list[Statement]:
    """Return what some events state; several may share a moment, none both moment and id."""
    moments = draw(
        st.lists(
            st.tuples(st.integers(0, 2), st.sampled_from("abcd")),
            unique=True,
            min_size=1,
            max_size=6,
        )
    )
    return [
        (
            stamp(START + timedelta(microseconds=later), f"e-{name}"),
            Booking(id="b-1", **draw(st.fixed_dictionaries({}, optional=_FIELDS))),
        )
        for later, name in moments
    ]


def reported(statements: Sequence[Statement]) -> StoredValue[Booking] | None:
    kept: StoredValue[Booking] | None = None
    for at, booking in statements:
        kept = merge(kept, booking, at)
    return kept


@given(data=st.data(), stated=statements())
def test_any_order_and_repetition_gives_the_same_booking(
    data: st.DataObject, stated: list[Statement]
) -> None:
    again = data.draw(st.lists(st.sampled_from(stated), max_size=6))
    shuffled = data.draw(st.permutations([*stated, *again]))
    straight, other = reported(stated), reported(shuffled)
    assert straight is not None
    assert other is not None
    assert fields_set(other.record) == fields_set(straight.record)
    assert other.stamps == straight.stamps


@given(stated=statements())
def test_each_field_has_its_latest_statement(stated: list[Statement]) -> None:
    kept = reported(stated)
    assert kept is not None
    for name in _FIELDS:
        latest = [
            getattr(booking, name)
            for _, booking in sorted(stated, key=lambda each: each[0])
            if name in booking.model_fields_set
        ]
        assert (name in kept.record.model_fields_set) == bool(latest)
        if latest:
            assert getattr(kept.record, name) == latest[-1]


@given(stated=statements())
def test_a_repeated_statement_changes_nothing(stated: list[Statement]) -> None:
    kept = reported(stated)
    for at, booking in stated:
        assert merge(kept, booking, at) is kept


def test_stamps_sort_by_time_and_then_by_event() -> None:
    later = START + timedelta(microseconds=1)
    assert stamp(START, "z") < stamp(later, "a")
    assert stamp(START, "a") < stamp(START, "b")
    assert stamp(START, "a") == stamp(START.astimezone(), "a")
    assert stamp(datetime(1999, 1, 1, tzinfo=UTC), "z") < stamp(START, "a")


def test_a_record_without_news_is_the_first_statement_of_its_id() -> None:
    kept = merge(None, Customer(id="c-1"), stamp(START, "e"))
    assert (kept.record.id, kept.revision, kept.stamps) == ("c-1", 1, {})


def life() -> list[Event]:
    """Return a booking's life: made, moved, chatted about, completed; the latest event last."""
    created = sample("booking_created", location={"id": "spree-kayaks", "name": "Spree Kayaks"})
    return [
        parse_event(created),
        parse_event(sample("booking_rescheduled")),
        parse_event(
            sample("chat_message_created", customer={"id": "cus-1001", "email": "new@example.com"})
        ),
        parse_event(sample("booking_status_changed")),
    ]


def test_a_booking_whose_events_arrive_in_any_order_ends_the_same_way() -> None:
    ends = set()
    location = parse_event(
        sample(
            "booking_created",
            event_id="evt-0",
            occurred_at="2026-01-01T00:00:00Z",
            location={"id": "spree-kayaks"},
        )
    )
    for order in permutations(life()):
        ports = FakePorts()
        ports.bookings.record(location)
        for event in (*order, order[0]):
            ports.bookings.record(event)
        context = ports.bookings.context("spree-kayaks", "bk-4711")
        assert context is not None
        ends.add(context.model_dump_json())
    assert len(ends) == 1
    context = ports.bookings.context("spree-kayaks", "bk-4711")
    assert context is not None
    assert context.booking is not None
    assert context.booking.status is BookingStatus.COMPLETED
    assert context.booking.start_time == datetime(2027, 6, 19, 16, 30, tzinfo=UTC)
    assert context.customer is not None
    assert context.customer.email == "new@example.com"
    assert context.customer.first_name == "Ada"


@pytest.mark.parametrize("created_first", [True, False])
def test_what_happens_in_the_second_in_which_a_booking_is_made_came_after_it(
    created_first: bool,
) -> None:
    at = "2026-12-01T09:00:00Z"
    reported = {"occurred_at": at, "location": {"id": "spree-kayaks"}}
    created = sample("booking_created", event_id="z-1", status="draft", **reported)
    confirmed = sample("booking_status_changed", event_id="a-1", new_status="confirmed", **reported)
    ports = FakePorts()
    events = [parse_event(created), parse_event(confirmed)]
    for event in events if created_first else reversed(events):
        ports.bookings.record(event)
    context = ports.bookings.context("spree-kayaks", "bk-4711")
    assert context is not None
    assert context.booking is not None
    assert context.booking.status is BookingStatus.CONFIRMED
