"""Booking Rescheduled: a booking moved to another time."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field, model_validator

from bookflow.domain.bookings.facts import FactKind
from bookflow.domain.bookings.records import Customer
from bookflow.domain.events.base import BookingEvent, TriggerConfig, VisitTriggerConfig
from bookflow.domain.shared.values import Moment


class BookingRescheduled(BookingEvent):
    """Booking ID, customer, old start/end time, new start/end time, rescheduled by."""

    detail_type: ClassVar[str] = "Booking Rescheduled"
    description: ClassVar[str] = "A booking moved to another time."
    icon: ClassVar[str] = "rescheduled"
    config: ClassVar[type[TriggerConfig]] = VisitTriggerConfig
    fact: ClassVar[FactKind] = FactKind.TIMES
    announces_visit: ClassVar[bool] = True
    of_guest: ClassVar[frozenset[str]] = frozenset({"rescheduled_by"})

    customer: Customer
    old_start_time: Moment = Field(
        description="When the visit began before", examples=["2027-06-11T18:30:00+02:00"]
    )
    old_end_time: Moment | None = Field(
        default=None,
        description="When the visit ended before",
        examples=["2027-06-11T20:30:00+02:00"],
    )
    new_start_time: Moment = Field(description="When the visit begins now")
    new_end_time: Moment | None = Field(default=None, description="When the visit ends now")
    rescheduled_by: str = Field(
        default="", description="Who or what moved it", examples=["Front desk"]
    )

    @model_validator(mode="after")
    def _ends_after_start(self) -> BookingRescheduled:
        if self.new_end_time is not None and self.new_end_time < self.new_start_time:
            raise ValueError("the new end time is before the new start time")
        return self

    @property
    def reports_no_change(self) -> bool:
        """Whether the booking stays at its time."""
        ends = {self.old_end_time, self.new_end_time} - {None}
        return self.old_start_time == self.new_start_time and len(ends) < 2

    def _stated(self) -> dict[str, Any]:
        # An end that is not known any more must not stay behind from the time before.
        end = self.new_end_time or (self.booking.end_time if self.booking else None)
        return {"start_time": self.new_start_time, "end_time": end}
