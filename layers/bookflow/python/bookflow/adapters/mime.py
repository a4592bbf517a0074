"""Writes an e-mail that carries a calendar entry as a MIME message: what SES calls raw content."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import policy
from email.encoders import encode_base64
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formatdate
from typing import TYPE_CHECKING

from bookflow.domain.shared.errors import PermanentError

if TYPE_CHECKING:
    from bookflow.domain.messages.message import Attachment, Email


_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def mime_message(email: Email, sender: str) -> bytes:
    """Return the message in ASCII, with lines that end with CR LF.

    The entry stands twice, as Google's own invitations have it: as the last form of the text, by
    which calendars act on it (RFC 6047, section 2.4), and as a file for mail programs that look at
    attachments alone.

    Args:
        email: The message, with one attachment or more.
        sender: `name <address>`, in ASCII.

    Raises:
        PermanentError: A header has a line break: it would begin another header.
    """
    forms = MIMEMultipart("alternative")
    for kind, text in (("plain", email.text), ("html", email.html)):
        if text:
            forms.attach(_text_part(text, kind))
    message = MIMEMultipart("mixed", None, [forms])
    for name, value in _headers(email, sender):
        if _CONTROLS.search(name + value):
            raise PermanentError(
                "a header of the e-mail holds a line break",
                field=name,
                remedy="Take it out of the template or of the location's settings.",
            )
        is_plain = value.isascii() and (name != "Subject" or "=?" not in value)
        message[name] = value if is_plain else Header(value, "utf-8").encode(linesep="")
    for each in email.attachments:
        forms.attach(_calendar_part(each))
        message.attach(_file_part(each))
    return message.as_bytes(policy=policy.compat32.clone(linesep="\r\n"))


def _headers(email: Email, sender: str) -> Iterator[tuple[str, str]]:
    yield "From", sender
    yield "To", email.to
    yield "Subject", email.subject
    if email.reply_to:
        yield "Reply-To", email.reply_to
    yield "Date", formatdate()
    yield from email.headers.items()


def _text_part(text: str, kind: str) -> MIMEText:
    return MIMEText("\r\n".join(text.split("\n")).replace("\r\r", "\r"), kind, "utf-8")


def _calendar_part(attachment: Attachment) -> MIMEText:
    part = _text_part(attachment.content.decode(), "calendar")
    part.set_param("method", attachment.method, requote=False)
    return part


def _file_part(attachment: Attachment) -> MIMEBase:
    part = MIMEBase("application", "ics", name=attachment.filename)
    part.set_payload(attachment.content)
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=attachment.filename)
    return part
