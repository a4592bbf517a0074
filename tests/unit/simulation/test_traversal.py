"""The traversal means the same as the reference, whatever the order in which nodes end."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bookflow.domain.workflows.traversal import End, Traversal
from tests.integration.compiler.graphs import Example, examples
from tests.integration.compiler.reference import FAILED, NOTHING, expected_run

_ENDS: dict[str, Any] = {FAILED: End.FAILED, NOTHING: End.NOTHING_FOLLOWS}


@given(example=examples(), seed=st.integers(0, 1_000))
@settings(max_examples=300, deadline=None)
def test_the_same_nodes_run_once_in_an_order_that_respects_the_edges(
    example: Example, seed: int
) -> None:
    order = random.Random(seed)  # noqa: S311 - it only shuffles
    traversal = Traversal(example.graph)
    ready = traversal.start()
    ran: list[str] = []
    while ready:
        node = ready.pop(order.randrange(len(ready)))
        assert node.id not in ran
        ran.append(node.id)
        result = example.results.get(node.id, "out")
        ready += traversal.ended(node.id, _ENDS.get(result, result))
    expected = expected_run(example.graph, example.results)
    assert {*ran, example.graph.trigger.id} == expected.ran
    assert traversal.has_failed is not expected.succeeded
