"""Communication templates: the texts that operators prepare for e-mails and SMS."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from bookflow.domain.values import Identifier
from bookflow.domain.workflows import StoredModel


class Template(StoredModel):
    """A pre-built message for e-mail, SMS or both.

    Attributes:
        category: `transactional` messages belong to a booking; `marketing` ones may be
            unsubscribed from.
        text: Plain text of the e-mail; derived from `html` when empty.
        sms: Text of the SMS.
    """

    location_id: Identifier
    id: Identifier
    name: str = Field(min_length=1, max_length=200)
    channel: Literal["email", "sms", "both"] = "email"
    category: Literal["transactional", "marketing"] = "transactional"
    subject: str = Field(default="", max_length=1000)
    html: str = Field(default="", max_length=65_536)
    text: str = Field(default="", max_length=65_536)
    sms: str = Field(default="", max_length=4000)
    reply_to: str | None = Field(default=None, max_length=320)
    active: bool = True
    version: int = 1
    updated_at: datetime
