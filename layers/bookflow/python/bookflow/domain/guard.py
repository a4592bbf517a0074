"""The send-time guard: whether a step that waited, or a reminder, still fits its booking."""

from __future__ import annotations

from datetime import datetime

from bookflow.domain.bookings import Booking
from bookflow.domain.events.booking_reminder import BookingReminder, ReminderOffset
from bookflow.domain.executions import Execution, ReasonCode
from bookflow.domain.values import BookingStatus

Refusal = tuple[ReasonCode, str]
"""A reason code for programs and a sentence for people."""


def step_refusal(execution: Execution, booking: Booking | None) -> Refusal | None:
    """Return why a step that comes after a delay must not run, or None.

    The booking is compared with how it stood when the run began (design, "Effects happen
    once"): a workflow about a cancellation began with a cancelled booking, so it goes on.
    """
    if booking is None:
        return None
    if booking.status is BookingStatus.DRAFT:
        return ReasonCode.BOOKING_DRAFT, "The booking went back to draft while the run waited."
    cancelled_before = execution.booking_status is BookingStatus.CANCELLED
    if booking.status is BookingStatus.CANCELLED and not cancelled_before:
        return ReasonCode.BOOKING_CANCELLED, "The booking was cancelled while the run waited."
    if execution.booking_start is not None and booking.start_time != execution.booking_start:
        return ReasonCode.BOOKING_MOVED, "The booking was moved while the run waited."
    return None


def reminder_refusal(
    event: BookingReminder, config: ReminderOffset, booking: Booking | None, now: datetime
) -> Refusal | None:
    """Return why a reminder that fires now must not start its workflow, or None."""
    if booking is None or booking.start_time is None:
        return ReasonCode.STALE_REMINDER, "The booking is not known any more."
    if booking.status is BookingStatus.CANCELLED:
        return ReasonCode.BOOKING_CANCELLED, "The booking is cancelled."
    if booking.status is BookingStatus.DRAFT:
        return ReasonCode.BOOKING_DRAFT, "The booking is a draft."
    if booking.start_time != event.start_time:
        return ReasonCode.BOOKING_MOVED, "The booking was moved after the reminder was planned."
    if config.relative_to == "before_start" and now >= booking.start_time:
        return ReasonCode.BOOKING_STARTED, "The booking has already started."
    return None
