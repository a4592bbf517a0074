"""Where steps stand on the canvas: within its bounds, whatever a client sends or has stored."""

from __future__ import annotations

import json

import pytest

from bookflow.domain.workflows.graph import FARTHEST_PIXELS, Graph


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("1e19", FARTHEST_PIXELS),
        ("-1e308", -FARTHEST_PIXELS),
        ("1e999", FARTHEST_PIXELS),
        ("-1e999", -FARTHEST_PIXELS),
        ("NaN", 0),
        ("1000000", FARTHEST_PIXELS),
        ("-12.5", -12.5),
    ],
)
def test_place_beyond_the_canvas_becomes_its_edge(sent: str, kept: float) -> None:
    node = f'{{"id": "a", "type": "webhook", "position": {{"x": {sent}, "y": {sent}}}}}'
    graph = Graph.model_validate(json.loads(f'{{"nodes": [{node}]}}'))
    position = graph.node("a").position
    assert (position.x, position.y) == (kept, kept)
    assert Graph.model_validate_json(graph.model_dump_json()) == graph
