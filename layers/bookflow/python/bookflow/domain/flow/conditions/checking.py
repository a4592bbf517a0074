"""Finds what is wrong with a rule before it is published, its use of variables included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from bookflow.domain.flow.conditions.operands import (
    OtherVariable,
    money_of,
    number_of,
    other_variable_of,
)
from bookflow.domain.flow.conditions.operators import OPERATORS, Operator
from bookflow.domain.flow.conditions.reading import read_rule
from bookflow.domain.flow.conditions.rules import (
    AllOf,
    AnyOf,
    Comparison,
    RuleProblem,
    joined,
    parts,
)
from bookflow.domain.flow.conditions.value_forms import is_moment, is_scalar
from bookflow.domain.flow.variables import Kind, has_parts, is_extra, kind_of, suggestion
from bookflow.domain.shared.input_problems import visible

Choices = Mapping[str, Sequence[str]]
"""The only texts that a variable can be, by path, for those that are so limited."""


def rule_problems(
    raw: Any,
    types: Mapping[str, str] | None = None,
    choices: Choices = MappingProxyType({}),
) -> list[RuleProblem]:
    """Return all that is wrong with a rule, its use of the variables' types included.

    Args:
        raw: The rule as JSON, of any shape.
        types: Declared type by path, those of earlier steps included. A path that nothing declares
            is a problem, unless it is of a step: whether a step runs before, and what it supplies,
            is left to the validation of the graph. None checks the shape only.
        choices: The only texts that some of the variables can be.
    """
    rule, problems = read_rule(raw)
    if rule is None:
        return problems
    for path, part in parts(rule):
        if isinstance(part, (AllOf, AnyOf)) and not part.rules:
            problems.append(
                RuleProblem(
                    path, "Add a rule.", "Remove the group instead if it has none." if path else ""
                )
            )
        elif isinstance(part, Comparison) and types is not None:
            problems += _type_problems(part, path, types, choices)
    return problems


def _type_problems(
    comparison: Comparison, path: str, types: Mapping[str, str], choices: Choices
) -> Iterator[RuleProblem]:
    kind = kind_of(comparison.variable, types)
    if kind is None and _is_of_step(comparison.variable):
        kind = "any"
    if kind is None:
        yield RuleProblem(
            joined(path, "variable"),
            f"Unknown variable {comparison.variable}.",
            suggestion(comparison.variable, types) or "Choose a variable of this trigger.",
        )
        return
    if is_extra(comparison.variable, types) and not _is_of_step(comparison.variable):
        yield RuleProblem(
            joined(path, "variable"),
            f"Unknown variable {comparison.variable}.",
            suggestion(comparison.variable, types)
            or "Check its name: it is empty unless the booking system sends it.",
            severity="warning",
        )
    other = other_variable_of(comparison.value)
    if other is not None:
        yield from _other_problems(comparison, other, kind, path, types)
    if kind == "any":
        return
    operator = OPERATORS[comparison.operator]
    if kind not in operator.kinds:
        usable = ", ".join(rule.label for rule in OPERATORS.values() if kind in rule.kinds)
        yield RuleProblem(
            joined(path, "operator"),
            f'"{operator.label}" does not apply to {comparison.variable}, which is '
            f"{_KIND_NAMES[kind]}.",
            f"Use one of: {usable}.",
        )
    elif kind == "list" and operator.value == "item" and has_parts(comparison.variable, types):
        yield RuleProblem(
            joined(path, "operator"),
            f"The items of {comparison.variable} are groups of values, so "
            f'"{operator.label}" compares with none of them.',
            f"Choose a part of the items: {_parts_of(comparison.variable, types)}.",
        )
    elif other is None and operator.value in ("one", "many", "order", "item"):
        items = comparison.value if operator.value == "many" else [comparison.value]
        if not all(_IS_OF_KIND[kind](item) for item in items):
            yield RuleProblem(
                joined(path, "value"),
                f"The value is invalid: {comparison.variable} is {_KIND_NAMES[kind]}.",
                _REMEDIES[kind],
            )
        elif comparison.variable in choices and operator.value in ("one", "many"):
            yield from _choice_problems(comparison, items, path, choices[comparison.variable])


def _is_of_step(variable: str) -> bool:
    return variable.startswith("steps.")


def _choice_problems(
    comparison: Comparison, items: Sequence[str], path: str, choices: Sequence[str]
) -> Iterator[RuleProblem]:
    """Find the texts that a variable never is."""
    possible = {_folded(each, comparison) for each in choices}
    for item in items:
        if _folded(item, comparison) not in possible:
            yield RuleProblem(
                joined(path, "value"),
                f"{comparison.variable} is never “{visible(item)}”.",
                f"Use one of: {', '.join(choices)}.",
            )


def _folded(text: str, comparison: Comparison) -> str:
    return text.casefold() if comparison.ignore_case else text


def _parts_of(path: str, types: Mapping[str, str]) -> str:
    return ", ".join(sorted(each for each in types if each.startswith(f"{path}.")))


def _other_problems(
    comparison: Comparison,
    other: OtherVariable,
    kind: Kind,
    path: str,
    types: Mapping[str, str],
) -> Iterator[RuleProblem]:
    """Find what is wrong with another variable that stands for the value."""
    place = joined(path, "value.variable")
    other_kind = kind_of(other.path, types)
    if _is_of_step(other.path):
        other_kind = other_kind or "any"
    elif other_kind is None or is_extra(other.path, types):
        yield RuleProblem(
            place,
            f"Unknown variable {other.path}.",
            suggestion(other.path, types) or "Choose a variable of this trigger.",
            severity="error" if other_kind is None else "warning",
        )
    if other_kind is None or other_kind == "any":
        return
    if other.offset is not None and other_kind != "datetime":
        yield RuleProblem(
            place,
            f"{other.path} is {_KIND_NAMES[other_kind]}, so no time can be added to it.",
            "Choose a time, or remove the time that is added.",
        )
    elif kind != "any" and not _fits(comparison.operator, kind, other_kind):
        yield RuleProblem(
            place,
            f"{comparison.variable} is {_KIND_NAMES[kind]}, but {other.path} is "
            f"{_KIND_NAMES[other_kind]}.",
            "Compare two variables of the same kind.",
        )


def _fits(operator: Operator, kind: Kind, other_kind: Kind) -> bool:
    """Return whether a variable can be compared with another one; items of a list may be any text."""
    if OPERATORS[operator].value == "item" and kind == "list":
        return other_kind in ("string", "number", "datetime", "boolean")
    return kind == other_kind


_IS_OF_KIND: Mapping[Kind, Any] = {
    "string": lambda value: isinstance(value, str),
    "number": lambda value: number_of(value) is not None,
    "money": lambda value: money_of(value) is not None,
    "datetime": is_moment,
    "boolean": lambda value: isinstance(value, bool),
    "list": is_scalar,
}

_REMEDIES: Mapping[Kind, str] = {
    "string": "Enter a text.",
    "number": "Enter a number.",
    "money": "Enter an amount with its currency.",
    "datetime": "Enter a date and time, such as 2026-11-05T09:00.",
    "boolean": "Choose yes or no.",
    "list": "Enter a text or a number.",
}

_KIND_NAMES: Mapping[Kind, str] = {
    "string": "a text",
    "number": "a number",
    "money": "an amount of money",
    "datetime": "a time",
    "boolean": "yes or no",
    "list": "a list",
    "object": "a group of values",
    "any": "of any type",
}
