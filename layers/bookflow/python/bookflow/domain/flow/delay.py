"""The delay: how long an execution waits, or why it must not continue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.shared.wall_time import (
    MAX_DURATION,
    Duration,
    SendWindow,
    WallTime,
    next_allowed,
    require_sensible_time,
    shift,
    to_utc,
    zone_named,
)


class SkipReason(StrEnum):
    """Why a delay has no end that may be waited for."""

    NO_BOOKING_TIME = "no_booking_time"
    PAST_LIMIT = "past_limit"
    TOO_FAR = "too_far"


@dataclass(frozen=True)
class DelaySkip:
    """What follows the delay must not happen; `detail` says why in plain words."""

    reason: SkipReason
    detail: str

    @property
    def code(self) -> ReasonCode:
        """Return the reason as steps record it."""
        if self.reason is SkipReason.NO_BOOKING_TIME:
            return ReasonCode.BOOKING_TIME_UNKNOWN
        return ReasonCode.TOO_LATE


def _only_until(**more: Any) -> dict[str, Any]:
    """Return the hint by which the editor's form shows a field for the kind `until` only."""
    return {"x-show-when": {"kind": "until"}, **more}


def _as_a_sentence(schema: dict[str, Any]) -> None:
    """Have the editor's form read "Wait [until] [2] [hours] [before] [the start]"."""
    fields = schema["properties"]
    for name in ("kind", "value", "unit", "direction", "anchor"):
        fields[name]["x-row"] = "Wait"
    schema["properties"] = {"kind": fields.pop("kind"), **fields}


class DelayConfig(Duration):
    """Waits for a time, or until a time before or after the booking.

    A time that is past already is now: the execution continues at once, unless the limit forbids it.
    A wait until a time around the booking follows the booking: if it is moved later meanwhile, the
    wait goes on to the new time.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        title="Delay",
        defer_build=True,
        json_schema_extra=_as_a_sentence,
    )

    kind: Literal["duration", "until"] = Field(
        default="duration",
        title="Wait",
        description="For a time from now (duration), or until a time around the booking (until)",
        json_schema_extra={"x-labels": {"duration": "for", "until": "until"}},
    )
    direction: Literal["before", "after"] = Field(
        default="before",
        title="Before or after",
        description="Side of the booking's time on which the wait ends",
        json_schema_extra=_only_until(),
    )
    anchor: Literal["start", "end"] = Field(
        default="start",
        title="Booking's time",
        description="The start or the end of the booking",
        json_schema_extra=_only_until(**{"x-labels": {"start": "the start", "end": "the end"}}),
    )
    at: WallTime | None = Field(
        default=None,
        title="At (local time)",
        description="With days: the time of that day, such as 16:00; without it, the time of day of "
        "the booking",
        json_schema_extra=_only_until(),
    )
    send_window: SendWindow | None = Field(
        default=None,
        title="Send window",
        description="Wait on until these local hours; without it, any hour will do",
    )
    limit: Literal["automatic", "booking_start", "booking_end", "none"] = Field(
        default="automatic",
        title="Skip if later than",
        description="Skip what follows if the wait would end after this. Automatic: the booking's "
        "start for a wait until before the start, otherwise no limit",
        json_schema_extra={
            "x-labels": {
                "automatic": "Automatic",
                "booking_start": "The booking's start",
                "booking_end": "The booking's end",
                "none": "No limit",
            }
        },
    )

    @field_validator("at")
    @classmethod
    def _is_sensible(cls, at: str | None, info: ValidationInfo) -> str | None:
        known = info.data
        if at is not None and known.get("kind") == "until" and {"value", "unit"} <= known.keys():
            before = known.get("direction") == "before"
            require_sensible_time(known["value"], known["unit"], before=before)
        return at


def delay_until(
    config: DelayConfig,
    *,
    now: datetime,
    began: datetime | None = None,
    booking_start: datetime | None,
    booking_end: datetime | None,
    timezone: str | ZoneInfo,
) -> datetime | DelaySkip:
    """Return when the execution continues (UTC, never before `now`), or why it must not.

    Args:
        config: The delay as in the graph.
        now: The moment at which the delay begins.
        began: When the execution began, if that was earlier: no execution lasts for more than a
            year.
        booking_start: Start of the booking, None if the event has no booking.
        booking_end: End of the booking, None if unknown.
        timezone: IANA zone of the location, for calendar days, local times and the send window.

    Raises:
        InvalidInputError: A moment is naive, or the time zone is not known.
    """
    zone = timezone if isinstance(timezone, ZoneInfo) else zone_named(timezone)
    begin = to_utc(now, "now")
    anchors = {
        "start": None if booking_start is None else to_utc(booking_start, "booking_start"),
        "end": None if booking_end is None else to_utc(booking_end, "booking_end"),
    }
    if config.kind == "duration":
        target = config.from_moment(begin, zone)
    else:
        anchor = anchors[config.anchor]
        if anchor is None:
            return _no_time(config.anchor)
        is_before = config.direction == "before"
        target = config.from_moment(anchor, zone, back=is_before, at=config.at)
        target = max(begin, target if is_before else max(target, anchor))
    longest = shift(begin if began is None else began, MAX_DURATION)
    if config.send_window is not None and target <= longest:
        target = next_allowed(target, config.send_window, zone)
    if target > longest:
        return DelaySkip(
            SkipReason.TOO_FAR,
            f"The wait would end more than {MAX_DURATION.days} days after the execution began, and no execution "
            "lasts that long.",
        )
    limited_by = _limit(config)
    if limited_by is None:
        return target
    limit = anchors[limited_by]
    if limit is None:
        return _no_time(limited_by)
    if target > limit:
        return DelaySkip(
            SkipReason.PAST_LIMIT, f"The wait would end after the booking's {limited_by}."
        )
    return target


def _no_time(anchor: str) -> DelaySkip:
    return DelaySkip(SkipReason.NO_BOOKING_TIME, f"The booking's {anchor} is not known.")


def _limit(config: DelayConfig) -> Literal["start", "end"] | None:
    if config.limit == "booking_start":
        return "start"
    if config.limit == "booking_end":
        return "end"
    relative_to_start = (config.kind, config.direction, config.anchor) == (
        "until",
        "before",
        "start",
    )
    return "start" if config.limit == "automatic" and relative_to_start else None
