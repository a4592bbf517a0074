"""What the mail service reports of an e-mail: sent, delivered, opened, rejected, bounces, complaints."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from bookflow.domain.shared.addresses import first_email
from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.input_problems import valid

LOCATION_TAG = "location"
EXECUTION_TAG = "execution"
NODE_TAG = "node"
EFFECT_TAG = "effect"

MAX_TAG_CHARACTERS = 256
"""Length of a tag's value (AWS, "MessageTag")."""

_IDENTIFIER: TypeAdapter[str] = TypeAdapter(Identifier)

_WITHDRAWN = "not-spam"
"""Type of a complaint by which a reader takes a message out of the spam folder (RFC 5965, 7.3)."""


class FeedbackKind(StrEnum):
    """What became of an e-mail.

    A hard bounce is a final rejection (AWS, "Bounce types": `Permanent`). Everything else that
    bounces may arrive the next time: a full mailbox, a server that is down. A rejected e-mail was
    accepted and not sent, as it holds malware (AWS, "Event types": `Reject`).
    """

    SENT = "sent"
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    REJECTED = "rejected"
    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCE = "soft_bounce"
    COMPLAINT = "complaint"
    NO_COMPLAINT = "no_complaint"


@dataclass(frozen=True)
class MailFeedback:
    """What became of one e-mail of a location.

    Attributes:
        execution_id: The execution that sent it.
        node_id: The node of the step that sent it.
        effect: Name of the effect within the step.
        message_id: The mail service's id of the e-mail.
        addresses: Whose it was, for bounces and complaints, in the form that is sent to; else empty.
        at: When the mail service learnt of it.
        detail: The mail service's own words for the kind, such as `Permanent NoEmail`; no
            personal data.
    """

    kind: FeedbackKind
    location_id: str
    execution_id: str | None
    addresses: tuple[str, ...] = field(repr=False)
    at: datetime
    detail: str
    node_id: str | None = None
    effect: str | None = None
    message_id: str | None = None


def message_tags(
    location_id: str, execution_id: str | None = None, node_id: str = "", effect: str = ""
) -> Mapping[str, str]:
    """Return what an e-mail carries so that its feedback finds back; no personal data.

    Tags hold letters, digits, `_` and `-`, at most 256 (AWS, "MessageTag"); ids hold more kinds,
    so they are written in base64url. One that gets too long is left out: a node's id of 64
    characters can be. A test belongs to a location alone.
    """
    if execution_id is None:
        return {LOCATION_TAG: _encoded(location_id)}
    tags = {
        LOCATION_TAG: _encoded(location_id),
        EXECUTION_TAG: _encoded(execution_id),
        NODE_TAG: _encoded(node_id),
        EFFECT_TAG: _encoded(effect),
    }
    return {name: value for name, value in tags.items() if len(value) <= MAX_TAG_CHARACTERS}


class _Aws(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)


class _Recipient(_Aws):
    emailAddress: str  # noqa: N815 - AWS's name


class _Bounce(_Aws):
    bounceType: Literal["Permanent", "Transient", "Undetermined"]  # noqa: N815 - AWS's name
    bounceSubType: str = Field(default="", max_length=100)  # noqa: N815 - AWS's name
    bouncedRecipients: Sequence[_Recipient] = Field(min_length=1)  # noqa: N815 - AWS's name
    timestamp: AwareDatetime


class _Complaint(_Aws):
    complaintFeedbackType: str | None = Field(default=None, max_length=100)  # noqa: N815
    complainedRecipients: Sequence[_Recipient] = Field(min_length=1)  # noqa: N815 - AWS's name
    timestamp: AwareDatetime


class _Mail(_Aws):
    tags: Mapping[str, Sequence[str]] = Field(default_factory=dict)
    timestamp: AwareDatetime
    messageId: str | None = Field(default=None, max_length=200)  # noqa: N815 - AWS's name


class _BounceDetail(_Aws):
    mail: _Mail
    bounce: _Bounce


class _ComplaintDetail(_Aws):
    mail: _Mail
    complaint: _Complaint


class _SendingDetail(_Aws):
    eventType: Literal["Send", "Reject"]  # noqa: N815 - AWS's name
    mail: _Mail


class _Report(_Aws):
    """What SES says of a delivery, an opening or a click; where and with what is left out."""

    timestamp: AwareDatetime


class _DeliveryDetail(_Aws):
    mail: _Mail
    delivery: _Report


class _OpenDetail(_Aws):
    mail: _Mail
    open: _Report


class _ClickDetail(_Aws):
    mail: _Mail
    click: _Report


