"""The graph as numbers, with its dominator tree: what the compiler finds its regions in."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence

from bookflow.domain.compiler.reading import OrderedGraph
from bookflow.domain.workflows.graph import (
    DEFAULT_HANDLE,
    ERROR_HANDLE,
    FALSE_HANDLE,
    NO_HANDLE,
    SUCCESS_HANDLE,
    TRUE_HANDLE,
)


class FlowGraph:
    """A graph whose nodes are numbered by a walk through its dominator tree.

    A node *dominates* another when every path from the trigger to the other leads through it. The
    children of a node in the tree are what an execution can reach from it and from nothing else.

    Numbers follow the tree depth first: the trigger is 0, a node comes after all that lead to it,
    and what a node dominates has the numbers from its own up to `end[node]`.

    Attributes:
        nodes: By number.
        out: For each node, the handle and the target of its edges.
        into: For each node, the source and the handle of the edges into it.
        children: For each node, its children in the tree, in ascending order.
        end: For each node, the number after the last that it dominates.
        handles: For each node, the handles that it may take, with their places; `none` where it
            may take no handle that has an edge.
        cases: For each switch, its case ids as in the graph with their names in the machine.
        decided: Conditions and switches whose decision is known at the start.
    """

    def __init__(self, graph: OrderedGraph) -> None:
        """Number a graph."""
        children = _children(graph)
        numbered = _depth_first(children, next(iter(graph.nodes)))
        number = {node_id: at for at, node_id in enumerate(numbered)}
        count = len(numbered)
        self.nodes = [graph.nodes[node_id] for node_id in numbered]
        self.children = [
            [number[child] for child in children.get(node_id, ())] for node_id in numbered
        ]
        self.end = [each + 1 for each in range(count)]
        for node in reversed(range(count)):
            if self.children[node]:
                self.end[node] = self.end[self.children[node][-1]]
        self.out: list[list[tuple[str, int]]] = [[] for _ in range(count)]
        self.into: list[list[tuple[int, str]]] = [[] for _ in range(count)]
        self.cases: dict[int, dict[str, str]] = {}
        for source, target, handle in sorted(
            (number[source], number[target], handle) for source, handle, target in graph.links
        ):
            name = self._handle_name(source, handle)
            self.out[source].append((name, target))
            self.into[target].append((source, name))
        self.decided = frozenset(number[each] for each in graph.decided if each in number)
        self.handles = [
            {handle: place for place, handle in enumerate(self._possible_handles(node))}
            for node in range(count)
        ]
        self._edges = {
            (node, handle, target) for node in range(count) for handle, target in self.out[node]
        }

    def _handle_name(self, node: int, handle: str) -> str:
        """Return a handle as the machine names it: ids of cases are texts of the graph's author."""
        if self.nodes[node].type != "switch" or handle in (DEFAULT_HANDLE, ERROR_HANDLE):
            return handle
        names = self.cases.setdefault(node, {})
        return names.setdefault(handle, f"c{len(names) + 1}")

    def _possible_handles(self, node: int) -> Iterable[str]:
        used = {handle: None for handle, _ in self.out[node]}
        is_decided = node in self.decided
        failing = [ERROR_HANDLE] if used.pop(ERROR_HANDLE, "") is None and not is_decided else []
        match self.nodes[node].type:
            case "condition":
                continues = self.nodes[node].on_failure == "continue"
                lost = [NO_HANDLE] if continues and not failing and not is_decided else []
                return [TRUE_HANDLE, FALSE_HANDLE, *failing, *lost]
            case "switch":
                return [*used, *failing, NO_HANDLE]
            case "delay":
                return [SUCCESS_HANDLE, *failing, NO_HANDLE]
            case _:
                return [SUCCESS_HANDLE, *failing]

    def leads(self, node: int, handle: str, target: int) -> bool:
        """Return whether an edge goes from that handle to that node."""
        return (node, handle, target) in self._edges

    def leads_to(self, node: int, target: int) -> bool:
        """Return whether any edge goes from the node to the target."""
        return any(each == target for _, each in self.out[node])

    def entered(self, head: int, group: Iterable[int]) -> list[str]:
        """Return the handles of the head that lead into a group of nodes, in their order."""
        places = self.handles[head]
        found = {
            handle
            for node in group
            for source, handle in self.into[node]
            if source == head and handle in places
        }
        return sorted(found, key=places.__getitem__)

    def root_of(self, roots: Sequence[int], node: int) -> int | None:
        """Return which of the roots, in ascending order, is the node or dominates it."""
        at = bisect_right(roots, node) - 1
        return roots[at] if at >= 0 and node < self.end[roots[at]] else None

    def holds(self, node: int, numbers: Sequence[int]) -> bool:
        """Return whether any of the numbers, in ascending order, is the node or dominated by it."""
        at = bisect_left(numbers, node)
        return at < len(numbers) and numbers[at] < self.end[node]


def slot(number: int) -> str:
    """Return the name of a node's place in the machine."""
    return f"n{number}"


def _children(graph: OrderedGraph) -> Mapping[str, list[str]]:
    """Return the dominator tree: for each node that dominates others, its children.

    A node's parent is the nearest node that dominates all of its sources (Cooper, Harvey and
    Kennedy, "A Simple, Fast Dominance Algorithm"); in topological order one pass finds it.
    """
    place = {node_id: at for at, node_id in enumerate(graph.nodes)}
    parent: dict[str, str] = {}
    sources: dict[str, list[str]] = {}
    for source, _, target in graph.links:
        sources.setdefault(target, []).append(source)
    children: dict[str, list[str]] = {}
    for node_id, (first, *others) in ((each, sources[each]) for each in place if each in sources):
        above = first
        for other in others:
            while above != other:
                if place[above] > place[other]:
                    above = parent[above]
                else:
                    other = parent[other]
        parent[node_id] = above
        children.setdefault(above, []).append(node_id)
    return children


def _depth_first(children: Mapping[str, Sequence[str]], trigger: str) -> list[str]:
    found: list[str] = []
    waiting = [trigger]
    while waiting:
        node_id = waiting.pop()
        found.append(node_id)
        waiting.extend(reversed(children.get(node_id, ())))
    return found
