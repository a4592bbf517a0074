"""Whatever the order and repetition of events, a booking ends the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookflow.domain.bookings.erased_guests import without_guest
from bookflow.domain.bookings.records import (
    Booking,
    BookingStatusChange,
    Customer,
    StoredValue,
    fields_set,
    merge,
    with_status,
)
from bookflow.domain.bookings.stamps import Stamp, time_of
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.events import Event, parse_event
from tests.fakes import FakePorts
from tests.unit.events.samples import sample

START = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)

Statement = tuple[Stamp, Booking]

_DATED: dict[str, st.SearchStrategy[Any]] = {
    "status": st.sampled_from([*BookingStatus, None]),
    "start_time": st.sampled_from([START, START + timedelta(days=1), None]),
}
_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    **_DATED,
    "party_size": st.integers(min_value=0, max_value=3),
    "confirmation_code": st.sampled_from(["A", "B"]),
    "seat": st.sampled_from(["4A", "4B", None]),
}


@st.composite
def statements(draw: st.DrawFn, *, are_close: bool) -> list[Statement]:
    """Return what some events state, none with both moment and id of another.

    Args:
        draw: Given by Hypothesis.
        are_close: Whether they are of one moment or microseconds apart and state only fields that
            keep the stamp of each statement; else they are hours apart and state all fields.
    """
    apart = timedelta(microseconds=1) if are_close else timedelta(hours=2)
    moments = draw(
        st.lists(
            st.tuples(st.integers(0, 2 if are_close else 6), st.sampled_from("abcd")),
            unique_by=None if are_close else (lambda each: each[0]),
            unique=are_close,
            min_size=1,
            max_size=6,
        )
    )
    fields = _DATED if are_close else _FIELDS
    return [
        (
            Stamp(START + later * apart, f"e-{name}-{later}"),
            Booking(id="b-1", **draw(st.fixed_dictionaries({}, optional=fields))),
        )
        for later, name in moments
    ]


any_statements = st.one_of(statements(are_close=True), statements(are_close=False))


def reported(statements: Sequence[Statement]) -> StoredValue[Booking] | None:
    kept: StoredValue[Booking] | None = None
    for at, booking in statements:
        kept = merge(kept, booking, at)
    return kept


@given(data=st.data(), stated=any_statements)
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
    assert other.statements == straight.statements


@given(stated=any_statements)
def test_each_field_has_its_latest_statement(stated: list[Statement]) -> None:
    kept = reported(stated)
    assert kept is not None
    for name in _FIELDS:
        latest = [
            (at.of(name, getattr(booking, name)), getattr(booking, name))
            for at, booking in stated
            if name in booking.model_fields_set
        ]
        assert (name in kept.record.model_fields_set) == bool(latest)
        if latest:
            assert getattr(kept.record, name) == max(latest, key=lambda each: each[0])[1]


@given(stated=any_statements)
def test_a_repeated_statement_changes_nothing(stated: list[Statement]) -> None:
    kept = reported(stated)
    for at, booking in stated:
        assert merge(kept, booking, at) is kept


def test_an_equal_statement_is_written_again_only_after_an_hour() -> None:
    def customer(minutes: int, **fields: str) -> tuple[Customer, Stamp]:
        at = START + timedelta(minutes=minutes)
        return Customer(id="c-1", **fields), Stamp(at, f"e-{minutes}")

    kept = merge(None, *customer(0, email="a@example.com"))
    assert merge(kept, *customer(60, email="a@example.com")) is kept
    assert merge(kept, *customer(61, email="a@example.com")).revision == 2
    assert merge(kept, *customer(1, email="b@example.com")).record.email == "b@example.com"
    assert merge(kept, *customer(1, email="a@example.com", phone="1")).stamps.keys() == {
        "email",
        "phone",
    }


@pytest.mark.parametrize(
    ("name", "value", "other"),
    [
        ("status", "confirmed", "pending"),
        ("start_time", START, START + timedelta(days=1)),
        ("end_time", START, START + timedelta(days=1)),
    ],
)
def test_an_equal_status_or_time_counts_from_its_latest_statement(
    name: str, value: Any, other: Any
) -> None:
    def stated(minutes: int, said: Any) -> tuple[Booking, Stamp]:
        at = START + timedelta(minutes=minutes)
        return Booking.model_validate({"id": "b-1", name: said}), Stamp(at, f"e-{minutes}")

    kept = merge(merge(None, *stated(0, value)), *stated(20, value))
    assert getattr(merge(kept, *stated(10, other)).record, name) == value
    assert getattr(merge(kept, *stated(30, other)).record, name) == other


@pytest.mark.parametrize("fields", [{"status": "confirmed"}, {"start_time": START}])
def test_status_and_times_keep_each_statement_of_theirs(fields: dict[str, Any]) -> None:
    booking = Booking(id="b-1", **fields)
    kept = merge(None, booking, Stamp(START, "e-1"))
    later = merge(kept, booking, Stamp(START + timedelta(seconds=1), "e-2"))
    assert later.revision == 2
    assert later.stamps != kept.stamps


@pytest.mark.parametrize(
    ("ahead", "is_replaced"), [(timedelta(minutes=5), False), (timedelta(minutes=6), True)]
)
def test_a_stored_stamp_far_ahead_of_now_is_replaced_by_what_comes_later(
    ahead: timedelta, is_replaced: bool
) -> None:
    wrong = Stamp(START + ahead, "e-1")
    kept = merge(None, Booking(id="b-1", status=BookingStatus.CONFIRMED), wrong)
    cancelled = Booking(id="b-1", status=BookingStatus.CANCELLED)
    after = merge(kept, cancelled, Stamp(START, "e-2"), START)
    assert (after.record.status is BookingStatus.CANCELLED) == is_replaced
    again = merge(kept, kept.record, wrong, START)
    assert again is kept


def test_stamps_sort_by_time_then_number_then_status_and_then_by_event() -> None:
    later = START + timedelta(microseconds=1)
    statuses = ("draft", "pending", "confirmed", "completed", "no_show", "cancelled")
    ordered = [
        Stamp(datetime(1999, 1, 1, tzinfo=UTC), "z", 9).of("status", BookingStatus.CANCELLED),
        Stamp(START, "z").of("status", BookingStatus.CONFIRMED),
        *(Stamp(START, "a", 1).of("status", BookingStatus(status)) for status in statuses),
        Stamp(START, "b", 1).of("status", BookingStatus.CANCELLED),
        Stamp(START, "a", 2, begins=True).of("status", BookingStatus.DRAFT),
        Stamp(START, "a", 10).of("status", BookingStatus.DRAFT),
        Stamp(later, "a").of("status", BookingStatus.DRAFT),
    ]
    assert ordered == sorted(ordered)
    assert len({*ordered}) == len(ordered)


@pytest.mark.parametrize(
    "ids",
    [
        ["evt-9", "evt-10", "evt-100", "evt-a"],
        ["1", "2", "10", "10-2", "10-10", "9007199254740993", "10000000000000000000000"],
        ["e1.9", "e1.10", "e2.1", "f1"],
        ["a", "b", "z"],
    ],
)
def test_digits_in_ids_count_as_numbers(ids: list[str]) -> None:
    for order in permutations(ids) if len(ids) < 6 else (ids[::-1],):
        assert sorted(order, key=lambda each: Stamp(START, each).of("x", 1)) == ids


def test_one_moment_has_one_stamp_whatever_its_offset() -> None:
    assert Stamp(START, "a").of("x", 1) == Stamp(START.astimezone(), "a").of("x", 1)
    assert time_of(Stamp(START, "a").of("x", 1)) == START


@given(st.lists(st.from_regex(r"[a-z0-9:-]{1,6}", fullmatch=True), unique=True))
def test_ids_that_differ_have_stamps_that_differ(ids: list[str]) -> None:
    assert len({Stamp(START, each).of("x", 1) for each in ids}) == len(ids)


def test_a_record_without_news_is_the_first_statement_of_its_id() -> None:
    kept = merge(None, Customer(id="c-1"), Stamp(START, "e"))
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
    moved_to = "2027-06-20T18:30:00+02:00"
    created = sample("booking_created", event_id="z-1", status="draft", **reported)
    confirmed = sample("booking_status_changed", event_id="a-1", new_status="confirmed", **reported)
    moved = sample(
        "booking_rescheduled",
        event_id="a-2",
        new_start_time=moved_to,
        new_end_time="2027-06-20T20:30:00+02:00",
        **reported,
    )
    ports = FakePorts()
    events = [parse_event(each) for each in (created, confirmed, moved)]
    for event in events if created_first else reversed(events):
        ports.bookings.record(event)
    context = ports.bookings.context("spree-kayaks", "bk-4711")
    assert context is not None
    assert context.booking is not None
    assert context.booking.status is BookingStatus.CONFIRMED
    assert context.booking.start_time == datetime.fromisoformat(moved_to)


@given(any_statements, st.data())
def test_the_calendar_sequence_never_falls_and_counts_no_equal_statement(
    said: list[Statement], data: st.DataObject
) -> None:
    kept: StoredValue[Booking] | None = None
    for at, booking in data.draw(st.permutations(said + said)):
        before, kept = kept, merge(kept, booking, at)
        if before is None:
            assert kept.calendar_sequence == 0
            continue
        old, new = before.record, kept.record
        moved = (old.start_time, old.end_time) != (new.start_time, new.end_time)
        was, is_now = (each.status is BookingStatus.CANCELLED for each in (old, new))
        grown = kept.calendar_sequence - before.calendar_sequence
        assert grown == int(moved or was is not is_now)


def test_more_moves_than_statements_are_kept_are_all_counted() -> None:
    moves = [
        (
            Stamp(START + timedelta(hours=n), f"e-{n}"),
            Booking(id="b-1", start_time=START + n * timedelta(1)),
        )
        for n in range(50)
    ]
    kept = reported(moves)
    assert kept is not None
    assert len(kept.statements.times) < 50
    assert kept.calendar_sequence == 49
    assert reported([*moves, *moves]) == kept


def test_a_cancellation_by_a_workflow_and_its_event_count_once() -> None:
    kept = reported([(Stamp(START, "e-1"), Booking(id="b-1", status=BookingStatus.CONFIRMED))])
    assert kept is not None
    at = START + timedelta(hours=1)
    change = BookingStatusChange("c-1", BookingStatus.CONFIRMED, BookingStatus.CANCELLED, at)
    changed = with_status(kept, change)
    assert changed.calendar_sequence == 1
    cancelled_once = merge(
        changed, Booking(id="b-1", status=BookingStatus.CANCELLED), Stamp(at, "e-2")
    )
    assert cancelled_once.calendar_sequence == 1
    back = merge(
        cancelled_once,
        Booking(id="b-1", status=BookingStatus.CONFIRMED),
        Stamp(at + timedelta(hours=1), "e-3"),
    )
    assert back.calendar_sequence == 2
    assert without_guest(back, "erased:abc").calendar_sequence == 2
