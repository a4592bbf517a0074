"""E-mail and SMS: what goes over the wire, and what a broken wire means."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import boto3
import pytest
from botocore.config import Config

from bookflow.adapters.ses import SESMailer
from bookflow.adapters.sns import SNSTexter
from bookflow.domain.messages.message import Attachment, Email, TextMessage
from bookflow.domain.shared.errors import (
    OutcomeUnknownError,
    PermanentError,
    TransientError,
)
from tests.aws.refusals import refusal
from tests.integration.adapters.conftest import SENDER, TRY_ONCE, AwsPorts

EMAIL = Email(
    to="ada@example.com",
    subject="Grüße",
    html="<p>Hi</p>",
    text="Hi",
    reply_to="office@example.com",
    sender_name="Spree Kayaks",
    headers={"List-Unsubscribe": "<https://example.com/u>"},
    tags={"location": "bG9jLTE"},
)
SMS = TextMessage(to="+4930123456", text="Grüße")


class Receiver:
    """Stands where AWS stands and answers as reported.

    Attributes:
        requests: Bodies of the requests that came.
    """

    def __init__(self, status: int, body: bytes, *, hang_up: bool, silent: bool) -> None:
        self.requests: list[bytes] = []
        self.released = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.requests.append(self.rfile.read(int(self.headers["Content-Length"])))
                if silent:
                    receiver.released.wait(10)
                if hang_up or silent:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Keep the test's output clean."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


@contextmanager
def receiver(
    status: int = 200, body: bytes = b"", *, hang_up: bool = False, silent: bool = False
) -> Iterator[Receiver]:
    """Run a receiver for the length of a block."""
    running = Receiver(status, body, hang_up=hang_up, silent=silent)
    thread = threading.Thread(target=running.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield running
    finally:
        running.released.set()
        running.server.shutdown()
        running.server.server_close()
        thread.join()


def _client(session: boto3.Session, service: str, url: str) -> Any:
    make: Any = session.client
    return make(
        service, endpoint_url=url, config=TRY_ONCE.merge(Config(read_timeout=0.5, proxies={}))
    )


@pytest.mark.parametrize(
    ("is_tracked", "sets", "chosen"),
    [
        (False, {"configuration_set": "plain", "tracking_set": "tracked"}, "plain"),
        (True, {"configuration_set": "plain", "tracking_set": "tracked"}, "tracked"),
        (True, {"configuration_set": "plain"}, "plain"),
        (True, {}, None),
    ],
)
def test_only_a_location_that_tracks_uses_the_configuration_set_that_does(
    aws_session: boto3.Session, is_tracked: bool, sets: dict[str, str], chosen: str | None
) -> None:
    with receiver(200, b'{"MessageId": "m-1"}') as ses:
        mailer = SESMailer(_client(aws_session, "sesv2", ses.url), SENDER, **sets)
        mailer.send(replace(EMAIL, is_tracked=is_tracked))
    (body,) = ses.requests
    assert json.loads(body).get("ConfigurationSetName") == chosen


@pytest.fixture(params=["sesv2", "sns"])
def send_to(request: pytest.FixtureRequest, aws_session: boto3.Session) -> Any:
    """Return a function that sends one message to a URL in AWS's place."""

    def send(url: str) -> str:
        client = _client(aws_session, request.param, url)
        if request.param == "sns":
            return SNSTexter(client).send(SMS)
        return SESMailer(client, SENDER).send(EMAIL)

    return send


def test_both_kinds_of_ports_return_a_message_id(ports: Any) -> None:
    assert ports.mailer.send(EMAIL)
    assert ports.mailer.send(INVITATION)
    assert ports.texter.send(SMS)


