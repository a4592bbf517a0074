"""Splits what a node dominates into parts that are independent, and parts that join first."""

from __future__ import annotations

from collections.abc import Sequence

from bookflow.domain.compiler.structure import FlowGraph


def components(graph: FlowGraph, head: int, members: Sequence[int]) -> list[list[int]]:
    """Group children of `head` in the dominator tree that edges connect.

    An edge that leaves a child's subtree without leaving the head's always ends at another child,
    so only the edges into the children count.
    """
    if len(members) == 1:
        return [list(members)]
    parent = {node: node for node in members}

    def find(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    level = graph.depth[head] + 1
    for node in members:
        for source, _ in graph.into[node]:
            if source != head:
                one, other = find(node), find(graph.ancestor(source, level))
                if one != other:
                    parent[max(one, other)] = min(one, other)
    groups: dict[int, list[int]] = {}
    for node in members:
        groups.setdefault(find(node), []).append(node)
    return list(groups.values())


def joined_first(
    graph: FlowGraph, head: int, group: Sequence[int], leavers: Sequence[int]
) -> list[list[int]]:
    """Cluster the members of a mesh that meet at one of them before they meet anything else.

    A member and all that lead to it form a cluster when nothing else leads out of these; inside
    it no token is needed. Clusters nest or are apart, so the widest are kept. Sets are bit masks.
    """
    level = graph.depth[head] + 1
    place = {node: index for index, node in enumerate(group)}
    before = [0] * len(group)
    onward = [0] * len(group)
    leaves = 0
    for index, node in enumerate(group):
        if graph.below(leavers, node):
            leaves |= 1 << index
        for source, _ in graph.into[node]:
            if source != head:
                from_index = place[graph.ancestor(source, level)]
                before[index] |= before[from_index] | 1 << from_index
                onward[from_index] |= 1 << index
    taken = 0
    clusters: list[list[int]] = []
    for index in range(len(group) - 1, -1, -1):
        if taken >> index & 1:
            continue
        own = before[index]
        whole = own | 1 << index
        closed = not own & leaves and not own & taken
        members = [at for at in range(index) if own >> at & 1] if closed else []
        if any(onward[at] & ~whole for at in members):
            members = []
        if not members:
            whole = 1 << index
        taken |= whole
        clusters.append([*(group[at] for at in members), group[index]])
    clusters.reverse()
    return clusters
