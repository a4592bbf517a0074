"""The rules of a graph's shape: its trigger must lead to every node, without cycles."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from bookflow.domain.shared.input_problems import shown
from bookflow.domain.validation.problems import Problem
from bookflow.domain.validation.walks import cycles, reachable
from bookflow.domain.workflows.graph import (
    DEFAULT_HANDLE,
    ERROR_HANDLE,
    FALSE_HANDLE,
    FLOW_NODES,
    SUCCESS_HANDLE,
    TRIGGER_NODE,
    TRUE_HANDLE,
    Edge,
    Graph,
    Node,
)

MAX_NODES = 1_000
MAX_EDGES = 4_000

MAX_CYCLE_SHOWN = 20
"""Nodes of a cycle's path that a message names."""

_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def handles_of(node: Node) -> frozenset[str]:
    """Return the source handles of a node; an action or a delay has `out` and `on_error`."""
    if node.type == TRIGGER_NODE:
        return frozenset({SUCCESS_HANDLE})
    if node.type == "condition":
        return frozenset({TRUE_HANDLE, FALSE_HANDLE, ERROR_HANDLE})
    if node.type == "switch":
        ids = {name for case in node.cases if isinstance(name := case.get("id"), str)}
        return frozenset({DEFAULT_HANDLE, ERROR_HANDLE, *ids})
    return frozenset({SUCCESS_HANDLE, ERROR_HANDLE})


def arrows_of(graph: Graph) -> Mapping[str, list[str]]:
    """Return for each node the targets of its edges; dangling edges and self-loops left out."""
    arrows: dict[str, list[str]] = {node.id: [] for node in graph.nodes}
    for edge in graph.edges:
        if edge.source in arrows and edge.target in arrows and edge.source != edge.target:
            arrows[edge.source].append(edge.target)
    return arrows


def structure_problems(graph: Graph) -> list[Problem]:
    """Return every problem of the graph's shape; linear in its nodes and edges."""
    arrows = arrows_of(graph)
    return [
        *_sizes(graph),
        *_texts(graph),
        *_repeated_ids(graph),
        *_triggers(graph, arrows),
        *_edges(graph),
        *_cycles(arrows),
        *_unreachable(graph, arrows),
        *_pointless(graph),
    ]


def _sizes(graph: Graph) -> Iterator[Problem]:
    sizes = (("nodes", len(graph.nodes), MAX_NODES), ("edges", len(graph.edges), MAX_EDGES))
    for field, count, most in sizes:
        if count > most:
            yield Problem(
                field=field,
                reason=f"The graph has {count:,} {field}; {most:,} are allowed.",
                remedy="Split the workflow.",
            )


def _texts(graph: Graph) -> Iterator[Problem]:
    fields = {Node: ("id", "type", "name"), Edge: ("id", "source", "source_handle", "target")}
    parts: list[Node | Edge] = [*graph.nodes, *graph.edges]
    for part in parts:
        for field in fields[type(part)]:
            if _has_control(getattr(part, field)):
                yield Problem(
                    **_place(part),
                    field=field,
                    reason=f"The {field} holds control characters, such as a line break.",
                    remedy="Type it again.",
                )


def _place(part: Node | Edge) -> dict[str, Any]:
    return {"node_id" if isinstance(part, Node) else "edge_id": part.id}


def _has_control(text: str) -> bool:
    return not text.isprintable() and any(
        each in _BIDI_CONTROLS or unicodedata.category(each) in _REFUSED_CATEGORIES for each in text
    )


def _repeated_ids(graph: Graph) -> Iterator[Problem]:
    for kind, parts in (("node", graph.nodes), ("edge", graph.edges)):
        last = {part.id: part for part in parts}
        for part_id, count in Counter(part.id for part in parts).items():
            if count > 1:
                yield Problem(
                    **_place(last[part_id]),
                    field="id",
                    reason=f"Several {kind}s have the id {shown(part_id)}.",
                    remedy=f"Give each {kind} an id of its own.",
                )


