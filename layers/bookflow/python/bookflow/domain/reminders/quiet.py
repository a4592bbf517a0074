"""The quiet hours of a location, and when a message may go out instead."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from bookflow.domain.bookings.records import Location
from bookflow.domain.shared.wall_time import (
    QuietHours,
    at_wall_time,
    is_allowed,
    next_allowed,
    zone_named,
)

PRECISION = timedelta(minutes=1)
"""A schedule fires within the minute after its time (AWS, "Schedule types on EventBridge
Scheduler"). So a plan ends this long before a limit, and a late reminder begins this long after
now: AWS does not say what becomes of a one-time schedule whose time has passed."""


def is_quiet(location: Location, moment: datetime) -> bool:
    """Return whether the moment lies in the location's quiet hours."""
    return Quiet(location).deferred(moment) != moment


class Quiet:
    """The quiet hours of a location."""

    def __init__(self, location: Location) -> None:
        self._hours: QuietHours | None = location.quiet_hours
        self._zone = zone_named(location.timezone)

    def deferred(self, moment: datetime) -> datetime:
        """Return the first moment, at or after this one, that is not quiet."""
        if self._hours is None:
            return moment
        return next_allowed(moment, self._hours.window(), self._zone)

    def shifted(self, moment: datetime, limit: datetime | None) -> datetime | None:
        """Return the moment, or the end of its quiet hours, or just before they began.

        None if neither is at or before the limit and outside of the quiet hours.
        """
        later = self.deferred(moment)
        if self._hours is None or limit is None or later <= limit:
            return later
        wall = moment.astimezone(self._zone).replace(tzinfo=None, fold=0)
        begin = datetime.combine(wall, time.fromisoformat(self._hours.start))
        if begin > wall:
            begin -= timedelta(days=1)
        # A zone may leave out a day, and with it the beginning of the hours (Apia, in 2011).
        for days in (0, 1):
            earlier = at_wall_time(begin - timedelta(days=days), self._zone) - PRECISION
            if is_allowed(earlier, self._hours.window(), self._zone):
                return earlier
        return None
