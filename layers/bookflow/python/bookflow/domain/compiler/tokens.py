"""The edges that cross from one branch into another: joins elsewhere wait for them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence

from bookflow.domain.compiler.flow_graph import FlowGraph, slot
from bookflow.domain.compiler.states import ACTIVE, INACTIVE, STOPPED
from bookflow.domain.compiler.targets import Settled


class Tokens:
    """Knows the edges into token joins, as far as meshes were met, and who has to settle them."""

    def __init__(self, graph: FlowGraph) -> None:
        self._graph = graph
        self._edges: dict[int, list[tuple[int, str]]] = {}
        """(join, handle) by source."""
        self._sources: list[int] = []

    def add(self, source: int, join: int, handle: str) -> None:
        """Note an edge into a join of another branch."""
        if source not in self._edges:
            insort(self._sources, source)
        self._edges.setdefault(source, []).append((join, handle))

    def leave(self, node: int) -> bool:
        """Return whether such an edge begins at the node, or at what it dominates."""
        return self._graph.holds(node, self._sources)

    def own(self, source: int, taken: str | None) -> Settled:
        """Return the decisions about a node's own edges once it takes a handle; None stops it."""
        return tuple(
            (
                join,
                _edge_name(source, handle),
                STOPPED if taken is None else ACTIVE if handle == taken else INACTIVE,
            )
            for join, handle in self._edges.get(source, ())
        )

    def settled(self, roots: Sequence[int], decision: str) -> Settled:
        """Return the decisions about edges that leave these subtrees for joins elsewhere."""
        return tuple(
            (join, _edge_name(source, handle), decision)
            for source in self._sources_below(roots)
            for join, handle in self._edges[source]
            if self._graph.root_of(roots, join) is None
        )

    def _sources_below(self, roots: Sequence[int]) -> Iterator[int]:
        for root in roots if self._sources else ():
            first = bisect_left(self._sources, root)
            yield from self._sources[first : bisect_left(self._sources, self._graph.end[root])]


def _edge_name(source: int, handle: str) -> str:
    """Return what joins know an edge by."""
    return f"{slot(source)}.{handle}"
