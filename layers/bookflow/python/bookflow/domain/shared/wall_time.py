"""The time rules of delays, reminders and quiet hours: elapsed time and local wall time.

Two kinds of time never mix. Minutes and hours are elapsed time: "24 hours before" is 24 elapsed
hours, whatever the clocks do in between. Days are calendar days of the location: "1 day before" is
the day before at the same local time, or at a local time that is named. A `SendWindow` is local
wall time: it is open whenever a clock on the wall of the location shows a time inside it, so nobody
is ever written to at an hour that the window shuts out. When clocks change, that has these
consequences:

- a local time inside a gap (the clock jumps over it) means the first moment after the gap, one
  inside an overlap (the clock shows it twice) the first of the two;
- an opening inside a gap happens at the first moment after the gap;
- an opening inside an overlap happens at the first of the two;
- a window that lies wholly inside a gap does not open on that day.

All moments are aware; results are in UTC, because Python compares two times of one zone by their
wall clocks and so gets overlaps wrong.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from bookflow.domain.shared.errors import InvalidInputError

MAX_DURATION = timedelta(days=363)
"""Longest wait or offset, and longest time from an execution's beginning to the end of its last
wait. A machine ends its executions after 364 days, as AWS does after a year; what follows a wait needs
time too."""

_DAY = timedelta(days=1)
_PROBE = timedelta(hours=6)
"""No zone of the tz database changes its offset twice, there and back, within this time."""


class TimeUnit(StrEnum):
    """Units of a duration. Days are calendar days, minutes and hours elapsed time."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"


class Weekday(StrEnum):
    """Days of the week, in the order of `date.weekday()`."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"

    @classmethod
    def of(cls, day: date) -> Weekday:
        """Return the day of the week of a local date (or local time)."""
        return tuple(cls)[day.weekday()]


class Duration(BaseModel):
    """An amount of time, such as 24 hours or 2 days; at most 363 days."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    value: int = Field(
        ge=0, le=525_600, strict=True, title="Amount", description="How many units; a whole number"
    )
    unit: TimeUnit = Field(
        title="Unit",
        description="Days are calendar days at the same local time; minutes and hours are elapsed time",
    )

    @model_validator(mode="after")
    def _at_most_a_year(self) -> Self:
        if timedelta(**{self.unit.value: self.value}) > MAX_DURATION:
            raise ValueError(f"the time is longer than {MAX_DURATION.days} days")
        return self

    def from_moment(
        self, moment: datetime, zone: ZoneInfo, *, back: bool = False, at: str | None = None
    ) -> datetime:
        """Return the moment that lies this long after a moment, or `back` before it, in UTC.

        Args:
            moment: Where the duration begins.
            zone: Whose calendar days count.
            back: Whether to go back instead.
            at: With days, the local time of the day that is reached; None for the same time.

        Raises:
            InvalidInputError: The moment is naive, or the result outside the years 1 to 9999.
        """
        return shift_by(moment, -self.value if back else self.value, self.unit.value, zone, at)


WALL_TIME_PATTERN = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"

WallTime = Annotated[str, Field(pattern=WALL_TIME_PATTERN, examples=["09:00"])]
"""A local time of day, `HH:MM` on a 24-hour clock."""


class _DailySpan(BaseModel):
    """Part of a day, from `start` until just before `end`; over midnight if `end` is earlier."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    start: WallTime = Field(title="From", description="Local time, such as 09:00")
    end: WallTime = Field(
        title="Until",
        description="Local time, such as 20:00, itself excluded; earlier than From = next day",
    )

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.start == self.end:
            raise ValueError("start and end are the same time; leave the window out instead")
        return self


class SendWindow(_DailySpan):
    """The local hours, and optionally days, in which messages may go out."""

    weekdays: tuple[Weekday, ...] = Field(
        default=(),
        max_length=7,
        title="Days",
        description="Days on which the window opens; none chosen means every day",
    )

    def contains(self, local: datetime) -> bool:
        """Return whether a clock that shows `local` (its zone is not looked at) is in the window."""
        clock, start, end = local.time(), _clock(self.start), _clock(self.end)
        if start < end:
            return start <= clock < end and self._opens_on(local.date())
        if clock >= start:
            return self._opens_on(local.date())
        return clock < end and local.date() > date.min and self._opens_on(local.date() - _DAY)

    def _opens_on(self, day: date) -> bool:
        return not self.weekdays or Weekday.of(day) in self.weekdays

    def _next_wall(self, wall: datetime) -> datetime:
        """Return the first wall time at or after `wall` that is in the window, on an even clock."""
        if self.contains(wall):
            return wall
        opening = datetime.combine(wall.date(), _clock(self.start))
        if opening < wall:
            opening += _DAY
        while not self._opens_on(opening.date()):
            opening += _DAY
        return opening


class QuietHours(_DailySpan):
    """The local hours, every day, in which no message may go out: the inverse of a send window."""

    def window(self) -> SendWindow:
        """Return the hours in which messages may go out."""
        return SendWindow(start=self.end, end=self.start)


def require_sensible_time(amount: int, unit: str, *, before: bool) -> None:
    """Require an amount of time that a local time may stand beside.

    Only days have a time of day. On the day of the booking itself the time may lie after the
    booking, so a time before it needs at least one day.

    Raises:
        PydanticCustomError: The amount leaves the day open, or the time may be too late.
    """
    if unit != "days":
        raise PydanticCustomError("local_time_without_days", "this needs a number of days")
    if before and amount == 0:
        raise PydanticCustomError("local_time_too_late", "this may be after the booking begins")


def zone_named(name: str) -> ZoneInfo:
    """Return the IANA time zone of that name.

    Raises:
        InvalidInputError: The tz database has no such zone.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError):
        # Names such as "America" or "../etc" end in errors of the file system.
        raise InvalidInputError(
            "is not a time zone of the IANA database.",
            field="timezone",
            remedy="Use a name such as Europe/Berlin.",
        ) from None