def test_an_email_goes_out_as_simple_content_with_its_headers(aws_session: boto3.Session) -> None:
    with receiver(200, b'{"MessageId": "m-1"}') as ses:
        mailer = SESMailer(
            _client(aws_session, "sesv2", ses.url), SENDER, configuration_set="tracking"
        )
        assert mailer.send(EMAIL) == "m-1"
    (body,) = ses.requests
    assert json.loads(body) == {
        "FromEmailAddress": f"Spree Kayaks <{SENDER}>",
        "Destination": {"ToAddresses": ["ada@example.com"]},
        "ReplyToAddresses": ["office@example.com"],
        "ConfigurationSetName": "tracking",
        "EmailTags": [{"Name": "location", "Value": "bG9jLTE"}],
        "Content": {
            "Simple": {
                "Subject": {"Data": "Grüße", "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": "Hi", "Charset": "UTF-8"},
                    "Html": {"Data": "<p>Hi</p>", "Charset": "UTF-8"},
                },
                "Headers": [{"Name": "List-Unsubscribe", "Value": "<https://example.com/u>"}],
            }
        },
    }


ENTRY = Attachment("BEGIN:VCALENDAR\r\nSUMMARY:Grüße 日本\r\nEND:VCALENDAR\r\n".encode(), "REQUEST")
INVITATION = replace(EMAIL, attachments=(ENTRY,))


def sent_raw(aws_session: boto3.Session, email: Email) -> tuple[dict[str, Any], EmailMessage]:
    """Send an e-mail with an attachment; return the request, which SES takes, and its message."""
    with receiver(200, b'{"MessageId": "m-1"}') as ses:
        client = _client(aws_session, "sesv2", ses.url)
        assert SESMailer(client, SENDER, configuration_set="tracking").send(email) == "m-1"
    request = json.loads(ses.requests[0])
    data = base64.b64decode(request["Content"]["Raw"]["Data"])
    asked = {**request, "Content": {"Raw": {"Data": data}}}
    assert refusal("sesv2", "SendEmail", asked) is None
    return request, message_from_bytes(data, policy=default)


def test_an_email_with_a_calendar_entry_is_raw_content_as_mail_programs_read_invitations(
    aws_session: boto3.Session,
) -> None:
    request, message = sent_raw(aws_session, INVITATION)
    del request["Content"]
    assert request == {
        "FromEmailAddress": f"Spree Kayaks <{SENDER}>",
        "Destination": {"ToAddresses": ["ada@example.com"]},
        "ConfigurationSetName": "tracking",
        "EmailTags": [{"Name": "location", "Value": "bG9jLTE"}],
    }
    said = {name: str(value) for name, value in message.items()}
    assert said["From"] == f"Spree Kayaks <{SENDER}>"
    assert said["To"] == "ada@example.com"
    assert said["Subject"] == "Grüße"
    assert said["Reply-To"] == "office@example.com"
    assert said["List-Unsubscribe"] == "<https://example.com/u>"
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    *_, text, html, calendar, file = message.walk()
    assert (text.get_content(), html.get_content()) == ("Hi", "<p>Hi</p>")
    assert calendar["Content-Type"].params == {"charset": "utf-8", "method": "REQUEST"}
    assert "method=REQUEST" in calendar.as_string()
    assert not calendar.is_attachment()
    assert file.get_filename() == "booking.ics"
    for part in (calendar, file):
        assert part.get_payload(decode=True) == ENTRY.content


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Kayaks, Inc.",
        'x" <eve@example.com>\r\nBcc: eve',
        "Köln, Süd",
        "日本のカヤック",
        "👋" * 200,
    ],
)
def test_a_raw_message_says_the_same_of_its_sender(aws_session: boto3.Session, name: str) -> None:
    _, message = sent_raw(aws_session, replace(INVITATION, sender_name=name))
    (mailbox,) = message["From"].addresses
    assert mailbox.addr_spec == SENDER
    shown = " ".join(name.split()).encode()[:120].decode(errors="ignore")
    # Python's reader keeps the spaces between encoded words, which RFC 2047 drops.
    assert "".join(mailbox.display_name.split()) == "".join(shown.split())
    assert message["Bcc"] is None