_Detail = (
    _BounceDetail | _ComplaintDetail | _SendingDetail | _DeliveryDetail | _OpenDetail | _ClickDetail
)


def read_mail_feedback(envelope: Mapping[str, Any]) -> MailFeedback:
    """Return the feedback of an EventBridge envelope (AWS, "SES events schema reference").

    Raises:
        InvalidInputError: It is no such event about an e-mail of ours; `field` names
            the first problem, and no address is repeated.
    """
    detail = _read_detail(envelope.get("detail"))
    tags = detail.mail.tags
    location_id = _tag(tags, LOCATION_TAG)
    if location_id is None:
        raise InvalidInputError(
            "does not name the location that sent the e-mail",
            field=f"detail.mail.tags.{LOCATION_TAG}",
            remedy="Send nothing else with the stack's configuration set.",
        )
    addresses: tuple[str, ...] = ()
    said = ""
    match detail:
        case _SendingDetail():
            kind, at = _SENDING[detail.eventType], detail.mail.timestamp
        case _DeliveryDetail():
            kind, at = FeedbackKind.DELIVERED, detail.delivery.timestamp
        case _OpenDetail():
            kind, at = FeedbackKind.OPENED, detail.open.timestamp
        case _ClickDetail():
            kind, at = FeedbackKind.CLICKED, detail.click.timestamp
        case _:
            about = detail.bounce if isinstance(detail, _BounceDetail) else detail.complaint
            kind, said = _judged(about)
            addresses, at = _addresses(about), about.timestamp
    return MailFeedback(
        kind=kind,
        location_id=location_id,
        execution_id=_tag(tags, EXECUTION_TAG),
        node_id=_text_tag(tags, NODE_TAG),
        effect=_text_tag(tags, EFFECT_TAG),
        message_id=detail.mail.messageId,
        addresses=addresses,
        at=at,
        detail=said,
    )


_SENDING = {"Send": FeedbackKind.SENT, "Reject": FeedbackKind.REJECTED}

_ReadDetail = Callable[[Any], _Detail]

_READERS: Mapping[str, _ReadDetail] = {
    "Bounce": _BounceDetail.model_validate,
    "Complaint": _ComplaintDetail.model_validate,
    "Delivery": _DeliveryDetail.model_validate,
    "Open": _OpenDetail.model_validate,
    "Click": _ClickDetail.model_validate,
    **dict.fromkeys(_SENDING, _SendingDetail.model_validate),
}


def _read_detail(given: Any) -> _Detail:
    kind = given.get("eventType") if isinstance(given, dict) else None
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise InvalidInputError(f"is none of {', '.join(_READERS)}", field="detail.eventType")
    return valid(read, given, "detail")


def _judged(about: _Bounce | _Complaint) -> tuple[FeedbackKind, str]:
    if isinstance(about, _Bounce):
        hard = about.bounceType == "Permanent"
        said = f"{about.bounceType} {about.bounceSubType}".strip()
        return FeedbackKind.HARD_BOUNCE if hard else FeedbackKind.SOFT_BOUNCE, said
    said = about.complaintFeedbackType or ""
    withdrawn = said.lower() == _WITHDRAWN
    return FeedbackKind.NO_COMPLAINT if withdrawn else FeedbackKind.COMPLAINT, said


def _addresses(about: _Bounce | _Complaint) -> tuple[str, ...]:
    if isinstance(about, _Bounce):
        name, recipients = "bounce.bouncedRecipients", about.bouncedRecipients
    else:
        name, recipients = "complaint.complainedRecipients", about.complainedRecipients
    found: list[str] = []
    for place, recipient in enumerate(recipients):
        usable = first_email(recipient.emailAddress)
        if usable is None:
            raise InvalidInputError(
                "is not an e-mail address", field=f"detail.{name}.{place}.emailAddress"
            )
        found.append(usable)
    return tuple(dict.fromkeys(found))


def _tag(tags: Mapping[str, Sequence[str]], name: str) -> str | None:
    """Return the id that a tag holds; None for a tag that is not ours."""
    try:
        return _IDENTIFIER.validate_python(_text_tag(tags, name))
    except ValueError:
        return None


def _text_tag(tags: Mapping[str, Sequence[str]], name: str) -> str | None:
    """Return the text that a tag holds; None for a tag that is not ours."""
    try:
        (value,) = tags.get(name, ())
        text = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
        return text.decode()
    except (ValueError, binascii.Error):
        return None


def _encoded(identifier: str) -> str:
    return base64.urlsafe_b64encode(identifier.encode()).rstrip(b"=").decode("ascii")
