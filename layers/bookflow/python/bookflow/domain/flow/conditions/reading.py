"""Reads rules from JSON of any shape and depth, in bounded time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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


def read_rule(raw: Any) -> tuple[Rule | None, list[RuleProblem]]:
    """Read a rule from JSON of any shape and depth; return it, or all that is wrong with it.

    Reading ends at the first rule that is too deep or one too many, so the time is bounded.
    """
    reading = _Reading()
    rule = reading.rule(raw, "", 1)
    return (None if reading.problems else rule), reading.problems


def known_rule(rule: Rule | Any) -> Rule | None:
    """Return a rule, parsed or as JSON, as it was read; None for what is not a rule."""
    if isinstance(rule, (AllOf, AnyOf, Not, Comparison)):
        return rule
    return read_rule(rule)[0]


@dataclass
class _Reading:
    """What was read so far.

    Attributes:
        parts: Its groups and comparisons, with those that are still to be read.
        is_over: Whether a limit was met: nothing more is read then.
    """

    problems: list[RuleProblem] = field(default_factory=list)
    parts: int = 1
    is_over: bool = False

    def rule(self, raw: Any, path: str, depth: int) -> Rule | None:
        """Return the rule, or None if it or a part of it has problems."""
        if self.is_over:
            return None
        if isinstance(raw, Mapping) and ("variable" in raw or "operator" in raw or len(raw) != 1):
            return self._comparison(raw, path)
        form, inner = next(iter(raw.items())) if isinstance(raw, Mapping) else ("", None)
        if form == "not":
            inner = [inner]
        elif form not in ("all", "any") or not isinstance(inner, (list, tuple)):
            self.problems.append(_not_a_rule(path))
            return None
        if (limit := self._limit(path, depth, len(inner))) is not None:
            self.problems.append(limit)
            self.is_over = True
            return None
        places = ["not"] if form == "not" else [f"{form}[{index}]" for index in range(len(inner))]
        read = [
            self.rule(item, joined(path, place), depth + 1)
            for item, place in zip(inner, places, strict=True)
        ]
        rules = tuple(rule for rule in read if rule is not None)
        if len(rules) < len(read):
            return None
        if form == "not":
            return Not(rules[0])
        return AllOf(rules) if form == "all" else AnyOf(rules)

    def _comparison(self, raw: Mapping[Any, Any], path: str) -> Rule | None:
        known = {"variable", "operator"} & set(raw)
        found = list(_comparison_problems(raw, path)) if known else [_not_a_rule(path)]
        self.problems += found
        if found:
            return None
        operator, ignores_case = Operator(raw["operator"]), raw.get("ignore_case", False)
        return Comparison(raw["variable"], operator, raw.get("value"), ignores_case)

    def _limit(self, path: str, depth: int, count: int) -> RuleProblem | None:
        self.parts += count
        if count and depth == MAX_DEPTH:
            return RuleProblem(
                path,
                f"The condition is nested more than {MAX_DEPTH} levels deep.",
                "Flatten it, or split it over several condition nodes.",
            )
        if self.parts > MAX_RULES:
            return RuleProblem(
                path,
                f"The condition has more than {MAX_RULES} parts.",
                'Use "is one of" instead of many comparisons, or split it over several nodes.',
            )
        return None


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
            "Choose what to compare." if variable in (None, "") else "The variable is invalid.",
            "" if variable in (None, "") else "Choose a variable, such as booking.status.",
        )
    if not isinstance(raw.get("ignore_case", False), bool):
        yield RuleProblem(
            joined(path, "ignore_case"), "This is neither yes nor no.", "Choose yes or no."
        )
    name = raw.get("operator")
    if not isinstance(name, str) or name not in OPERATOR_NAMES:
        yield RuleProblem(
            joined(path, "operator"),
            "Choose how to compare." if name in (None, "") else "The comparison is unknown.",
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
