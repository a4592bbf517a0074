"""Chat Message Created: a customer or an operator wrote in a booking's chat."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from bookflow.domain.events.base import BookingEvent
from bookflow.domain.shared.identifiers import ExternalId


class ChatMessageCreated(BookingEvent):
    """Booking ID, thread ID, sender type, message preview, confirmation code (product text)."""

    detail_type: ClassVar[str] = "Chat Message Created"
    description: ClassVar[str] = "A message was written in a booking's chat."
    icon: ClassVar[str] = "chat"
    of_guest: ClassVar[frozenset[str]] = frozenset({"message_preview", "confirmation_code"})

    thread_id: ExternalId = Field(description="Id of the conversation", examples=["th-88"])
    sender_type: Literal["customer", "operator"] = Field(
        description="Who wrote: customer or operator", examples=["customer"]
    )
    message_preview: str = Field(
        default="",
        max_length=2000,
        description="Beginning of the message",
        examples=["Is there a place to leave our bags?"],
    )
    confirmation_code: str = Field(
        default="", max_length=100, description="Code that the customer knows the booking by"
    )
