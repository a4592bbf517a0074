"""A text message that was sent, so that its feedback finds its step."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import Field

from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.records import StoredModel

KEPT_FOR = timedelta(days=7)
"""Carriers report within 72 hours (AWS re:Post, "How do I monitor SMS deliveries with SNS")."""


class SentSms(StoredModel):
    """Which step sent a message; SNS's logs carry nothing but the message's id.

    Attributes:
        message_id: SNS's id of the message.
        owner: The execution that the step's effects belong to.
        record_id: Id of the message's own record.
    """

    message_id: str = Field(max_length=100)
    location_id: Identifier
    owner: Identifier
    execution_id: Identifier
    node_id: str
    record_id: Identifier
    sent_at: datetime
