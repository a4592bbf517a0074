"""A graph as numbered nodes and edges, and the dominator tree that gives its regions."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bookflow.domain.shared.errors import PermanentError
from bookflow.domain.workflows.graph import (
    ERROR_HANDLE,
    FALSE_HANDLE,
    SUCCESS_HANDLE,
    TRIGGER_NODE,
    TRUE_HANDLE,
    Graph,
    Node,
)


class GraphNotCompilableError(PermanentError):
    """The graph is no valid workflow, or its machine is larger than Step Functions takes.

    Args:
        message: What is wrong.
        field: Path inside the node, or inside the graph where no node is named.
        remedy: What to do about it.
        node_id: The node with the problem, if any.
    """

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        remedy: str | None = None,
        node_id: str | None = None,
    ) -> None:
        super().__init__(message, field=field, remedy=remedy)
        self.node_id = node_id


@dataclass(frozen=True, slots=True)
class NumberedGraph:
    """A checked graph: nodes in the graph's order, edges once each, all reachable, no cycle.

    Attributes:
        nodes: The trigger and everything that an execution may reach.
        edges: (source, handle as in the graph, target) by position in `nodes`.
        decided: Positions of conditions and switches whose decision is known at the start.
    """

    nodes: tuple[Node, ...]
    edges: tuple[tuple[int, str, int], ...]
    decided: frozenset[int]


def read_graph(graph: Graph, decided_at_start: Collection[str]) -> NumberedGraph:
    """Check what the compiler relies on, and number the nodes that an execution can reach.

    Raises:
        GraphNotCompilableError: No single trigger, an unknown or repeated id, a handle that the
            node's type does not have, an unreachable node, or a cycle.
    """
    position = {node.id: index for index, node in enumerate(graph.nodes)}
    if len(position) < len(graph.nodes):
        _refuse_repeated_ids(graph)
    types = [node.type for node in graph.nodes]
    if types.count(TRIGGER_NODE) != 1:
        raise GraphNotCompilableError(
            f"A workflow starts with one trigger; this one has {types.count(TRIGGER_NODE)}.",
            field="nodes",
            remedy="Keep exactly one trigger node.",
        )
    edges = _checked_edges(graph, position, types)
    _refuse_loose_ends(graph, types.index(TRIGGER_NODE), edges)
    decided = {
        position[node_id]
        for node_id in decided_at_start
        if node_id in position and types[position[node_id]] in ("condition", "switch")
    }
    return _without_unreachable(graph, edges, decided)


def _refuse_repeated_ids(graph: Graph) -> None:
    seen: set[str] = set()
    for index, node in enumerate(graph.nodes):
        if node.id in seen:
            raise GraphNotCompilableError(
                f"Two nodes have the id {node.id!r}.",
                field=f"nodes.{index}.id",
                remedy="Give each node its own id.",
            )
        seen.add(node.id)


def _without_unreachable(
    graph: Graph, edges: Sequence[tuple[int, str, int]], decided: set[int]
) -> NumberedGraph:
    """Leave out what only the `on_error` edges of decisions made before the execution would reach.

    Such an edge is never taken, yet a stopped decision still stops what descends from it, so a
    chain of nodes left out shrinks to one edge between what stays.
    """
    never = {edge for edge in edges if edge[1] == ERROR_HANDLE and edge[0] in decided}
    if not never:
        return NumberedGraph(graph.nodes, tuple(edges), frozenset(decided))
    start = next(index for index, node in enumerate(graph.nodes) if node.type == TRIGGER_NODE)
    taken = [edge for edge in edges if edge not in never]
    remaining = _reachable(start, len(graph.nodes), taken)
    if len(remaining) == len(graph.nodes):
        return NumberedGraph(graph.nodes, tuple(edges), frozenset(decided))
    onward: dict[int, list[int]] = {}
    for source, _, target in edges:
        if source not in remaining:
            onward.setdefault(source, []).append(target)
    shrunk = dict.fromkeys(edge for edge in taken if edge[0] in remaining)
    for source, handle, target in sorted(never):
        if source not in remaining:
            continue
        waiting, seen = [target], {target}
        while waiting:
            node = waiting.pop()
            if node in remaining:
                shrunk[source, handle, node] = None
                continue
            fresh = [after for after in onward.get(node, ()) if after not in seen]
            seen.update(fresh)
            waiting.extend(fresh)
    number = {old: new for new, old in enumerate(sorted(remaining))}
    return NumberedGraph(
        tuple(graph.nodes[index] for index in sorted(remaining)),
        tuple((number[source], handle, number[target]) for source, handle, target in shrunk),
        frozenset(number[index] for index in decided if index in number),
    )


_HANDLES: Mapping[str, Collection[str]] = {
    TRIGGER_NODE: (SUCCESS_HANDLE,),
    "condition": (TRUE_HANDLE, FALSE_HANDLE, ERROR_HANDLE),
}
"""Handles of the types that have others than an action's; those of a switch are its cases."""

