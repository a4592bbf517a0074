"""Booking Reminder: the planned moment before (or after) a booking has come."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from bookflow.domain.events.base import BookingEvent, TriggerConfig
from bookflow.domain.values import ExternalId, Moment


class ReminderOffset(TriggerConfig):
    """When a reminder fires, relative to the booking.

    An offset is elapsed time: 24 hours before is 24 hours on a stopwatch, also across a change
    of the clocks.
    """

    offset_value: int = Field(default=24, ge=0, le=100_000, description="How long before or after")
    offset_unit: Literal["minutes", "hours", "days"] = Field(default="hours")
    relative_to: Literal["before_start", "after_end"] = Field(default="before_start")
    late_bookings: Literal["send_now", "skip"] = Field(
        default="send_now", description="What happens for a booking made after the moment"
    )
    minimum_minutes_after_creation: int = Field(
        default=15,
        ge=0,
        le=1440,
        description="Distance of a late reminder from the booking's creation",
    )


class BookingReminder(BookingEvent):
    """Comes from EventBridge Scheduler, planned by Bookflow for one workflow.

    Attributes:
        workflow_id: The only workflow that this firing is for.
        scheduled_for: When it was planned to fire.
        start_time: The booking's start as it stood when the reminder was planned.
    """

    detail_type: ClassVar[str] = "Booking Reminder"
    description: ClassVar[str] = "A configured time before (or after) the booking has come."
    config: ClassVar[type[TriggerConfig]] = ReminderOffset

    workflow_id: ExternalId
    scheduled_for: Moment
    start_time: Moment
