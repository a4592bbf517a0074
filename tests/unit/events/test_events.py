"""Events are read as their senders mean them, and every problem is named by its field."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.catalogue.samples import sample_context
from bookflow.domain.events import BookingEvent, Event, event_types, parse_event
from bookflow.domain.events.booking_cancelled import BookingCancelled
from bookflow.domain.events.booking_completed import BookingCompleted
from bookflow.domain.events.booking_created import BookingCreated
from bookflow.domain.events.booking_rescheduled import BookingRescheduled
from bookflow.domain.events.booking_status_changed import BookingStatusChanged
from bookflow.domain.events.envelope import MAX_DETAIL_BYTES, MAX_DETAIL_DEPTH
from bookflow.domain.shared.errors import InvalidInputError
from tests.unit.events.samples import sample, sample_names


def problem(envelope: Any) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as caught:
        parse_event(envelope)
    return caught.value


def read(envelope: Any) -> tuple[Event | None, str | None]:
    """Return the event, or the field at problem."""
    try:
        return parse_event(envelope), None
    except InvalidInputError as error:
        return None, error.field


def nested(depth: int) -> Any:
    value: Any = "end"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("name", sample_names())
def test_each_sample_is_read_as_its_own_type(name: str) -> None:
    envelope = sample(name)
    event = parse_event(envelope)
    assert type(event) is event_types()[envelope["detail-type"]]
    assert isinstance(event, BookingEvent)
    assert event.location_id == "spree-kayaks"
    assert event.booking_id == "bk-4711"


def test_every_event_type_has_a_sample() -> None:
    assert {sample(name)["detail-type"] for name in sample_names()} == set(event_types())


@pytest.mark.parametrize("name", sample_names())
def test_an_event_survives_storing(name: str) -> None:
    event = parse_event(sample(name))
    stored = json.loads(json.dumps(event.model_dump(mode="json", exclude_unset=True)))
    again = parse_event({"detail-type": event.detail_type, "detail": stored})
    assert again == event
    assert again.model_fields_set == event.model_fields_set


@pytest.mark.parametrize("name", sample_names())
def test_each_required_field_is_named_when_it_is_missing(name: str) -> None:
    model = event_types()[sample(name)["detail-type"]]
    for field, info in model.model_fields.items():
        if info.is_required():
            assert problem(sample(name, **{field: ...})).field == f"detail.{field}"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"event_id": ""}, "detail.event_id"),
        ({"event_id": "a#b"}, "detail.event_id"),
        ({"event_id": True}, "detail.event_id"),
        ({"location_id": "x" * 129}, "detail.location_id"),
        ({"booking_id": None}, "detail.booking_id"),
        ({"occurred_at": "2026-12-12T10:00:00"}, "detail.occurred_at"),
        ({"start_time": "2026-12-12T10:00:00"}, "detail.start_time"),
        ({"start_time": 1765533600}, "detail.start_time"),
        ({"start_time": "soon"}, "detail.start_time"),
        ({"status": "lost"}, "detail.status"),
        ({"customer": {"first_name": "Ada"}}, "detail.customer.id"),
        ({"customer": ["c-1"]}, "detail.customer"),
        ({"customer": True}, "detail.customer.id"),
        (
            {"activity": {"id": "a", "facilitators": [{"name": 1}]}},
            "detail.activity.facilitators[0].name",
        ),
        ({"total_amount": 118.0}, "detail.total_amount"),
        ({"total_amount": {"amount": 118.0, "currency": "EUR"}}, "detail.total_amount"),
        ({"total_amount": {"amount": "118", "currency": "EURO"}}, "detail.total_amount.currency"),
        ({"booking": {"party_size": "two"}}, "detail.booking.party_size"),
        ({"booking": "bk-4711"}, "detail.booking"),
        ({"location": {"id": "spree-kayaks", "timezone": "Mars/Base"}}, "detail.location.timezone"),
        ({"location": {"id": "spree-kayaks", "timezone": "../etc"}}, "detail.location.timezone"),
        ({"causation_chain": ["wf-1"] * 65}, "detail.causation_chain"),
    ],
)
def test_an_ill_typed_field_is_named(changes: dict[str, Any], field: str) -> None:
    found = problem(sample("booking_created", **changes))
    assert found.field == field
    assert found.remedy


def test_all_problems_are_listed_at_once() -> None:
    found = problem(sample("booking_created", status="lost", start_time="soon"))
    assert "detail.start_time" in found.message
    assert "detail.status" in found.message


def test_a_problem_repeats_no_value_of_the_input() -> None:
    found = problem(
        sample(
            "booking_created",
            customer={"id": "ada@example.com!", "email": ["ada@example.com"], "locale": 7},
            start_time="ada@example.com",
        )
    )
    assert "ada" not in str(found)


@pytest.mark.parametrize("detail_type", ["Booking Exploded", "", None, 7, ["Booking Created"]])
def test_an_unknown_detail_type_is_named_with_the_known_ones(detail_type: Any) -> None:
    found = problem({**sample(), "detail-type": detail_type})
    assert found.field == "detail-type"
    assert "Booking Created" in str(found)


@pytest.mark.parametrize("detail", [None, [], "text", 7])
def test_a_detail_that_is_no_object_is_refused(detail: Any) -> None:
    assert problem({**sample(), "detail": detail}).field == "detail"


def test_a_detail_as_large_as_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    envelope = sample("booking_created", notes="")
    size = len(json.dumps(envelope["detail"], ensure_ascii=False, separators=(",", ":")).encode())
    envelope["detail"]["notes"] = "ü" * ((MAX_DETAIL_BYTES - size) // 2)
    spare = (MAX_DETAIL_BYTES - size) % 2
    envelope["detail"]["notes"] += "u" * spare
    assert parse_event(envelope).event_id
    envelope["detail"]["notes"] += "u"
    found = problem(envelope)
    assert found.field == "detail"
    assert f"{MAX_DETAIL_BYTES + 1:,} bytes" in found.message
    assert found.remedy


def test_nesting_is_bounded() -> None:
    # The detail itself is one level.
    assert parse_event(sample(extra=nested(MAX_DETAIL_DEPTH - 1))).model_dump_json()
    assert problem(sample(extra=nested(MAX_DETAIL_DEPTH))).field == "detail"
    assert problem(sample(extra=nested(20_000))).field == "detail"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_json_cannot_carry_is_refused(value: Any) -> None:
    assert problem(sample(extra=[value])).field == "detail"


def test_unknown_fields_are_kept() -> None:
    event = parse_event(
        sample(guide={"name": "Grace"}, customer={"id": "c-1", "vip": True}, booking={"seat": "4A"})
    )
    assert event.model_extra == {"guide": {"name": "Grace"}}
    assert event.customer is not None
    assert event.customer.model_extra == {"vip": True}
    assert event.stated_booking().model_extra == {"seat": "4A"}


def test_numbers_are_read_as_ids_and_plain_ids_as_records() -> None:
    event = parse_event(sample(event_id=7, booking_id=4711, customer=1001, activity="act-1"))
    assert (event.event_id, event.booking_id) == ("7", "4711")
    assert event.customer is not None
    assert event.customer.id == "1001"
    assert event.activity is not None
    assert event.activity.id == "act-1"


def test_times_keep_their_moment_whatever_their_zone() -> None:
    event = parse_event(
        sample(start_time="2026-12-12T10:00:00+01:00", end_time="2026-12-12T09:30:00Z")
    )
    assert isinstance(event, BookingCreated)
    assert event.start_time == datetime(2026, 12, 12, 9, 0, tzinfo=UTC)
    assert event.end_time == datetime(2026, 12, 12, 9, 30, tzinfo=UTC)


def test_a_booking_cannot_end_before_it_starts() -> None:
    found = problem(sample(end_time="2027-06-12T18:29:00+02:00"))
    assert "The end time is before the start time" in found.message
    moved = problem(sample("booking_rescheduled", new_end_time="2027-06-19T18:29:00+02:00"))
    assert "The new end time is before the new start time" in moved.message


def test_a_created_booking_states_its_own_fields_over_those_of_the_booking_object() -> None:
    event = parse_event(sample(booking={"status": "pending", "party_size": 2}))
    stated = event.stated_booking()
    assert stated.status is BookingStatus.CONFIRMED
    assert stated.party_size == 2
    assert stated.total_amount is not None
    assert stated.total_amount.amount == Decimal("118.00")
    assert (stated.customer_id, stated.activity_id) == ("cus-1001", "act-sunset")


def test_each_event_states_what_it_says_of_the_booking() -> None:
    cancelled = parse_event(sample("booking_cancelled"))
    assert isinstance(cancelled, BookingCancelled)
    assert cancelled.stated_booking().status is BookingStatus.CANCELLED
    moved = parse_event(sample("booking_rescheduled"))
    assert isinstance(moved, BookingRescheduled)
    assert moved.stated_booking().start_time == moved.new_start_time
    assert moved.stated_booking().end_time == moved.new_end_time
    chat = parse_event(sample("chat_message_created"))
    assert chat.stated_booking().model_fields_set == set()


def test_a_change_to_completed_is_also_booking_completed() -> None:
    changed = parse_event(sample("booking_status_changed"))
    assert changed.derived(None) == (BookingCompleted,)
    completed = BookingCompleted.derived_from(changed, sample_context())
    assert isinstance(completed, BookingCompleted)
    assert (completed.event_id, completed.changed_by) == (changed.event_id, "desk")
    assert completed.stated_booking().status is BookingStatus.COMPLETED


def test_another_change_of_status_amounts_to_nothing_else() -> None:
    changed = parse_event(sample("booking_status_changed", new_status="no_show"))
    assert isinstance(changed, BookingStatusChanged)
    assert changed.derived(None) == ()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(name=st.sampled_from(sample_names()), data=st.data())
def test_whatever_stands_in_a_field_is_read_or_refused_by_name(
    name: str, data: st.DataObject
) -> None:
    envelope = sample(name)
    field = data.draw(
        st.sampled_from([*sorted(envelope["detail"]), "booking", "location", "extra"])
    )
    envelope["detail"][field] = data.draw(_JSON)
    event, field = read(envelope)
    if event is None:
        assert field is not None
        assert field.startswith("detail")
    else:
        stored = event.model_dump_json(exclude_unset=True)
        assert parse_event({**envelope, "detail": json.loads(stored)}) == event
