"""Booking Cancelled: a booking will not take place."""

from __future__ import annotations

from typing import Any, ClassVar

from bookflow.domain.bookings import Customer
from bookflow.domain.events.base import BookingEvent
from bookflow.domain.values import BookingStatus, Moment


class BookingCancelled(BookingEvent):
    """Booking ID, customer, cancelled by, reason, cancellation timestamp (product text)."""

    detail_type: ClassVar[str] = "Booking Cancelled"
    description: ClassVar[str] = "A booking was cancelled."

    customer: Customer
    cancelled_by: str = ""
    reason: str = ""
    cancelled_at: Moment

    def _stated(self) -> dict[str, Any]:
        return {"status": BookingStatus.CANCELLED}
