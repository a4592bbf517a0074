"""The compiler's terms: targets, parts of the graph, and the branches that they become."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bookflow.domain.compiler.states import ACTIVE, INACTIVE, STOPPED, State, machine

END = -1
"""Exit of the parts that lead nowhere: the end of the execution."""

Settled = tuple[tuple[int, str, str], ...]
"""(join, edge, decision) for each edge into a token join that a target settles."""


class Target(NamedTuple):
    """Where control continues, and what is reported to joins elsewhere before.

    Attributes:
        state: Name of the next state; None ends the branch (or the execution) with `outcome`.
        outcome: What the end of the branch means for the edges into the part's exit.
        decisions: What is reported to joins on this target.
    """

    state: str | None
    outcome: str = ACTIVE
    decisions: Settled = ()

    @property
    def is_plain_end(self) -> bool:
        """Return whether the branch (or the execution) ends here with nothing left to report."""
        return self.state is None and not self.decisions

    def reporting(self, decisions: Settled) -> Target:
        """Return the same target with more decisions to report."""
        return Target(self.state, self.outcome, self.decisions + decisions)


class Targets(NamedTuple):
    """Where a part of the graph continues, by what its edges into the exit turned out to be."""

    active: Target
    inactive: Target
    stopped: Target

    def of_branch(self) -> Targets:
        """Return how a branch ends where a Parallel continues in these targets."""
        return EXECUTION_ENDS if self.active == self.inactive else BRANCH_ENDS


# For an exit that distinguishes active from inactive, and for one that does not.
BRANCH_ENDS = Targets(Target(None, ACTIVE), Target(None, INACTIVE), Target(None, STOPPED))
EXECUTION_ENDS = Targets(Target(None, ACTIVE), Target(None, ACTIVE), Target(None, STOPPED))


@dataclass(slots=True)
class BranchScope:
    """A branch that is being compiled, or the machine itself, which has depth 0.

    Attributes:
        states: The states so far, by name.
        waiting: Nodes that others lead to and that have no state yet.
        arrivals: Names of the states that report to joins, by what they stand for.
        ends: What the branch's ends may mean.
    """

    name: str
    depth: int
    states: dict[str, State] = field(default_factory=dict)
    waiting: list[tuple[int, Part]] = field(default_factory=list)
    arrivals: dict[tuple[Target, bool], str] = field(default_factory=dict)
    ends: set[str] = field(default_factory=set)

    @property
    def is_top(self) -> bool:
        """Return whether this is the machine itself, where a failure may simply fail."""
        return self.depth == 0

    def branch(self, parallel: str, index: int) -> BranchScope:
        """Return the scope of a Parallel's branch, which is empty yet."""
        return BranchScope(name=f"{parallel}.b{index + 1}", depth=self.depth + 1)

    def compiled(self, start: str) -> Branch:
        """Return the branch that these states are, all of them being there."""
        return Branch(machine(start, self.states), self.ends)


class Branch(NamedTuple):
    """A branch of a Parallel, compiled, and what its ends may mean."""

    machine: State
    ends: Collection[str]


class Part(NamedTuple):
    """A part of the graph being compiled.

    Attributes:
        exit: The node that all targets out of the part lead to, or END.
        leavers: The nodes from which a target leaves the part, in ascending order.
        targets: Where to continue.
        scope: Where the states belong.
    """

    exit: int
    leavers: Sequence[int]
    targets: Targets
    scope: BranchScope

    def always(self) -> Part:
        """Return the same part where another edge makes sure that the exit is active."""
        active, _, stopped = self.targets
        return Part(self.exit, self.leavers, Targets(active, active, stopped), self.scope)


Entries = dict[str, Target]
"""For each handle of a part's head, where control goes when the head takes it."""


class Lead(NamedTuple):
    """Members of a region that some of the head's handles lead to.

    Attributes:
        groups: Connected members; several run in parallel.
        handles: The handles that start them; none where a series continues to its last member.
        bypass: Those of the handles that lead straight to the exit as well.
        part: Where the members continue.
        decisions: What is reported to joins when one of the handles is taken.
    """

    groups: list[list[int]]
    handles: Collection[str]
    bypass: Collection[str]
    part: Part
    decisions: Settled
