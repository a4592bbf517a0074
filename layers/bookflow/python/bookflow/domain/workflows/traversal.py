"""The meaning of a graph, node by node: which nodes run next once one has ended.

The compiler gives the same meaning to a state machine; this form serves the simulator, which
runs on a virtual clock without Step Functions. A node runs once, when every edge into it is
decided and at least one is active (design, "Graph": dead-path elimination).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from enum import StrEnum

from bookflow.domain.workflows.graph import ERROR_HANDLE, Edge, Graph, Node
from bookflow.domain.workflows.joins import Decision


class End(StrEnum):
    """How a node ended, where it did not take a handle."""

    FAILED = "failed"
    NOTHING_FOLLOWS = "nothing_follows"


class Traversal:
    """One execution through a graph. Call `start` once, then `ended` for each node that was returned."""

    def __init__(self, graph: Graph) -> None:
        self._nodes = {node.id: node for node in graph.nodes}
        self._trigger = graph.trigger.id
        self._outgoing: dict[str, list[Edge]] = defaultdict(list)
        self._open: dict[str, int] = defaultdict(int)
        self._decided: dict[str, set[Decision]] = defaultdict(set)
        self.has_failed = False
        for edge in graph.edges:
            self._outgoing[edge.source].append(edge)
            self._open[edge.target] += 1

    def start(self) -> list[Node]:
        """Return the nodes that execution first."""
        return list(self._decide((edge, Decision.ACTIVE) for edge in self._outgoing[self._trigger]))

    def ended(self, node_id: str, how: str | End) -> list[Node]:
        """Return the nodes that execution now that this one has ended.

        Args:
            node_id: The node.
            how: The handle that it took, or how it ended without one.
        """
        edges = self._outgoing[node_id]
        if how is not End.FAILED:
            return list(self._decide((edge, _taken(edge, how)) for edge in edges))
        if any(edge.source_handle == ERROR_HANDLE for edge in edges):
            return list(self._decide((edge, _taken(edge, ERROR_HANDLE)) for edge in edges))
        node = self._nodes[node_id]
        if node.on_failure == "continue":
            followed = Decision.ACTIVE if node.type not in _CHOOSING else Decision.INACTIVE
            return list(self._decide((edge, followed) for edge in edges))
        self.has_failed = True
        return list(self._decide((edge, Decision.STOPPED) for edge in edges))

    def _decide(self, decided: Iterator[tuple[Edge, Decision]]) -> Iterator[Node]:
        """Decide edges, and those of nodes that thereby never run; yield the nodes that run."""
        waiting = list(decided)
        for edge, decision in waiting:  # grows while it is walked
            target = edge.target
            self._decided[target].add(decision)
            self._open[target] -= 1
            if self._open[target]:
                continue
            decisions = self._decided[target]
            if Decision.STOPPED in decisions:
                waiting += [(each, Decision.STOPPED) for each in self._outgoing[target]]
            elif Decision.ACTIVE in decisions:
                yield self._nodes[target]
            else:
                waiting += [(each, Decision.INACTIVE) for each in self._outgoing[target]]


_CHOOSING = frozenset({"condition", "switch"})


def _taken(edge: Edge, handle: str | End) -> Decision:
    return Decision.ACTIVE if edge.source_handle == handle else Decision.INACTIVE
