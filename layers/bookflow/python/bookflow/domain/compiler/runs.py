"""What the compiler knows of a drawing's runs before it lays anything out: names, handles, edges."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from bookflow.domain.compiler.canonical import CanonicalGraph
from bookflow.domain.compiler.compiled import slot
from bookflow.domain.compiler.structure import FlowGraph
from bookflow.domain.workflows.graph import (
    ERROR_HANDLE,
    FALSE_HANDLE,
    NO_HANDLE,
    SUCCESS_HANDLE,
    TRUE_HANDLE,
    Node,
)

_ONE_HANDLE: Mapping[str, int] = {SUCCESS_HANDLE: 0}
_SEVERAL_HANDLES = frozenset({"condition", "switch", "delay"})


class Runs:
    """The runs of a canonical graph by number: facts, which compiling does not change.

    A run is entered at its first node, and its last one decides how it goes on.

    Attributes:
        graph: The runs and the edges between them.
        last: For each run, its last node.
        entry: For each run, the slot of its first node, which is the state that it begins with.
        slot: For each run, the slot of its last node.
        decided: Runs that end with a decision that is known at the start.
        handles: For each run, the handles that it may take, in their order, each with its place;
            `none` where it may take no drawn one.
    """

    def __init__(self, canonical: CanonicalGraph) -> None:
        self.graph = FlowGraph(len(canonical.runs), canonical.edges)
        self._numbers = canonical.runs
        self._nodes = canonical.nodes
        names = [slot(number) for number in range(len(canonical.nodes))]
        self.last = [canonical.nodes[run[-1]] for run in canonical.runs]
        self.entry = [names[run[0]] for run in canonical.runs]
        self.slot = [names[run[-1]] for run in canonical.runs]
        self.decided = canonical.decided
        self._edges = frozenset(canonical.edges)
        self._handled = {source for source, handle, _ in canonical.edges if handle == ERROR_HANDLE}
        self.handles = [self._possible_handles(run) for run in range(self.graph.count)]

    def links(self, run: int) -> Sequence[tuple[str, Node]]:
        """Return all nodes of a run but the last, each after its slot."""
        return [(slot(number), self._nodes[number]) for number in self._numbers[run][:-1]]

    def edge_name(self, run: int, handle: str) -> str:
        """Return what joins know the edges of a handle by."""
        return f"{self.slot[run]}.{handle}"

    def leads(self, run: int, handle: str, target: int) -> bool:
        """Tell whether an edge goes from that handle to that run."""
        return (run, handle, target) in self._edges

    def starting(self, head: int, run: int) -> list[str]:
        """Return the handles of the edges from the head to a run."""
        return [handle for source, handle in self.graph.into[run] if source == head]

    def entered(self, head: int, group: Sequence[int], handles: Collection[str]) -> Collection[str]:
        """Return those of the handles that lead from the head into the group, in their order."""
        into = self.graph.into
        found = {handle for run in group for source, handle in into[run] if source == head}
        if head in self.decided:
            found.discard(ERROR_HANDLE)
        if len(found) == len(handles):
            return handles
        return sorted(found, key=self.handles[head].__getitem__)

    def has_one_handle(self, run: int) -> bool:
        """Tell whether the run can only go on in one onward, as an action does without `on_error`."""
        return self.handles[run] is _ONE_HANDLE

    def is_plain(self, run: int) -> bool:
        """Tell whether a run is one action that goes on in one onward and has nothing of its own."""
        return (
            self.has_one_handle(run)
            and not self.graph.children[run]
            and len(self._numbers[run]) == 1
        )

    def _possible_handles(self, run: int) -> Mapping[str, int]:
        kind = self.last[run].type
        is_handled = run in self._handled and run not in self.decided
        if kind not in _SEVERAL_HANDLES and not is_handled:
            return _ONE_HANDLE
        failing = [ERROR_HANDLE] if is_handled else []
        if kind == "condition":
            lost = run not in self.decided and self._continues(run)
            handles = [TRUE_HANDLE, FALSE_HANDLE, *failing, *([NO_HANDLE] if lost else [])]
        elif kind == "switch":
            used = {handle for handle, _ in self.graph.out[run]} - {ERROR_HANDLE}
            cases = sorted(used, key=lambda handle: (len(handle), handle))
            handles = [*cases, *failing, NO_HANDLE]
        else:
            handles = [SUCCESS_HANDLE, *failing, *([NO_HANDLE] if kind == "delay" else [])]
        return {handle: place for place, handle in enumerate(handles)}

    def _continues(self, run: int) -> bool:
        return self.last[run].on_failure == "continue" and run not in self._handled
