"""Days are calendar days of a zone: at the same local time or a named one, whatever the clocks do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.shared.wall_time import shift_by

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)

SAMPLE = (
    "Africa/Cairo",  # at midnight
    "Africa/Casablanca",  # back for Ramadan, twice a year by the moon
    "America/New_York",
    "America/Santiago",  # at midnight
    "Antarctica/Troll",  # by two hours
    "Australia/Lord_Howe",  # by half an hour
    "Europe/Berlin",
)
LOCAL_TIMES = (None, "00:00", "01:45", "02:30", "16:00", "23:59")


def changes(zone: ZoneInfo, first: datetime = FIRST, last: datetime = LAST) -> Iterator[datetime]:
    """Return the hours (UTC) in which a zone changes its offset."""
    while first < last:
        if first.astimezone(zone).utcoffset() != (first + DAY).astimezone(zone).utcoffset():
            yield next(
                hour
                for hour in (first + HOUR * number for number in range(24))
                if hour.astimezone(zone).utcoffset() != (hour + HOUR).astimezone(zone).utcoffset()
            )
        first += DAY


def wall_of(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def first_minute_that_shows(wanted: datetime, zone: ZoneInfo) -> datetime:
    """Return the first minute at which a clock of the zone shows this local time, or a later one."""
    minute = wanted.replace(tzinfo=UTC) - 15 * HOUR
    assert wall_of(minute, zone) < wanted
    while wall_of(minute, zone) < wanted:
        minute += MINUTE
    return minute


def wanted_wall(anchor: datetime, days: int, zone: ZoneInfo, at: str | None) -> datetime:
    local = wall_of(anchor, zone)
    day = date.fromordinal(local.toordinal() + days)
    return datetime.combine(day, local.time() if at is None else time.fromisoformat(at))


def check(anchor: datetime, days: int, zone: ZoneInfo, at: str | None) -> None:
    right = first_minute_that_shows(wanted_wall(anchor, days, zone, at), zone)
    found = shift_by(anchor, days, "days", zone, at)
    assert found == right, f"{days} days from {anchor}, at {at}, in {zone}"


@pytest.mark.parametrize("name", SAMPLE)
def test_days_keep_the_local_time_over_each_change_of_the_clocks(name: str) -> None:
    check_zone(name)


@pytest.mark.soak
def test_days_keep_the_local_time_in_all_zones_that_change_their_clocks() -> None:
    zones = [name for name in sorted(available_timezones()) if any(changes(ZoneInfo(name)))]
    assert len(zones) > len(SAMPLE)
    for name in zones:
        check_zone(name)


def check_zone(name: str) -> None:
    zone = ZoneInfo(name)
    for number, change in enumerate(changes(zone)):
        # From the gap or overlap itself, from hours beside it, and across it from days away.
        for place, minutes in enumerate((-3000, -1440, -90, -15, 15, 75, 600, 1440)):
            at = LOCAL_TIMES[(number + place) % len(LOCAL_TIMES)]
            for days in (-2, -1, 1):
                check(change + MINUTE * minutes, days, zone, None)
                check(change + MINUTE * minutes, days, zone, at)


@pytest.mark.parametrize(
    ("zone", "anchor", "days", "at", "right"),
    [
        pytest.param(
            "Europe/Berlin", "2027-03-29T02:30:00+02:00", -1, None, "2027-03-28T03:00:00+02:00",
            id="a gap gives the first moment after it",
        ),
        pytest.param(
            "Europe/Berlin", "2027-11-01T02:30:00+01:00", -1, None, "2027-10-31T02:30:00+02:00",
            id="an overlap gives its first time",
        ),
        pytest.param(
            "Europe/Berlin", "2027-10-31T02:30:00+01:00", 0, None, "2027-10-31T02:30:00+01:00",
            id="no day from the second time of an overlap is that time",
        ),
        pytest.param(
            "Australia/Lord_Howe", "2027-04-04T10:00:00+10:30", -1, None,
            "2027-04-03T10:00:00+11:00", id="half an hour",
        ),
        pytest.param(
            "Europe/Berlin", "2027-01-01T10:00:00+01:00", -1, "16:00", "2026-12-31T16:00:00+01:00",
            id="the end of a year",
        ),
        pytest.param(
            "Europe/Berlin", "2028-03-01T10:00:00+01:00", -1, None, "2028-02-29T10:00:00+01:00",
            id="a leap day",
        ),
        pytest.param(
            "Europe/Berlin", "2027-03-01T10:00:00+01:00", -1, None, "2027-02-28T10:00:00+01:00",
            id="no leap day",
        ),
        pytest.param(
            "Europe/Berlin", "2028-02-29T10:00:00+01:00", 365, None, "2029-02-28T10:00:00+01:00",
            id="a year of days from a leap day",
        ),
        pytest.param(
            "Pacific/Apia", "2011-12-31T10:00:00+14:00", -1, None, "2011-12-31T00:00:00+14:00",
            id="a day that the zone left out",
        ),
        pytest.param(
            "Pacific/Apia", "2011-12-31T10:00:00+14:00", -2, "16:00", "2011-12-29T16:00:00-10:00",
            id="two days, one of them left out",
        ),
        pytest.param(
            "Africa/Casablanca", "2027-02-08T09:00:00+00:00", -1, "16:00",
            "2027-02-07T16:00:00+00:00", id="the day on which Ramadan's time begins",
        ),
        pytest.param(
            "America/New_York", "2027-06-12T00:15:00-04:00", -1, "16:00",
            "2027-06-11T16:00:00-04:00", id="just after midnight, which is another day in UTC",
        ),
    ],
)  # fmt: skip
def test_the_day_before_in_neighbouring_cases(
    zone: str, anchor: str, days: int, at: str | None, right: str
) -> None:
    moment = datetime.fromisoformat(anchor)
    found = shift_by(moment, days, "days", ZoneInfo(zone), at)
    assert found.isoformat() == datetime.fromisoformat(right).astimezone(UTC).isoformat()


@pytest.mark.parametrize("unit", ["minutes", "hours"])
def test_minutes_and_hours_are_elapsed_time(unit: str) -> None:
    start = datetime.fromisoformat("2027-03-28T10:00:00+02:00")
    amount = {"minutes": 1440, "hours": 24}[unit]
    found = shift_by(start, -amount, unit, ZoneInfo("Europe/Berlin"))  # type: ignore[arg-type]
    assert found == datetime.fromisoformat("2027-03-27T09:00:00+01:00")


@pytest.mark.parametrize("unit", ["minutes", "days"])
def test_a_moment_beyond_the_calendar_is_refused(unit: str) -> None:
    edge = datetime(1, 1, 1, tzinfo=UTC)
    with pytest.raises(InvalidInputError, match="years 1 to 9999"):
        shift_by(edge, -1, unit, ZoneInfo("America/New_York"))  # type: ignore[arg-type]
