"""Compiles a graph to a machine: parts of the graph become Parallel, Choice and token joins."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from bookflow.domain.compiler.canonical import CanonicalGraph, canonical_graph
from bookflow.domain.compiler.chains import Chains
from bookflow.domain.compiler.compiled import MAX_DEFINITION_BYTES, CompiledGraph, slot, too_large
from bookflow.domain.compiler.layout import Layout
from bookflow.domain.compiler.structure import read_graph
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

    The result depends on the graph's shape alone (node types, edges and handles, failure
    policies, retry settings), never on ids, names, texts or positions, nor on the graph's order but
    for the odd shapes that `canonical_graph` names.

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
    canonical = canonical_graph(read_graph(graph, decided_at_start))
    chains = Chains(canonical)
    tokens = Tokens(chains)
    writer = Writer(chains, tokens, function_arn_prefix, asking_for_waits)
    text = Layout(chains, tokens, writer).machine()
    if len(text) > MAX_DEFINITION_BYTES:
        raise too_large(f"{len(text):,} bytes")
    return CompiledGraph(
        definition_json=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        slots={slot(index): node.id for index, node in enumerate(canonical.nodes) if index},
        cases={
            slot(canonical.chains[chain][-1]): names for chain, names in canonical.cases.items()
        },
        after_delay=_after_delay(canonical),
        decided=frozenset(slot(canonical.chains[chain][-1]) for chain in canonical.decided),
    )


def _after_delay(canonical: CanonicalGraph) -> frozenset[str]:
    late: set[int] = set()
    for source, _, target in canonical.edges:
        if source in late or canonical.nodes[canonical.chains[source][-1]].type == "delay":
            late.add(target)
    return frozenset(slot(index) for chain in late for index in canonical.chains[chain])