def _triggers(graph: Graph, arrows: Mapping[str, list[str]]) -> Iterator[Problem]:
    triggers = [node for node in graph.nodes if node.type == TRIGGER_NODE]
    if not triggers:
        yield Problem(
            field="nodes",
            reason="The workflow has no trigger.",
            remedy="Add a trigger: the event that starts it.",
        )
        return
    for extra in triggers[1:]:
        yield Problem(
            node_id=extra.id,
            field="type",
            reason="The workflow has more than one trigger.",
            remedy="Keep one trigger and make a workflow of its own for each other event.",
        )
    reached = reachable(arrows, (node.id for node in triggers))
    if not any(node.is_action and node.id in reached for node in graph.nodes):
        yield Problem(
            node_id=triggers[0].id,
            reason="The trigger leads to no action.",
            remedy="Add an action and connect it.",
        )


def _edges(graph: Graph) -> Iterator[Problem]:
    nodes = {node.id: node for node in reversed(graph.nodes)}
    offered: dict[str, frozenset[str]] = {}
    seen: set[tuple[str, str, str]] = set()
    for edge in graph.edges:
        for field, end in (("source", edge.source), ("target", edge.target)):
            if end not in nodes:
                yield Problem(
                    edge_id=edge.id,
                    field=field,
                    reason=f"The edge's {field} {shown(end)} is not a node of the graph.",
                    remedy="Connect the edge again or delete it.",
                )
        if edge.source == edge.target:
            yield Problem(
                node_id=edge.source if edge.source in nodes else None,
                edge_id=edge.id,
                field="target",
                reason="The edge leads from a node to itself.",
                remedy="Delete the edge.",
            )
        key = (edge.source, edge.source_handle, edge.target)
        if key in seen:
            yield Problem(
                edge_id=edge.id,
                reason="Another edge connects the same handle to the same node.",
                remedy="Delete one of them.",
            )
        seen.add(key)
        if edge.target in nodes and nodes[edge.target].type == TRIGGER_NODE:
            yield Problem(
                node_id=edge.target,
                edge_id=edge.id,
                field="target",
                reason="The edge leads into the trigger.",
                remedy="Delete the edge: a trigger only starts a workflow.",
            )
        if edge.source in nodes:
            source = nodes[edge.source]
            if source.id not in offered:
                offered[source.id] = handles_of(source)
            if edge.source_handle not in offered[source.id]:
                yield _unknown_handle(edge, source, offered[source.id])


def _unknown_handle(edge: Edge, source: Node, offered: frozenset[str]) -> Problem:
    names = ", ".join(sorted(offered)[:10])
    return Problem(
        node_id=source.id,
        edge_id=edge.id,
        field="source_handle",
        reason=f"The node has no handle {shown(edge.source_handle)}.",
        remedy=f"Use one of: {names}.",
    )


def _cycles(arrows: Mapping[str, list[str]]) -> Iterator[Problem]:
    for cycle in cycles(arrows):
        named = [shown(node_id) for node_id in [*cycle, cycle[0]]]
        if len(named) > MAX_CYCLE_SHOWN:
            hidden = len(named) - MAX_CYCLE_SHOWN
            named[MAX_CYCLE_SHOWN - 1 : -1] = [f"... {hidden} more ..."]
        yield Problem(
            node_id=cycle[0],
            reason=f"The nodes form a cycle: {' -> '.join(named)}.",
            remedy="Delete one edge of the cycle: a workflow runs forwards only.",
        )


def _unreachable(graph: Graph, arrows: Mapping[str, list[str]]) -> Iterator[Problem]:
    starts = [node.id for node in graph.nodes if node.type == TRIGGER_NODE]
    if not starts:
        return
    reached = reachable(arrows, starts)
    for node in graph.nodes:
        if node.id not in reached:
            yield Problem(
                node_id=node.id,
                reason="The trigger does not lead to this node, so it would never run.",
                remedy="Connect it or delete it.",
            )


def _pointless(graph: Graph) -> Iterator[Problem]:
    sources = {edge.source for edge in graph.edges}
    for node in graph.nodes:
        if node.type in FLOW_NODES and node.id not in sources:
            yield Problem(
                node_id=node.id,
                reason=f"Nothing follows this {node.type}, so it has no use.",
                remedy="Connect a node to it or delete it.",
                severity="warning",
            )