@pytest.mark.parametrize(
    "subject",
    [
        "Hi",
        "Gr\u00fc\u00dfe\u00a0an alle",
        "日本語の件名 " * 60,
        "x" * 990,
        "a: b, <c@d.ee> =?utf-8?q?x?=",
    ],
)
def test_a_raw_message_has_its_subject_whatever_it_is(
    aws_session: boto3.Session, subject: str
) -> None:
    _, message = sent_raw(aws_session, replace(INVITATION, subject=subject))
    assert " ".join(str(message["Subject"]).split()) == " ".join(subject.split())


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "a\r\nBcc: eve@example.com"},
        {"to": "a@example.com\nBcc: eve@example.com"},
        {"reply_to": "a@example.com\rBcc: eve@example.com"},
        {"headers": {"List-Unsubscribe": "<https://a.example>\r\n\r\nbody"}},
        {"headers": {"A\r\nB": "c"}},
    ],
)
def test_a_line_break_begins_no_header_of_a_raw_message(
    aws_session: boto3.Session, changes: dict[str, Any]
) -> None:
    client = _client(aws_session, "sesv2", "http://127.0.0.1:9")
    with pytest.raises(PermanentError, match="line break"):
        SESMailer(client, SENDER).send(replace(INVITATION, **changes))


@pytest.mark.parametrize("kind", ["text", "html"])
def test_a_raw_message_of_one_form_has_it_and_the_entry(
    aws_session: boto3.Session, kind: str
) -> None:
    body = "Grüße\n" + "日" * 3000 + "\r\nEnd"
    email = replace(INVITATION, **{"text": "", "html": "", kind: body})
    _, message = sent_raw(aws_session, email)
    part = message.get_body((("plain" if kind == "text" else "html"),))
    assert part is not None
    assert part.get_content().replace("\r\n", "\n") == body.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("name", "sender"),
    [
        ("", SENDER),
        ("Kayaks, Inc.", f'"Kayaks, Inc." <{SENDER}>'),
        ('x" <eve@example.com>\r\nBcc: eve', f'"x\\" <eve@example.com> Bcc: eve" <{SENDER}>'),
        ("Köln", f"=?utf-8?b?S8O2bG4=?= <{SENDER}>"),
    ],
)
def test_a_sender_name_cannot_change_the_address(
    aws_session: boto3.Session, name: str, sender: str
) -> None:
    with receiver(200, b'{"MessageId": "m-1"}') as ses:
        email = Email(to="a@example.com", subject="s", html="", text="t", sender_name=name)
        SESMailer(_client(aws_session, "sesv2", ses.url), SENDER).send(email)
    assert json.loads(ses.requests[0])["FromEmailAddress"] == sender


def test_a_long_sender_name_stays_within_the_limit(aws_session: boto3.Session) -> None:
    with receiver(200, b'{"MessageId": "m-1"}') as ses:
        email = Email(to="a@example.com", subject="s", html="", text="t", sender_name="👋" * 200)
        SESMailer(_client(aws_session, "sesv2", ses.url), SENDER).send(email)
    sender = json.loads(ses.requests[0])["FromEmailAddress"]
    assert len(sender) <= 320
    assert sender.isascii()
    assert "\n" not in sender


@pytest.mark.parametrize(
    ("is_marketing", "kind"), [(False, "Transactional"), (True, "Promotional")]
)
def test_an_sms_goes_out_as_what_it_is_with_the_sender(
    aws_session: boto3.Session, is_marketing: bool, kind: str
) -> None:
    answer = b"<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>"
    with receiver(200, answer) as sns:
        texter = SNSTexter(_client(aws_session, "sns", sns.url), "Kayaks")
        assert texter.send(replace(SMS, is_marketing=is_marketing)) == "m-1"
    sent = {name: values[0] for name, values in parse_qs(sns.requests[0].decode()).items()}
    assert (sent["PhoneNumber"], sent["Message"]) == ("+4930123456", "Grüße")
    attributes = {
        sent[f"MessageAttributes.entry.{n}.Name"]: sent[
            f"MessageAttributes.entry.{n}.Value.StringValue"
        ]
        for n in (1, 2)
    }
    assert attributes == {
        "AWS.SNS.SMS.SMSType": kind,
        "AWS.SNS.SMS.SenderID": "Kayaks",
    }


