"""The edges that cross from one branch into another: joins elsewhere wait for them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence

from bookflow.domain.compiler.chains import Chains
from bookflow.domain.compiler.states import ACTIVE, INACTIVE, STOPPED
from bookflow.domain.compiler.targets import Settled


class Tokens:
    """Knows the edges into token joins, as far as meshes were met, and who has to settle them."""

    def __init__(self, chains: Chains) -> None:
        self._chains = chains
        self._graph = chains.graph
        # (join, handle) by source, and the sources' subtree numbers, sorted.
        self._from: dict[int, list[tuple[int, str]]] = {}
        self._numbers: list[int] = []

    def leave(self, chain: int) -> bool:
        """Return whether such an edge begins at the chain, or at what it dominates."""
        return self._graph.below(self._numbers, chain)

    def add(self, source: int, join: int, handle: str) -> None:
        """Note an edge into a join of another branch."""
        known = self._from.setdefault(source, [])
        if not known:
            insort(self._numbers, self._graph.first[source])
        known.append((join, handle))

    def own(self, source: int, taken: str | None) -> Settled:
        """Return the decisions about a chain's own edges once it takes a handle; None stops it."""
        return tuple(
            [
                (
                    join,
                    self._chains.edge_name(source, handle),
                    STOPPED if taken is None else ACTIVE if handle == taken else INACTIVE,
                )
                for join, handle in self._from.get(source, ())
            ]
        )

    def settled(self, roots: Sequence[int], decision: str) -> Settled:
        """Return the decisions about edges that leave these subtrees for joins elsewhere."""
        graph, numbers = self._graph, self._numbers
        if not numbers or not roots:
            return ()
        at = bisect_left(numbers, graph.first[roots[0]])
        if at == len(numbers) or numbers[at] >= graph.last[roots[-1]]:
            return ()
        begins = [graph.first[root] for root in roots]
        ends = [graph.last[root] for root in roots]
        settled: list[tuple[int, str, str]] = []
        for begin, end in zip(begins, ends, strict=True):
            low = bisect_left(numbers, begin)
            for number in numbers[low : bisect_left(numbers, end, low)]:
                source = graph.by_number[number]
                for join, handle in self._from[source]:
                    at = bisect_right(begins, graph.first[join]) - 1
                    if at < 0 or graph.first[join] >= ends[at]:
                        settled.append((join, self._chains.edge_name(source, handle), decision))
        return tuple(settled)
