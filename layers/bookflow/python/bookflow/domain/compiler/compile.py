"""Compiles a graph to a machine: read it, number it, lay its regions out as states, dump them once."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from bookflow.domain.compiler.compiled import MAX_DEFINITION_BYTES, CompiledGraph, too_large
from bookflow.domain.compiler.flow_graph import FlowGraph, slot
from bookflow.domain.compiler.layout import Layout
from bookflow.domain.compiler.reading import read_graph
from bookflow.domain.compiler.states import canonical_json
from bookflow.domain.compiler.tokens import Tokens
from bookflow.domain.compiler.writer import Writer
from bookflow.domain.workflows.graph import Graph


def compile_graph(
    graph: Graph,
    *,
    function_arn_prefix: str,
    decided_at_start: Collection[str] = (),
    asking_for_waits: Collection[str] = (),
) -> CompiledGraph:
    """Compile a graph to a machine with the meaning that the design gives to graphs.

    The machine holds no ids, names, texts or positions, nor does it depend on the order in which
    the graph lists its nodes and edges. Ids only order nodes of one type that could change places.

    Args:
        graph: The graph; publishing has validated it.
        function_arn_prefix: What the ARNs of the action functions begin with, up to the node's
            type: `arn:aws:lambda:eu-west-1:123456789012:function:bookflow-prod-`.
        decided_at_start: Ids of the conditions and switches whose decision the execution's input
            carries; they cost no function call.
        asking_for_waits: Node types whose function may ask to be retried after a wait.

    Raises:
        GraphNotCompilableError: A cycle, an unknown handle and the like; nesting beyond
            `MAX_PARALLEL_DEPTH`; a definition beyond `MAX_DEFINITION_BYTES`.
    """
    flow = FlowGraph(read_graph(graph, decided_at_start))
    tokens = Tokens(flow)
    writer = Writer(flow, tokens, function_arn_prefix, asking_for_waits)
    text = canonical_json(Layout(flow, tokens, writer).machine())
    if len(text) > MAX_DEFINITION_BYTES:
        raise too_large(f"{len(text):,} bytes")
    return CompiledGraph(
        definition_json=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        slots={slot(number): node.id for number, node in enumerate(flow.nodes) if number},
        cases={slot(number): names for number, names in flow.cases.items()},
        after_delay=_after_delay(flow),
        decided=frozenset(map(slot, flow.decided)),
    )


def _after_delay(flow: FlowGraph) -> frozenset[str]:
    late: set[int] = set()
    for node, into in enumerate(flow.into):
        if any(source in late or flow.nodes[source].type == "delay" for source, _ in into):
            late.add(node)
    return frozenset(map(slot, late))
