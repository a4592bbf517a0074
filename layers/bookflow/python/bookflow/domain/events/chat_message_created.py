"""Chat Message Created: a customer or an operator wrote in a booking's chat."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from bookflow.domain.events.base import BookingEvent
from bookflow.domain.values import ExternalId


class ChatMessageCreated(BookingEvent):
    """Booking ID, thread ID, sender type, message preview, confirmation code (product text)."""

    detail_type: ClassVar[str] = "Chat Message Created"
    description: ClassVar[str] = "A message was written in a booking's chat."

    thread_id: ExternalId
    sender_type: Literal["customer", "operator"]
    message_preview: str = Field(default="", max_length=2000)
    confirmation_code: str = Field(default="", max_length=100)
