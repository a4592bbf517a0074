"""Booking Cancelled: a booking will not take place; also derived from a change of status."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from bookflow.domain.bookings.facts import FactKind
from bookflow.domain.bookings.records import BookingContext
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.events.base import BookingEvent, Event
from bookflow.domain.shared.values import Moment


class BookingCancelled(BookingEvent):
    """Booking ID, customer, cancelled by, reason, cancellation timestamp (product text)."""

    detail_type: ClassVar[str] = "Booking Cancelled"
    description: ClassVar[str] = "A booking was cancelled."
    icon: ClassVar[str] = "cancelled"
    fact: ClassVar[FactKind] = FactKind.STATUS
    of_guest: ClassVar[frozenset[str]] = frozenset({"cancelled_by", "reason"})

    cancelled_by: str = Field(
        default="", description="Who or what cancelled it", examples=["customer"]
    )
    reason: str = Field(default="", description="Why", examples=["The weather forecast is poor"])
    cancelled_at: Moment = Field(
        description="When it was cancelled", examples=["2027-06-10T09:12:00+02:00"]
    )

    def _stated(self) -> dict[str, Any]:
        return {"status": BookingStatus.CANCELLED}

    def completed(self, context: BookingContext) -> Event:
        """Return the event with the customer that the records know."""
        if self.customer is not None or context.customer is None:
            return self
        return self.model_copy(update={"customer": context.customer})

    @classmethod
    def _from_event(cls, event: Event, context: BookingContext) -> dict[str, Any]:
        return {
            "cancelled_by": getattr(event, "changed_by", ""),
            "cancelled_at": event.occurred_at,
        }
