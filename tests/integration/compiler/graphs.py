"""Random graphs with what each node shall do: the property tests' examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from bookflow.domain.workflows.graph import Graph
from tests.integration.compiler.reference import FAILED, NOTHING

HANDLES = {
    "condition": ("true", "false"),
    "switch": ("morning", "noon", "default"),
}
BESIDE = {"switch": ("night",), "delay": (NOTHING,)}
"""What a node may come to besides its drawn handles: a case without an edge, a skipped delay."""


@dataclass(frozen=True)
class Example:
    """A graph, the result of each node, and the decisions known before the run."""

    graph: Graph
    results: dict[str, str]
    decisions: dict[str, str]


@st.composite
def examples(draw: st.DrawFn, max_nodes: int = 30) -> Example:
    """Draw graphs of any acyclic shape; most are small, for machines take time to play."""
    sizes = st.one_of(st.integers(1, 7), st.integers(3, min(10, max_nodes)))
    count = draw(st.one_of(sizes, sizes, sizes, sizes, sizes, st.integers(1, max_nodes)))
    kinds = st.sampled_from(("task", "task", "task", "note", "condition", "switch", "delay"))
    nodes: list[dict[str, Any]] = [{"id": "start", "type": "trigger"}]
    handles: list[tuple[str, ...]] = [("out",)]
    results: dict[str, str] = {}
    decisions: dict[str, str] = {}
    edges: dict[tuple[str, str, str], None] = {}
    reach = draw(st.sampled_from((1, 2, 3, 4, max_nodes)))
    for index in range(1, count + 1):
        kind = draw(kinds)
        node_id = f"node {index}"
        own = HANDLES.get(kind, ("out",))
        outcomes = (*own, *BESIDE.get(kind, ()))
        if kind in HANDLES and draw(st.booleans()):
            results[node_id] = decisions[node_id] = draw(st.sampled_from(outcomes))
        else:
            fails = draw(st.integers(0, 4)) == 0
            results[node_id] = FAILED if fails else draw(st.sampled_from(outcomes))
        policy = draw(st.sampled_from(("stop", "stop", "continue")))
        nodes.append({"id": node_id, "type": kind, "on_failure": policy})
        for _ in range(draw(st.sampled_from((1, 1, 1, 2, 3)))):
            source = draw(st.integers(max(0, index - reach), index - 1))
            handle = draw(st.sampled_from(handles[source]))
            edges[nodes[source]["id"], handle, node_id] = None
        handles.append((*own, "on_error") if draw(st.booleans()) else own)
    drawn = [
        {"id": f"edge {at}", "source": source, "source_handle": handle, "target": target}
        for at, (source, handle, target) in enumerate(edges)
    ]
    graph = Graph.model_validate({"nodes": nodes, "edges": drawn})
    return Example(graph, results, decisions)
