"""Reads rules from JSON of any shape and depth, in bounded time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bookflow.domain.flow.conditions.operands import is_empty
from bookflow.domain.flow.conditions.operators import OPERATOR_NAMES, OPERATORS, Operator
from bookflow.domain.flow.conditions.rules import (
    AllOf,
    AnyOf,
    Comparison,
    Not,
    Rule,
    RuleProblem,
    joined,
)
from bookflow.domain.flow.conditions.value_forms import VALUE_FORMS, is_accepted
from bookflow.domain.flow.variables import is_path

MAX_DEPTH = 20
"""Levels of a rule; a single comparison has one."""

MAX_RULES = 200
"""Groups and comparisons of a rule, all levels together."""


@dataclass
class _Entry:
    """One place of a rule that is being read: its JSON, and the entries right below it."""

    raw: Any
    path: str
    depth: int
    form: str = ""
    below: tuple[int, ...] = ()


def read_rule(raw: Any) -> tuple[Rule | None, list[RuleProblem]]:
    """Read a rule from JSON of any shape and depth; return it, or all that is wrong with it.

    Reading ends at the first rule that is too deep or one too many, so the time is bounded.
    """
    entries = [_Entry(raw, "", 1)]
    problems: list[RuleProblem] = []
    for entry in entries:  # grows while it is walked: parents come before what is below them
        found, below = _shape(entry)
        problems += found
        if below and entry.depth == MAX_DEPTH:
            problems.append(
                RuleProblem(
                    entry.path,
                    f"The condition is nested more than {MAX_DEPTH} levels deep.",
                    "Flatten it, or split it over several condition nodes.",
                )
            )
            return None, problems
        if len(entries) + len(below) > MAX_RULES:
            problems.append(
                RuleProblem(
                    entry.path,
                    f"The condition has more than {MAX_RULES} parts.",
                    'Use "is one of" instead of many comparisons, or split it over several nodes.',
                )
            )
            return None, problems
        entry.below = tuple(range(len(entries), len(entries) + len(below)))
        entries += below
    return (None, problems) if problems else (_build(entries), problems)


def known_rule(rule: Rule | Any) -> Rule | None:
    """Return a rule, parsed or as JSON, as it was read; None for what is not a rule."""
    if isinstance(rule, (AllOf, AnyOf, Not, Comparison)):
        return rule
    return read_rule(rule)[0]


def _shape(entry: _Entry) -> tuple[list[RuleProblem], list[_Entry]]:
    """Decide what an entry is; return what is wrong with it and the entries below it."""
    raw = entry.raw
    if isinstance(raw, Mapping) and "variable" not in raw and "operator" not in raw:
        if len(raw) == 1:
            entry.form, inner = next(iter(raw.items()))
            if entry.form == "not":
                return [], [_Entry(inner, joined(entry.path, "not"), entry.depth + 1)]
            if entry.form in ("all", "any") and isinstance(inner, (list, tuple)):
                # One more than may be: enough for the count to refuse it, however long it is.
                return [], [
                    _Entry(item, joined(entry.path, f"{entry.form}[{index}]"), entry.depth + 1)
                    for index, item in enumerate(inner[: MAX_RULES + 1])
                ]
        return [_not_a_rule(entry.path)], []
    if not isinstance(raw, Mapping):
        return [_not_a_rule(entry.path)], []
    entry.form = "comparison"
    return list(_comparison_problems(raw, entry.path)), []


def _not_a_rule(path: str) -> RuleProblem:
    return RuleProblem(
        path,
        "This is not a rule.",
        "Use a comparison, or a group of rules.",
    )


def _comparison_problems(raw: Mapping[Any, Any], path: str) -> Iterator[RuleProblem]:
    if not set(raw) <= {"variable", "operator", "value", "ignore_case"}:
        yield RuleProblem(
            path,
            "The comparison has unknown fields.",
            "Keep only variable, operator, value and ignore_case.",
        )
    variable = raw.get("variable")
    if not isinstance(variable, str) or not is_path(variable):
        yield RuleProblem(
            joined(path, "variable"),
            "The variable is missing or invalid.",
            "Choose a variable, such as booking.status.",
        )
    if not isinstance(raw.get("ignore_case", False), bool):
        yield RuleProblem(
            joined(path, "ignore_case"), "This is neither yes nor no.", "Choose yes or no."
        )
    name = raw.get("operator")
    if not isinstance(name, str) or name not in OPERATOR_NAMES:
        yield RuleProblem(
            joined(path, "operator"),
            "The operator is missing or unknown.",
            f"Use one of: {', '.join(rule.label for rule in OPERATORS.values())}.",
        )
        return
    form = OPERATORS[Operator(name)].value
    if not is_accepted(form, raw.get("value")):
        if is_empty(raw.get("value")):
            reason, remedy = "Enter a value to compare with.", ""
        else:
            reason = f'The value is invalid for "{OPERATORS[Operator(name)].label}".'
            remedy = VALUE_FORMS[form].remedy
        yield RuleProblem(joined(path, "value"), reason, remedy)


def _build(entries: Sequence[_Entry]) -> Rule:
    built: dict[int, Rule] = {}
    for index in range(len(entries) - 1, -1, -1):
        entry = entries[index]
        below = tuple(built[child] for child in entry.below)
        if entry.form == "all":
            built[index] = AllOf(below)
        elif entry.form == "any":
            built[index] = AnyOf(below)
        elif entry.form == "not":
            built[index] = Not(below[0])
        else:
            raw = entry.raw
            built[index] = Comparison(
                raw["variable"],
                Operator(raw["operator"]),
                raw.get("value"),
                raw.get("ignore_case", False),
            )
    return built[0]
