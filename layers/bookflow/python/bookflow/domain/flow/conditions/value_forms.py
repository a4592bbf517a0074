"""What the value of a comparison must look like, by its operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from bookflow.domain.flow.conditions.operands import (
    duration_of,
    hours_of,
    moment_of,
    money_of,
    number_of,
    other_variable_of,
)
from bookflow.domain.flow.conditions.operators import SINGLE_VALUES, ValueForm
from bookflow.domain.shared.wall_time import Weekday

MAX_VALUES = 200
"""Items of the list that `in` compares with."""

MAX_TEXT = 1_000
"""Characters of a text that a comparison compares with."""

_WEEKDAY_NAMES = frozenset(day.value for day in Weekday)

_SOME_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True)
class ValueShape:
    """What a comparison's value must look like, and how to say so."""

    condition: Any
    remedy: str


def is_scalar(value: Any) -> bool:
    """Whether it is a text of some length, a number, or yes or no."""
    if isinstance(value, str):
        return 0 < len(value) <= MAX_TEXT
    return isinstance(value, bool) or number_of(value) is not None


def _is_one(value: Any) -> bool:
    return is_scalar(value) or money_of(value) is not None


def _is_many(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple))
        and 0 < len(value) <= MAX_VALUES
        and all(is_scalar(item) for item in value)
    )


def _is_order(value: Any) -> bool:
    return number_of(value) is not None or money_of(value) is not None


def _is_weekdays(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple))
        and 0 < len(value) <= 7
        and all(isinstance(item, str) and item in _WEEKDAY_NAMES for item in value)
    )


def is_moment(value: Any) -> bool:
    """Whether it is a time, with an offset or local."""
    return moment_of(value, _SOME_ZONE) is not None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and is_scalar(value)


VALUE_FORMS: Mapping[ValueForm, ValueShape] = {
    "none": ValueShape(lambda value: value is None, "Remove the value."),
    "one": ValueShape(
        _is_one,
        'Enter a text, a number, yes or no, or an amount with its currency. Use "is empty" to look '
        "for no value.",
    ),
    "many": ValueShape(_is_many, f"Enter 1 to {MAX_VALUES} texts or numbers."),
    "order": ValueShape(_is_order, "Enter a number, or an amount with its currency."),
    "moment": ValueShape(is_moment, "Enter a date and time, such as 2026-11-05T09:00."),
    "text": ValueShape(_is_text, f"Enter a text of 1 to {MAX_TEXT:,} characters."),
    "item": ValueShape(is_scalar, f"Enter a text of 1 to {MAX_TEXT:,} characters, or a number."),
    "weekdays": ValueShape(_is_weekdays, "Choose at least one day."),
    "hours": ValueShape(
        lambda value: hours_of(value) is not None,
        "Enter two different local times, such as 09:00 and 17:00.",
    ),
    "duration": ValueShape(
        lambda value: duration_of(value) is not None,
        "Enter a whole number of minutes, hours or days; at most 363 days.",
    ),
}


def is_accepted(form: ValueForm, value: Any) -> bool:
    """Return whether a value looks as the form wants it, or another variable stands for it."""
    if form in SINGLE_VALUES and other_variable_of(value) is not None:
        return True
    return bool(VALUE_FORMS[form].condition(value))
