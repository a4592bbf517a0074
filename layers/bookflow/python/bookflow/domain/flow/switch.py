"""The switch: many cases, of which the first that matches is followed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bookflow.domain.flow.conditions.config import RuleData
from bookflow.domain.flow.conditions.evaluation import evaluate
from bookflow.domain.workflows.graph import DEFAULT_HANDLE, ERROR_HANDLE, SUCCESS_HANDLE

MAX_CASES = 50

_RESERVED = frozenset({DEFAULT_HANDLE, ERROR_HANDLE, SUCCESS_HANDLE})


class SwitchCase(BaseModel):
    """One case of a switch."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Case", defer_build=True)

    id: str = Field(
        min_length=1,
        max_length=64,
        pattern=r"^[^\x00-\x1f\x7f]+$",
        title="Id",
        description="Handle that leaves the node for this case; unique in the switch",
    )
    name: str = Field(
        default="", max_length=200, title="Name", description="What the editor shows at the handle"
    )
    rule: RuleData


class SwitchConfig(BaseModel):
    """Continues on the first case whose rule holds, in their order, or else by `default`."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Switch", defer_build=True)

    cases: tuple[SwitchCase, ...] = Field(
        min_length=1,
        max_length=MAX_CASES,
        title="Cases",
        description="Tried from the top; the first that matches is followed",
    )

    @model_validator(mode="after")
    def _handles_differ(self) -> Self:
        ids = [case.id for case in self.cases]
        if len(set(ids)) < len(ids):
            raise ValueError("two cases have the same id; give each its own")
        if _RESERVED & set(ids):
            raise ValueError(f"a case may not be called {', '.join(sorted(_RESERVED))}; rename it")
        return self

    def decide(
        self, scope: Mapping[str, Any], timezone: str | ZoneInfo, now: datetime | None = None
    ) -> str:
        """Return the handle to follow: a case's id, or `default`.

        Raises:
            InvalidInputError: The time zone is not known.
        """
        for case in self.cases:
            if evaluate(case.rule, scope, timezone, now):
                return case.id
        return DEFAULT_HANDLE
