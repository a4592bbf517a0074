"""Whom a message goes to, and which addresses can be used."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookflow.domain.bookings.records import Activity, BookingContext, Contact, Customer, Location
from bookflow.domain.messages.destinations import MORE_EMAILS, Unreached, destinations_of
from bookflow.domain.messages.recipients import recipients_of, require_usable
from bookflow.domain.shared.addresses import (
    emails_in,
    masked_email,
    masked_phone,
    usable_email,
    usable_phone,
)
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


ONE = "ada@example.com"


@pytest.mark.parametrize(
    "text",
    [
        ONE,
        f"Ada <{ONE}>",
        f"Ada L. (home)<{ONE}>",
        f'"Lovelace, Ada" <{ONE}>',
        f"Lovelace, Ada <{ONE}>",
        f"<{ONE}>",
        f"<mailto:{ONE}>",
        f"MAILTO:{ONE}?subject=Hello%20there",
        "mailto:ad%61@example.com",
        f"{ONE}.",
        f" {ONE}\r\n",
        f"{ONE},",
        f"{ONE} ; ",
        f"'{ONE}'",
        f'"{ONE}"',
        f"\ufeff{ONE}\u200b",
        f"\u202a{ONE}\u202c",
        f"\u00a0{ONE}\u3000",
        "ada＠example.com",  # noqa: RUF001 - full width
        "ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ",  # noqa: RUF001 - full width
        "ada@example。com",
        f"{ONE}, ADA@example.com",
    ],
)
def test_one_address_is_read_however_a_booking_system_writes_it(text: str) -> None:
    assert emails_in(text) == [ONE]
    (customer,) = recipients_of(
        "customer", BookingContext(location=LOCATION, customer=Customer(id="c", email=text))
    )
    assert (customer.email, customer.has_more_emails) == (ONE, False)


@pytest.mark.parametrize(
    "text",
    [
        f"{ONE}, bo@example.org",
        f"{ONE};bo@example.org;",
        f"{ONE}\nbo@example.org",
        f"{ONE} bo@example.org",
        f"{ONE} / bo@example.org",
        f"{ONE}，bo@example.org",  # noqa: RUF001 - full width
        f"Ada <{ONE}>, Bo <bo@example.org>",
        f'"Lovelace, Ada" <{ONE}>; Bo <bo@example.org>',
        f"ada@localhost, {ONE}, bo@example.org",
    ],
)
def test_the_first_usable_of_several_addresses_is_written_to_and_the_step_says_so(
    text: str,
) -> None:
    assert emails_in(text) == [ONE, "bo@example.org"]
    found = recipients_of(
        "customer", BookingContext(location=LOCATION, customer=Customer(id="c", email=text))
    )
    to, unreached = destinations_of(found, "email")
    assert [each.address for each in to] == [ONE]
    assert [str(each) for each in unreached] == [f"customer {MORE_EMAILS}"]
    assert destinations_of(found, "sms")[1] == [Unreached("customer", "sms", "has no phone number")]


@pytest.mark.parametrize(
    "text",
    [
        "john smith@example.com",
        "john, smith@example.com",
        "smith@example.com, john",
        "john@example,com",
        "john @example.com",
        "E-mail: john@example.com",
        "john@example.com or jo@example.org",
        "john@example.com/jo@example.org",
        "Jo <john@example.com> <jo@example.org>",
        "mailto:john@example.com%0d%0aBcc:eve@example.org",
        "<>",
        "@",
        ",;,",
        "",
        None,
    ],
)
def test_an_address_in_doubt_is_not_written_to(text: str | None) -> None:
    assert emails_in(text) == []


@given(st.text(alphabet="ab@.,;<>\"' \\\n:＠\u200b-", max_size=40))  # noqa: RUF001 - full width
def test_any_text_gives_addresses_that_can_be_sent_to_or_none(text: str) -> None:
    found = emails_in(text)
    assert [usable_email(each) for each in found] == found
    assert len({each.lower() for each in found}) == len(found)


def test_signs_of_quotation_without_end_are_read_at_once() -> None:
    begun = time.process_time()
    assert emails_in('"\\' * 40_000 + f", {ONE}") == []
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("sign", ["[", "[1,"])
def test_brackets_without_end_are_no_recipients(sign: str) -> None:
    begun = time.process_time()
    with pytest.raises(ValueError, match="enter an e-mail address"):
        require_usable(sign * 20_000)
    assert time.process_time() - begun < 5


def test_a_line_break_adds_no_recipient() -> None:
    assert emails_in("ada@example.com\r\nBcc: eve@example.com") == ["ada@example.com"]


@pytest.mark.parametrize(
    "custom",
    [
        f'Ada <{ONE}>, "Hopper, Bo" <mailto:bo@example.org>',
        f'["Ada <{ONE}>; bo@example.org", "{ONE}"]',
        f'[{{"email": "Ada <{ONE}>"}}, {{"email": "bo@example.org, cy@example.org"}}]',
    ],
)
def test_addresses_of_a_list_are_read_as_those_of_the_guest(custom: str) -> None:
    found = recipients_of("custom", BookingContext(location=LOCATION), custom)
    assert [each.email for each in found] == [ONE, "bo@example.org"]


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
def test_an_address_that_a_person_enters_in_a_form_stands_alone(
    text: str | None, expected: str | None
) -> None:
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
