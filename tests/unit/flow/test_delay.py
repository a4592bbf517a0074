"""Tests of the delay: when a run goes on, and when it must not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bookflow.domain.compiler import EXECUTION_TIMEOUT_SECONDS
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.flow.delay import DelayConfig, DelaySkip, SkipReason, delay_until
from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.shared.wall_time import MAX_DURATION

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
START = datetime(2026, 6, 10, 8, tzinfo=UTC)
END = datetime(2026, 6, 10, 10, tzinfo=UTC)
DAYTIME = {"start": "09:00", "end": "20:00"}


def until(
    config: dict[str, Any],
    *,
    now: datetime = NOW,
    start: datetime | None = START,
    end: datetime | None = END,
    began: datetime | None = None,
) -> datetime | DelaySkip:
    return delay_until(
        DelayConfig.model_validate(config),
        now=now,
        began=began,
        booking_start=start,
        booking_end=end,
        timezone="Europe/Berlin",
    )


def reason(result: datetime | DelaySkip) -> SkipReason:
    assert isinstance(result, DelaySkip)
    assert result.detail
    return result.reason


def test_a_duration_runs_from_now() -> None:
    assert until({"value": 2, "unit": "hours"}) == NOW + timedelta(hours=2)


def test_a_duration_needs_no_booking() -> None:
    result = until({"value": 5, "unit": "minutes"}, start=None, end=None)
    assert result == NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("direction", "anchor", "expected"),
    [
        ("before", "start", START - timedelta(hours=24)),
        ("after", "start", START + timedelta(hours=24)),
        ("before", "end", END - timedelta(hours=24)),
        ("after", "end", END + timedelta(hours=24)),
    ],
)
def test_until_an_offset_from_the_booking(direction: str, anchor: str, expected: datetime) -> None:
    config = {"kind": "until", "value": 24, "unit": "hours"}
    assert until({**config, "direction": direction, "anchor": anchor}) == expected


def test_a_time_that_is_past_is_now_as_long_as_the_booking_has_not_started() -> None:
    config = {"kind": "until", "value": 1, "unit": "days"}
    late = START - timedelta(hours=3)
    assert until(config, now=late) == late
    assert until(config, now=START) == START
    assert reason(until(config, now=START + timedelta(seconds=1))) is SkipReason.PAST_LIMIT


def test_without_a_limit_the_booking_may_have_started() -> None:
    late = START + timedelta(hours=1)
    assert until({"kind": "until", "value": 1, "unit": "days", "limit": "none"}, now=late) == late


def test_a_send_window_defers_in_local_time() -> None:
    night = datetime(2026, 6, 1, 19, 30, tzinfo=UTC)  # 21:30 in Berlin
    result = until({"value": 10, "unit": "minutes", "send_window": DAYTIME}, now=night)
    assert result == datetime(2026, 6, 2, 7, tzinfo=UTC)


def test_a_send_window_never_defers_past_the_start() -> None:
    early = datetime(2026, 6, 10, 6, tzinfo=UTC)  # 08:00 in Berlin
    config = {"kind": "until", "value": 3, "unit": "hours", "send_window": DAYTIME}
    night_before = datetime(2026, 6, 9, 20, tzinfo=UTC)
    assert reason(until(config, now=night_before, start=early)) is SkipReason.PAST_LIMIT


def test_a_duration_can_be_limited_by_the_booking() -> None:
    config = {"value": 30, "unit": "days", "limit": "booking_end"}
    assert reason(until(config)) is SkipReason.PAST_LIMIT
    assert reason(until(config, end=None)) is SkipReason.NO_BOOKING_TIME


def test_a_booking_without_the_time_is_a_skip() -> None:
    config = {"kind": "until", "value": 1, "unit": "hours", "anchor": "end", "direction": "after"}
    skip = until(config, end=None)
    assert reason(skip) is SkipReason.NO_BOOKING_TIME
    assert isinstance(skip, DelaySkip)
    assert skip.code is ReasonCode.BOOKING_TIME_UNKNOWN


def test_a_wait_beyond_a_year_is_a_skip() -> None:
    config = {"kind": "until", "value": 1, "unit": "hours"}
    assert reason(until(config, start=NOW + timedelta(days=400))) is SkipReason.TOO_FAR


def test_the_waits_of_a_run_together_end_before_its_machine_does() -> None:
    assert MAX_DURATION + timedelta(days=1) <= timedelta(seconds=EXECUTION_TIMEOUT_SECONDS)
    began = NOW - timedelta(days=300)
    left = MAX_DURATION.days - 300
    assert until({"value": left, "unit": "days"}, began=began) == began + MAX_DURATION
    assert reason(until({"value": left + 1, "unit": "days"}, began=began)) is SkipReason.TOO_FAR


def test_a_send_window_does_not_carry_a_wait_beyond_the_run() -> None:
    began = NOW + timedelta(hours=8) - MAX_DURATION  # 22:00 in Berlin is the run's last moment
    evening = {"value": 7, "unit": "hours", "send_window": DAYTIME}
    assert until({"value": 5, "unit": "hours", "send_window": DAYTIME}, began=began) == (
        NOW + timedelta(hours=5)
    )
    assert reason(until(evening, began=began)) is SkipReason.TOO_FAR


def test_naive_times_are_refused_by_name() -> None:
    with pytest.raises(InvalidInputError, match="booking_start"):
        until({"value": 1, "unit": "hours"}, start=datetime(2026, 6, 1))


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"value": 1},
        {"value": 364, "unit": "days"},
        {"value": 1, "unit": "hours", "kind": "sometimes"},
        {"value": 1, "unit": "hours", "extra": 1},
        {"value": 1, "unit": "hours", "send_window": {"start": "09:00"}},
    ],
)
def test_other_configs_are_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DelayConfig.model_validate(config)


def test_the_form_has_a_title_and_a_description_for_every_field() -> None:
    schema = DelayConfig.model_json_schema()
    for field in schema["properties"].values():
        assert field["title"]
        assert field["description"]
    assert schema["properties"]["anchor"]["x-show-when"] == {"kind": "until"}


@given(
    st.integers(0, 525_600),
    st.sampled_from(["before", "after"]),
    st.sampled_from(["start", "end"]),
    st.sampled_from(["automatic", "booking_start", "booking_end", "none"]),
    st.sampled_from([None, DAYTIME, {"start": "22:00", "end": "06:00"}]),
    st.integers(-600_000, 600_000),
)
def test_the_run_never_goes_on_before_now_or_past_the_limit(
    minutes: int,
    direction: str,
    anchor: str,
    limit: str,
    window: dict[str, str] | None,
    ahead: int,
) -> None:
    start = NOW + timedelta(minutes=ahead)
    end = start + timedelta(hours=2)
    result = until(
        {
            "kind": "until",
            "value": minutes,
            "unit": "minutes",
            "direction": direction,
            "anchor": anchor,
            "limit": limit,
            "send_window": window,
        },
        start=start,
        end=end,
    )
    if isinstance(result, datetime):
        assert NOW <= result <= NOW + MAX_DURATION
        if limit == "booking_start" or (
            (limit, direction, anchor) == ("automatic", "before", "start")
        ):
            assert result <= start
        if limit == "booking_end":
            assert result <= end
