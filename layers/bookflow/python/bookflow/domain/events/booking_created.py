"""Booking Created: a customer or the desk made a booking."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field, model_validator

from bookflow.domain.bookings.records import Activity, Customer
from bookflow.domain.bookings.statuses import BookingStatus, Status
from bookflow.domain.events.base import BookingEvent
from bookflow.domain.shared.values import Moment, Money


class BookingCreated(BookingEvent):
    """Booking ID, customer, activity, total amount, start/end time, status (product text)."""

    detail_type: ClassVar[str] = "Booking Created"
    description: ClassVar[str] = "A booking was made."
    icon: ClassVar[str] = "created"
    begins_booking: ClassVar[bool] = True

    customer: Customer
    activity: Activity
    total_amount: Money = Field(description="Price of the whole booking")
    start_time: Moment = Field(description="When the visit begins")
    end_time: Moment = Field(description="When the visit ends")
    status: Status = Field(
        default=BookingStatus.CONFIRMED, description="Status that the booking was made with"
    )

    @model_validator(mode="after")
    def _ends_after_start(self) -> BookingCreated:
        if self.end_time < self.start_time:
            raise ValueError("the end time is before the start time")
        return self

    def _stated(self) -> dict[str, Any]:
        stated = {
            "status": self.status,
            "start_time": self.start_time,
            "end_time": self.end_time,
            "total_amount": self.total_amount,
        }
        is_draft = self.status is BookingStatus.DRAFT
        return stated if is_draft else {**stated, "booked_at": self.occurred_at}
