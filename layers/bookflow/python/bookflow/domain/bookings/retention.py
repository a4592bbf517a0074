"""How long a booking is kept, and with it what hangs on it (ADR 0060)."""

from __future__ import annotations

from datetime import datetime, timedelta

from bookflow.domain.bookings.records import Booking, Location
from bookflow.domain.shared.wall_time import shift

LEAST = timedelta(days=30)
"""What is recorded of a visit that ended long ago stays so long: its event may be delivered again
for two weeks, and its executions read it. DynamoDB deletes nothing whose time is over five years past."""

MOVED = timedelta(days=1)
"""A time to live that would move by less stays as it is: DynamoDB itself is days late."""


def kept_until(booking: Booking | None, location: Location, now: datetime) -> datetime:
    """Return until when a booking is kept: `booking_retention_days` after its end.

    A booking without times, and what belongs to no booking, is kept as if it ended now.
    """
    ends = (booking.end_time or booking.start_time) if booking else None
    after = shift(ends or now, timedelta(days=location.booking_retention_days))
    return max(after, shift(now, LEAST)).replace(microsecond=0)
