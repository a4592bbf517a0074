"""Judges calls by IAM policies, as far as the template's policies go.

moto's own engine cannot: it takes a statement whose condition does not hold for a denial, and its
classes are no documented part of it (docs/adr has the decision). The rules are those of the IAM
User Guide, "Policy evaluation logic": an explicit deny wins, then any allow, else a denial. What
the template has no use for (permission boundaries, other condition operators) raises an error here
and is not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Request:
    """What a call asks for.

    Attributes:
        action: Such as `sqs:SendMessage`.
        resource: The ARN, or "*" where the service knows no resource to name.
        context: Condition keys that the call has, by name in lower case.
        principal: Who calls, where a resource's policy is judged: a service's name.
    """

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)
    principal: str | None = None


Statement = Mapping[str, Any]


def allows(statements: Iterable[Statement], request: Request) -> bool:
    """Return whether the policies let the call pass."""
    return bool(allowing(statements, request))


def allowing(statements: Iterable[Statement], request: Request) -> Sequence[Statement]:
    """Return the statements that let the call pass; none if it is denied."""
    fitting = [statement for statement in statements if applies(statement, request)]
    if any(statement["Effect"] == "Deny" for statement in fitting):
        return []
    return fitting


def applies(statement: Statement, request: Request) -> bool:
    """Return whether a statement speaks of the call."""
    return (
        _names(statement, "Action", request.action, ignore_case=True)
        and _names(statement, "Resource", request.resource)
        and _is_principal(statement, request.principal)
        and all(
            _holds(operator, key, as_list(wanted), request.context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def matches(pattern: str, value: str, *, ignore_case: bool = False) -> bool:
    """Return whether a text fits a pattern with `*` and `?`."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return bool(re.fullmatch(expression, value, re.DOTALL | (re.IGNORECASE if ignore_case else 0)))


def as_list(value: Any) -> list[Any]:
    """Return IAM's one-or-many as many."""
    return list(value) if isinstance(value, list | tuple) else [value]


def _names(statement: Statement, element: str, value: str, *, ignore_case: bool = False) -> bool:
    if f"Not{element}" in statement:
        raise NotImplementedError(f"a statement with Not{element}")
    if element not in statement:
        return element == "Resource"  # a trust policy has none: it is about its own role
    return any(
        matches(pattern, value, ignore_case=ignore_case) for pattern in as_list(statement[element])
    )


def _is_principal(statement: Statement, principal: str | None) -> bool:
    if "NotPrincipal" in statement:
        raise NotImplementedError("a statement with NotPrincipal")
    if principal is None:
        return "Principal" not in statement
    named = statement.get("Principal", {})
    return named == "*" or principal in as_list(named.get("Service", []))


def _holds(operator: str, key: str, wanted: Sequence[str], context: Mapping[str, str]) -> bool:
    """Return whether one condition holds; a key that the call lacks fails it."""
    value = context.get(key.lower())
    if operator in ("StringEquals", "Bool"):
        return value in wanted
    if operator in ("StringLike", "ArnLike", "ArnEquals"):
        # For ARNs both take patterns (IAM User Guide, "IAM JSON policy elements: Condition").
        return value is not None and any(matches(each, value) for each in wanted)
    raise NotImplementedError(f"the condition operator {operator}")
