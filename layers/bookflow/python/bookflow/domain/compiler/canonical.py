"""Numbers the nodes of a graph by its shape alone, so that equal shapes compile equally."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from bookflow.domain.compiler.structure import NumberedGraph
from bookflow.domain.workflows.graph import (
    DEFAULT_HANDLE,
    ERROR_HANDLE,
    TRIGGER_NODE,
    Node,
    RetryPolicy,
)

_CASE = (-1,)
"""Key of a switch's case of several edges: a vertex of its own, for its id is to be forgotten too.

A case of one edge needs none: the edge says all there is to it.
"""

Case = tuple[int, str]
"""A switch's case: the switch's vertex, and the id as in the graph."""

NumberedEdge = tuple[int, int]
"""An edge as one of its ends sees it: the label's number, and the vertex at the other end."""


@dataclass(frozen=True, slots=True)
class CanonicalGraph:
    """A graph renumbered by shape.

    A *chain* is a row of nodes of which each but the last is an action with one edge out, which is
    the only edge into the next one: control that enters it passes through it.

    Attributes:
        nodes: In canonical order, which respects the edges; the trigger is first.
        chains: The numbers of each chain's nodes; the chains are in canonical order too.
        edges: (source, handle, target) by chain, sorted: from the source's last node to the
            target's first one; switch cases are renamed.
        cases: For each chain that ends with a switch, its case ids as in the graph with their
            canonical names `c1`, `c2` ...
        decided: Chains that end with a decision that is known at the start.
    """

    nodes: tuple[Node, ...]
    chains: tuple[range, ...]
    edges: tuple[tuple[int, str, int], ...]
    cases: dict[int, dict[str, str]]
    decided: frozenset[int]


def canonical_graph(graph: NumberedGraph) -> CanonicalGraph:
    """Renumber a graph so that ids, names, texts and the graph's order leave no trace.

    A pass names each chain by everything before it, and unless only twins are the same then,
    another by everything after it. What is left the same is refined until no neighbour tells chains
    apart (1-dimensional Weisfeiler-Leman), nor the make of the parts that they lie in, and what is
    the same even then is taken as interchangeable. Shapes exist that this cannot distinguish (one
    part of many like nodes that cross regularly, yet not in the same way everywhere); for those,
    two graphs of one shape may get two machines, which costs a machine and changes nothing in an
    execution.
    """
    chains, chain_of = _chains_of(graph)
    ranks = _node_ranks(graph)
    keys = [tuple([ranks[index] for index in chain]) for chain in chains]
    edges: list[tuple[int, str, int]] = []
    between: list[tuple[int, str, int]] = []
    targets: dict[Case, list[int]] = {}
    for source, handle, target in graph.edges:
        begin, end = chain_of[source], chain_of[target]
        if begin == end:
            continue
        between.append((begin, handle, end))
        if graph.nodes[source].type == "switch" and handle not in (DEFAULT_HANDLE, ERROR_HANDLE):
            targets.setdefault((begin, handle), []).append(end)
        else:
            edges.append((begin, handle, end))
    named_at: dict[int, list[Case]] = {}
    for (switch, case_id), ends in targets.items():
        vertex = ends[0]
        if len(ends) > 1:
            vertex = len(keys)
            keys.append(_CASE)
            edges += [(vertex, "case", end) for end in ends]
        edges.append((switch, "case", vertex))
        named_at.setdefault(vertex, []).append((switch, case_id))
    number: dict[int, int] = {}
    cases: dict[int, dict[str, str]] = {}
    for vertex in _number(keys, edges):
        for switch, case_id in named_at.get(vertex, ()):
            known = cases.setdefault(number[switch], {})
            known[case_id] = f"c{len(known) + 1}"
        if vertex < len(chains):
            number[vertex] = len(number)
    nodes: list[Node] = []
    numbered: list[range] = []
    for vertex in number:
        begin = len(nodes)
        nodes += [graph.nodes[index] for index in chains[vertex]]
        numbered.append(range(begin, len(nodes)))
    return CanonicalGraph(
        nodes=tuple(nodes),
        chains=tuple(numbered),
        edges=tuple(
            sorted(
                [
                    (
                        number[source],
                        cases[number[source]][handle] if (source, handle) in targets else handle,
                        number[target],
                    )
                    for source, handle, target in between
                ]
            )
        ),
        cases=cases,
        decided=frozenset(number[chain_of[index]] for index in graph.decided),
    )


