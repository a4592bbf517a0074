"""Compiling takes work in proportion to the graph: it looks at each edge a bounded number of times."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bookflow.domain.compiler import compile_graph
from bookflow.domain.compiler.flow_graph import FlowGraph
from bookflow.domain.workflows.graph import Graph
from tests.performance.bench_compiler import NESTING, drawn
from tests.unit.compiler.graphs import PREFIX

SIZE, TEN_TIMES = 50, 500
MOST_TIMES = 11
"""Ten, and a little more: where shapes end counts less in large graphs."""


class Counted(list[Any]):
    """A node's edges, or its children in the dominator tree, which count how often they are visited."""

    visits = 0

    def __iter__(self) -> Iterator[Any]:
        Counted.visits += len(self)
        return super().__iter__()


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> Callable[[Graph], int]:
    """Return what counts the visits of edges while a graph is compiled."""
    build = FlowGraph.__init__

    def counted(self: FlowGraph, *arguments: Any) -> None:
        build(self, *arguments)
        self.out = [Counted(edges) for edges in self.out]
        self.into = [Counted(edges) for edges in self.into]
        self.children = [Counted(children) for children in self.children]

    monkeypatch.setattr(FlowGraph, "__init__", counted)

    def count(graph: Graph) -> int:
        Counted.visits = 0
        compile_graph(graph, function_arn_prefix=PREFIX)
        return Counted.visits

    return count


@pytest.mark.parametrize("name", NESTING)
def test_ten_times_the_nodes_take_ten_times_the_visits(
    visits: Callable[[Graph], int], name: str
) -> None:
    one, ten = (visits(drawn(*NESTING[name](size))) for size in (SIZE, TEN_TIMES))
    assert one >= SIZE
    assert ten <= MOST_TIMES * one, f"{one:,} visits for {SIZE} nodes, {ten:,} for {TEN_TIMES}"
