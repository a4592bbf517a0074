"""The comparisons: what each is called, what it applies to, and what it compares with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from bookflow.domain.flow.variables import Kind


class Operator(StrEnum):
    """The comparisons."""

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    IN = "in"
    NOT_IN = "not_in"
    GREATER = "greater"
    GREATER_OR_EQUAL = "greater_or_equal"
    LESS = "less"
    LESS_OR_EQUAL = "less_or_equal"
    BEFORE = "before"
    AFTER = "after"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    IS_EMPTY = "is_empty"
    IS_NOT_EMPTY = "is_not_empty"
    WEEKDAY_IN = "weekday_in"
    HOUR_BETWEEN = "hour_between"
    WITHIN_NEXT = "within_next"
    WITHIN_LAST = "within_last"


OPERATOR_NAMES = frozenset(operator.value for operator in Operator)

ValueForm = Literal[
    "none", "one", "many", "order", "moment", "text", "item", "weekdays", "hours", "duration"
]


@dataclass(frozen=True)
class OperatorRule:
    """What an operator is called, what it applies to, and what it compares with.

    Attributes:
        negates: The operator of which this one is exactly the opposite, also for missing values.
    """

    label: str
    kinds: frozenset[Kind]
    value: ValueForm
    negates: Operator | None = None


_PLAIN: frozenset[Kind] = frozenset({"string", "number", "money", "datetime", "boolean"})
_LISTED: frozenset[Kind] = frozenset({"string", "number", "datetime"})
_ORDERED: frozenset[Kind] = frozenset({"number", "money"})
_TIMES: frozenset[Kind] = frozenset({"datetime"})
_PARTED: frozenset[Kind] = frozenset({"string", "list"})
_TEXTS: frozenset[Kind] = frozenset({"string"})
_EVERY: frozenset[Kind] = _PLAIN | {"list", "object"}

OPERATORS: Mapping[Operator, OperatorRule] = {
    Operator.EQUALS: OperatorRule("equals", _PLAIN, "one"),
    Operator.NOT_EQUALS: OperatorRule("does not equal", _PLAIN, "one", Operator.EQUALS),
    Operator.IN: OperatorRule("is one of", _LISTED, "many"),
    Operator.NOT_IN: OperatorRule("is none of", _LISTED, "many", Operator.IN),
    Operator.GREATER: OperatorRule("is greater than", _ORDERED, "order"),
    Operator.GREATER_OR_EQUAL: OperatorRule("is at least", _ORDERED, "order"),
    Operator.LESS: OperatorRule("is less than", _ORDERED, "order"),
    Operator.LESS_OR_EQUAL: OperatorRule("is at most", _ORDERED, "order"),
    Operator.BEFORE: OperatorRule("is before", _TIMES, "moment"),
    Operator.AFTER: OperatorRule("is after", _TIMES, "moment"),
    Operator.CONTAINS: OperatorRule("contains", _PARTED, "item"),
    Operator.NOT_CONTAINS: OperatorRule("does not contain", _PARTED, "item", Operator.CONTAINS),
    Operator.STARTS_WITH: OperatorRule("starts with", _TEXTS, "text"),
    Operator.ENDS_WITH: OperatorRule("ends with", _TEXTS, "text"),
    Operator.IS_EMPTY: OperatorRule("is empty", _EVERY, "none", Operator.IS_NOT_EMPTY),
    Operator.IS_NOT_EMPTY: OperatorRule("is not empty", _EVERY, "none"),
    Operator.WEEKDAY_IN: OperatorRule("is on a weekday of", _TIMES, "weekdays"),
    Operator.HOUR_BETWEEN: OperatorRule("is at an hour between", _TIMES, "hours"),
    Operator.WITHIN_NEXT: OperatorRule("is within the next", _TIMES, "duration"),
    Operator.WITHIN_LAST: OperatorRule("is within the last", _TIMES, "duration"),
}

RELATIVE_TO_NOW = frozenset({Operator.WITHIN_NEXT, Operator.WITHIN_LAST})
"""Operators whose outcome depends on when they are asked."""

SINGLE_VALUES: frozenset[ValueForm] = frozenset({"one", "order", "moment", "text", "item"})
"""Forms of value that another variable may stand for."""
