"""Walks over directed graphs, without recursion and linear in the edges."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

KeyT = TypeVar("KeyT", bound=Hashable)

Arrows = Mapping[KeyT, Sequence[KeyT]]
"""For each node, in order, the nodes that it leads to; every node is a key."""


def reachable(arrows: Arrows[KeyT], starts: Iterable[KeyT]) -> set[KeyT]:
    """Return the starts and all nodes that they lead to."""
    seen = set(starts)
    waiting = list(seen)
    while waiting:
        for follower in arrows[waiting.pop()]:
            if follower not in seen:
                seen.add(follower)
                waiting.append(follower)
    return seen


def topological(arrows: Arrows[KeyT]) -> list[KeyT]:
    """Return the nodes so that each comes after all that lead to it.

    Nodes on a cycle, and those that only come after one, are left out.
    """
    missing = dict.fromkeys(arrows, 0)
    for followers in arrows.values():
        for follower in followers:
            missing[follower] += 1
    ready = deque(node for node, count in missing.items() if not count)
    ordered: list[KeyT] = []
    while ready:
        node = ready.popleft()
        ordered.append(node)
        for follower in arrows[node]:
            missing[follower] -= 1
            if not missing[follower]:
                ready.append(follower)
    return ordered


def cycles(arrows: Arrows[KeyT]) -> list[list[KeyT]]:
    """Return one shortest cycle through the first node of each knot of nodes, self-loops left out.

    A knot is a strongly connected component (R. Tarjan, "Depth-First Search and Linear Graph
    Algorithms", 1972). Each cycle starts with the knot's first node and does not repeat it.
    """
    order = {node: place for place, node in enumerate(arrows)}
    found = []
    for knot in _knots(arrows):
        if len(knot) > 1:
            members = set(knot)
            first = min(knot, key=order.__getitem__)
            found.append(_back_to(first, arrows, members))
    return sorted(found, key=lambda cycle: order[cycle[0]])


def path_back(start: KeyT, arrows: Arrows[KeyT]) -> list[KeyT]:
    """Return the nodes of a shortest cycle through `start`, itself first; empty if there is none.

    A node that leads to itself is a cycle of one.
    """
    return _back_to(start, arrows, None)


def _back_to(start: KeyT, arrows: Arrows[KeyT], members: set[KeyT] | None) -> list[KeyT]:
    came_from: dict[KeyT, KeyT] = {}
    waiting = deque([start])
    while waiting:
        node = waiting.popleft()
        for follower in arrows[node]:
            if follower == start and (members is None or node != start):
                path = [node]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                return path[::-1]
            outside = members is not None and follower not in members
            if follower != start and follower not in came_from and not outside:
                came_from[follower] = node
                waiting.append(follower)
    return []


def _knots(arrows: Arrows[KeyT]) -> list[list[KeyT]]:
    index: dict[KeyT, int] = {}
    low: dict[KeyT, int] = {}
    open_nodes: list[KeyT] = []
    is_open: set[KeyT] = set()
    knots: list[list[KeyT]] = []
    for root in arrows:
        if root in index:
            continue
        work = [(root, iter(arrows[root]))]
        index[root] = low[root] = len(index)
        open_nodes.append(root)
        is_open.add(root)
        while work:
            node, followers = work[-1]
            for follower in followers:
                if follower not in index:
                    index[follower] = low[follower] = len(index)
                    open_nodes.append(follower)
                    is_open.add(follower)
                    work.append((follower, iter(arrows[follower])))
                    break
                if follower in is_open:
                    low[node] = min(low[node], index[follower])
            else:
                work.pop()
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[node])
                if low[node] == index[node]:
                    place = _last(open_nodes, node)
                    knots.append(open_nodes[place:])
                    is_open.difference_update(open_nodes[place:])
                    del open_nodes[place:]
    return knots


def _last(nodes: Sequence[KeyT], node: KeyT) -> int:
    place = len(nodes) - 1
    while nodes[place] != node:
        place -= 1
    return place
