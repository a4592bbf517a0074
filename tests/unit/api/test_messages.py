"""Messages by their routes: lists without texts, one with it, and tests to oneself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from icalendar import Calendar

from bookflow.api.app import Api
from bookflow.api.rates import TESTING
from bookflow.domain.bookings.location_settings import LocationSettings, StoredSettings
from bookflow.domain.catalogue.samples import sample_context
from bookflow.domain.messages.calendar.entry import entry_uid
from bookflow.domain.messages.suppression import (
    Suppression,
    SuppressionReason,
    SuppressionScope,
    address_hash,
)
from tests.api import Client, TestIssuer
from tests.fakes import FakePorts
from tests.unit.api.graphs import LOCATION, know_location
from tests.unit.messages.sent import send_one

TEMPLATES = f"{LOCATION}/templates"
ME = "grace@spree-kayaks.example"
VERIFIED = {"email": ME, "email_verified": True}
NUMBER = "+4915112345678"
HELLO = {
    "name": "Hello",
    "channel": "both",
    "subject": "Welcome {{ customer.first_name }}",
    "html": "<p>See you at {{ location.name }}</p>",
    "sms": "Hi {{ customer.first_name }}",
}
FOR_SAMPLE = {"trigger": "Booking Created"}


def me(api: Api, issuer: TestIssuer, claims: Mapping[str, Any] = VERIFIED) -> Client:
    """Return an editor whose token says this of their address."""
    return Client(api, issuer.token({"bookflow:roles": {"loc-1": "editor"}, **claims}))


@pytest.fixture
def editor(api: Api, issuer: TestIssuer, ports: FakePorts) -> Client:
    know_location(ports)
    client = me(api, issuer)
    assert client.post(TEMPLATES, {**HELLO, "id": "hello"}).status == 201
    return client


def test_lists_hold_no_text_and_one_message_has_it(admin: Client, ports: FakePorts) -> None:
    know_location(ports)
    message = send_one(ports, html="<p>Dear Ada</p>", text="Dear Ada")
    address = f"{LOCATION}/executions/ex_1/messages"
    (listed,) = admin.get(address).json["items"]
    assert (listed["to"], listed["state"]) == ("a…@example.com", "accepted")
    assert "Dear Ada" not in admin.get(address).text
    assert admin.get(f"{LOCATION}/bookings/b-1/messages").json["items"] == [listed]
    assert admin.get(address, node_id="another").json["items"] == []
    whole = admin.get(f"{address}/{message.id}").json
    assert whole == {**listed, "html": "<p>Dear Ada</p>", "text": "Dear Ada", "is_left_out": False}
    assert admin.get(f"{address}/msg_other").status == 404
    assert admin.get(f"{LOCATION}/executions/ex_9/messages").status == 404


def test_no_other_location_reads_a_message(api: Api, issuer: TestIssuer, ports: FakePorts) -> None:
    message = send_one(ports)
    other = Client(api, issuer.person(loc_2="admin"))
    for place in ("loc-1", "loc-2"):
        address = f"/v1/locations/{place}/executions/ex_1/messages"
        assert other.get(address).status == 404
        assert other.get(f"{address}/{message.id}").status == 404


def test_a_test_goes_to_the_caller_marked_and_without_any_trace(
    editor: Client, ports: FakePorts
) -> None:
    sent = editor.post(f"{TEMPLATES}/hello/test", FOR_SAMPLE)
    assert sent.status == 200, sent.text
    assert sent.json == {
        "channel": "email",
        "to": ME,
        "subject": "[Test] Welcome Ada",
        "calendar_entry": "not asked for",
    }
    (email,) = ports.mailer.sent
    assert (email.to, email.subject) == (ME, "[Test] Welcome Ada")
    body = email.html.index("<body")
    assert email.html.index("This is a test") > body
    assert email.text.startswith("This is a test")
    assert not email.is_tracked
    assert email.headers == {}
    assert set(email.tags) == {"location"}
    assert ports.messages.stored == {}
    assert ports.executions.stored == {}


def test_what_is_not_saved_is_sent_as_it_is_in_the_editor(editor: Client, ports: FakePorts) -> None:
    body = {**FOR_SAMPLE, "content": {**HELLO, "subject": "Fresh"}}
    assert editor.post(f"{TEMPLATES}/hello/test", body).json["subject"] == "[Test] Fresh"
    assert editor.post(f"{TEMPLATES}/test", body).json["subject"] == "[Test] Fresh"
    assert editor.post(f"{TEMPLATES}/test", FOR_SAMPLE).status == 422
    assert editor.get(f"{TEMPLATES}/hello").json["version"] == 1
    assert len(ports.mailer.sent) == 2


@pytest.mark.parametrize(
    ("trigger", "status"),
    [("Booking Created", "CONFIRMED"), ("Booking Cancelled", "CANCELLED")],
)
def test_a_test_carries_a_calendar_entry_that_is_none_of_a_guests(
    editor: Client, ports: FakePorts, trigger: str, status: str
) -> None:
    content = {**HELLO, "calendar_entry": True}
    for _ in range(2):
        sent = editor.post(f"{TEMPLATES}/test", {"trigger": trigger, "content": content})
        assert sent.json["calendar_entry"] == "attached"
    email, again = ports.mailer.sent
    for part in (email.text, email.html):
        assert "The calendar entry is a test as well" in part
    (attached,) = email.attachments
    assert attached.method == "PUBLISH"
    (entry,) = Calendar.from_ical(attached.content).walk("VEVENT")
    assert str(entry["SUMMARY"]).startswith("[Test] ")
    assert str(entry["STATUS"]) == status
    assert "ATTENDEE" not in entry
    assert str(entry["UID"]) not in {
        entry_uid(location, sample_context().booking.id)  # type: ignore[union-attr]
        for location in ("loc-1", "spree-kayaks")
    }
    (same,) = Calendar.from_ical(again.attachments[0].content).walk("VEVENT")
    assert same["UID"] == entry["UID"], "tests pile up in the operator's calendar"


def test_a_test_for_a_booking_without_a_start_says_that_it_has_no_entry(
    editor: Client, ports: FakePorts
) -> None:
    stated = {"items": [{"booking": {"id": "bk-1", "status": "confirmed"}}]}
    assert editor.post(f"{LOCATION}/bookings", stated).json["stored"] == 1
    body = {**FOR_SAMPLE, "booking_id": "bk-1", "content": {**HELLO, "calendar_entry": True}}
    sent = editor.post(f"{TEMPLATES}/test", body)
    assert sent.json["calendar_entry"] == "the booking has no start", sent.text
    (email,) = ports.mailer.sent
    assert email.attachments == ()
    assert "calendar entry" not in email.text


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"email": ME},
        {"email": ME, "email_verified": False},
        {"email": ME, "email_verified": "false"},
        {"email": ME, "email_verified": 1},
        {"email_verified": True},
        {"email": [ME], "email_verified": True},
        {"email": "nobody", "email_verified": True},
    ],
)
def test_nothing_goes_to_an_address_that_nobody_verified(
    api: Api, issuer: TestIssuer, editor: Client, ports: FakePorts, claims: dict[str, Any]
) -> None:
    answer = me(api, issuer, claims).post(f"{TEMPLATES}/hello/test", FOR_SAMPLE)
    assert answer.status == 409
    assert "no verified e-mail address" in answer.json["detail"]
    assert ports.mailer.sent == []


def test_the_word_of_issuers_that_write_texts_counts(
    api: Api, issuer: TestIssuer, editor: Client
) -> None:
    stated = {**VERIFIED, "email_verified": "true"}
    assert me(api, issuer, stated).post(f"{TEMPLATES}/hello/test", FOR_SAMPLE).status == 200


def test_an_sms_goes_to_a_number_of_the_settings_only(editor: Client, ports: FakePorts) -> None:
    body = {**FOR_SAMPLE, "phone": "+49 151 12345678"}
    refused = editor.post(f"{TEMPLATES}/hello/test", body)
    assert refused.status == 422
    assert "none of the location's test numbers" in refused.json["detail"]
    keep_numbers(ports)
    sent = editor.post(f"{TEMPLATES}/hello/test", body)
    assert (sent.json["channel"], sent.json["to"], sent.json["subject"]) == ("sms", NUMBER, "")
    (text,) = ports.texter.sent
    assert (text.to, text.text) == (NUMBER, "Test: Hi Ada")
    assert ports.sent_sms.stored == {}
    ports.texter.opted_out.add(NUMBER)
    assert "answered STOP" in editor.post(f"{TEMPLATES}/hello/test", body).json["detail"]
    assert len(ports.texter.sent) == 1


def keep_numbers(ports: FakePorts) -> None:
    """Let the location have a test number."""
    settings = LocationSettings(test_numbers=("+49 151 12345678",))
    ports.bookings.save_settings("loc-1", StoredSettings(settings, 1, ports.clock.now()))


def test_a_suppressed_address_gets_no_test_either(editor: Client, ports: FakePorts) -> None:
    ports.suppressions.add(
        Suppression(
            location_id="loc-1",
            address_hash=address_hash("loc-1", ME),
            masked="g…@spree-kayaks.example",
            reason=SuppressionReason.BOUNCED,
            scope=SuppressionScope.ALL,
            created_at=ports.clock.now(),
        )
    )
    answer = editor.post(f"{TEMPLATES}/hello/test", FOR_SAMPLE)
    assert (answer.status, ports.mailer.sent) == (409, [])
    assert "suppression list" in answer.json["detail"]


def test_links_of_a_test_act_on_nobody(editor: Client, ports: FakePorts) -> None:
    marketing = {
        **HELLO,
        "channel": "email",
        "category": "marketing",
        "html": '<a href="{{ unsubscribe_url }}">x</a> <a href="{{ survey.link }}">y</a>',
    }
    body = {**FOR_SAMPLE, "content": marketing}
    assert editor.post(f"{TEMPLATES}/test", body).status == 200
    (email,) = ports.mailer.sent
    base = ports.public_base_url
    assert f'"{base}/u/loc-1/test"' in email.html
    assert f'"{base}/s/loc-1/test"' in email.html
    assert "bookings.example.com" not in email.html + email.text
    assert "List-Unsubscribe" not in email.headers
    assert ports.suppressions.link_keys == {}


def test_the_built_in_invitation_can_be_tried_out(editor: Client, ports: FakePorts) -> None:
    answer = editor.post(f"{TEMPLATES}/built-in-survey-invitation/test", FOR_SAMPLE)
    assert answer.status == 200, answer.text
    (email,) = ports.mailer.sent
    assert f"{ports.public_base_url}/s/loc-1/test" in email.html
    assert ports.surveys.invitations == {}
    assert ports.surveys.asked == {}


def test_a_template_with_problems_is_not_sent(editor: Client, ports: FakePorts) -> None:
    broken = {**HELLO, "subject": "{{ oops"}
    answer = editor.post(f"{TEMPLATES}/test", {**FOR_SAMPLE, "content": broken})
    assert answer.status == 422
    unknown = editor.post(f"{TEMPLATES}/hello/test", {**FOR_SAMPLE, "booking_id": "b-9"})
    assert unknown.status == 404
    assert ports.mailer.sent == []


def test_tests_are_limited_and_viewers_send_none(
    api: Api, issuer: TestIssuer, editor: Client, ports: FakePorts
) -> None:
    viewer = Client(api, issuer.token({"bookflow:roles": {"loc-1": "viewer"}, **VERIFIED}))
    assert viewer.post(f"{TEMPLATES}/hello/test", FOR_SAMPLE).status == 403
    statuses = [
        editor.post(f"{TEMPLATES}/hello/test", FOR_SAMPLE).status for _ in range(TESTING.burst + 1)
    ]
    assert statuses == [200] * TESTING.burst + [429]
    assert len(ports.mailer.sent) == TESTING.burst