_ACTION_HANDLES = (SUCCESS_HANDLE, ERROR_HANDLE)


def _checked_edges(
    graph: Graph, position: Mapping[str, int], types: Sequence[str]
) -> list[tuple[int, str, int]]:
    edges: dict[tuple[int, str, int], None] = {}
    for index, edge in enumerate(graph.edges):
        source, target = position.get(edge.source), position.get(edge.target)
        if source is None or target is None:
            end = "source" if source is None else "target"
            raise GraphNotCompilableError(
                f"Edge {edge.id!r} names a node that does not exist.",
                field=f"edges.{index}.{end}",
                remedy="Connect it to a node of this graph, or delete it.",
            )
        handle, kind = edge.source_handle, types[source]
        if kind == "switch":
            known = handle != SUCCESS_HANDLE
        else:
            known = handle in _HANDLES.get(kind, _ACTION_HANDLES)
        if not known:
            raise GraphNotCompilableError(
                f"A node of type {kind!r} has no handle {handle!r}.",
                field=f"edges.{index}.source_handle",
                remedy="Draw the edge from one of the node's own handles.",
            )
        edges[source, handle, target] = None
    return list(edges)


def _reachable(start: int, count: int, edges: Sequence[tuple[int, str, int]]) -> set[int]:
    onward: list[list[int]] = [[] for _ in range(count)]
    for source, _, target in edges:
        onward[source].append(target)
    seen = {start}
    waiting = [start]
    while waiting:
        for target in onward[waiting.pop()]:
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return seen


def _refuse_loose_ends(graph: Graph, trigger: int, edges: Sequence[tuple[int, str, int]]) -> None:
    """Refuse nodes that the trigger does not lead to, and cycles.

    One walk in the order of the edges finds neither: where it does not end at every node, or
    another node than the trigger begins it, a second look finds what is wrong.
    """
    count = len(graph.nodes)
    onward: list[list[int]] = [[] for _ in range(count)]
    missing = [0] * count
    for source, _, target in edges:
        onward[source].append(target)
        missing[target] += 1
    if missing[trigger] or missing.count(0) > 1:
        _refuse_unreachable(graph, trigger, edges)
    ready = [trigger] if not missing[trigger] else []
    for source in ready:  # grows while it is walked
        for target in onward[source]:
            missing[target] -= 1
            if not missing[target]:
                ready.append(target)
    if len(ready) < count:
        _refuse_unreachable(graph, trigger, edges)
        _refuse_cycle(graph, edges, missing)


def _refuse_unreachable(graph: Graph, trigger: int, edges: Sequence[tuple[int, str, int]]) -> None:
    everything = _reachable(trigger, len(graph.nodes), edges)
    for index, node in enumerate(graph.nodes):
        if index not in everything:
            raise GraphNotCompilableError(
                f"Node {node.id!r} is not reachable from the trigger.",
                field=f"nodes.{index}",
                remedy="Connect it, or delete it.",
            )