def _chains_of(graph: NumberedGraph) -> tuple[list[list[int]], list[int]]:
    """Return the chains, and for each node the chain that it belongs to."""
    count = len(graph.nodes)
    entering = [0] * count
    leaving = [0] * count
    following = [-1] * count
    for source, handle, target in graph.edges:
        entering[target] += 1
        leaving[source] += 1 if handle != ERROR_HANDLE else 2
        following[source] = target
    begins = [True] * count
    for index, node in enumerate(graph.nodes):
        after = following[index]
        goes_on = leaving[index] == 1 and entering[after] == 1 and node.is_action
        if goes_on:
            begins[after] = False
        else:
            following[index] = -1
    chains: list[list[int]] = []
    chain_of = [0] * count
    for index in range(count):
        if begins[index]:
            chain = []
            at = index
            while at >= 0:
                chain_of[at] = len(chains)
                chain.append(at)
                at = following[at]
            chains.append(chain)
    return chains, chain_of


def _node_ranks(graph: NumberedGraph) -> list[int]:
    """Return numbers that are equal where the nodes are, wherever in a graph they stand."""
    handled = {source for source, handle, _ in graph.edges if handle == ERROR_HANDLE}
    policies: dict[int, tuple[float, ...]] = {}
    keys: list[tuple[Any, ...]] = []
    for index, node in enumerate(graph.nodes):
        if node.type == TRIGGER_NODE:
            keys.append(("",))
        elif index in graph.decided:
            keys.append((node.type, "decided"))
        else:
            again = policies.get(id(node.retry))
            if again is None:
                again = policies[id(node.retry)] = _policy_key(node.retry)
            keys.append((node.operation, "handled" if index in handled else node.on_failure, again))
    rank = {key: index for index, key in enumerate(sorted(set(keys)))}
    return [rank[key] for key in keys]


def _policy_key(retry: RetryPolicy) -> tuple[float, ...]:
    if retry.max_attempts == 1:
        return (1,)
    return (retry.max_attempts, retry.interval_seconds, retry.backoff_rate)


def _number(keys: Sequence[tuple[int, ...]], edges: Sequence[tuple[int, str, int]]) -> list[int]:
    """Return the vertices in canonical order, each after all that lead to it."""
    count = len(keys)
    rank = {key: index for index, key in enumerate(sorted(set(keys)))}
    labels = {label: index for index, label in enumerate(sorted({edge[1] for edge in edges}))}
    out: list[list[NumberedEdge]] = [[] for _ in range(count)]
    into: list[list[NumberedEdge]] = [[] for _ in range(count)]
    for source, name, target in edges:
        label = labels[name]
        out[source].append((label, target))
        into[target].append((label, source))
    forward = _levels(out, into)
    colour = _colours(forward, [rank[key] for key in keys], into, len(labels))
    ordered = _by_level(forward, colour)
    if all(_are_twins(cell, out, into) for cell in _same(ordered, colour)):
        return ordered
    colour = _colours(_levels(into, out), colour, out, len(labels))
    ordered = _by_level(forward, colour)
    if all(_are_twins(cell, out, into) for cell in _same(ordered, colour)):
        return ordered
    return _Refinement(ordered, colour, out, into).discrete_order()


def _by_level(levels: Sequence[Sequence[int]], colour: Sequence[int]) -> list[int]:
    return [vertex for vertices in levels for vertex in sorted(vertices, key=colour.__getitem__)]


def _levels(
    onward: Sequence[Sequence[NumberedEdge]], back: Sequence[Sequence[NumberedEdge]]
) -> list[list[int]]:
    missing = [len(edges) for edges in back]
    level = [vertex for vertex, left in enumerate(missing) if not left]
    levels: list[list[int]] = []
    while level:
        levels.append(level)
        following: list[int] = []
        for vertex in level:
            for _, target in onward[vertex]:
                missing[target] -= 1
                if not missing[target]:
                    following.append(target)
        level = following
    return levels


def _colours(
    levels: Sequence[Sequence[int]],
    own: Sequence[int],
    back: Sequence[Sequence[NumberedEdge]],
    labels: int,
) -> list[int]:
    """Colour level by level: equal colours mean equal vertices with equal histories."""
    colour = [0] * len(own)
    used = 0
    for vertices in levels:
        if len(vertices) == 1:
            colour[vertices[0]] = used
            used += 1
            continue
        found: dict[tuple[int, ...], list[int]] = {}
        for vertex in vertices:
            history = [colour[source] * labels + label for label, source in back[vertex]]
            if len(history) > 1:
                history.sort()
            found.setdefault((own[vertex], *history), []).append(vertex)
        for key in sorted(found):
            for vertex in found[key]:
                colour[vertex] = used
            used += 1
    return colour


def _same(ordered: Sequence[int], colour: Sequence[int]) -> list[list[int]]:
    """Return the groups of vertices that share a colour."""
    if colour[ordered[-1]] == len(ordered) - 1:
        return []  # as many colours as vertices
    groups: dict[int, list[int]] = {}
    for before, vertex in pairwise(ordered):
        if colour[before] == colour[vertex]:
            groups.setdefault(colour[vertex], [before]).append(vertex)
    return list(groups.values())


