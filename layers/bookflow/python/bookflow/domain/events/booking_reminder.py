"""Booking Reminder: the planned moment before (or after) a booking has come."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from bookflow.domain.bookings.records import BookingContext
from bookflow.domain.events.base import BookingEvent, Event, TriggerConfig
from bookflow.domain.shared.identifiers import ExternalId
from bookflow.domain.shared.values import Moment
from bookflow.domain.shared.wall_time import WallTime, require_sensible_time


class ReminderOffset(TriggerConfig):
    """When a reminder fires, relative to the booking.

    Minutes and hours are elapsed time: 24 hours before is 24 hours on a stopwatch, also across a
    change of the clocks. Days are calendar days of the location: at the same local time, or at the
    time that `at` names.
    """

    offset_value: int = Field(
        default=24,
        ge=0,
        le=100_000,
        title="Amount",
        description="How long before or after",
        json_schema_extra={"x-row": "Send"},
    )
    offset_unit: Literal["minutes", "hours", "days"] = Field(
        default="hours",
        title="Unit",
        description="Days are calendar days at the same local time; minutes and hours are elapsed time",
        json_schema_extra={"x-row": "Send"},
    )
    relative_to: Literal["before_start", "after_end"] = Field(
        default="before_start",
        title="Before or after",
        json_schema_extra={
            "x-row": "Send",
            "x-labels": {"before_start": "before the start", "after_end": "after the end"},
        },
    )
    at: WallTime | None = Field(
        default=None,
        title="At (local time)",
        description="With days: the time of that day, such as 16:00; without it, the time of day of "
        "the booking",
    )
    statuses: tuple[Literal["pending", "confirmed", "completed"], ...] = Field(
        default=("confirmed", "completed"),
        min_length=1,
        max_length=3,
        title="Booking statuses",
        description="Which bookings get it; a completed one only after its end",
        examples=[["confirmed", "completed"]],
    )
    late_bookings: Literal["send_now", "skip"] = Field(
        default="send_now",
        title="Late bookings",
        description="What happens for a booking made after the moment",
        json_schema_extra={"x-labels": {"send_now": "Send at once", "skip": "Skip"}},
    )
    minimum_minutes_after_creation: int = Field(
        default=15,
        ge=0,
        le=1440,
        title="Minutes to wait after booking",
        description="How long a late reminder waits at least after the booking was made",
    )

    @field_validator("at")
    @classmethod
    def _is_sensible(cls, at: str | None, info: ValidationInfo) -> str | None:
        known = info.data
        if at is not None and {"offset_value", "offset_unit", "relative_to"} <= known.keys():
            before = known["relative_to"] == "before_start"
            require_sensible_time(known["offset_value"], known["offset_unit"], before=before)
        return at


class BookingReminder(BookingEvent):
    """Comes from EventBridge Scheduler, planned by Bookflow for one workflow.

    Attributes:
        workflow_id: The only workflow that this firing is for.
        scheduled_for: When it was planned to fire.
        start_time: The booking's start when the reminder was planned.
        end_time: Its end, where the reminder follows the end.
        turn: Which of the reminder's schedules fired.
        moved_by: Why it comes at another moment than its offset says, where that is so.
    """

    detail_type: ClassVar[str] = "Booking Reminder"
    description: ClassVar[str] = "A configured time before (or after) the booking has come."
    icon: ClassVar[str] = "reminder"
    is_own: ClassVar[bool] = True
    summary: ClassVar[str] = "{offset_value} {offset_unit} {relative_to}"
    config: ClassVar[type[TriggerConfig]] = ReminderOffset

    workflow_id: ExternalId = Field(
        description="Id of the workflow that the reminder is for", examples=["wf-reminder"]
    )
    scheduled_for: Moment = Field(
        description="When the reminder was planned for", examples=["2027-06-11T18:30:00+02:00"]
    )
    start_time: Moment = Field(description="When the visit begins")
    end_time: Moment | None = Field(
        default=None, description="When the visit ends, for a reminder that follows the end"
    )
    turn: int = Field(
        default=0, ge=0, description="Which of the reminder's schedules fired", examples=[0]
    )
    moved_by: Literal["quiet_hours", "sent_late"] | None = Field(
        default=None,
        description="Why it comes at another moment than the workflow says, if it does",
        examples=["quiet_hours"],
    )

    @classmethod
    def _from_event(cls, event: Event, context: BookingContext) -> dict[str, Any]:
        return {"scheduled_for": event.occurred_at}

    @property
    def relative_to(self) -> Literal["before_start", "after_end"]:
        """Which time of the booking the reminder follows."""
        return "before_start" if self.end_time is None else "after_end"

    @property
    def anchor(self) -> datetime:
        """That time, as of when the reminder was planned."""
        return self.end_time or self.start_time

    def as_skip(self) -> BookingReminder:
        """Return the event under an id of its own, for the record of a skip.

        The reminder's own id stays free: it may yet be sent for the same time of the booking.
        """
        moment = f"{self.scheduled_for.timestamp():.0f}"
        return self.model_copy(update={"event_id": f"{self.event_id}:skipped:{moment}"})