def to_utc(moment: datetime, field: str = "moment") -> datetime:
    """Return an aware moment in UTC.

    Args:
        moment: Any aware datetime.
        field: What the error calls it.

    Raises:
        InvalidInputError: It has no UTC offset, or UTC has no such year.
    """
    if moment.utcoffset() is None:
        raise InvalidInputError(
            "is a time without a UTC offset.",
            field=field,
            remedy="Give the offset, as in 2026-11-05T09:00:00+01:00.",
        )
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise _outside_the_calendar(field) from None


def shift(moment: datetime, elapsed: timedelta) -> datetime:
    """Return the moment that lies `elapsed` (may be negative) from `moment`, in UTC.

    Raises:
        InvalidInputError: The moment is naive, or the result outside the years 1 to 9999.
    """
    try:
        return to_utc(moment) + elapsed
    except OverflowError:
        raise _outside_the_calendar("moment") from None


def shift_by(
    moment: datetime,
    amount: int,
    unit: Literal["minutes", "hours", "days"],
    zone: ZoneInfo,
    at: str | None = None,
) -> datetime:
    """Return the moment that lies an amount of time (may be negative) from `moment`, in UTC.

    Minutes and hours are elapsed time. Days are calendar days of the zone: the result has the same
    local time as `moment`, or the time `at`.

    Raises:
        InvalidInputError: The moment is naive, or the result outside the years 1 to 9999.
    """
    try:
        if unit != "days":
            return to_utc(moment) + timedelta(**{unit: amount})
        if amount == 0 and at is None:
            return to_utc(moment)  # its wall time may be one that the clock shows twice
        wall = to_utc(moment).astimezone(zone).replace(tzinfo=None, fold=0)
        wall += timedelta(days=amount)
        return at_wall_time(wall if at is None else datetime.combine(wall, _clock(at)), zone)
    except OverflowError:
        raise _outside_the_calendar("moment") from None


def at_wall_time(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment, in UTC, at which clocks of a zone show `wall` (a naive datetime).

    A wall time in a gap means the first moment after the gap, one in an overlap the first of
    the two.

    Raises:
        InvalidInputError: `wall` has an offset of its own, or lies outside the years 1 to 9999.
    """
    if wall.tzinfo is not None:
        raise InvalidInputError(
            "is a moment, not a wall time.", field="wall", remedy="Pass it without an offset."
        )
    first = to_utc(wall.replace(tzinfo=zone, fold=0))
    second = to_utc(wall.replace(tzinfo=zone, fold=1))
    if second < first:
        # PEP 495: only inside a gap does fold=1 come out earlier; the transition lies between.
        return _transition(second, first, zone)
    return first


def is_allowed(moment: datetime, window: SendWindow, zone: ZoneInfo) -> bool:
    """Return whether a clock of the zone is inside the window at that moment.

    Raises:
        InvalidInputError: The moment is naive.
    """
    return window.contains(to_utc(moment).astimezone(zone))


def next_allowed(moment: datetime, window: SendWindow, zone: ZoneInfo) -> datetime:
    """Return the earliest moment, at or after `moment`, that is inside the window; in UTC.

    Raises:
        InvalidInputError: The moment is naive, or the result outside the years 1 to 9999.
    """
    at = to_utc(moment)
    try:
        while True:
            wall = at.astimezone(zone).replace(tzinfo=None, fold=0)
            candidate = at + (window._next_wall(wall) - wall)
            change = _next_change(at, candidate, zone)
            if change is None:
                return candidate
            # Up to the change the window stays shut; from there the clock shows another time.
            at = change
    except OverflowError:
        raise InvalidInputError(
            "lies too near the end of the calendar.", field="moment", remedy="Correct the date."
        ) from None


def _clock(text: str) -> time:
    return time.fromisoformat(text)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()


def _next_change(after: datetime, until: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the first moment in (after, until] with another UTC offset than `after` has."""
    low = after
    while low < until:
        high = min(low + _PROBE, until)
        if _offset(high, zone) != _offset(low, zone):
            return _transition(low, high, zone)
        low = high
    return None


def _transition(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """Return the first moment in (low, high] that has the offset of `high`, to the second."""
    base = low.replace(microsecond=0)
    before, beyond = 0, int((high - base) / timedelta(seconds=1))
    target = _offset(high, zone)
    while beyond - before > 1:
        middle = (before + beyond) // 2
        if _offset(base + timedelta(seconds=middle), zone) == target:
            beyond = middle
        else:
            before = middle
    return base + timedelta(seconds=beyond)


def _outside_the_calendar(field: str) -> InvalidInputError:
    return InvalidInputError(
        "lies outside the years 1 to 9999.", field=field, remedy="Correct the date."
    )


def is_within(moment: datetime | None, since: datetime | None, until: datetime | None) -> bool:
    """Whether a moment lies at or after `since` and before `until`; without either any does."""
    return (since is None or (moment is not None and moment >= since)) and (
        until is None or (moment is not None and moment < until)
    )
