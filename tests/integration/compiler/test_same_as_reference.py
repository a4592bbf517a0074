"""Any graph runs as drawn: compiled machines against the reference, on moto's interpreter."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from statelint.linter import Linter

from bookflow.domain.compiler import compile_graph, node_entries
from bookflow.domain.executions.machine_input import execution_input
from tests.integration.compiler.graphs import Example, examples
from tests.integration.compiler.machine import PREFIX, Machine, Payload, StepError
from tests.integration.compiler.reference import FAILED, NOTHING, expected_run
from tests.soak import amounts

EXECUTION = {"location_id": "loc", "execution_id": "exe", "workflow_id": "flow", "version": 1}


@pytest.mark.parametrize("amount", amounts(120, soak=500))
def test_machine_and_graph_mean_the_same(step_functions: Machine, amount: int) -> None:
    @settings(max_examples=amount)
    @given(examples())
    def holds(example: Example) -> None:
        check(step_functions, example)

    holds()


def check(step_functions: Machine, example: Example) -> None:
    graph = example.graph
    compiled = compile_graph(
        graph, function_arn_prefix=PREFIX, decided_at_start=frozenset(example.decisions)
    )
    assert Linter.validate(compiled.definition) == []
    start_input = execution_input(node_entries(compiled, graph), EXECUTION, example.decisions)

    def behave(node_id: str, _: Payload) -> str:
        if example.results[node_id] == FAILED:
            raise StepError("PermanentError", f"{node_id} fails")
        if example.results[node_id] == NOTHING:
            raise StepError("NothingFollows", f"{node_id} is over")
        return example.results[node_id]

    run = step_functions.execute(compiled, start_input, behave, retries=False)

    expected = expected_run(graph, example.results)
    called = expected.ran - {graph.trigger.id} - set(example.decisions)
    assert sorted(run.ran) == sorted(called)
    assert run.status == ("SUCCEEDED" if expected.succeeded else "FAILED")
    for edge in graph.edges:
        if edge.source in run.ended_at and edge.target in run.begun_at:
            assert run.ended_at[edge.source] < run.begun_at[edge.target]
