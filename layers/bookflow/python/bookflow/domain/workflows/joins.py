"""The rules of one token join: which edges are decided, and when its waiting task may continue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bookflow.domain.shared.errors import ConflictError


class Decision(StrEnum):
    """What became of an edge; of a join, what its edges make together."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    STOPPED = "stopped"


@dataclass(frozen=True)
class JoinState:
    """One join of one execution, as far as it is known.

    Arrivals and the waiting task come in any order and any number of times (Lambda and Step
    Functions both deliver at least once); the state is the same in the end. The caller that makes a state
    with both a `token` and an `outcome()` completes the task; completing it twice is harmless, as
    Step Functions refuses a token that is used up.

    Attributes:
        expected: Edges that lead to the join; None until the waiting task has reported it.
        decided: The edges decided so far.
        token: Task token of the waiting task's latest try.
    """

    expected: int | None = None
    decided: Mapping[str, Decision] = field(default_factory=dict)
    token: str | None = None

    def arrive(self, decisions: Mapping[str, str]) -> JoinState:
        """Return the state after these edges are decided; repeats change nothing.

        Raises:
            ValueError: A decision is none of `Decision`.
            ConflictError: An edge was decided otherwise before. The first decision stands.
        """
        known = dict(self.decided)
        for edge, reported in decisions.items():
            decision = known.setdefault(edge, Decision(reported))
            if decision != reported:
                raise ConflictError(
                    f"Edge {edge} of a join was {decision} before and is {reported} now.",
                    field=f"decisions.{edge}",
                    remedy="An edge is decided once; look at the machine that sent this.",
                )
        return replace(self, decided=known)

    def wait(self, token: str, expected: int) -> JoinState:
        """Return the state after the waiting task gave its token; a later try replaces it."""
        return replace(self, token=token, expected=expected)

    def outcome(self) -> Decision | None:
        """Return what the edges make together, None while one is open.

        A stopped edge stops the join, whatever else is active; else one active edge is enough
        (design, "Graph": dead-path elimination). It waits for all edges even then: a stopped
        edge may still come after an active one.
        """
        if self.expected is None or len(self.decided) < self.expected:
            return None
        for decision in (Decision.STOPPED, Decision.ACTIVE):
            if decision in self.decided.values():
                return decision
        return Decision.INACTIVE
