"""How far an execution has come, by the record of its steps.

What was decided before the execution began is not among them: no function runs for it, nor records
it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bookflow.domain.executions.execution import Execution, Step, StepStatus
from bookflow.domain.workflows.graph import SUCCESS_HANDLE, Graph, Node
from bookflow.domain.workflows.traversal import End, Traversal


def with_decided_steps(
    execution: Execution, graph: Graph, recorded: Sequence[Step], now: datetime
) -> Sequence[Step]:
    """Return the steps in the order of their start, with those decided at the execution's start.

    A decision that the execution has not come to is left out, as is one on a path that it did not
    take.

    Args:
        execution: The execution.
        graph: The graph of its version.
        recorded: The steps that recorded themselves.
        now: The present moment: a delay that has not passed has not ended.
    """
    if not execution.decisions:
        return recorded
    reached = reached_nodes(execution, graph, recorded, execution.completed_at or now)
    decided = [_step(execution, node) for node in reached if node.id in execution.decisions]
    return sorted([*recorded, *decided], key=lambda step: (step.started_at, step.node_id))


def reached_nodes(
    execution: Execution, graph: Graph, recorded: Sequence[Step], until: datetime
) -> Sequence[Node]:
    """Return the nodes that an execution had come to by then, by the record of its steps."""
    by_node = {step.node_id: step for step in recorded}
    traversal = Traversal(graph)
    reached = traversal.start()
    for node in reached:  # grows while it is walked
        how: str | End | None = execution.decisions.get(node.id)
        if how is None and node.id in by_node:
            how = _end_of(by_node[node.id], until)
        if how is not None:
            reached += traversal.ended(node.id, how)
    return reached


def _step(execution: Execution, node: Node) -> Step:
    return Step.of(
        execution,
        node,
        status=StepStatus.COMPLETED,
        input_data=dict(node.config),
        output_data={"handle": execution.decisions[node.id]},
        started_at=execution.started_at,
        completed_at=execution.started_at,
    )


def _end_of(step: Step, until: datetime) -> str | End | None:
    """Return how a step had ended by then; None if it had not."""
    if not step.status.is_final:
        return None
    if step.status is StepStatus.FAILED:
        return End.FAILED
    if step.node_type != "delay":
        return str(step.output_data.get("handle", SUCCESS_HANDLE))
    if step.status is StepStatus.SKIPPED:
        return End.NOTHING_FOLLOWS
    passes = datetime.fromisoformat(str(step.output_data["until"]))
    return SUCCESS_HANDLE if passes <= until else None
