"""Draws graphs from a line of text, and plays them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

from statelint.linter import Linter

from bookflow.domain.compiler import CompiledGraph, compile_graph, node_entries
from bookflow.domain.compiler.states import canonical_json
from bookflow.domain.executions.machine_input import execution_input
from bookflow.domain.workflows.graph import Graph
from tests.unit.compiler.simulator import Play, Simulator

PREFIX = "arn:aws:lambda:eu-west-1:123456789012:function:bookflow-test-"
EXECUTION = {"location_id": "loc", "execution_id": "exe", "workflow_id": "flow", "version": 1}


def draw(links: str, types: Mapping[str, str] | None = None, **fields: Mapping[str, Any]) -> Graph:
    """Draw `t>a a:on_error>b`: `t` is the trigger, a handle may follow the source's name."""
    names: dict[str, None] = {"t": None}
    edges = []
    for index, link in enumerate(links.split()):
        source, target = link.split(">")
        source, _, handle = source.partition(":")
        names |= {source: None, target: None}
        edges.append(
            {
                "id": f"e{index}",
                "source": source,
                "source_handle": handle or "out",
                "target": target,
            }
        )
    types = {"t": "trigger", **(types or {})}
    nodes = [
        {
            "id": name,
            "type": types.get(name, "send"),
            **{field: values[name] for field, values in fields.items() if name in values},
        }
        for name in names
    ]
    return Graph.model_validate({"nodes": nodes, "edges": edges})


def compiled(graph: Graph, decided: Mapping[str, str] | None = None) -> CompiledGraph:
    """Compile, and hold the machine against the language's rules."""
    machine = compile_graph(
        graph, function_arn_prefix=PREFIX, decided_at_start=frozenset(decided or ())
    )
    assert Linter.validate(machine.definition) == []
    assert canonical_json(machine.definition) == machine.definition_json
    return machine


def play(
    graph: Graph,
    results: Mapping[str, str] | None = None,
    decided: Mapping[str, str] | None = None,
    seed: int = 0,
) -> Play:
    """Play a graph in memory; nodes take `out` unless `results` says otherwise."""
    machine = compiled(graph, decided)
    start_input = execution_input(node_entries(machine, graph), EXECUTION, decided or {})
    reported = results or {}
    simulator = Simulator(
        machine.definition,
        lambda node: reported.get(node, "out"),
        random.Random(seed),  # noqa: S311 - repeatable on purpose
    )
    return simulator.run(start_input)


def all_states(definition: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every state of a machine with its name, those of branches too."""
    waiting = [definition]
    while waiting:
        for name, state in waiting.pop()["States"].items():
            yield name, state
            waiting.extend(state.get("Branches", ()))


def kinds(graph: Graph) -> list[str]:
    """Return the types of all states, sorted."""
    return sorted(state["Type"] for _, state in all_states(compiled(graph).definition))
