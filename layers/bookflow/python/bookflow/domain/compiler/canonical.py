"""Numbers the nodes of a drawing by its shape alone, so that equal shapes compile equally."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from bookflow.domain.compiler.structure import DEFAULT_HANDLE, Drawing
from bookflow.domain.graph import ERROR_HANDLE, TRIGGER_NODE, Node

_CASE = ("~case",)


@dataclass(frozen=True, slots=True)
class CanonicalGraph:
    """A drawing renumbered by shape.

    Attributes:
        nodes: In canonical order, which respects the edges; the trigger is first.
        edges: (source, handle, target) by canonical number, sorted; switch cases are renamed.
        cases: For each switch, its case ids as drawn with their canonical names `c1`, `c2` ...
        decided: Canonical numbers of decisions that are known at the start.
    """

    nodes: tuple[Node, ...]
    edges: tuple[tuple[int, str, int], ...]
    cases: dict[int, dict[str, str]]
    decided: frozenset[int]


def canonical_graph(drawing: Drawing) -> CanonicalGraph:
    """Renumber a drawing so that ids, names, texts and the order drawn leave no trace.

    Two passes name each node by everything before it and everything after it; what they leave
    alike is refined until no neighbour tells nodes apart (1-dimensional Weisfeiler-Leman), and
    what is still alike is taken as interchangeable. Shapes exist that this cannot tell apart
    (regular crossings of many like nodes); for those, two drawings of one shape may get two
    machines, which costs a machine and changes nothing in a run.
    """
    keys: list[tuple[Any, ...]] = []
    handles_of: list[set[str]] = [set() for _ in drawing.nodes]
    for source, handle, _ in drawing.edges:
        handles_of[source].add(handle)
    for index, node in enumerate(drawing.nodes):
        keys.append(_node_key(node, handles_of[index], index in drawing.decided))
    # A case of a switch is a vertex of its own, for its id is a name to be forgotten too.
    case_vertex: dict[tuple[int, str], int] = {}
    arcs: dict[tuple[int, str, int], None] = {}
    for source, handle, target in drawing.edges:
        if _is_case(drawing.nodes[source], handle):
            vertex = case_vertex.get((source, handle))
            if vertex is None:
                vertex = case_vertex[source, handle] = len(keys)
                keys.append(_CASE)
            arcs[source, "case", vertex] = None
            arcs[vertex, "case", target] = None
        else:
            arcs[source, handle, target] = None
    order = _number(keys, list(arcs))
    number: dict[int, int] = {}
    cases: dict[int, dict[str, str]] = {}
    names = {vertex: key for key, vertex in case_vertex.items()}
    for vertex in order:
        if vertex < len(drawing.nodes):
            number[vertex] = len(number)
            continue
        source, case_id = names[vertex]
        known = cases.setdefault(number[source], {})
        known[case_id] = f"c{len(known) + 1}"
    edges = sorted(
        (
            number[source],
            cases[number[source]][handle] if (source, handle) in case_vertex else handle,
            number[target],
        )
        for source, handle, target in drawing.edges
    )
    return CanonicalGraph(
        nodes=tuple(drawing.nodes[vertex] for vertex in order if vertex in number),
        edges=tuple(edges),
        cases=cases,
        decided=frozenset(number[index] for index in drawing.decided),
    )


def _is_case(node: Node, handle: str) -> bool:
    return node.type == "switch" and handle not in (DEFAULT_HANDLE, ERROR_HANDLE)


def _node_key(node: Node, handles: set[str], decided: bool) -> tuple[Any, ...]:
    if node.type == TRIGGER_NODE:
        return ("",)
    if decided:
        return (node.type, "decided")
    retry = node.retry
    again = (retry.max_attempts, retry.interval_seconds, retry.backoff_rate)
    return (
        node.type,
        "handled" if ERROR_HANDLE in handles else node.on_failure,
        again if retry.max_attempts > 1 else (1,),
    )


def _number(keys: Sequence[tuple[Any, ...]], arcs: Sequence[tuple[int, str, int]]) -> list[int]:
    """Return the vertices in canonical order, each after all that lead to it."""
    count = len(keys)
    rank = {key: index for index, key in enumerate(sorted(set(keys)))}
    labels = {label: index for index, label in enumerate(sorted({arc[1] for arc in arcs}))}
    out: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    into: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    for source, name, target in arcs:
        label = labels[name]
        out[source].append((label, target))
        into[target].append((label, source))
    forward = _levels(out, into)
    down = _colours(forward, [rank[key] for key in keys], into)
    up = _colours(_levels(into, out), down, out)
    level = [0] * count
    for at, vertices in enumerate(forward):
        for vertex in vertices:
            level[vertex] = at
    ordered = sorted(range(count), key=lambda vertex: (level[vertex], up[vertex]))
    if len(set(up)) == count:
        return ordered
    return _Refinement(ordered, up, out, into).discrete_order()


def _levels(
    onward: Sequence[Sequence[tuple[int, int]]], back: Sequence[Sequence[tuple[int, int]]]
) -> list[list[int]]:
    missing = [len(arcs) for arcs in back]
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
    back: Sequence[Sequence[tuple[int, int]]],
) -> list[int]:
    """Colour level by level: equal colours mean equal vertices with equal histories."""
    colour = [0] * len(own)
    used = 0
    for vertices in levels:
        found: dict[Hashable, list[int]] = {}
        for vertex in vertices:
            history = tuple(sorted([(label, colour[source]) for label, source in back[vertex]]))
            found.setdefault((own[vertex], history), []).append(vertex)
        for key in sorted(found):  # type: ignore[type-var]
            for vertex in found[key]:
                colour[vertex] = used
            used += 1
    return colour


class _Refinement:
    """Splits groups of like vertices by what their neighbours are, then breaks the ties left."""

    def __init__(
        self,
        ordered: Sequence[int],
        colour: Sequence[int],
        out: Sequence[Sequence[tuple[int, int]]],
        into: Sequence[Sequence[tuple[int, int]]],
    ) -> None:
        self._start = [0] * len(ordered)
        self._cells: dict[int, list[int]] = {}
        begun = 0
        for position, vertex in enumerate(ordered):
            if position and colour[vertex] != colour[ordered[position - 1]]:
                begun = position
            self._start[vertex] = begun
            self._cells.setdefault(begun, []).append(vertex)
        self._near = [
            [(label * 2, vertex) for label, vertex in out[index]]
            + [(label * 2 + 1, vertex) for label, vertex in into[index]]
            for index in range(len(ordered))
        ]
        self._queue: deque[int] = deque(self._cells)
        self._queued = set(self._queue)

    def discrete_order(self) -> list[int]:
        self._refine()
        position = 0
        count = len(self._start)
        while position < count:
            cell = self._cells[position]
            if len(cell) == 1:
                position += 1
                continue
            vertex = cell.pop()
            self._place([vertex], position + len(cell))
            self._push(position + len(cell))
            self._refine()
        return [self._cells[position][0] for position in range(count)]

    def _place(self, vertices: list[int], start: int) -> None:
        self._cells[start] = vertices
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
        if len(touched) < len(cell):
            groups[()] = [vertex for vertex in cell if vertex not in tags]
        if len(groups) == 1:
            return
        pending = start in self._queued
        largest = max(len(group) for group in groups.values())
        position = start
        spared = False
        for key in sorted(groups):
            group = groups[key]
            self._place(group, position)
            # A split needs no second look through its largest part (Hopcroft 1971).
            if not pending and not spared and len(group) == largest:
                spared = True
            else:
                self._push(position)
            position += len(group)
