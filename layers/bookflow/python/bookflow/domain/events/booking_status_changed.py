"""Booking Status Changed: a booking went from one status to another."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from bookflow.domain.bookings.facts import FactKind
from bookflow.domain.bookings.records import Booking
from bookflow.domain.bookings.statuses import LIVE, BookingStatus, Status
from bookflow.domain.events.base import BookingEvent, Event
from bookflow.domain.events.booking_cancelled import BookingCancelled
from bookflow.domain.events.booking_completed import BookingCompleted
from bookflow.domain.events.booking_confirmed import BookingConfirmed
from bookflow.domain.events.booking_created import BookingCreated


class BookingStatusChanged(BookingEvent):
    """Booking ID, old status, new status, changed by, reason (product text)."""

    detail_type: ClassVar[str] = "Booking Status Changed"
    description: ClassVar[str] = "A booking's status changed."
    icon: ClassVar[str] = "change"
    fact: ClassVar[FactKind] = FactKind.STATUS
    of_guest: ClassVar[frozenset[str]] = frozenset({"changed_by", "reason"})

    old_status: Status = Field(description="Status before", examples=["pending"])
    new_status: Status = Field(description="Status since", examples=["confirmed"])
    changed_by: str = Field(
        default="", description="Who or what changed it", examples=["Front desk"]
    )
    reason: str = Field(default="", description="Why", examples=["The deposit is paid"])

    @property
    def reports_no_change(self) -> bool:
        """Whether the status stays as it was."""
        return self.old_status is self.new_status

    @property
    def _leaves_draft(self) -> bool:
        return self.old_status is BookingStatus.DRAFT is not self.new_status

    def _stated(self) -> dict[str, Any]:
        stated: dict[str, Any] = {"status": self.new_status}
        # Customers learn of no draft: for them it is a booking from this moment on.
        return {**stated, "booked_at": self.occurred_at} if self._leaves_draft else stated

    def derived(self, booking: Booking | None) -> tuple[type[Event], ...]:
        """Return what else a change of status means (design, "What an event means")."""
        if self.new_status is BookingStatus.COMPLETED:
            return (BookingCompleted,)
        if self.new_status is BookingStatus.CANCELLED:
            return () if self._leaves_draft else (BookingCancelled,)
        if self.new_status not in LIVE:
            return ()
        created = (BookingCreated,) if self._leaves_draft else ()
        confirmed = (BookingConfirmed,) if self.new_status is BookingStatus.CONFIRMED else ()
        return (*created, *confirmed)
