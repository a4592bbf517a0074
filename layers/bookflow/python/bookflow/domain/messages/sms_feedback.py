"""What SNS logs of a text message: that it was delivered, or why it was not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bookflow.domain.shared.addresses import usable_phone
from bookflow.domain.shared.errors import InvalidInputError

_MAX_WORDS = 120
_NUMBER = re.compile(r"\+?\d{5,}")


class SmsFeedbackKind(StrEnum):
    """What became of a text message.

    The first two reasons are AWS's own words for a failure; all its others may end well the next
    time, or are nothing that can be done about (SNS Developer Guide, "SMS delivery failure
    reasons").
    """

    DELIVERED = "delivered"
    OPTED_OUT = "opted_out"
    INVALID_NUMBER = "invalid_number"
    FAILED = "failed"


_REASONS = {
    "phone number is opted out": SmsFeedbackKind.OPTED_OUT,
    "invalid phone number": SmsFeedbackKind.INVALID_NUMBER,
}


@dataclass(frozen=True)
class SmsFeedback:
    """What became of one text message of this account and Region.

    Attributes:
        message_id: SNS's id of it.
        number: Where it went, in the form that is sent to.
        at: When SNS logged it.
        detail: SNS's own words, such as `Phone has blocked SMS`; no phone number.
    """

    kind: SmsFeedbackKind
    message_id: str
    number: str = field(repr=False)
    at: datetime
    detail: str


class _Logged(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)


class _Notification(_Logged):
    messageId: str = Field(pattern=r"^[A-Za-z0-9-]{1,100}$")  # noqa: N815 - AWS's name


class _Delivery(_Logged):
    destination: str = Field(max_length=50)
    providerResponse: str = ""  # noqa: N815 - AWS's name


class _Line(_Logged):
    notification: _Notification
    delivery: _Delivery
    status: Literal["SUCCESS", "FAILURE"]


def read_sms_feedback(line: Mapping[str, Any], logged_at: datetime) -> SmsFeedback:
    """Return the feedback of a line of SNS's delivery log.

    The form is that of the SNS Developer Guide, "Viewing Amazon CloudWatch metrics and logs for
    SMS deliveries".

    Args:
        line: The line's JSON.
        logged_at: When it was logged.

    Raises:
        InvalidInputError: It is no such line; `field` names the first problem, and no number is
            repeated.
    """
    try:
        read = _Line.model_validate(line)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise InvalidInputError(first["msg"], field=".".join(map(str, first["loc"]))) from None
    number = usable_phone(read.delivery.destination, None)
    if number is None:
        raise InvalidInputError("is not a phone number", field="delivery.destination")
    words = _NUMBER.sub("…", read.delivery.providerResponse.strip().rstrip("."))[:_MAX_WORDS]
    return SmsFeedback(
        kind=_kind(read.status, words),
        message_id=read.notification.messageId,
        number=number,
        at=logged_at,
        detail=words,
    )


def _kind(status: str, words: str) -> SmsFeedbackKind:
    if status == "SUCCESS":
        return SmsFeedbackKind.DELIVERED
    return _REASONS.get(words.lower(), SmsFeedbackKind.FAILED)
