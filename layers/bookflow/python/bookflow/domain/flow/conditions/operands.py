"""Values of a comparison: numbers, money and times, however JSON spells them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from bookflow.domain.flow.variables import is_path
from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.shared.wall_time import Duration, SendWindow, at_wall_time, to_utc

_LOCAL_FORM = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?", re.ASCII)
_MOMENT_FORM = re.compile(_LOCAL_FORM.pattern + r"(Z|[+-]\d{2}:?\d{2})", re.ASCII)
_NUMBER_FORM = re.compile(r"[+-]?\d{1,40}(\.\d{1,40})?", re.ASCII)


def is_empty(value: Any) -> bool:
    """Whether there is nothing to compare (see the meaning of empty in this package)."""
    return value is None or (isinstance(value, (str, list, tuple, Mapping)) and len(value) == 0)


def number_of(value: Any) -> Decimal | None:
    """Return a finite number, or a text that spells one, as a decimal."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, Decimal)):
        number = Decimal(value)
        return number if number.is_finite() else None
    if isinstance(value, float) or (isinstance(value, str) and _NUMBER_FORM.fullmatch(value)):
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            return None
        return number if number.is_finite() else None
    return None


def money_of(value: Any) -> tuple[Decimal, str] | None:
    """Return amount and currency of `{"amount", "currency"}`."""
    if not isinstance(value, Mapping) or set(value) != {"amount", "currency"}:
        return None
    amount, currency = number_of(value["amount"]), value["currency"]
    if amount is None or not isinstance(currency, str) or len(currency) != 3:
        return None
    return amount, currency.upper()


def moment_of(value: Any, zone: ZoneInfo | None) -> datetime | None:
    """Return a time as a moment in UTC; without an offset only where `zone` says whose it is."""
    try:
        if isinstance(value, datetime):
            return to_utc(value)
        if not isinstance(value, str) or len(value) > 40:
            return None
        if _MOMENT_FORM.fullmatch(value):
            return to_utc(datetime.fromisoformat(value))
        if zone is not None and _LOCAL_FORM.fullmatch(value):
            return at_wall_time(datetime.fromisoformat(value), zone)
    except (InvalidInputError, ValueError, OverflowError):
        return None
    return None


@dataclass(frozen=True)
class OtherVariable:
    """Another variable that stands for the value, with an offset if it is a time."""

    path: str
    offset: Duration | None = None
    is_back: bool = False


def other_variable_of(value: Any) -> OtherVariable | None:
    """Return the variable of `{"variable"}`, with a duration as its `plus` or `minus`."""
    if not isinstance(value, Mapping) or not isinstance(value.get("variable"), str):
        return None
    extra = set(value) - {"variable"}
    if not is_path(value["variable"]) or len(extra) > 1 or not extra <= {"plus", "minus"}:
        return None
    if not extra:
        return OtherVariable(value["variable"])
    (direction,) = extra
    offset = duration_of(value[direction])
    if offset is None:
        return None
    return OtherVariable(value["variable"], offset, direction == "minus")


def duration_of(value: Any) -> Duration | None:
    """Return the amount of time of `{"value", "unit"}`."""
    if not isinstance(value, Mapping):
        return None
    try:
        return Duration.model_validate(dict(value))
    except ValidationError:
        return None


def hours_of(value: Any) -> SendWindow | None:
    """Return the local hours of `{"start", "end"}`."""
    if not isinstance(value, Mapping) or set(value) != {"start", "end"}:
        return None
    try:
        return SendWindow(start=value["start"], end=value["end"])
    except ValidationError:
        return None
