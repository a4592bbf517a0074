"""Booking Completed: the visit is over; derived from a status change to `completed`."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from bookflow.domain.bookings.facts import FactKind
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.events.base import BookingEvent


class BookingCompleted(BookingEvent):
    """The fields of the status change that it is derived from."""

    detail_type: ClassVar[str] = "Booking Completed"
    description: ClassVar[str] = "A booking was marked as completed."
    icon: ClassVar[str] = "completed"
    fact: ClassVar[FactKind] = FactKind.STATUS
    of_guest: ClassVar[frozenset[str]] = frozenset({"changed_by", "reason"})

    changed_by: str = Field(
        default="", description="Who or what marked it", examples=["Front desk"]
    )
    reason: str = Field(default="", description="Why", examples=["The tour is back"])

    def _stated(self) -> dict[str, Any]:
        return {"status": BookingStatus.COMPLETED}
