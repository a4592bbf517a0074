"""The time of a booking that a reminder counts from."""

from __future__ import annotations

from datetime import datetime, timedelta

from bookflow.domain.bookings.records import Booking
from bookflow.domain.events.booking_reminder import ReminderOffset
from bookflow.domain.shared.wall_time import to_utc


def anchor_of(config: ReminderOffset, booking: Booking) -> datetime | None:
    """Return the time of the booking that the offset is reckoned from, in UTC."""
    anchor = booking.start_time if config.relative_to == "before_start" else booking.end_time
    return None if anchor is None else to_utc(anchor)


def anchor_mark(relative_to: str, anchor: datetime) -> str:
    """Return an anchor as a text, in which a start differs from an end."""
    return f"{relative_to}@{to_utc(anchor).isoformat()}"


def same_moment(one: ReminderOffset, other: ReminderOffset | None) -> bool:
    """Whether both settings mean the same moment, whatever they say of late bookings."""
    if other is None or one.relative_to != other.relative_to:
        return False
    return offset_of(one) == offset_of(other)


def offset_of(config: ReminderOffset) -> timedelta:
    """Return the time between the anchor and the reminder, elapsed."""
    return timedelta(**{config.offset_unit: config.offset_value})
