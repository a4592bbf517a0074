"""Splits what a node dominates into parts that are independent, and parts that join first."""

from __future__ import annotations

from collections.abc import Sequence

from bookflow.domain.compiler.structure import FlowGraph


class _Sets:
    """Sets that grow together (union-find); each is named by its least member."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def add(self, node: int) -> None:
        self._parent[node] = node

    def name(self, node: int) -> int:
        parent = self._parent
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    def unite(self, one: int, other: int) -> bool:
        """Make one set of two; return whether they were two."""
        one, other = self.name(one), self.name(other)
        if one == other:
            return False
        self._parent[max(one, other)] = min(one, other)
        return True


def components(graph: FlowGraph, head: int, members: Sequence[int]) -> list[list[int]]:
    """Group children of `head` in the dominator tree that edges connect.

    An edge that leaves a child's subtree without leaving the head's always ends at another child,
    so only the edges into the children count.
    """
    into = graph.into
    met = [node for node in members if len(into[node]) > 1]
    links = [(node, source) for node in met for source in beside(graph, head, node)]
    if not links:
        return [[node] for node in members]
    sets = _Sets()
    for node in members:
        sets.add(node)
    for node, source in links:
        sets.unite(node, source)
    groups: dict[int, list[int]] = {}
    for node in members:
        groups.setdefault(sets.name(node), []).append(node)
    return list(groups.values())


def connected_prefixes(graph: FlowGraph, head: int, group: Sequence[int]) -> list[bool]:
    """Tell for each length whether so many of the first members are connected by themselves."""
    sets = _Sets()
    apart = 0
    connected = [True]
    for node in group:
        sets.add(node)
        apart += 1
        for source in beside(graph, head, node):
            apart -= sets.unite(node, source)
        connected.append(apart == 1)
    return connected


def beside(graph: FlowGraph, head: int, node: int) -> set[int]:
    """Return the children of `head` whose subtrees lead to this child."""
    into = graph.into[node]
    if len(into) == 1:
        return set()
    depth, level = graph.depth, graph.depth[node]
    return {
        source if depth[source] == level else graph.ancestor(source, level)
        for source, _ in into
        if source != head
    }


def joined_first(
    graph: FlowGraph, head: int, group: Sequence[int], leavers: Sequence[int]
) -> list[list[int]]:
    """Cluster the members of a mesh that meet at one of them before they meet anything else.

    A member and all that lead to it form a cluster when nothing else leads out of these; inside
    it no token is needed. Clusters nest or are apart, so the widest are used. Sets are bit masks:
    of the members before one, right after one, and right after those before one.
    """
    place = {node: index for index, node in enumerate(group)}
    before = [0] * len(group)
    onward = [0] * len(group)
    direct: list[list[int]] = []
    leaves = 0
    for index, node in enumerate(group):
        if graph.below(leavers, node):
            leaves |= 1 << index
        direct.append([place[source] for source in beside(graph, head, node)])
        for source in direct[index]:
            before[index] |= before[source] | 1 << source
            onward[source] |= 1 << index
    after = [0] * len(group)
    for index, sources in enumerate(direct):
        for source in sources:
            after[index] |= after[source] | onward[source]
    taken = 0
    clusters: list[list[int]] = []
    for index in range(len(group) - 1, -1, -1):
        if taken >> index & 1:
            continue
        own = before[index]
        whole = own | 1 << index
        if own and not own & (leaves | taken) and not after[index] & ~whole:
            clusters.append([group[at] for at in range(index + 1) if whole >> at & 1])
        else:
            whole = 1 << index
            clusters.append([group[index]])
        taken |= whole
    clusters.reverse()
    return clusters
