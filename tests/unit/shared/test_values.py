"""Money, statuses and ids are read as people and systems write them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bookflow.domain.bookings.statuses import BookingStatus, Status, targets
from bookflow.domain.shared.identifiers import ExternalId
from bookflow.domain.shared.values import Moment, Money

STATUS: TypeAdapter[BookingStatus] = TypeAdapter(Status)
IDENTIFIER: TypeAdapter[str] = TypeAdapter(ExternalId)


@pytest.mark.parametrize(
    "written",
    [
        {"amount": "120.00", "currency": "EUR"},
        {"amount": "120.00", "currency": "eur"},
        "120.00 EUR",
        "  120.00   eur ",
    ],
)
def test_money_is_a_decimal_with_its_currency(written: Any) -> None:
    money = Money.model_validate(written)
    assert (money.amount, money.currency) == (Decimal("120.00"), "EUR")
    assert str(money.amount) == "120.00"


def test_a_whole_number_is_an_amount() -> None:
    assert Money.model_validate({"amount": 120, "currency": "JPY"}).amount == 120


@pytest.mark.parametrize(
    "written",
    [
        {"amount": 120.5, "currency": "EUR"},
        {"amount": "NaN", "currency": "EUR"},
        {"amount": "Infinity", "currency": "EUR"},
        {"amount": "1.23456", "currency": "EUR"},
        {"amount": "1" * 19, "currency": "EUR"},
        {"amount": "120", "currency": "E1R"},
        {"amount": "120"},
        {"amount": "120", "currency": "EUR", "tax": "20"},
        "120.00",
        "EUR 120.00",
        "120,00 EUR",
        120,
        None,
    ],
)
def test_what_could_be_misread_is_no_money(written: Any) -> None:
    with pytest.raises(ValidationError):
        Money.model_validate(written)


@given(
    amount=st.decimals(min_value=-(10**13), max_value=10**13, places=4),
    currency=st.sampled_from(["EUR", "JPY", "BHD"]),
)
def test_money_loses_nothing_on_its_way_through_json(amount: Decimal, currency: str) -> None:
    money = Money(amount=amount, currency=currency)
    again = Money.model_validate_json(money.model_dump_json())
    assert again == money
    assert str(again.amount) == str(amount)


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("cancelled", BookingStatus.CANCELLED),
        ("canceled", BookingStatus.CANCELLED),
        ("CANCELED", BookingStatus.CANCELLED),
        (" Confirmed ", BookingStatus.CONFIRMED),
        ("No Show", BookingStatus.NO_SHOW),
        ("no-show", BookingStatus.NO_SHOW),
        *((status.value, status) for status in BookingStatus),
    ],
)
def test_statuses_are_read_in_any_spelling(written: str, status: BookingStatus) -> None:
    assert STATUS.validate_python(written) is status


@pytest.mark.parametrize("written", ["", "lost", "cancel", None, 1, ["draft"]])
def test_other_statuses_are_refused(written: Any) -> None:
    with pytest.raises(ValidationError):
        STATUS.validate_python(written)


def test_no_booking_becomes_a_draft_again_and_none_keeps_its_status() -> None:
    for status in BookingStatus:
        assert BookingStatus.DRAFT not in targets(status)
        assert status not in targets(status)
        assert targets(status)


@pytest.mark.parametrize(
    ("written", "read"), [("bk-1", "bk-1"), (4711, "4711"), ("a.b_c:d@e-f", "a.b_c:d@e-f")]
)
def test_ids_are_text(written: Any, read: str) -> None:
    assert IDENTIFIER.validate_python(written) == read


@pytest.mark.parametrize(
    "written", ["", "a b", "a#b", "-a", "é", "a\n", "x" * 129, -1, 1.5, True, None]
)
def test_ids_that_could_break_a_key_are_refused(written: Any) -> None:
    with pytest.raises(ValidationError):
        IDENTIFIER.validate_python(written)


@pytest.mark.parametrize(
    "written",
    [
        "2026-12-12T10:00:00-07:00",
        "2026-12-12T10:00:00-0700",
        "2026-12-12T10:00:00-07",
        "2026-12-12 10:00:00 -0700",
        "2026-12-12T10:00:00.000 -07:00",
        "2026-12-12T10:00-0700",
        "2026-12-12T17:00:00Z",
    ],
)
def test_offsets_are_read_as_systems_write_them(written: str) -> None:
    read = TypeAdapter(Moment).validate_python(written)
    assert read == datetime(2026, 12, 12, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    "written", ["2026-12-12", "2026-12-12T10:00", "2026-12-12T10", "2026-12-12T10:00:00-7", "-0700"]
)
def test_a_time_without_an_offset_is_refused(written: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Moment).validate_python(written)
