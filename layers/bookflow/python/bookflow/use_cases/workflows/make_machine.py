"""Makes the machine of a checked graph, or reports the problem that prevents it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bookflow.actions.catalogue import action_types
from bookflow.domain.compiler import (
    CompiledGraph,
    GraphNotCompilableError,
    compile_graph,
    machine_name,
    node_entries,
)
from bookflow.domain.flow.decisions import decidable_at_start
from bookflow.domain.validation.problems import Problem, has_errors
from bookflow.domain.workflows.graph import Graph
from bookflow.domain.workflows.workflow import WorkflowVersion
from bookflow.ports import Ports


@dataclass(frozen=True)
class MachineTarget:
    """Where machines run and what they may do.

    Attributes:
        function_arn_prefix: ARN of each action's function without the node type at its end.
    """

    name_prefix: str
    function_arn_prefix: str
    role_arn: str
    log_group_arn: str


@dataclass(frozen=True)
class Machine:
    """A graph's machine and what its executions start with.

    Attributes:
        decided_at_start: Nodes whose decision is part of an execution's input.
        input_nodes: The part of that input which never changes.
    """

    compiled: CompiledGraph
    decided_at_start: frozenset[str]
    input_nodes: Mapping[str, Any]


def make_machine(graph: Graph, function_arn_prefix: str) -> Machine:
    """Return the machine of a graph that has no errors.

    Raises:
        GraphNotCompilableError: It nests too deep, or is too large for Step Functions.
    """
    decided = decidable_at_start(graph)
    compiled = compile_graph(
        graph,
        function_arn_prefix=function_arn_prefix,
        decided_at_start=decided,
        asking_for_waits=types_asking_for_waits(),
    )
    return Machine(compiled, decided, node_entries(compiled, graph))


def machine_or_problems(
    graph: Graph, problems: Sequence[Problem], function_arn_prefix: str
) -> tuple[Sequence[Problem], Machine | None]:
    """Return a graph's problems and its machine; what keeps a sound graph from having one is added.

    Args:
        graph: The graph.
        problems: What checking found; with an error among them there is no machine.
        function_arn_prefix: As `compile_graph` takes it.
    """
    if has_errors(problems):
        return problems, None
    try:
        return problems, make_machine(graph, function_arn_prefix)
    except GraphNotCompilableError as error:
        problem = Problem(
            node_id=error.node_id,
            field=error.field or "",
            reason=error.message,
            remedy=error.remedy or "Split the workflow.",
        )
        return [*problems, problem], None


def on_machine(
    version: WorkflowVersion, machine: Machine, ports: Ports, target: MachineTarget
) -> WorkflowVersion:
    """Return the version with a machine of its graph, which exists from now on.

    Raises:
        TransientError: The sweep deletes that machine at this moment, or too many are made at once.
    """
    name = machine_name(target.name_prefix, machine.compiled, target.role_arn, target.log_group_arn)
    # Before the machine is asked for: the sweep deletes only what nobody has taken up.
    ports.unused_machines.take_up(name, ports.clock.now())
    return version.changed(
        machine_arn=ports.machines.ensure(name, machine.compiled.definition_json),
        decided_at_start=machine.decided_at_start,
        input_nodes=machine.input_nodes,
    )


def types_asking_for_waits() -> frozenset[str]:
    """Return the node types whose retriers keep to the waits that the other side asks for."""
    return frozenset(name for name, action in action_types().items() if action.asks_for_waits)
