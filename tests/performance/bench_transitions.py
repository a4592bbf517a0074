"""Counts the state transitions of the ready-made workflows: what a run costs in Step Functions."""

from __future__ import annotations

from bookflow.domain.compiler import compile_graph, node_entries
from bookflow.domain.executions.machine_input import execution_input
from bookflow.domain.flow.decisions import decidable_at_start
from bookflow.domain.workflows.graph import Graph
from bookflow.gallery import ready_made
from tests.integration.compiler.machine import PREFIX, Machine, Payload, machine
from tests.performance.rows import Row

REFERENCE = {"location_id": "loc", "execution_id": "exe", "workflow_id": "flow", "version": 1}
TAKEN = {"condition": "true", "switch": "default"}


def rows() -> list[Row]:
    """Run each of them once on moto's interpreter, by the history of the execution."""
    with machine() as step_functions:
        return [
            Row(
                "transitions",
                name,
                _transitions(step_functions, workflow.graph),
                "states entered",
                f"{sum(node.is_action for node in workflow.graph.nodes)} actions",
            )
            for name, workflow in ready_made().items()
        ]


def _transitions(step_functions: Machine, graph: Graph) -> int:
    decisions = {node_id: TAKEN[graph.node(node_id).type] for node_id in decidable_at_start(graph)}
    compiled = compile_graph(graph, function_arn_prefix=PREFIX, decided_at_start=decisions.keys())
    start_input = execution_input(node_entries(compiled, graph), REFERENCE, decisions)

    def behave(_: str, payload: Payload) -> str:
        return TAKEN.get(payload["node"]["type"], "out")

    run = step_functions.execute(compiled, start_input, behave)
    assert run.status == "SUCCEEDED", run
    return len(run.states)
