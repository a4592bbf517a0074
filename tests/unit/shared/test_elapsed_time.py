"""Tests of durations, zones and wall times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.shared.wall_time import (
    Duration,
    at_wall_time,
    to_utc,
    zone_named,
)


@pytest.mark.parametrize(
    ("value", "unit", "elapsed"),
    [
        (90, "minutes", timedelta(minutes=90)),
        (2, "hours", timedelta(hours=2)),
        (363, "days", timedelta(days=363)),
        (0, "days", timedelta(0)),
    ],
)
def test_durations_lie_after_a_moment_or_before_it(
    value: int, unit: str, elapsed: timedelta
) -> None:
    duration = Duration.model_validate({"value": value, "unit": unit})
    moment, zone = datetime(2026, 3, 29, 12, tzinfo=UTC), ZoneInfo("UTC")
    assert duration.from_moment(moment, zone) == moment + elapsed
    assert duration.from_moment(moment, zone, back=True) == moment - elapsed


@pytest.mark.parametrize(
    "config",
    [
        {"value": 364, "unit": "days"},
        {"value": 8713, "unit": "hours"},
        {"value": -1, "unit": "hours"},
        {"value": 1.5, "unit": "hours"},
        {"value": True, "unit": "hours"},
        {"value": 1, "unit": "weeks"},
    ],
)
def test_other_durations_are_refused(config: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Duration.model_validate(config)


@pytest.mark.parametrize(
    ("zone", "wall", "expected"),
    [
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00:00+00:00"),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00+00:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30:00+00:00"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45:00+00:00"),
        ("America/New_York", "2026-07-01T09:00", "2026-07-01T13:00:00+00:00"),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00:00+00:00"),
    ],
)
def test_wall_times_in_gaps_and_overlaps(zone: str, wall: str, expected: str) -> None:
    assert at_wall_time(datetime.fromisoformat(wall), ZoneInfo(zone)).isoformat() == expected


@given(
    st.datetimes(min_value=datetime(2011, 1, 1), max_value=datetime(2030, 1, 1)),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]),
)
def test_a_wall_time_that_exists_comes_back(wall: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    shown = at_wall_time(wall, zone).astimezone(zone).replace(tzinfo=None)
    assert shown == wall or shown > wall  # later only where the clock jumped over it
    if shown != wall:
        before = at_wall_time(wall, zone) - timedelta(microseconds=1)
        assert before.astimezone(zone).replace(tzinfo=None) < wall


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "America", "../../etc/passwd", "a\0b", "CEST"]
)
def test_unknown_zones_are_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="Europe/Berlin"):
        zone_named(name)


def test_naive_and_aware_do_not_mix() -> None:
    with pytest.raises(InvalidInputError, match="UTC offset"):
        to_utc(datetime(2026, 1, 1))
    with pytest.raises(InvalidInputError, match="not a wall time"):
        at_wall_time(datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("UTC"))
