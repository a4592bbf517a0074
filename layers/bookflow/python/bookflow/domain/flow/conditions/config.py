"""The condition node: its configuration, and the rule as a field of any configuration."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, WrapValidator
from pydantic_core import PydanticCustomError

from bookflow.domain.flow.conditions.evaluation import evaluate
from bookflow.domain.flow.conditions.operators import OPERATORS
from bookflow.domain.flow.conditions.reading import MAX_DEPTH, MAX_RULES, read_rule

RULE_ERROR = "bookflow_rule"
"""Type of the pydantic error of a rule that cannot be read."""


def _readable(raw: Any, handler: Any) -> Any:
    """Refuse a rule that cannot be read before pydantic walks into it."""
    _, problems = read_rule(raw)
    if problems:
        first = problems[0]
        where = f" (at {first.path})" if first.path else ""
        raise PydanticCustomError(
            RULE_ERROR,
            "{text}",
            {"text": f"{first.reason.removesuffix('.')}{where}. {first.remedy}".rstrip()},
        )
    return handler(raw)


RuleData = Annotated[
    Mapping[str, Any],
    WrapValidator(_readable),
    Field(
        title="Rule",
        description="What must hold; groups of rules may stand in one another",
        json_schema_extra={
            "format": "rule",
            "x-max-depth": MAX_DEPTH,
            "x-max-rules": MAX_RULES,
            "x-operators": [
                {
                    "name": name.value,
                    "label": rule.label,
                    "types": sorted(rule.kinds),
                    "value": rule.value,
                }
                for name, rule in OPERATORS.items()
            ],
        },
    ),
]
"""A rule as JSON; its JSON schema carries the table of operators that the editor offers."""


class ConditionConfig(BaseModel):
    """Continues on "yes" if the rule is met, otherwise on "no"."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Condition", defer_build=True)

    rule: RuleData

    def decide(
        self, scope: Mapping[str, Any], timezone: str | ZoneInfo, now: datetime | None = None
    ) -> str:
        """Return the handle to follow.

        Raises:
            InvalidInputError: The time zone is not known.
        """
        return "true" if evaluate(self.rule, scope, timezone, now) else "false"
