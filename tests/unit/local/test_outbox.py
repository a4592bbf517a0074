"""E-mails and text messages as they are read back from the emulator."""

from __future__ import annotations

import base64

import httpx

from local.outbox import Outbox, parse_emails, parse_sms

MAIL = {
    "MessageId": "m1",
    "Source": "desk@tours.test",
    "To": ["ann@example.test"],
    "Subject": "Booked",
    "BodyText": "text",
    "BodyHtml": None,
    "Timestamp": 20.0,
    "Headers": {"X-Execution": "e1"},
    "ReplyTo": ["office@tours.test"],
}
SMS = {"MessageId": "s1", "PhoneNumber": "+4520123456", "Message": "Hej", "Timestamp": 5.0}


def test_an_email_has_its_addresses_bodies_and_headers() -> None:
    (mail,) = parse_emails({"messages": {"000000000000": [MAIL]}})
    assert mail.to == ("ann@example.test",)
    assert (mail.subject, mail.text, mail.html) == ("Booked", "text", "")
    assert mail.headers == {"X-Execution": "e1"}
    assert mail.reply_to == ("office@tours.test",)
    assert mail.sent_at.timestamp() == 20.0


def test_an_email_has_its_calendar_entry() -> None:
    part = {
        "FileName": "booking.ics",
        "ContentType": "application/ics",
        "Data": base64.b64encode(b"BEGIN:VCALENDAR").decode(),
    }
    (mail,) = parse_emails({"messages": {"0": [{**MAIL, "Attachments": [part]}]}})
    (entry,) = mail.attachments
    assert (entry.filename, entry.text) == ("booking.ics", "BEGIN:VCALENDAR")


def test_text_messages_to_several_numbers_are_in_the_order_of_sending() -> None:
    later = {**SMS, "MessageId": "s2", "PhoneNumber": "+4520000000", "Timestamp": 4.0}
    messages = parse_sms({"sms_messages": {"+4520123456": [SMS], "+4520000000": [later]}})
    assert [sms.id for sms in messages] == ["s2", "s1"]


def test_the_sender_id_of_a_text_message_is_read_in_either_form() -> None:
    for form in ({"StringValue": "DESK"}, {"Type": "String", "Value": "DESK"}):
        record = {**SMS, "MessageAttributes": {"AWS.SNS.SMS.SenderID": form}}
        (sms,) = parse_sms({"sms_messages": {"x": [record]}})
        assert sms.sender_id == "DESK"


def test_a_marker_hides_what_was_sent_before_it() -> None:
    mails, texts = [MAIL], [SMS]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/ses/messages"):
            return httpx.Response(200, json={"messages": {"0": mails}})
        return httpx.Response(200, json={"sms_messages": {"x": texts}})

    transport = httpx.MockTransport(answer)
    outbox = Outbox("http://emulator", httpx.Client(transport=transport))
    marker = outbox.marker()
    mails.append({**MAIL, "MessageId": "m2"})
    texts.append({**SMS, "MessageId": "s2"})
    assert [mail.id for mail in outbox.emails(marker)] == ["m2"]
    assert [sms.id for sms in outbox.sms(marker)] == ["s2"]
    assert len(outbox.emails()) == 2
