"""Booking Created: a customer or the desk made a booking."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field, model_validator

from bookflow.domain.bookings.facts import FactKind
from bookflow.domain.bookings.records import Activity, Booking, BookingContext, Customer
from bookflow.domain.bookings.statuses import LIVE, BookingStatus, Status
from bookflow.domain.events.base import BookingEvent, Event, TriggerConfig, VisitTriggerConfig
from bookflow.domain.events.booking_confirmed import BookingConfirmed
from bookflow.domain.shared.values import Moment, Money


class BookingCreated(BookingEvent):
    """Booking ID, customer, activity, total amount, start/end time, status (product text)."""

    detail_type: ClassVar[str] = "Booking Created"
    description: ClassVar[str] = "A booking was made."
    icon: ClassVar[str] = "created"
    begins_booking: ClassVar[bool] = True
    config: ClassVar[type[TriggerConfig]] = VisitTriggerConfig
    fact: ClassVar[FactKind] = FactKind.CREATED
    announces_visit: ClassVar[bool] = True

    customer: Customer
    activity: Activity
    total_amount: Money | None = Field(default=None, description="Price of the whole booking")
    start_time: Moment = Field(description="When the visit begins")
    end_time: Moment | None = Field(default=None, description="When the visit ends")
    status: Status = Field(
        default=BookingStatus.CONFIRMED, description="Status that the booking was made with"
    )

    @model_validator(mode="after")
    def _ends_after_start(self) -> BookingCreated:
        if self.end_time is not None and self.end_time < self.start_time:
            raise ValueError("the end time is before the start time")
        return self

    def _stated(self) -> dict[str, Any]:
        stated = {
            "status": self.status,
            "start_time": self.start_time,
            "end_time": self.end_time,
            "total_amount": self.total_amount,
        }
        # What the booking system does not know, the `booking` object may.
        stated = {name: value for name, value in stated.items() if value is not None}
        is_draft = self.status is BookingStatus.DRAFT
        return stated if is_draft else {**stated, "booked_at": self.occurred_at}

    def derived(self, booking: Booking | None) -> tuple[type[Event], ...]:
        """A booking that is confirmed is also Booking Confirmed.

        An event that arrives after the booking left draft or was confirmed makes up for the
        change of status, which could start nothing before the customer was known.
        """
        status = booking.status if booking else None
        found: list[type[Event]] = []
        if self.status is BookingStatus.DRAFT and status in LIVE:
            found.append(BookingCreated)
        if BookingStatus.CONFIRMED in (self.status, status):
            found.append(BookingConfirmed)
        return tuple(found)

    @classmethod
    def _from_event(cls, event: Event, context: BookingContext) -> dict[str, Any]:
        stated = event.stated_booking().status
        if stated in LIVE or context.booking is None:
            return {"status": stated}
        return {"status": context.booking.status}
