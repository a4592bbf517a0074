"""What a graph means, reported without a compiler: walks the graph node by node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter

from bookflow.domain.workflows.graph import Graph

FAILED = "failed"
NOTHING = "nothing follows"


@dataclass(frozen=True)
class Expected:
    """What a run of a graph must come to."""

    ran: frozenset[str]
    succeeded: bool


def expected_run(graph: Graph, results: Mapping[str, str]) -> Expected:
    """Tell which nodes run, given what each would do: a handle, `failed` or `nothing follows`.

    A node runs when all its incoming edges are decided and one is active; a stopped edge stops
    all that descends from it (design, "Graph").
    """
    before = {
        node.id: {e.source for e in graph.edges if e.target == node.id} for node in graph.nodes
    }
    edge_state: dict[str, str] = {}
    ran: set[str] = set()
    succeeded = True
    for node_id in TopologicalSorter(before).static_order():
        node = graph.node(node_id)
        incoming = {edge_state[e.id] for e in graph.edges if e.target == node_id}
        outgoing = [e for e in graph.edges if e.source == node_id]
        if "stopped" in incoming:
            edge_state |= {e.id: "stopped" for e in outgoing}
            continue
        if node.type != "trigger" and "active" not in incoming:
            edge_state |= {e.id: "inactive" for e in outgoing}
            continue
        ran.add(node_id)
        taken = results.get(node_id, "out")
        if taken == FAILED:
            if any(e.source_handle == "on_error" for e in outgoing):
                taken = "on_error"
            elif node.on_failure == "continue":
                taken = "out"
            else:
                succeeded = False
                edge_state |= {e.id: "stopped" for e in outgoing}
                continue
        for edge in outgoing:
            edge_state[edge.id] = "active" if edge.source_handle == taken else "inactive"
    return Expected(frozenset(ran), succeeded)
