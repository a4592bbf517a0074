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
    found = []
    seen: set[KeyT] = set()
    # What lies before all cycles or behind them is on none: it is not looked at.
    remaining = _between_cycles(arrows)
    backwards = _turned(remaining)
    for node in remaining:
        if node not in seen:
            ahead, behind = reachable(remaining, [node]), reachable(backwards, [node])
            knot = ahead & behind
            seen |= knot
            if len(knot) > 1:
                found.append(_back_to(node, remaining, knot))
    return found


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


def _between_cycles(arrows: Arrows[KeyT]) -> Arrows[KeyT]:
    ended = {*topological(arrows), *topological(_turned(arrows))}
    return {
        node: [each for each in followers if each not in ended]
        for node, followers in arrows.items()
        if node not in ended
    }


def _turned(arrows: Arrows[KeyT]) -> Mapping[KeyT, list[KeyT]]:
    turned: dict[KeyT, list[KeyT]] = {node: [] for node in arrows}
    for node, followers in arrows.items():
        for follower in followers:
            turned[follower].append(node)
    return turned
