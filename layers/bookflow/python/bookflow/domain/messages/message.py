"""Messages that leave Bookflow: e-mails and text messages, ready to be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Attachment:
    """A calendar entry that an e-mail carries.

    Attributes:
        content: An iCalendar file in UTF-8.
        method: What calendars are to do with it, as the file says it.
    """

    content: bytes
    method: str
    filename: str = "booking.ics"


@dataclass(frozen=True)
class Email:
    """One e-mail to one person.

    Attributes:
        headers: Further headers such as List-Unsubscribe.
        sender_name: Shown before the stack's verified sender address.
        tags: What the mail service repeats when it reports a bounce
            (`mail_feedback.message_tags`); readers never see it.
        is_tracked: Whether the mail service reports that it was opened, and which links were used.
    """

    to: str
    subject: str
    html: str
    text: str
    reply_to: str | None = None
    sender_name: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    is_tracked: bool = False
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class TextMessage:
    """One SMS to one phone number in E.164 form.

    Attributes:
        is_marketing: Whether networks may treat it as an offer, and not as part of a booking.
    """

    to: str
    text: str
    is_marketing: bool = False
