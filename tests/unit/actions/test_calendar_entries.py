"""Which e-mails of a step carry the booking as a calendar entry, and what the step records of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from icalendar import Calendar

from bookflow.actions.send_template import SendTemplate
from bookflow.domain.bookings.records import Activity, Booking, Contact
from bookflow.domain.messages.calendar.entry import entry_uid
from bookflow.domain.messages.message import Email
from tests.fakes import FakePorts
from tests.unit.actions.conftest import Run
from tests.unit.actions.samples import BOOKING, CUSTOMER, scope, template

CREW = Activity(id="a-1", name="Tour", facilitators=(Contact(name="Bo", email="bo@example.com"),))


def give(ports: FakePorts, **changes: Any) -> None:
    ports.templates.stored["loc-1", "t-1"] = template(**{"calendar_entry": True, **changes})


def event_of(email: Email) -> Any:
    (entry,) = email.attachments
    (event,) = Calendar.from_ical(entry.content.decode()).walk("VEVENT")
    return event


def test_a_guest_gets_the_entry_with_the_text_of_the_email(ports: FakePorts, run: Run) -> None:
    give(ports, text="Dear {{ customer.first_name }}, see you; bring \\ a hat")
    output = run(SendTemplate, {"template": "t-1"})
    (email,) = ports.mailer.sent
    event = event_of(email)
    assert event["DESCRIPTION"] == email.text
    assert event["UID"] == entry_uid("loc-1", "b-1")
    assert event["ATTENDEE"] == f"mailto:{email.to}"
    assert event["ATTENDEE"].params["CN"] == "Ada Lovelace"
    assert str(event["URL"]).startswith("https://book.example.com/c/loc-1/b-1.")
    assert email.attachments[0].method == "CANCEL"
    assert output["calendar_entry"] == "attached"


def test_the_unsubscribe_link_of_an_offer_is_not_in_the_calendar(
    ports: FakePorts, run: Run
) -> None:
    give(ports, category="marketing", text="Come again")
    ports.suppressions.keep_link_key("loc-1", b"k" * 32)
    run(SendTemplate, {"template": "t-1"})
    (email,) = ports.mailer.sent
    assert "/u/loc-1/" in email.text
    assert event_of(email)["DESCRIPTION"] == "Come again"


def test_the_guests_of_a_group_get_one_each_and_see_nobody_else(ports: FakePorts, run: Run) -> None:
    give(ports)
    guests = [{"email": "bob@example.com"}, {"email": "cy@example.com"}]
    booking = Booking(**{**BOOKING.model_dump(exclude_unset=True), "guests": guests})
    to = {
        "template": "t-1",
        "recipient_type": "custom",
        "custom_recipient": "{{ booking.guests | join(', ', attribute='email') }}",
    }
    run(SendTemplate, to, scope(booking=booking))
    assert [email.to for email in ports.mailer.sent] == ["bob@example.com", "cy@example.com"]
    for email in ports.mailer.sent:
        assert event_of(email)["ATTENDEE"] == f"mailto:{email.to}"
        assert b"Ada" not in email.attachments[0].content.split(b"DESCRIPTION")[0]


@pytest.mark.parametrize(
    "to",
    [
        {"recipient_type": "facilitator"},
        {"recipient_type": "admin"},
        {"recipient_type": "custom", "custom_recipient": "desk@example.com"},
    ],
)
def test_staff_get_none(ports: FakePorts, run: Run, to: dict[str, str]) -> None:
    give(ports)
    output = run(SendTemplate, {"template": "t-1", **to}, scope(activity=CREW))
    (email,) = ports.mailer.sent
    assert email.attachments == ()
    assert output["calendar_entry"] == "only for guests"


def test_a_template_that_does_not_ask_for_it_has_none(ports: FakePorts, run: Run) -> None:
    give(ports, calendar_entry=False)
    output = run(SendTemplate, {"template": "t-1"})
    assert ports.mailer.sent[0].attachments == ()
    assert output["calendar_entry"] == "not asked for"


@pytest.mark.parametrize("booking", [None, Booking(id="b-1", customer_id="c-1")])
def test_a_booking_without_a_start_is_written_about_without_an_entry(
    ports: FakePorts, run: Run, booking: Booking | None
) -> None:
    give(ports)
    output = run(SendTemplate, {"template": "t-1"}, scope(booking=booking))
    assert ports.mailer.sent[0].attachments == ()
    assert output["calendar_entry"] == "the booking has no start"


def test_an_sms_alone_brings_none(ports: FakePorts, run: Run) -> None:
    give(ports, channel="sms")
    output = run(SendTemplate, {"template": "t-1"})
    assert len(ports.texter.sent) == 1
    assert output["calendar_entry"] == "only in e-mails"


def test_the_key_of_the_links_is_made_once(ports: FakePorts, run: Run) -> None:
    give(ports)
    for key in ("ex_1", "ex_2"):
        run(SendTemplate, {"template": "t-1"}, scope(execution_id=key))
    one, other = (str(event_of(email)["URL"]) for email in ports.mailer.sent)
    assert one == other
    assert len(ports.suppressions.link_keys) == 1


def test_an_entry_is_stamped_with_the_moment_of_the_step(ports: FakePorts, run: Run) -> None:
    give(ports)
    at = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
    run(SendTemplate, {"template": "t-1"}, scope(now=at, customer=CUSTOMER))
    assert event_of(ports.mailer.sent[0])["DTSTAMP"].dt == at
