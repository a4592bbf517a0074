"""What a rule may come to while only some of its comparisons can be decided."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bookflow.domain.flow.conditions.reading import known_rule
from bookflow.domain.flow.conditions.rules import AnyOf, Comparison, Not, Rule

EITHER = frozenset({True, False})


def outcomes(raw: Any, decide: Callable[[Comparison], bool | None]) -> frozenset[bool]:
    """Return what a rule may come to: yes, no, or either; either for what is no rule.

    Args:
        raw: The rule, parsed or as JSON.
        decide: Decides a comparison; None for one that cannot be decided yet.
    """
    rule = known_rule(raw)
    return EITHER if rule is None else _outcomes(rule, decide)


def _outcomes(rule: Rule, decide: Callable[[Comparison], bool | None]) -> frozenset[bool]:
    if isinstance(rule, Comparison):
        decided = decide(rule)
        return EITHER if decided is None else frozenset({decided})
    if isinstance(rule, Not):
        return frozenset(not outcome for outcome in _outcomes(rule.rule, decide))
    parts = [_outcomes(part, decide) for part in rule.rules]
    deciding = isinstance(rule, AnyOf)  # one such part decides the whole
    if any(part == {deciding} for part in parts):
        return frozenset({deciding})
    return EITHER if any(deciding in part for part in parts) else frozenset({not deciding})
