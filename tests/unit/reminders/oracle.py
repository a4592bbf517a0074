"""When a reminder should go out, worked out minute by minute and without the code under test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
LATE_IS_OVERDUE = timedelta(minutes=17)


@dataclass(frozen=True)
class Rule:
    """A reminder workflow's settings, in the terms of this file.

    Attributes:
        days: Calendar days, in place of the elapsed `offset`.
        at: With days, the hour and minute of that day.
    """

    offset: timedelta = timedelta()
    days: int | None = None
    at: tuple[int, int] | None = None
    after_end: bool = False
    sends_late: bool = True
    distance: timedelta = timedelta()
    statuses: frozenset[str] = frozenset({"confirmed", "completed"})

    @property
    def moment(self) -> tuple[object, ...]:
        """What decides when it is due."""
        return self.offset, self.days, self.at, self.after_end

    def due(self, anchor: datetime, zone: ZoneInfo) -> datetime:
        """Return when it is due, whatever the quiet hours."""
        if self.days is None:
            due = anchor + self.offset if self.after_end else anchor - self.offset
        else:
            due = self._due_by_day(anchor, zone, self.days if self.after_end else -self.days)
        return max(due, anchor) if self.after_end else min(due, anchor - MINUTE)

    def _due_by_day(self, anchor: datetime, zone: ZoneInfo, days: int) -> datetime:
        """Look at the clock each minute, until it shows the time that is asked for, or a later one."""
        if days == 0 and self.at is None:
            return anchor
        local = anchor.astimezone(zone).replace(tzinfo=None)
        wanted = datetime.fromordinal(local.toordinal() + days)
        hour, minute = self.at or (local.hour, local.minute)
        wanted = wanted.replace(hour=hour, minute=minute)
        first = wanted.replace(tzinfo=UTC) - timedelta(hours=15)
        return next(
            each
            for each in minutes(first, first + timedelta(days=3))
            if each.astimezone(zone).replace(tzinfo=None) >= wanted
        )

    def dues(self, anchor: datetime, quiets: Iterable[Quiet]) -> Iterator[datetime]:
        """Return when it was due in each of several zones and quiet hours, and without these."""
        for quiet in quiets:
            yield self.due(anchor, quiet.zone)
            found = ideal(self, anchor, quiet)
            if found is not None:
                yield found


@dataclass(frozen=True)
class Quiet:
    """Quiet hours as whole hours of a local clock; `begin` may be later than `end`."""

    zone: ZoneInfo
    begin: int | None = None
    end: int = 0

    def allows(self, moment: datetime) -> bool:
        if self.begin is None:
            return True
        hour = moment.astimezone(self.zone).hour
        if self.begin < self.end:
            return not self.begin <= hour < self.end
        return self.end <= hour < self.begin

    def nearly_allows(self, moment: datetime) -> bool:
        """A firing may reach the dispatcher a little late."""
        return self.allows(moment) or self.allows(moment - LATE_IS_OVERDUE)


def minutes(first: datetime, last: datetime) -> Iterator[datetime]:
    """Return each minute from the first to the last, both included, in either direction."""
    step = MINUTE if first <= last else -MINUTE
    while (first <= last) if step > timedelta() else (first >= last):
        yield first
        first += step


def ideal(rule: Rule, anchor: datetime, quiet: Quiet) -> datetime | None:
    """Return the moment at which the reminder should go out, for a booking known long before."""
    due = rule.due(anchor, quiet.zone)
    if rule.after_end:
        return next(each for each in minutes(due, due + timedelta(days=2)) if quiet.allows(each))
    last = anchor - MINUTE
    later = next((each for each in minutes(due, last) if quiet.allows(each)), None)
    if later is not None:
        return later
    earlier = minutes(due, due - timedelta(days=2))
    return next((each for each in earlier if quiet.allows(each)), None)


def soonest(earliest: datetime, quiet: Quiet) -> datetime:
    """Return the first minute from then on that is not quiet."""
    return next(
        each for each in minutes(earliest, earliest + timedelta(days=2)) if quiet.allows(each)
    )


def can_still_go(rule: Rule, anchor: datetime, quiet: Quiet, earliest: datetime) -> bool:
    """Return whether a late reminder has a minute left in which it must go out."""
    if rule.after_end:
        due = ideal(rule, anchor, quiet)
        return due is not None and earliest - due < timedelta(hours=23)
    return any(quiet.allows(each) for each in minutes(earliest, anchor - MINUTE)) and (
        earliest <= anchor - MINUTE
    )
