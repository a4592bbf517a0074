"""What two graphs need to have in common to share a machine."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookflow.domain.compiler import CompiledGraph, compile_graph
from bookflow.domain.workflows.graph import Graph
from tests.integration.compiler.graphs import Example, examples
from tests.unit.compiler.graphs import PREFIX, compiled, draw


def redrawn(graph: Graph, seed: int) -> Graph:
    """Shuffle nodes and edges, and change every text that is no id of a node or a case."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    nodes: list[dict[str, Any]] = [
        {
            **node.model_dump(),
            "name": f"name {chance.random()}",
            "config": {"text": chance.random()},
            "position": {"x": chance.random(), "y": 1},
            "timeout_seconds": chance.choice([None, 3, 30]),
        }
        for node in chance.sample(graph.nodes, len(graph.nodes))
    ]
    edges = [
        {**edge.model_dump(), "id": f"new {at}"}
        for at, edge in enumerate(chance.sample(graph.edges, len(graph.edges)))
    ]
    return Graph.model_validate({"nodes": nodes, "edges": edges})


def renamed(graph: Graph, seed: int) -> Graph:
    """Give other ids to nodes and cases."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    names = [f"ünï {at}" for at in range(len(graph.nodes))]
    chance.shuffle(names)
    new_id = dict(zip((node.id for node in graph.nodes), names, strict=True))
    cases = {"morning": "evening", "noon": "am"}
    nodes = [{**node.model_dump(), "id": new_id[node.id]} for node in graph.nodes]
    edges = [
        {
            "id": edge.id,
            "source": new_id[edge.source],
            "source_handle": cases.get(edge.source_handle, edge.source_handle),
            "target": new_id[edge.target],
        }
        for edge in graph.edges
    ]
    return Graph.model_validate({"nodes": nodes, "edges": edges})


def machine(graph: Graph, decided: set[str]) -> CompiledGraph:
    return compile_graph(graph, function_arn_prefix=PREFIX, decided_at_start=decided)


@settings(max_examples=500)
@given(examples(), st.integers(0, 2**32))
def test_texts_positions_and_the_order_of_nodes_and_edges_leave_no_trace(
    example: Example, seed: int
) -> None:
    decided = set(example.decisions)
    first = machine(example.graph, decided)
    again = machine(redrawn(example.graph, seed), decided)
    assert again.definition_json == first.definition_json
    assert again.digest == first.digest
    assert again.slots == first.slots


@pytest.mark.parametrize(
    "links",
    [
        "t>a a>b b>c",
        "t>a t>b t>w a>j b>j w>j",
        "t>c c:true>a c:true>w a>j w>j",
        "t>s s:morning>a s:noon>w s:default>d",
    ],
    ids=["chain", "fan", "condition", "switch"],
)
def test_other_ids_share_a_machine_where_only_types_are_needed_to_order_nodes(links: str) -> None:
    graph = draw(links, {"c": "condition", "s": "switch", "w": "webhook", "d": "delay"})
    digests = {machine(renamed(graph, seed), set()).digest for seed in range(20)}
    assert digests == {machine(graph, set()).digest}


def test_shape_type_policy_and_retry_count() -> None:
    base = compiled(draw("t>a a>b")).digest
    others = [
        compiled(draw("t>a t>b")).digest,
        compiled(draw("t>a a>b b>c")).digest,
        compiled(draw("t>a a>b", {"b": "webhook"})).digest,
        compiled(draw("t>a a>b", {"a": "webhook"})).digest,
        compiled(draw("t>a a:on_error>b")).digest,
        compiled(draw("t>a a>b", on_failure={"a": "continue"})).digest,
        compiled(draw("t>a a>b", retry={"b": {"max_attempts": 2}})).digest,
    ]
    assert len({base, *others}) == len(others) + 1


def test_when_a_decision_is_made_counts() -> None:
    graph = draw("t>c c:true>a", {"c": "condition"})
    assert compiled(graph).digest != compiled(graph, {"c": "true"}).digest


def test_settings_without_effect_do_not_count() -> None:
    handled = draw("t>a a:on_error>b", on_failure={"a": "stop"})
    as_well = draw("t>a a:on_error>b", on_failure={"a": "continue"})
    assert compiled(handled).digest == compiled(as_well).digest
    once = draw("t>a", retry={"a": {"max_attempts": 1, "interval_seconds": 5}})
    as_once = draw("t>a", retry={"a": {"max_attempts": 1}})
    assert compiled(once).digest == compiled(as_once).digest


def test_slots_follow_the_flow_branch_by_branch() -> None:
    graph = draw("t>a t>b a>a2 b>b2 a2>j b2>j j>k")
    assert list(compiled(graph).slots.values()) == ["a", "a2", "b", "b2", "j", "k"]
    assert list(compiled(graph).slots) == ["n1", "n2", "n3", "n4", "n5", "n6"]


def test_the_digest_is_the_same_in_every_process() -> None:
    # Where this changes on purpose, COMPILER_VERSION goes up: running executions keep their
    # machines, and what is published next gets new ones.
    graph = draw("t>s s:x>a s:y>b s:y>c a>d b>d b>e c>e", {"s": "switch", "e": "delay"})
    assert (
        compiled(graph).digest == "4319533dd23b777775e8ee743451c79042a96ad8d27627ccff8cdcbb06d008ad"
    )
