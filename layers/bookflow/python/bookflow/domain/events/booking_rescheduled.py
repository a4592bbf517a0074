"""Booking Rescheduled: a booking moved to another time."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field, model_validator

from bookflow.domain.bookings.records import Customer
from bookflow.domain.events.base import BookingEvent
from bookflow.domain.shared.values import Moment


class BookingRescheduled(BookingEvent):
    """Booking ID, customer, old start/end time, new start/end time, rescheduled by."""

    detail_type: ClassVar[str] = "Booking Rescheduled"
    description: ClassVar[str] = "A booking moved to another time."
    icon: ClassVar[str] = "rescheduled"

    customer: Customer
    old_start_time: Moment = Field(
        description="When the visit began before", examples=["2027-06-11T18:30:00+02:00"]
    )
    old_end_time: Moment = Field(
        description="When the visit ended before", examples=["2027-06-11T20:30:00+02:00"]
    )
    new_start_time: Moment = Field(description="When the visit begins now")
    new_end_time: Moment = Field(description="When the visit ends now")
    rescheduled_by: str = Field(
        default="", description="Who or what moved it", examples=["Front desk"]
    )

    @model_validator(mode="after")
    def _ends_after_start(self) -> BookingRescheduled:
        if self.new_end_time < self.new_start_time:
            raise ValueError("the new end time is before the new start time")
        return self

    def _stated(self) -> dict[str, Any]:
        return {"start_time": self.new_start_time, "end_time": self.new_end_time}
