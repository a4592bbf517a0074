"""The problem: one thing that is wrong with a graph, where it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Severity = Literal["error", "warning"]


class Problem(BaseModel):
    """One problem of a graph.

    An error forbids publishing; a warning says what will probably surprise. A problem of the
    graph as a whole names neither node nor edge.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    node_id: str | None = Field(default=None, description="The node with the problem")
    edge_id: str | None = Field(default=None, description="The edge with the problem")
    field: str = Field(
        default="", description="Path inside the node or edge (or the graph), such as config.url"
    )
    reason: str = Field(description="What is wrong, as a sentence")
    remedy: str = Field(
        description="What to do about it, as a sentence; empty where the reason says it"
    )
    severity: Severity = "error"


def has_errors(problems: Iterable[Problem]) -> bool:
    """Return whether the problems forbid publishing."""
    return any(problem.severity == "error" for problem in problems)
