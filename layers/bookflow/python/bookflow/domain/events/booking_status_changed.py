"""Booking Status Changed: a booking went from one status to another."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from bookflow.domain.bookings.statuses import BookingStatus, Status
from bookflow.domain.events.base import BookingEvent, Event
from bookflow.domain.events.booking_completed import BookingCompleted


class BookingStatusChanged(BookingEvent):
    """Booking ID, old status, new status, changed by, reason (product text)."""

    detail_type: ClassVar[str] = "Booking Status Changed"
    description: ClassVar[str] = "A booking's status changed."
    icon: ClassVar[str] = "change"

    old_status: Status = Field(description="Status before", examples=["pending"])
    new_status: Status = Field(description="Status since", examples=["confirmed"])
    changed_by: str = Field(
        default="", description="Who or what changed it", examples=["Front desk"]
    )
    reason: str = Field(default="", description="Why", examples=["The deposit is paid"])

    def _stated(self) -> dict[str, Any]:
        stated: dict[str, Any] = {"status": self.new_status}
        drafts = [status is BookingStatus.DRAFT for status in (self.old_status, self.new_status)]
        # Customers learn of no draft: for them it is a booking from this moment on.
        return {**stated, "booked_at": self.occurred_at} if drafts == [True, False] else stated

    def derived(self) -> tuple[type[Event], ...]:
        """A change to `completed` is also Booking Completed (design, "Events")."""
        return (BookingCompleted,) if self.new_status is BookingStatus.COMPLETED else ()
