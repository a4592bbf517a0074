"""Whom a message goes to, and which addresses can be used."""

from __future__ import annotations

import pytest

from bookflow.domain.bookings.records import Activity, BookingContext, Contact, Location
from bookflow.domain.messages.recipients import recipients_of
from bookflow.domain.shared.addresses import masked_email, masked_phone, usable_email, usable_phone
from tests.unit.actions.samples import CUSTOMER, LOCATION


def test_a_customer_is_reached_by_both_ways_and_a_national_number_is_read_by_country() -> None:
    (customer,) = recipients_of("customer", BookingContext(location=LOCATION, customer=CUSTOMER))
    assert (customer.email, customer.phone) == ("ada@example.com", "+491701234567")


def test_every_facilitator_gets_a_message_and_one_named_twice_gets_one() -> None:
    people = (
        Contact(name="Bo", email="bo@example.com"),
        Contact(name="Cy", email="cy@example.com"),
        Contact(name="Bo again", email="BO@example.com"),
    )
    context = BookingContext(location=LOCATION, activity=Activity(id="a-1", facilitators=people))
    found = recipients_of("facilitator", context)
    assert [one.label for one in found] == ["facilitator 1", "facilitator 2"]


def test_messages_to_admins_go_to_the_location_itself_where_it_names_none() -> None:
    (admin,) = recipients_of("admin", BookingContext(location=LOCATION))
    assert admin.email == "desk@spree-kayaks.example"


def test_nobody_is_found_where_nobody_is_named() -> None:
    context = BookingContext(location=Location(id="loc-1"))
    assert recipients_of("customer", context) == ()
    assert recipients_of("facilitator", context) == ()
    assert recipients_of("admin", context) == ()


@pytest.mark.parametrize(
    ("custom", "email", "phone"),
    [
        ("agent@example.com", "agent@example.com", None),
        ("0170 7654321", None, "+491707654321"),
        ("030 123456", None, None),
        ("agent@", None, None),
        ("nobody", None, None),
    ],
)
def test_a_custom_recipient_is_an_address_or_a_number(
    custom: str, email: str | None, phone: str | None
) -> None:
    (found,) = recipients_of("custom", BookingContext(location=LOCATION), custom)
    assert (found.email, found.phone) == (email, phone)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" ada@Example.COM ", "ada@example.com"),
        ("a@münchen.de", "a@xn--mnchen-3ya.de"),
        ("Ada <ada@example.com>", None),
        ("ada@example.com\r\nBcc: eve@example.com", None),
        ("ada@localhost", None),
        ("ada", None),
        ("", None),
        (None, None),
    ],
)
def test_email_addresses_are_checked(text: str | None, expected: str | None) -> None:
    assert usable_email(text) == expected


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("+49 (30) 123456", None, "+4930123456"),
        ("+1 555 555 0100", None, "+15555550100"),
        ("0170 1234567", "DE", "+491701234567"),
        ("07911 123456", "GB", "+447911123456"),
        ("0170 1234567", None, None),
        ("12345", "DE", None),
        ("0000000000", "DE", None),
        ("+1 555 0100", None, None),
        ("+49", None, None),
        ("call me", "DE", None),
        ("", "DE", None),
        (None, "DE", None),
    ],
)
def test_phone_numbers_become_e164(
    text: str | None, country: str | None, expected: str | None
) -> None:
    assert usable_phone(text, country) == expected


def test_addresses_are_masked() -> None:
    assert masked_email("ada@example.com") == "a…@example.com"
    assert masked_phone("+491701234567") == "+49…67"


def test_no_address_is_shown_by_a_recipient_s_text_form() -> None:
    (customer,) = recipients_of("customer", BookingContext(location=LOCATION, customer=CUSTOMER))
    assert "example.com" not in repr(customer)
    assert "1234567" not in repr(customer)
