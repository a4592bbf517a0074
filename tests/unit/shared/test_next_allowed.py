"""Tests of send windows and quiet hours over changes of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.shared.wall_time import (
    QuietHours,
    SendWindow,
    Weekday,
    is_allowed,
    next_allowed,
)

MINUTE = timedelta(minutes=1)

# A few days around each change of the clocks, in UTC, both directions.
CHANGES = {
    "Europe/Berlin": ["2026-03-29T01:00", "2026-10-25T01:00"],
    "America/New_York": ["2026-03-08T07:00", "2026-11-01T06:00"],
    "Australia/Lord_Howe": ["2026-04-04T15:00", "2026-10-03T15:30"],
    "Pacific/Apia": ["2011-12-30T10:00", "2011-09-24T14:00", "2012-03-31T14:00"],
}

clocks = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))


@st.composite
def windows(draw: st.DrawFn) -> SendWindow:
    start = draw(clocks)
    end = draw(clocks.filter(lambda clock: clock != start))
    days = draw(st.just(()) | st.sets(st.sampled_from(Weekday), min_size=1).map(tuple))
    return SendWindow(start=start, end=end, weekdays=days)


@st.composite
def moments(draw: st.DrawFn) -> tuple[datetime, ZoneInfo]:
    name = draw(st.sampled_from(sorted(CHANGES)))
    change = datetime.fromisoformat(draw(st.sampled_from(CHANGES[name]))).replace(tzinfo=UTC)
    return change + MINUTE * draw(st.integers(-2 * 1440, 2 * 1440)), ZoneInfo(name)


def shown_inside(moment: datetime, window: SendWindow, zone: ZoneInfo) -> bool:
    """Say what a person with the window on paper says who looks at the clock on the wall."""
    wall = moment.astimezone(zone)
    clock = f"{wall:%H:%M}"
    today = f"{wall:%A}".lower()
    yesterday = f"{wall.replace(tzinfo=None) - timedelta(days=1):%A}".lower()
    days = [day.value for day in window.weekdays] or [today, yesterday]
    if window.start < window.end:
        return window.start <= clock < window.end and today in days
    return (clock >= window.start and today in days) or (clock < window.end and yesterday in days)


@settings(max_examples=400)
@given(moments(), windows())
def test_result_is_the_first_minute_inside_the_window(
    at: tuple[datetime, ZoneInfo], window: SendWindow
) -> None:
    moment, zone = at
    result = next_allowed(moment, window, zone)
    assert shown_inside(result, window, zone)
    assert is_allowed(result, window, zone)
    probe = moment
    while probe < result:  # windows and changes of the clocks all lie on quarters of an hour
        assert not shown_inside(probe, window, zone)
        probe += timedelta(minutes=15 - probe.minute % 15)
    assert probe == result


@settings(max_examples=200)
@given(moments(), clocks, clocks)
def test_quiet_hours_are_the_exact_inverse_of_their_window(
    at: tuple[datetime, ZoneInfo], start: str, end: str
) -> None:
    if start == end:
        end = "23:59"
    moment, zone = at
    same_hours = SendWindow(start=start, end=end)
    allowed = is_allowed(moment, QuietHours(start=start, end=end).window(), zone)
    assert allowed is not is_allowed(moment, same_hours, zone)


def local(result: datetime, zone: str) -> str:
    return result.astimezone(ZoneInfo(zone)).isoformat()


@pytest.mark.parametrize(
    ("zone", "moment", "window", "expected"),
    [
        # An ordinary night, and a moment with seconds that is inside already.
        ("Europe/Berlin", "2026-06-01T20:30:00+02:00", ("09:00", "20:00"), "2026-06-02T09:00:00+02:00"),
        ("Europe/Berlin", "2026-06-01T09:00:00.5+02:00", ("09:00", "20:00"), "2026-06-01T09:00:00.500000+02:00"),
        ("Europe/Berlin", "2026-06-01T20:00:00+02:00", ("09:00", "20:00"), "2026-06-02T09:00:00+02:00"),
        # Over midnight.
        ("Europe/Berlin", "2026-06-01T12:00:00+02:00", ("22:00", "02:00"), "2026-06-01T22:00:00+02:00"),
        ("Europe/Berlin", "2026-06-02T01:59:00+02:00", ("22:00", "02:00"), "2026-06-02T01:59:00+02:00"),
        # An opening in a gap: the first moment after it.
        ("Europe/Berlin", "2026-03-29T00:00:00+01:00", ("02:30", "05:00"), "2026-03-29T03:00:00+02:00"),
        ("America/New_York", "2026-03-08T00:00:00-05:00", ("02:30", "05:00"), "2026-03-08T03:00:00-04:00"),
        ("Australia/Lord_Howe", "2026-10-04T00:00:00+10:30", ("02:10", "05:00"), "2026-10-04T02:30:00+11:00"),
        # A window wholly inside a gap: the next day.
        ("Europe/Berlin", "2026-03-29T00:00:00+01:00", ("02:15", "02:45"), "2026-03-30T02:15:00+02:00"),
        # An opening in an overlap: the first of the two.
        ("Europe/Berlin", "2026-10-25T00:00:00+02:00", ("02:30", "05:00"), "2026-10-25T02:30:00+02:00"),
        ("America/New_York", "2026-11-01T00:00:00-04:00", ("01:30", "05:00"), "2026-11-01T01:30:00-04:00"),
        ("Australia/Lord_Howe", "2026-04-05T00:00:00+11:00", ("01:40", "05:00"), "2026-04-05T01:40:00+11:00"),
        # The clock goes back into the window.
        ("Europe/Berlin", "2026-10-25T02:45:00+02:00", ("01:00", "02:30"), "2026-10-25T02:00:00+01:00"),
        # Apia had no 30 December 2011: after the 29th comes the 31st.
        ("Pacific/Apia", "2011-12-29T20:30:00-10:00", ("09:00", "20:00"), "2011-12-31T09:00:00+14:00"),
    ],
)  # fmt: skip
def test_windows_open_when_people_expect(
    zone: str, moment: str, window: tuple[str, str], expected: str
) -> None:
    result = next_allowed(
        datetime.fromisoformat(moment), SendWindow(start=window[0], end=window[1]), ZoneInfo(zone)
    )
    assert local(result, zone) == expected


def test_a_weekday_that_a_zone_skipped_opens_a_week_later() -> None:
    fridays = SendWindow(start="09:00", end="17:00", weekdays=(Weekday.FRIDAY,))
    moment = datetime.fromisoformat("2011-12-29T12:00:00-10:00")
    result = next_allowed(moment, fridays, ZoneInfo("Pacific/Apia"))
    assert local(result, "Pacific/Apia") == "2012-01-06T09:00:00+14:00"


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_opens() -> None:
    fridays = SendWindow(start="22:00", end="02:00", weekdays=(Weekday.FRIDAY,))
    zone = ZoneInfo("Europe/Berlin")
    assert is_allowed(datetime.fromisoformat("2026-06-06T01:00:00+02:00"), fridays, zone)
    assert not is_allowed(datetime.fromisoformat("2026-06-05T01:00:00+02:00"), fridays, zone)


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="without a UTC offset"):
        next_allowed(
            datetime(2026, 6, 1, 9), SendWindow(start="09:00", end="20:00"), ZoneInfo("UTC")
        )


def test_the_end_of_the_calendar_is_an_error_in_words() -> None:
    last = datetime(9999, 12, 31, 23, tzinfo=UTC)
    with pytest.raises(InvalidInputError, match="calendar"):
        next_allowed(last, SendWindow(start="09:00", end="20:00"), ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("start", "end"), [("9:00", "20:00"), ("09:00", "24:00"), ("09:00", "09:00"), ("", "20:00")]
)
def test_hours_that_are_no_window_are_refused(start: str, end: str) -> None:
    with pytest.raises(ValidationError):
        SendWindow(start=start, end=end)
