"""Booking Completed: the visit is over; derived from a status change to `completed`."""

from __future__ import annotations

from typing import Any, ClassVar

from bookflow.domain.events.base import BookingEvent
from bookflow.domain.values import BookingStatus


class BookingCompleted(BookingEvent):
    """The fields of the status change that it is derived from."""

    detail_type: ClassVar[str] = "Booking Completed"
    description: ClassVar[str] = "A booking was marked as completed."

    changed_by: str = ""
    reason: str = ""

    def _stated(self) -> dict[str, Any]:
        return {"status": BookingStatus.COMPLETED}
