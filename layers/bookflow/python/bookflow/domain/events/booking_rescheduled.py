"""Booking Rescheduled: a booking moved to another time."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import model_validator

from bookflow.domain.bookings import Customer
from bookflow.domain.events.base import BookingEvent
from bookflow.domain.values import Moment


class BookingRescheduled(BookingEvent):
    """Booking ID, customer, old start/end time, new start/end time, rescheduled by."""

    detail_type: ClassVar[str] = "Booking Rescheduled"
    description: ClassVar[str] = "A booking moved to another time."

    customer: Customer
    old_start_time: Moment
    old_end_time: Moment
    new_start_time: Moment
    new_end_time: Moment
    rescheduled_by: str = ""

    @model_validator(mode="after")
    def _ends_after_start(self) -> BookingRescheduled:
        if self.new_end_time < self.new_start_time:
            raise ValueError("new_end_time is before new_start_time")
        return self

    def _stated(self) -> dict[str, Any]:
        return {"start_time": self.new_start_time, "end_time": self.new_end_time}
