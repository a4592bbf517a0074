"""A rule as it was read, and what may be wrong with one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from bookflow.domain.flow.conditions.operators import Operator


@dataclass(frozen=True)
class AllOf:
    """True when every rule in it is."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class AnyOf:
    """True when at least one rule in it is."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Not:
    """True when the rule in it is not."""

    rule: Rule


@dataclass(frozen=True)
class Comparison:
    """One variable compared with one value, as JSON has it."""

    variable: str
    operator: Operator
    value: Any = None
    ignore_case: bool = False


Rule = AllOf | AnyOf | Not | Comparison


@dataclass(frozen=True)
class RuleProblem:
    """What is wrong at one place of a rule.

    `path` is relative to the rule, such as `all[0].value`; empty for the rule itself. A warning
    does not forbid the rule.
    """

    path: str
    reason: str
    remedy: str
    severity: Literal["error", "warning"] = "error"


def parts(rule: Rule, path: str = "") -> Iterator[tuple[str, Rule]]:
    """Walk a rule that was read, hence at most 20 levels deep."""
    yield path, rule
    if isinstance(rule, Not):
        yield from parts(rule.rule, joined(path, "not"))
    elif isinstance(rule, (AllOf, AnyOf)):
        name = "all" if isinstance(rule, AllOf) else "any"
        for index, part in enumerate(rule.rules):
            yield from parts(part, joined(path, f"{name}[{index}]"))


def joined(path: str, name: str) -> str:
    """Return the path of a place below another; either may be empty."""
    return f"{path}.{name}" if path and name else path or name
