"""When a reminder fires, or why it does not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bookflow.domain.bookings.erased_guests import is_erased
from bookflow.domain.bookings.records import Booking, Location
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.events.booking_reminder import ReminderOffset
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.reminders.anchors import anchor_of, due_moment
from bookflow.domain.reminders.quiet import PRECISION, Quiet
from bookflow.domain.shared.wall_time import shift, to_utc, zone_named

FOLLOW_UP_GRACE = timedelta(days=1)
"""A follow-up that is later than this is not sent: nobody wants to be asked a month afterwards."""


class ReminderState(StrEnum):
    """The states of a reminder's record."""

    PLANNED = "planned"
    NONE = "none"
    SKIPPED = "skipped"
    FIRED = "fired"


@dataclass(frozen=True)
class Plan:
    """What shall be: a moment to fire at, or a reason why there is none.

    Attributes:
        note: Why it fires at another moment than its offset says, if it does.
    """

    state: ReminderState
    fire_at: datetime | None = None
    reason: ReasonCode | None = None
    note: ReasonCode | None = None


_NOT_CHOSEN = {
    BookingStatus.PENDING: ReasonCode.BOOKING_PENDING,
    BookingStatus.CONFIRMED: ReasonCode.BOOKING_CONFIRMED,
    BookingStatus.COMPLETED: ReasonCode.BOOKING_COMPLETED,
}


def excluded_by_status(config: ReminderOffset, booking: Booking) -> ReasonCode | None:
    """Return why a booking of this status, or of an erased guest, gets no reminder, or None.

    A booking whose status no event has stated yet is taken for a confirmed one.
    """
    if is_erased(booking.customer_id):
        return ReasonCode.GUEST_ERASED
    if booking.status is BookingStatus.DRAFT:
        return ReasonCode.BOOKING_DRAFT
    if booking.status is BookingStatus.CANCELLED:
        return ReasonCode.BOOKING_CANCELLED
    if booking.status is BookingStatus.NO_SHOW:
        return ReasonCode.BOOKING_NO_SHOW
    if booking.status is BookingStatus.COMPLETED and config.relative_to == "before_start":
        return ReasonCode.BOOKING_COMPLETED
    status = booking.status or BookingStatus.CONFIRMED
    return None if status.value in config.statuses else _NOT_CHOSEN[status]


def excluded(config: ReminderOffset, booking: Booking, location: Location) -> ReasonCode | None:
    """Return why a booking gets no reminder, as far as the booking alone says it, or None."""
    reason = excluded_by_status(config, booking)
    if reason is not None or config.filter is None:
        return reason
    # Operators are a library that only a workflow with a filter needs.
    from bookflow.domain.flow.conditions.booking_filter import may_be_met

    met = may_be_met(config.filter, booking, zone_named(location.timezone))
    return None if met else ReasonCode.FILTERED


def reminder_for(
    config: ReminderOffset,
    booking: Booking | None,
    location: Location,
    *,
    now: datetime,
    enabled_at: datetime | None = None,
) -> Plan:
    """Return when the reminder shall fire, or why it shall not.

    Minutes and hours are elapsed time, days the location's calendar days. A moment inside the location's quiet hours waits for their end.
    Where that is not before the booking's start, the moment just before they begin is taken. A
    late reminder keeps its distance from the booking's making.

    Args:
        config: The trigger's settings.
        booking: The booking as it stands.
        location: Whose quiet hours and time zone count.
        now: When this was first asked; what has passed by then is late.
        enabled_at: For a booking that was there before: when the workflow was turned on with this
            offset. What was due before is not sent.
    """
    anchor = anchor_of(config, booking) if booking else None
    if booking is None or booking.start_time is None or anchor is None:
        return Plan(ReminderState.NONE, reason=ReasonCode.BOOKING_TIME_UNKNOWN)
    reason = excluded(config, booking, location)
    if reason is not None:
        return Plan(ReminderState.NONE, reason=reason)
    plan = _timed(config, anchor, location, booking.booked_at, to_utc(now))
    is_late = plan.note is ReasonCode.SENT_LATE or plan.reason is ReasonCode.TOO_LATE
    if enabled_at is not None and is_late and due_before(config, anchor, location, enabled_at):
        return Plan(ReminderState.SKIPPED, reason=ReasonCode.ENABLED_LATER)
    return plan


def due_before(
    config: ReminderOffset, anchor: datetime, location: Location, moment: datetime
) -> bool:
    """Return whether the reminder of an anchor was due before a moment, quiet hours included."""
    limit, due = _limit_and_due(config, anchor, location)
    return (Quiet(location).shifted(due, limit) or due) < to_utc(moment)


def _timed(
    config: ReminderOffset,
    anchor: datetime,
    location: Location,
    booked_at: datetime | None,
    now: datetime,
) -> Plan:
    limit, due = _limit_and_due(config, anchor, location)
    quiet = Quiet(location)
    moment = quiet.shifted(due, limit)
    if moment is not None and moment >= now:
        note = None if moment == due else ReasonCode.QUIET_HOURS
        return Plan(ReminderState.PLANNED, moment.replace(microsecond=0), note=note)
    if moment is None and due >= now:
        return Plan(ReminderState.SKIPPED, reason=ReasonCode.QUIET_HOURS)
    return _late(config, moment or due, quiet, limit, booked_at, now)


def _limit_and_due(
    config: ReminderOffset, anchor: datetime, location: Location
) -> tuple[datetime | None, datetime]:
    """Return the latest moment for a reminder, if there is one, and when it is due."""
    due = due_moment(config, anchor, zone_named(location.timezone))
    if config.relative_to == "after_end":
        return None, due
    limit = anchor - PRECISION
    return limit, min(due, limit)


def _late(
    config: ReminderOffset,
    moment: datetime,
    quiet: Quiet,
    limit: datetime | None,
    booked_at: datetime | None,
    now: datetime,
) -> Plan:
    """Return what happens with a reminder whose moment had passed when it was first asked for."""
    too_late = Plan(ReminderState.SKIPPED, reason=ReasonCode.TOO_LATE)
    if config.late_bookings == "skip":
        return too_late
    if limit is None and now - moment > FOLLOW_UP_GRACE:
        return too_late
    at = now + PRECISION
    if booked_at is not None:
        distance = timedelta(minutes=config.minimum_minutes_after_creation)
        at = max(at, shift(booked_at, distance))
    at = (at + timedelta(seconds=1) - timedelta.resolution).replace(microsecond=0)
    if limit is not None and at > limit:
        return too_late
    at = quiet.deferred(at)
    if limit is not None and at > limit:
        return Plan(ReminderState.SKIPPED, reason=ReasonCode.QUIET_HOURS)
    return Plan(ReminderState.PLANNED, at, note=ReasonCode.SENT_LATE)
