"""What has no meaning as a run is refused, clearly and in bounded time."""

from __future__ import annotations

import pytest

from bookflow.domain.compiler import GraphNotCompilableError, compile_graph
from bookflow.domain.shared.errors import PermanentError
from bookflow.domain.workflows.graph import Graph
from tests.unit.compiler.graphs import PREFIX, compiled, draw


@pytest.mark.parametrize(
    ("links", "types", "said"),
    [
        ("t>a a>b b>c c>a", {}, "a -> b -> c -> a"),
        ("t>a a>a", {}, "a -> a"),
        ("t>a b>c", {}, "'b' is not reachable"),
        ("t>a b>t", {}, "'b' is not reachable"),
        ("t>a a>t", {}, "circle"),
        ("t:on_error>a", {}, "no handle 'on_error'"),
        ("t>a a:true>b", {}, "no handle 'true'"),
        ("t>c c>b", {"c": "condition"}, "no handle 'out'"),
        ("t>a", {"a": "trigger"}, "this one has 2"),
        ("t>a", {"t": "send"}, "this one has 0"),
    ],
)
def test_says_what_is_wrong(links: str, types: dict[str, str], said: str) -> None:
    with pytest.raises(GraphNotCompilableError, match=said) as refused:
        compiled(draw(links, types))
    assert isinstance(refused.value, PermanentError)
    assert refused.value.remedy


def test_ids_are_unique_and_edges_lead_somewhere() -> None:
    trigger = {"id": "t", "type": "trigger"}
    twice = Graph.model_validate({"nodes": [trigger, trigger]})
    with pytest.raises(GraphNotCompilableError, match=r"nodes\.1\.id"):
        compiled(twice)
    edge = {"id": "e", "source": "t", "target": "gone"}
    loose = Graph.model_validate({"nodes": [trigger], "edges": [edge]})
    with pytest.raises(GraphNotCompilableError, match=r"edges\.0\.target"):
        compiled(loose)


def test_splits_nest_to_a_limit() -> None:
    def nested(depth: int) -> Graph:
        links = [f"{at}>{at + 1} {at}>leaf{at}" for at in range(1, depth + 1)]
        return draw(" ".join(["t>1", *links]))

    compiled(nested(50))
    with pytest.raises(GraphNotCompilableError, match="'51' splits inside 50") as refused:
        compiled(nested(51))
    assert refused.value.node_id == "51"


def test_a_definition_beyond_the_quota_is_refused() -> None:
    graph = draw(" ".join(f"t>{at}" for at in range(2000)))
    with pytest.raises(GraphNotCompilableError, match="bytes"):
        compiled(graph)


def test_a_thousand_alternatives_do_not_exhaust_the_stack() -> None:
    count = 1000
    links = [f"{at}:false>{at + 1}" for at in range(count)]
    graph = draw(" ".join(["t>0", *links]), {str(at): "condition" for at in range(count)})
    decided = {str(at) for at in range(count)}
    machine = compile_graph(graph, function_arn_prefix=PREFIX, decided_at_start=decided)
    assert len(machine.slots) == count + 1
