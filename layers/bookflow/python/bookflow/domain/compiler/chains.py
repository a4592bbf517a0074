"""Facts about a graph's chains that the layout needs: names, handles, edges."""

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


class Chains:
    """The chains of a canonical graph by number: facts, which compiling does not change.

    A chain is entered at its first node, and its last one decides how it continues.

    Attributes:
        graph: The chains and the edges between them.
        last: For each chain, its last node.
        entry: For each chain, the slot of its first node, which is the state that it begins with.
        slot: For each chain, the slot of its last node.
        decided: Chains that end with a decision that is known at the start.
        handles: For each chain, the handles that it may take, in their order, each with its place;
            `none` where it may take no handle of the graph.
    """

    def __init__(self, canonical: CanonicalGraph) -> None:
        self.graph = FlowGraph(len(canonical.chains), canonical.edges)
        self._numbers = canonical.chains
        self._nodes = canonical.nodes
        names = [slot(number) for number in range(len(canonical.nodes))]
        self.last = [canonical.nodes[chain[-1]] for chain in canonical.chains]
        self.entry = [names[chain[0]] for chain in canonical.chains]
        self.slot = [names[chain[-1]] for chain in canonical.chains]
        self.decided = canonical.decided
        self._edges = frozenset(canonical.edges)
        self._handled = {source for source, handle, _ in canonical.edges if handle == ERROR_HANDLE}
        self.handles = [self._possible_handles(chain) for chain in range(self.graph.count)]

    def links(self, chain: int) -> Sequence[tuple[str, Node]]:
        """Return all nodes of a chain but the last, each after its slot."""
        return [(slot(number), self._nodes[number]) for number in self._numbers[chain][:-1]]

    def edge_name(self, chain: int, handle: str) -> str:
        """Return what joins know the edges of a handle by."""
        return f"{self.slot[chain]}.{handle}"

    def leads(self, chain: int, handle: str, target: int) -> bool:
        """Return whether an edge goes from that handle to that chain."""
        return (chain, handle, target) in self._edges

    def starting(self, head: int, chain: int) -> list[str]:
        """Return the handles of the edges from the head to a chain."""
        return [handle for source, handle in self.graph.into[chain] if source == head]

    def entered(self, head: int, group: Sequence[int], handles: Collection[str]) -> Collection[str]:
        """Return those of the handles that lead from the head into the group, in their order."""
        into = self.graph.into
        found = {handle for chain in group for source, handle in into[chain] if source == head}
        if head in self.decided:
            found.discard(ERROR_HANDLE)
        if len(found) == len(handles):
            return handles
        return sorted(found, key=self.handles[head].__getitem__)

    def has_one_handle(self, chain: int) -> bool:
        """Return whether the chain has one handle, as an action without `on_error` has."""
        return self.handles[chain] is _ONE_HANDLE

    def is_plain(self, chain: int) -> bool:
        """Return whether a chain is one action with one handle that dominates nothing."""
        return (
            self.has_one_handle(chain)
            and not self.graph.children[chain]
            and len(self._numbers[chain]) == 1
        )

    def _possible_handles(self, chain: int) -> Mapping[str, int]:
        kind = self.last[chain].type
        is_handled = chain in self._handled and chain not in self.decided
        if kind not in _SEVERAL_HANDLES and not is_handled:
            return _ONE_HANDLE
        failing = [ERROR_HANDLE] if is_handled else []
        if kind == "condition":
            lost = chain not in self.decided and self._continues(chain)
            handles = [TRUE_HANDLE, FALSE_HANDLE, *failing, *([NO_HANDLE] if lost else [])]
        elif kind == "switch":
            used = {handle for handle, _ in self.graph.out[chain]} - {ERROR_HANDLE}
            cases = sorted(used, key=lambda handle: (len(handle), handle))
            handles = [*cases, *failing, NO_HANDLE]
        else:
            handles = [SUCCESS_HANDLE, *failing, *([NO_HANDLE] if kind == "delay" else [])]
        return {handle: place for place, handle in enumerate(handles)}

    def _continues(self, chain: int) -> bool:
        return self.last[chain].on_failure == "continue" and chain not in self._handled
