"""Reads a drawn graph: checks what the compiler relies on, and puts the nodes in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple, NoReturn

from bookflow.domain.compiler.errors import GraphNotCompilableError
from bookflow.domain.workflows.graph import (
    ERROR_HANDLE,
    FALSE_HANDLE,
    SUCCESS_HANDLE,
    TRIGGER_NODE,
    TRUE_HANDLE,
    Graph,
    Node,
)

Link = tuple[str, str, str]
"""An edge: the source's id, the handle, the target's id."""

_HANDLES: Mapping[str, Collection[str]] = {
    TRIGGER_NODE: (SUCCESS_HANDLE,),
    "condition": (TRUE_HANDLE, FALSE_HANDLE, ERROR_HANDLE),
}
"""Handles of the types that have others than an action's; those of a switch are its cases."""

_ACTION_HANDLES = (SUCCESS_HANDLE, ERROR_HANDLE)


class OrderedGraph(NamedTuple):
    """A checked graph: all nodes can be reached, and there is no cycle.

    Attributes:
        nodes: By id, each after all that lead to it; the trigger is first.
        links: The edges between them, once each, by their sources' order.
        decided: Conditions and switches whose decision is known at the start.
    """

    nodes: dict[str, Node]
    links: list[Link]
    decided: frozenset[str]


def read_graph(graph: Graph, decided_at_start: Collection[str]) -> OrderedGraph:
    """Check a graph and put its nodes in order.

    Nodes that could change places stand by their type and id. So the order does not depend on
    where in the graph's list a node stands, and neither does the machine.

    Raises:
        GraphNotCompilableError: No single trigger, an unknown or repeated id, a handle that the
            node's type does not have, an unreachable node, or a cycle.
    """
    nodes = _nodes_by_id(graph)
    links = _checked_links(graph, nodes)
    decided = frozenset(
        node_id
        for node_id in decided_at_start
        if node_id in nodes and nodes[node_id].type in ("condition", "switch")
    )
    place = {node_id: at for at, node_id in enumerate(_in_order(nodes, links))}
    links = sorted(links, key=lambda link: place[link[0]])
    alive, links = _without_never_reached(next(iter(place)), links, decided)
    return OrderedGraph({each: nodes[each] for each in place if each in alive}, links, decided)


def _nodes_by_id(graph: Graph) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    for index, node in enumerate(graph.nodes):
        if node.id in nodes:
            raise GraphNotCompilableError(
                f"Two nodes have the id {node.id!r}.",
                field=f"nodes.{index}.id",
                remedy="Give each node its own id.",
            )
        nodes[node.id] = node
    triggers = sum(node.type == TRIGGER_NODE for node in graph.nodes)
    if triggers != 1:
        raise GraphNotCompilableError(
            f"A workflow starts with one trigger; this one has {triggers}.",
            field="nodes",
            remedy="Keep exactly one trigger node.",
        )
    return nodes


def _checked_links(graph: Graph, nodes: Mapping[str, Node]) -> list[Link]:
    for index, edge in enumerate(graph.edges):
        for end in ("source", "target"):
            if getattr(edge, end) not in nodes:
                raise GraphNotCompilableError(
                    f"Edge {edge.id!r} names a node that does not exist.",
                    field=f"edges.{index}.{end}",
                    remedy="Connect it to a node of this graph, or delete it.",
                )
        handle, kind = edge.source_handle, nodes[edge.source].type
        is_known = handle in _HANDLES.get(kind, _ACTION_HANDLES)
        if not (handle != SUCCESS_HANDLE if kind == "switch" else is_known):
            raise GraphNotCompilableError(
                f"A node of type {kind!r} has no handle {handle!r}.",
                field=f"edges.{index}.source_handle",
                remedy="Draw the edge from one of the node's own handles.",
            )
    return list(
        dict.fromkeys((edge.source, edge.source_handle, edge.target) for edge in graph.edges)
    )


def _in_order(nodes: Mapping[str, Node], links: Iterable[Link]) -> list[str]:
    """Return the nodes' ids, each after those of all nodes that lead to it."""
    sorter = TopologicalSorter[str]({node_id: () for node_id in nodes})
    for source, _, target in links:
        sorter.add(target, source)
    try:
        sorter.prepare()
    except CycleError as error:
        _refuse_cycle(list(nodes), error.args[1])
    order: list[str] = []
    while ready := sorter.get_ready():
        if not order:
            _refuse_unreachable(nodes, ready)
        order += sorted(ready, key=lambda node_id: (nodes[node_id].operation, node_id))
        sorter.done(*ready)
    return order


def _refuse_cycle(ids: Sequence[str], circle: Sequence[str]) -> NoReturn:
    """Name a cycle, its ends being the same node, from the node on that was drawn first."""
    first = min(range(len(circle) - 1), key=lambda at: ids.index(circle[at]))
    names = " -> ".join([*circle[first:-1], *circle[:first], circle[first]])
    raise GraphNotCompilableError(
        f"The edges form a circle: {names}.",
        field="edges",
        remedy="Delete one edge of the circle; a workflow runs each node at most once.",
    )


def _refuse_unreachable(nodes: Mapping[str, Node], starts: Collection[str]) -> None:
    """Refuse nodes, other than the trigger, that nothing leads to."""
    for index, node in enumerate(nodes.values()):
        if node.id in starts and node.type != TRIGGER_NODE:
            raise GraphNotCompilableError(
                f"Node {node.id!r} is not reachable from the trigger.",
                field=f"nodes.{index}",
                remedy="Connect it, or delete it.",
            )


def _without_never_reached(
    trigger: str, links: Sequence[Link], decided: Collection[str]
) -> tuple[set[str], list[Link]]:
    """Leave out nodes that only the `on_error` edges of decisions made before would reach.

    Such an edge is never taken. Yet a stopped decision stops whatever descends from it, so where
    the nodes left out lead back to others, an edge from the decision stands for them.
    """
    alive = {trigger}
    for source, handle, target in links:
        if source in alive and not (handle == ERROR_HANDLE and source in decided):
            alive.add(target)
    kept: dict[Link, None] = {}
    decisions_before: dict[str, dict[str, None]] = defaultdict(dict)
    for source, handle, target in links:
        if source in alive:
            sources, name = {source: None}, handle
        else:
            sources, name = decisions_before[source], ERROR_HANDLE
        if target in alive:
            kept |= {(each, name, target): None for each in sources}
        else:
            decisions_before[target] |= sources
    return alive, list(kept)