def _refuse_cycle(
    graph: Graph, edges: Sequence[tuple[int, str, int]], missing: Sequence[int]
) -> None:
    """Name the cycle among the nodes that still miss a predecessor."""
    back: dict[int, int] = {}
    for source, _, target in edges:
        if missing[source] and missing[target]:
            back[target] = source
    # Every node left has a predecessor that is left, so walking back must close a circle.
    path = [next(iter(back))]
    seen: dict[int, int] = {}
    while path[-1] not in seen:
        seen[path[-1]] = len(path) - 1
        path.append(back[path[-1]])
    circle = path[seen[path[-1]] : -1][::-1]
    first = circle.index(min(circle))
    circle = [*circle[first:], *circle[:first], circle[first]]
    names = " -> ".join(graph.nodes[index].id for index in circle)
    raise GraphNotCompilableError(
        f"The edges form a circle: {names}.",
        field="edges",
        remedy="Delete one edge of the circle; a workflow runs each node at most once.",
    )


class FlowGraph:
    """The numbered graph, in an order that respects the edges, with its dominator tree.

    Node 0 is the trigger. A node *dominates* another when every path from the trigger to the
    other leads through it. The children of a node in the dominator tree are what an execution can
    reach from it and from nothing else, which is how the compiler finds the parts of a graph.
    Ancestors are found with jump pointers (Myers, "An applicative random-access stack", 1983).
    """

    def __init__(self, count: int, edges: Sequence[tuple[int, str, int]]) -> None:
        """Take edges as (source, handle, target), with every source below its target."""
        self.count = count
        self.out: list[list[tuple[str, int]]] = [[] for _ in range(count)]
        self.into: list[list[tuple[int, str]]] = [[] for _ in range(count)]
        for source, handle, target in edges:
            self.out[source].append((handle, target))
            self.into[target].append((source, handle))
        self._build_dominators()
        self._number_subtrees()

    def _build_dominators(self) -> None:
        count = self.count
        self.idom = idom = [0] * count
        self.depth = depth = [0] * count
        self._jump = jump = [0] * count
        self.children: list[list[int]] = [[] for _ in range(count)]
        for node in range(1, count):
            into = self.into[node]
            above = into[0][0]
            for source, _ in into:
                if source != above:
                    above = self._common(above, source)
            idom[node] = above
            depth[node] = depth[above] + 1
            self.children[above].append(node)
            over = jump[above]
            balanced = depth[above] - depth[over] == depth[over] - depth[jump[over]]
            jump[node] = jump[over] if balanced else above

    def _common(self, one: int, other: int) -> int:
        depth, idom, jump = self.depth, self.idom, self._jump
        if depth[one] < depth[other]:
            one, other = other, one
        one = self.ancestor(one, depth[other])
        while one != other:
            if jump[one] == jump[other]:
                one, other = idom[one], idom[other]
            else:
                one, other = jump[one], jump[other]
        return one

    def ancestor(self, node: int, level: int) -> int:
        """Return the node's dominator at that depth of the tree, itself at its own depth."""
        depth, idom, jump = self.depth, self.idom, self._jump
        while depth[node] > level:
            node = jump[node] if depth[jump[node]] >= level else idom[node]
        return node

    def _number_subtrees(self) -> None:
        self.first = first = [0] * self.count
        self.last = last = [0] * self.count
        self.by_number: list[int] = []
        waiting = [0]
        while waiting:
            node = waiting.pop()
            first[node] = len(self.by_number)
            self.by_number.append(node)
            waiting.extend(reversed(self.children[node]))
        size = [1] * self.count
        for node in reversed(self.by_number[1:]):
            size[self.idom[node]] += size[node]
        for node in range(self.count):
            last[node] = first[node] + size[node]

    def below(self, numbers: Sequence[int], node: int) -> bool:
        """Return whether any of the sorted subtree numbers lies in the node's subtree."""
        at = bisect_left(numbers, self.first[node])
        return at < len(numbers) and numbers[at] < self.last[node]
