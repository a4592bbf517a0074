"""Only the shape of a graph counts: ids, names, texts and order leave no trace."""

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


def redrawn(graph: Graph, decided: set[str], seed: int) -> tuple[Graph, set[str]]:
    """Rename and shuffle all that has a name or an order, and change every text."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    order = list(graph.nodes)
    chance.shuffle(order)
    new_id = {node.id: f"ünï {at}" for at, node in enumerate(order)}
    cases = {"morning": "evening", "noon": "am"}
    nodes: list[dict[str, Any]] = [
        {
            **node.model_dump(),
            "id": new_id[node.id],
            "name": f"name {chance.random()}",
            "config": {"text": chance.random()},
            "position": {"x": chance.random(), "y": 1},
            "timeout_seconds": chance.choice([None, 3, 30]),
        }
        for node in order
    ]
    edges = [
        {
            "id": f"new {at}",
            "source": new_id[edge.source],
            "source_handle": cases.get(edge.source_handle, edge.source_handle),
            "target": new_id[edge.target],
        }
        for at, edge in enumerate(chance.sample(graph.edges, len(graph.edges)))
    ]
    again = Graph.model_validate({"nodes": nodes, "edges": edges})
    return again, {new_id[node_id] for node_id in decided}


def machine(graph: Graph, decided: set[str]) -> CompiledGraph:
    return compile_graph(graph, function_arn_prefix=PREFIX, decided_at_start=decided)


@settings(max_examples=500)
@given(examples(), st.integers(0, 2**32))
def test_a_redrawn_graph_gives_the_same_machine(example: Example, seed: int) -> None:
    decided = set(example.decisions)
    first = machine(example.graph, decided)
    again = machine(*redrawn(example.graph, decided, seed))
    assert again.definition_json == first.definition_json
    assert again.digest == first.digest


@pytest.mark.parametrize(
    "links",
    [
        "t>a t>b t>c t>d a>x b>x b>y c>y c>z d>z d>w a>w",
        "t>a t>b t>c a>x b>y c>z x>j y>j z>j",
        "t>a1 t>a2 t>a3 a1>b1 a2>b2 a3>b3 b1>c b2>c b3>c a1>d a2>d",
        "t>s1 t>s2 t>s3 s1:morning>x s1:noon>x s2:morning>x s3:noon>x s1:noon>y s2:morning>y",
        "t>s1 t>s2 s1:morning>x s1:noon>x s2:noon>x",
    ],
    ids=["ring", "twins", "near twins", "cases of several edges", "one case more"],
)
def test_like_nodes_are_reported_apart_or_interchangeable(links: str) -> None:
    graph = draw(links, {"s1": "switch", "s2": "switch", "s3": "switch"})
    digests = {machine(*redrawn(graph, set(), seed)).digest for seed in range(40)}
    assert digests == {machine(graph, set()).digest}


def rings(*sizes: int) -> str:
    """Draw rings: as many nodes after the trigger as the size, each leading to two of as many."""
    return " ".join(
        f"t>a{ring}.{at} a{ring}.{at}>b{ring}.{at} a{ring}.{at}>b{ring}.{(at + 1) % size}"
        for ring, size in enumerate(sizes)
        for at in range(size)
    )


@pytest.mark.parametrize("sizes", [(2, 4), (3, 5, 4), (2, 3, 3, 2)])
def test_rings_are_reported_apart_by_their_size(sizes: tuple[int, ...]) -> None:
    graph = draw(rings(*sizes))
    digests = {machine(*redrawn(graph, set(), seed)).digest for seed in range(40)}
    assert digests == {machine(graph, set()).digest}


def test_rings_of_other_sizes_are_another_machine() -> None:
    assert machine(draw(rings(2, 4)), set()).digest != machine(draw(rings(3, 3)), set()).digest


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


def test_slots_follow_the_flow() -> None:
    graph = draw("t>a a>b b>c")
    assert compiled(graph).slots == {"n1": "a", "n2": "b", "n3": "c"}


def test_the_digest_is_the_same_in_every_process() -> None:
    # Where this changes on purpose, COMPILER_VERSION goes up: running executions keep their
    # machines, and what is published next gets new ones.
    graph = draw("t>s s:x>a s:y>b s:y>c a>d b>d b>e c>e", {"s": "switch", "e": "delay"})
    assert (
        compiled(graph).digest == "969b03cfa9964dd8520fcb66e4f2fa36ca170f48427ad0d7f7e32dbc7dda2b5c"
    )