@pytest.mark.parametrize("broken", [{"hang_up": True}, {"silent": True}])
def test_a_wire_that_breaks_after_the_request_leaves_the_outcome_unknown(
    send_to: Any, broken: Any
) -> None:
    with receiver(**broken) as aws, pytest.raises(OutcomeUnknownError) as caught:
        send_to(aws.url)
    assert len(aws.requests) == 1
    assert "ada@" not in str(caught.value)
    assert "+49" not in str(caught.value)


def test_nobody_there_means_that_nothing_was_sent(send_to: Any) -> None:
    with receiver() as gone:
        url = gone.url
    with pytest.raises(TransientError):
        send_to(url)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_service_that_broke_leaves_the_outcome_unknown_and_is_asked_once(
    send_to: Any, status: int
) -> None:
    with receiver(status) as aws, pytest.raises(OutcomeUnknownError) as caught:
        send_to(aws.url)
    assert len(aws.requests) == 1
    assert "It arrived or Send again" in str(caught.value)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("code", ["TooManyRequestsException", "Throttling", "SlowDown"])
def test_a_throttled_message_was_not_taken_whatever_the_status(
    aws_session: boto3.Session, code: str, status: int
) -> None:
    body = json.dumps({"__type": code, "message": ""}).encode()
    with receiver(status, body) as ses, pytest.raises(TransientError):
        SESMailer(_client(aws_session, "sesv2", ses.url), SENDER).send(EMAIL)
    assert len(ses.requests) == 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("TooManyRequestsException", TransientError),
        ("LimitExceededException", TransientError),
        ("MessageRejected", PermanentError),
        ("MailFromDomainNotVerifiedException", PermanentError),
        ("AccountSuspendedException", PermanentError),
        ("BadRequestException", PermanentError),
        ("AccessDeniedException", PermanentError),
    ],
)
def test_refusals_of_ses_say_what_to_do_and_name_nobody(
    aws_session: boto3.Session, code: str, kind: type[Exception]
) -> None:
    body = json.dumps({"__type": code, "message": "ada@example.com is not verified"}).encode()
    with receiver(400, body) as ses, pytest.raises(kind) as caught:
        SESMailer(_client(aws_session, "sesv2", ses.url), SENDER).send(EMAIL)
    error: Any = caught.value
    assert code in str(error)
    assert error.remedy
    assert "ada@" not in str(error)
    assert error.__suppress_context__


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("Throttled", TransientError),
        ("InvalidParameter", PermanentError),
        ("AuthorizationError", PermanentError),
    ],
)
def test_refusals_of_sns_say_what_to_do_and_name_nobody(
    aws_session: boto3.Session, code: str, kind: type[Exception]
) -> None:
    body = f"<ErrorResponse><Error><Code>{code}</Code><Message>+4930123456</Message></Error></ErrorResponse>"
    with receiver(400, body.encode()) as sns, pytest.raises(kind) as caught:
        SNSTexter(_client(aws_session, "sns", sns.url)).send(SMS)
    assert code in str(caught.value)
    assert "+49" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "Throttled"),
        (400, "ThrottlingException"),
        (403, "AuthorizationError"),
        (400, "InvalidParameter"),
        (500, "InternalError"),
        (200, ""),
    ],
)
def test_a_number_of_which_sns_says_nothing_is_not_taken_for_opted_out(
    aws_session: boto3.Session, status: int, code: str
) -> None:
    body = (
        f"<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>" if code else "no XML"
    )
    with receiver(status, body.encode()) as sns:
        texter = SNSTexter(_client(aws_session, "sns", sns.url))
        assert texter.has_opted_out("+4930123456") is None
    assert len(sns.requests) == 1


def test_a_number_that_answered_stop_is_known(aws: AwsPorts) -> None:
    assert aws.texter.has_opted_out("+4915199999999") is True  # moto: all that end in 99
    assert aws.texter.has_opted_out("+4930123456") is False


@pytest.mark.parametrize("make", [lambda client: SESMailer(client, SENDER), SNSTexter])
def test_a_client_that_repeats_sends_by_itself_is_refused(
    aws_session: boto3.Session, make: Any
) -> None:
    with pytest.raises(ValueError, match="total_max_attempts=1"):
        make(aws_session.client("sns"))