def _are_twins(
    cell: Sequence[int],
    out: Sequence[Sequence[NumberedEdge]],
    into: Sequence[Sequence[NumberedEdge]],
) -> bool:
    """Return whether the vertices have the very same neighbours, so that any order will do."""
    after, before = sorted(out[cell[0]]), sorted(into[cell[0]])
    return all(sorted(out[other]) == after and sorted(into[other]) == before for other in cell[1:])


class _Refinement:
    """Splits groups of like vertices by what their neighbours are, then breaks the ties left."""

    def __init__(
        self,
        ordered: Sequence[int],
        colour: Sequence[int],
        out: Sequence[Sequence[NumberedEdge]],
        into: Sequence[Sequence[NumberedEdge]],
    ) -> None:
        self._start = [0] * len(ordered)
        # A dictionary keeps an order and gives members away one by one.
        self._cells: dict[int, dict[int, None]] = {}
        begun = 0
        for position, vertex in enumerate(ordered):
            if position and colour[vertex] != colour[ordered[position - 1]]:
                begun = position
            self._start[vertex] = begun
            self._cells.setdefault(begun, {})[vertex] = None
        self._near = [
            [(label * 2, vertex) for label, vertex in out[index]]
            + [(label * 2 + 1, vertex) for label, vertex in into[index]]
            for index in range(len(ordered))
        ]
        self._queue: deque[int] = deque(self._cells)
        self._queued = set(self._queue)

    def discrete_order(self) -> list[int]:
        self._refine()
        self._separate_parts()
        self._refine()
        position = 0
        count = len(self._start)
        while position < count:
            cell = self._cells[position]
            if len(cell) == 1:
                position += 1
                continue
            vertex, _ = cell.popitem()
            self._place([vertex], position + len(cell))
            self._push(position + len(cell))
            self._refine()
        return [next(iter(self._cells[position])) for position in range(count)]

    def _separate_parts(self) -> None:
        """Split groups whose members lie in parts of different make, such as rings of 2 and of 4.

        Neighbours alone never show how far a part reaches. A part is what stays connected without
        the vertices that are known already.
        """
        makes: list[tuple[int, ...]] = []
        part_of: dict[int, int] = {}
        for cell in self._cells.values():
            for vertex in cell:
                if len(cell) > 1 and vertex not in part_of:
                    part = self._part_with(vertex)
                    part_of |= dict.fromkeys(part, len(makes))
                    makes.append(tuple(sorted([self._start[each] for each in part])))
        rank = {make: place for place, make in enumerate(sorted(set(makes)))}
        tags = {vertex: [rank[makes[part]]] for vertex, part in part_of.items()}
        for start in sorted(self._cells):
            if len(self._cells[start]) > 1:
                self._split(start, tags, list(self._cells[start]))

    def _part_with(self, vertex: int) -> list[int]:
        part = [vertex]
        seen = {vertex}
        for each in part:  # grows while it is walked
            for _, near in self._near[each]:
                if near not in seen and len(self._cells[self._start[near]]) > 1:
                    seen.add(near)
                    part.append(near)
        return part

    def _place(self, vertices: list[int], start: int) -> None:
        self._cells[start] = dict.fromkeys(vertices)
        for vertex in vertices:
            self._start[vertex] = start

    def _push(self, start: int) -> None:
        if start not in self._queued:
            self._queued.add(start)
            self._queue.append(start)

    def _refine(self) -> None:
        while self._queue:
            splitter = self._queue.popleft()
            self._queued.discard(splitter)
            tags: dict[int, list[int]] = {}
            for vertex in self._cells[splitter]:
                for tag, near in self._near[vertex]:
                    if len(self._cells[self._start[near]]) > 1:
                        tags.setdefault(near, []).append(tag)
            touched: dict[int, list[int]] = {}
            for vertex in tags:
                touched.setdefault(self._start[vertex], []).append(vertex)
            for start in sorted(touched):
                self._split(start, tags, touched[start])

    def _split(self, start: int, tags: dict[int, list[int]], touched: list[int]) -> None:
        cell = self._cells[start]
        groups: dict[tuple[int, ...], list[int]] = {}
        for vertex in touched:
            groups.setdefault(tuple(sorted(tags[vertex])), []).append(vertex)
        left = len(cell) - len(touched)
        if not left and len(groups) == 1:
            return
        pending = start in self._queued
        largest = max(left, *map(len, groups.values()))
        spared = False
        position = start
        if left:
            # What was not touched stays in place, so a split costs no more than what it moves.
            for vertex in touched:
                del cell[vertex]
            spared = not pending and left == largest
            if not spared:
                self._push(start)
            position += left
        for key in sorted(groups):
            group = groups[key]
            self._place(group, position)
            # A split needs no second look through its largest part (Hopcroft 1971).
            if not pending and not spared and len(group) == largest:
                spared = True
            else:
                self._push(position)
            position += len(group)
