"""Groups what a node dominates into parts: independent ones, and those that join first."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from bookflow.domain.compiler.flow_graph import FlowGraph

T = TypeVar("T")


def connected(items: Sequence[T], keys: Callable[[T], Sequence[Hashable]]) -> list[list[T]]:
    """Group items that share a key, directly or by way of others; all keep their order."""
    parent: dict[Hashable, Hashable] = {}

    def root(key: Hashable) -> Hashable:
        while parent.setdefault(key, key) != key:
            parent[key] = key = parent[parent[key]]
        return key

    first_keys: list[Hashable] = []
    for item in items:
        first, *others = keys(item)
        first_keys.append(first)
        parent.setdefault(first, first)
        for other in others:
            parent[root(other)] = root(first)
    groups: dict[Hashable, list[T]] = {}
    for item, key in zip(items, first_keys, strict=True):
        groups.setdefault(root(key), []).append(item)
    return list(groups.values())


def components(graph: FlowGraph, head: int, members: Sequence[int]) -> list[list[int]]:
    """Group children of `head` in the dominator tree that edges connect."""
    return connected(members, lambda node: [node, *beside(graph, head, node)])


def beside(graph: FlowGraph, head: int, node: int) -> list[int]:
    """Return the children of `head` that lead to this child, or whose subtrees do.

    An edge that leaves a child's subtree without leaving the head's always ends at another child,
    so the edges into the children are all there are between the subtrees.
    """
    if len(graph.into[node]) == 1:
        return []
    siblings = graph.children[head]
    found = {graph.root_of(siblings, source) for source, _ in graph.into[node] if source != head}
    return sorted(each for each in found if each is not None)


def joined_first(
    graph: FlowGraph, head: int, group: Sequence[int], leavers: Sequence[int]
) -> list[list[int]]:
    """Cluster the members of a mesh that meet at one of them before they meet anything else.

    A member and all that lead to it form a cluster when nothing else leads out of these; inside
    it no token is needed. Clusters nest or are apart, so the widest are used.
    """
    before: dict[int, set[int]] = {}
    after: dict[int, set[int]] = {node: set() for node in group}
    for node in group:
        sources = beside(graph, head, node)
        before[node] = set(sources).union(*(before[source] for source in sources))
        for source in sources:
            after[source].add(node)
    clusters: list[list[int]] = []
    taken: set[int] = set()
    for node in reversed(group):
        if node in taken:
            continue
        whole = before[node] | {node}
        leads_out = any(
            each in taken or graph.holds(each, leavers) or not after[each] <= whole
            for each in before[node]
        )
        cluster = [node] if leads_out else sorted(whole)
        taken.update(cluster)
        clusters.append(cluster)
    return clusters[::-1]
