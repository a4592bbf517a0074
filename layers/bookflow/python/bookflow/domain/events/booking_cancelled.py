"""Booking Cancelled: a booking will not take place."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from bookflow.domain.bookings.records import Customer
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.events.base import BookingEvent
from bookflow.domain.shared.values import Moment


class BookingCancelled(BookingEvent):
    """Booking ID, customer, cancelled by, reason, cancellation timestamp (product text)."""

    detail_type: ClassVar[str] = "Booking Cancelled"
    description: ClassVar[str] = "A booking was cancelled."
    icon: ClassVar[str] = "cancelled"

    customer: Customer
    cancelled_by: str = Field(
        default="", description="Who or what cancelled it", examples=["customer"]
    )
    reason: str = Field(default="", description="Why", examples=["The weather forecast is poor"])
    cancelled_at: Moment = Field(
        description="When it was cancelled", examples=["2027-06-10T09:12:00+02:00"]
    )

    def _stated(self) -> dict[str, Any]:
        return {"status": BookingStatus.CANCELLED}
