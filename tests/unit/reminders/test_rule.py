"""When a reminder fires: elapsed offsets, clock changes, quiet hours, late bookings, follow-ups."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookflow.domain.bookings.records import Booking, Location
from bookflow.domain.events.booking_reminder import ReminderOffset
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.reminders.rule import Plan, ReminderState, reminder_for
from tests.unit.reminders.oracle import MINUTE, Quiet, Rule, ideal

START = datetime(2026, 12, 10, 10, 0, tzinfo=UTC)
LONG_BEFORE = START - timedelta(days=30)

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")

# The last nights in which each zone changed its clocks, forth and back. Lord Howe changes by half
# an hour; Apia, which has no summer time any more, left out the 30th of December 2011.
CHANGES = [
    ("Europe/Berlin", "2026-03-29T02:00"),
    ("Europe/Berlin", "2026-10-25T02:00"),
    ("America/New_York", "2026-03-08T02:00"),
    ("America/New_York", "2026-11-01T01:00"),
    ("Australia/Lord_Howe", "2026-04-05T01:30"),
    ("Australia/Lord_Howe", "2026-10-04T02:00"),
    ("Pacific/Apia", "2011-12-30T12:00"),
    ("Pacific/Apia", "2021-04-04T03:00"),
    ("Pacific/Apia", "2020-09-27T03:00"),
]


def config(value: int = 24, unit: str = "hours", **more: Any) -> ReminderOffset:
    return ReminderOffset.model_validate(
        {"event": "Booking Reminder", "offset_value": value, "offset_unit": unit, **more}
    )


def booking(start: datetime = START, status: str | None = "confirmed", **more: Any) -> Booking:
    fields = {"start_time": start, "end_time": start + timedelta(hours=2), "status": status}
    return Booking(id="b-1", **{**fields, **more})


def location(timezone: str = "Europe/Berlin", quiet: tuple[str, str] | None = None) -> Location:
    hours = {"start": quiet[0], "end": quiet[1]} if quiet else None
    return Location.model_validate({"id": "loc", "timezone": timezone, "quiet_hours": hours})


def plan(
    settings: ReminderOffset | None = None,
    found: Booking | None = None,
    place: Location | None = None,
    *,
    now: datetime = LONG_BEFORE,
) -> Plan:
    return reminder_for(
        settings or config(),
        found or booking(),
        place or location(),
        now=now,
    )


def planned(moment: datetime, note: ReasonCode | None = None) -> Plan:
    return Plan(ReminderState.PLANNED, moment, note=note)


def late(moment: datetime) -> Plan:
    return planned(moment, ReasonCode.SENT_LATE)


def unquiet(moment: datetime) -> Plan:
    return planned(moment, ReasonCode.QUIET_HOURS)


def skipped(reason: ReasonCode) -> Plan:
    return Plan(ReminderState.SKIPPED, reason=reason)


# Offsets ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "before"),
    [(90, "minutes", 1.5), (24, "hours", 24), (3, "days", 72)],
)
def test_a_reminder_fires_the_offset_before_the_start(value: int, unit: str, before: float) -> None:
    assert plan(config(value, unit)) == planned(START - timedelta(hours=before))


def test_a_follow_up_fires_the_offset_after_the_end() -> None:
    follow_up = config(1, "days", relative_to="after_end")
    assert plan(follow_up) == planned(START + timedelta(hours=26))


def test_a_reminder_at_the_start_fires_a_minute_before_it() -> None:
    assert plan(config(0)) == planned(START - MINUTE)


@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_an_offset_is_elapsed_time_across_a_change_of_the_clocks(zone: str, change: str) -> None:
    at = datetime.fromisoformat(change).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    start = at + timedelta(hours=9)
    known = plan(config(24), booking(start), location(zone), now=start - timedelta(days=9))
    assert known.fire_at is not None
    assert start - known.fire_at == timedelta(hours=24)


@pytest.mark.parametrize("year", [1900, 9000])
@pytest.mark.parametrize("relative_to", ["before_start", "after_end"])
def test_the_longest_offset_from_the_first_and_last_year_of_a_booking_is_no_problem(
    year: int, relative_to: str
) -> None:
    settings = config(100_000, "days", relative_to=relative_to)
    long_before = datetime(1, 6, 1, tzinfo=UTC)
    found = plan(settings, booking(datetime(year, 7, 1, tzinfo=UTC)), now=long_before)
    assert found.fire_at is not None


# Bookings that get none -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "before", "after"),
    [
        ("draft", ReasonCode.BOOKING_DRAFT, ReasonCode.BOOKING_DRAFT),
        ("cancelled", ReasonCode.BOOKING_CANCELLED, ReasonCode.BOOKING_CANCELLED),
        ("no_show", ReasonCode.BOOKING_NO_SHOW, ReasonCode.BOOKING_NO_SHOW),
        ("completed", ReasonCode.BOOKING_COMPLETED, None),
        ("pending", ReasonCode.BOOKING_PENDING, ReasonCode.BOOKING_PENDING),
        ("confirmed", None, None),
        (None, None, None),
    ],
)
def test_the_status_decides_who_gets_a_reminder_and_who_a_follow_up(
    status: str | None, before: ReasonCode | None, after: ReasonCode | None
) -> None:
    follow_up = config(relative_to="after_end")
    assert plan(found=booking(status=status)).reason is before
    assert plan(follow_up, booking(status=status)).reason is after


@pytest.mark.parametrize("chosen", [["pending"], ["pending", "confirmed"], ["completed"]])
@pytest.mark.parametrize("relative_to", ["before_start", "after_end"])
def test_operators_choose_the_statuses_that_are_reminded(
    chosen: list[str], relative_to: str
) -> None:
    settings = config(relative_to=relative_to, statuses=chosen)
    fit = set(chosen) - ({"completed"} if relative_to == "before_start" else set())
    for status in ("pending", "confirmed", "completed"):
        is_planned = plan(settings, booking(status=status)).state is ReminderState.PLANNED
        assert is_planned == (status in fit), status


@pytest.mark.parametrize("missing", [{"start_time": None}, {"end_time": None}])
def test_without_its_time_a_booking_gets_none(missing: dict[str, None]) -> None:
    found = Booking(
        id="b-1", **{**booking().model_dump(exclude_unset=True, exclude={"id"}), **missing}
    )
    unknown = Plan(ReminderState.NONE, reason=ReasonCode.BOOKING_TIME_UNKNOWN)
    assert plan(config(relative_to="after_end"), found) == unknown


# Late bookings ----------------------------------------------------------------------------------


def test_a_late_reminder_goes_out_a_minute_from_now() -> None:
    now = START - timedelta(hours=5)
    assert plan(now=now) == late(now + MINUTE)


def test_a_late_reminder_keeps_its_distance_from_the_creation() -> None:
    now = START - timedelta(hours=5)
    assert plan(found=booking(booked_at=now), now=now) == late(now + timedelta(minutes=15))


def test_an_old_creation_delays_nothing() -> None:
    now = START - timedelta(hours=5)
    assert plan(found=booking(booked_at=now - timedelta(hours=1)), now=now) == late(now + MINUTE)


def test_late_reminders_may_be_unwanted() -> None:
    now = START - timedelta(hours=5)
    assert plan(config(late_bookings="skip"), now=now) == skipped(ReasonCode.TOO_LATE)
    assert plan(config(late_bookings="skip"), now=START - timedelta(hours=25)).fire_at is not None


@pytest.mark.parametrize("minutes", [14, 0, -60])
def test_a_late_reminder_never_goes_out_at_or_after_the_start(minutes: int) -> None:
    now = START - timedelta(minutes=minutes)
    assert plan(found=booking(booked_at=now), now=now) == skipped(ReasonCode.TOO_LATE)


def test_a_follow_up_that_is_days_late_is_not_sent() -> None:
    follow_up, end = config(1, relative_to="after_end"), START + timedelta(hours=2)
    soon, days_late = end + timedelta(hours=5), end + timedelta(days=3)
    assert plan(follow_up, now=soon) == late(soon + MINUTE)
    assert plan(follow_up, now=days_late) == skipped(ReasonCode.TOO_LATE)


def test_fractions_of_a_second_never_bring_a_late_reminder_forward() -> None:
    now = START - timedelta(hours=5) + timedelta(microseconds=1)
    assert plan(now=now) == late(START - timedelta(hours=5) + MINUTE + timedelta(seconds=1))


# Quiet hours ------------------------------------------------------------------------------------

NIGHT = ("22:00", "07:00")


def test_a_reminder_in_the_quiet_hours_waits_for_their_end() -> None:
    start = datetime(2026, 12, 10, 22, 30, tzinfo=UTC)  # 23:30 in Berlin
    known = plan(config(24), booking(start), location(quiet=NIGHT))
    assert known == unquiet(datetime(2026, 12, 10, 6, 0, tzinfo=UTC))


def test_it_is_brought_forward_where_their_end_is_not_before_the_start() -> None:
    start = datetime(2026, 12, 10, 6, 0, tzinfo=UTC)  # 07:00 in Berlin
    known = plan(config(2), booking(start), location(quiet=NIGHT))
    assert known == unquiet(datetime(2026, 12, 9, 20, 59, tzinfo=UTC))


def test_it_is_skipped_where_neither_is_left() -> None:
    start = datetime(2026, 12, 10, 6, 0, tzinfo=UTC)
    now = datetime(2026, 12, 9, 22, 0, tzinfo=UTC)  # 23:00 in Berlin, the hours have begun
    known = plan(config(2), booking(start), location(quiet=NIGHT), now=now)
    assert known == skipped(ReasonCode.QUIET_HOURS)


def test_a_late_reminder_waits_for_the_end_of_the_quiet_hours_too() -> None:
    now = datetime(2026, 12, 9, 23, 0, tzinfo=UTC)
    known = plan(config(24), place=location(quiet=NIGHT), now=now)
    assert known == late(datetime(2026, 12, 10, 6, 0, tzinfo=UTC))


def test_a_follow_up_waits_as_long_as_it_takes() -> None:
    end = datetime(2026, 12, 10, 21, 30, tzinfo=UTC)
    found = booking(end - timedelta(hours=2), end_time=end)
    known = plan(config(1, relative_to="after_end"), found, location(quiet=NIGHT))
    assert known == unquiet(datetime(2026, 12, 11, 6, 0, tzinfo=UTC))


@pytest.mark.parametrize(("zone", "change"), CHANGES)
@pytest.mark.parametrize("quiet", [(22, 7), (1, 4), (12, 14)])
@pytest.mark.parametrize("after_end", [False, True])
@pytest.mark.parametrize(
    ("settings", "terms"),
    [
        ((3, "hours"), {"offset": timedelta(hours=3)}),
        ((1, "days"), {"days": 1}),
        ((1, "days", "02:30"), {"days": 1, "at": (2, 30)}),
    ],
    ids=["hours", "days", "local time"],
)
def test_around_a_change_of_the_clocks_the_wall_of_the_location_counts(
    zone: str,
    change: str,
    quiet: tuple[int, int],
    after_end: bool,
    settings: tuple[Any, ...],
    terms: dict[str, Any],
) -> None:
    at = datetime.fromisoformat(change).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    place = location(zone, (f"{quiet[0]:02}:00", f"{quiet[1]:02}:00"))
    relative_to = "after_end" if after_end else "before_start"
    value, unit, *at_time = settings
    more = {"at": at_time[0]} if at_time else {}
    rule = Rule(after_end=after_end, **terms)
    for hours in range(-12, 37, 1 if unit == "hours" else 6):
        start = at + timedelta(hours=hours, minutes=20)
        found = booking(start, end_time=start)
        known = plan(
            config(value, unit, relative_to=relative_to, **more),
            found,
            place,
            now=start - timedelta(days=5),
        )
        assert known.fire_at == ideal(rule, start, Quiet(ZoneInfo(zone), *quiet)), start


@given(
    zone=st.sampled_from(ZONES),
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
    offset=st.integers(0, 3000),
    since=st.integers(-60, 5000),
    age=st.none() | st.integers(0, 300),
    quiet=st.none()
    | st.tuples(st.integers(0, 23), st.integers(0, 23)).filter(lambda q: q[0] != q[1]),
    late_bookings=st.sampled_from(["send_now", "skip"]),
)
def test_whatever_happens_it_is_in_time_outside_the_quiet_hours_and_before_the_start(
    zone: str,
    start: datetime,
    offset: int,
    since: int,
    age: int | None,
    quiet: tuple[int, int] | None,
    late_bookings: str,
) -> None:
    begin = start.replace(second=0, microsecond=0, tzinfo=UTC)
    now = begin - timedelta(minutes=since)
    booked_at = None if age is None else now - timedelta(minutes=age)
    hours = (f"{quiet[0]:02}:00", f"{quiet[1]:02}:00") if quiet else None
    known = plan(
        config(offset, "minutes", late_bookings=late_bookings),
        booking(begin, booked_at=booked_at),
        location(zone, hours),
        now=now,
    )
    clock = Quiet(ZoneInfo(zone), *(quiet or ()))
    due = ideal(Rule(timedelta(minutes=offset)), begin, clock)
    if known.fire_at is None:
        assert known.reason in {ReasonCode.TOO_LATE, ReasonCode.QUIET_HOURS}
        assert due is None or due < now
    else:
        assert now <= known.fire_at < begin
        assert clock.allows(known.fire_at)
        assert known.fire_at == due or (
            due is not None and due < now and late_bookings == "send_now"
        )
