"""Any graph means what it was drawn as, whatever order its branches take (played in memory)."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookflow.domain.compiler import compile_graph, node_entries
from bookflow.domain.executions.machine_input import execution_input
from bookflow.domain.workflows.graph import Graph
from tests.integration.compiler.graphs import Example, examples
from tests.integration.compiler.reference import expected_run
from tests.soak import amounts
from tests.unit.compiler.graphs import EXECUTION, PREFIX
from tests.unit.compiler.simulator import Simulator


@pytest.mark.parametrize("amount", amounts(200, soak=1000))
def test_nodes_run_once_in_order_and_end_as_drawn(amount: int) -> None:
    @settings(max_examples=amount)
    @given(examples(), st.integers(0, 2**32))
    def holds(example: Example, seed: int) -> None:
        check(example, seed)

    holds()


def check(example: Example, seed: int) -> None:
    graph = _following(example.graph) if seed % 2 else example.graph
    machine = compile_graph(
        graph, function_arn_prefix=PREFIX, decided_at_start=frozenset(example.decisions)
    )
    start_input = execution_input(node_entries(machine, graph), EXECUTION, example.decisions)
    simulator = Simulator(
        machine.definition,
        lambda node: example.results[node],
        random.Random(seed),  # noqa: S311 - repeatable on purpose
    )
    run = simulator.run(start_input)

    expected = expected_run(graph, example.results)
    called = expected.ran - {graph.trigger.id} - set(example.decisions)
    assert sorted(run.ran) == sorted(called)
    assert run.status == ("SUCCEEDED" if expected.succeeded else "FAILED")
    moment = {event: at for at, event in enumerate(run.order)}
    for edge in graph.edges:
        if edge.source in called and edge.target in called:
            assert moment["end", edge.source] < moment["begin", edge.target]
    if run.before_delays is not None:
        assert called - _after_delays(example) <= set(run.before_delays)


def _following(graph: Graph) -> Graph:
    """Return the graph with waits that follow the booking: their machine asks after each wait."""
    nodes = [
        node.model_copy(update={"config": {"kind": "until"}}) if node.type == "delay" else node
        for node in graph.nodes
    ]
    return graph.model_copy(update={"nodes": tuple(nodes)})


def _after_delays(example: Example) -> set[str]:
    late: set[str] = set()
    waiting = [node.id for node in example.graph.nodes if node.type == "delay"]
    while waiting:
        source = waiting.pop()
        following = {edge.target for edge in example.graph.edges if edge.source == source}
        waiting.extend(following - late)
        late |= following
    return late
