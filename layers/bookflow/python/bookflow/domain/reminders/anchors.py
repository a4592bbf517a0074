"""The time of a booking that a reminder counts from."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bookflow.domain.bookings.records import Booking
from bookflow.domain.events.booking_reminder import ReminderOffset
from bookflow.domain.shared.wall_time import shift_by, to_utc


def anchor_of(config: ReminderOffset, booking: Booking) -> datetime | None:
    """Return the time of the booking that the offset is reckoned from, in UTC."""
    anchor = booking.start_time if config.relative_to == "before_start" else booking.end_time
    return None if anchor is None else to_utc(anchor)


def anchor_mark(relative_to: str, anchor: datetime) -> str:
    """Return an anchor as a text, in which a start differs from an end."""
    return f"{relative_to}@{to_utc(anchor).isoformat()}"


def same_moment(one: ReminderOffset, other: ReminderOffset | None) -> bool:
    """Whether both settings mean the same moment, whatever they say of late bookings."""
    return other is not None and _terms(one) == _terms(other)


def begins_anew(config: ReminderOffset, before: ReminderOffset | None) -> bool:
    """Whether settings count as turned on anew: for another moment, or for further bookings."""
    if before is None or not same_moment(config, before):
        return True
    if before.filter is not None and config.filter != before.filter:
        return True
    return not set(config.statuses) <= set(before.statuses)


def due_moment(config: ReminderOffset, anchor: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment that the settings mean for an anchor, in UTC, whatever the quiet hours.

    A reminder that follows the end is never due before it: at a local time on the same day that is
    over by then, it is due at the end itself.
    """
    if config.relative_to == "before_start":
        return shift_by(anchor, -config.offset_value, config.offset_unit, zone, config.at)
    due = shift_by(anchor, config.offset_value, config.offset_unit, zone, config.at)
    return max(due, to_utc(anchor))


def _terms(config: ReminderOffset) -> tuple[object, ...]:
    """Return what the moment depends on; 60 minutes and 1 hour are the same, 24 hours and 1 day not."""
    if config.offset_unit == "days":
        return config.relative_to, config.offset_value, config.at
    return config.relative_to, timedelta(**{config.offset_unit: config.offset_value})
