"""Tests of reading graphs from untrusted JSON: what is refused, in words and in bounded time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookflow.domain.validation import ValidationContext, check
from bookflow.domain.validation.problems import Problem
from bookflow.domain.validation.reading import MAX_GRAPH_BYTES, parse_graph
from tests.unit.validation.catalogue import SmallCatalogue, edge, graph_of, node, reasons

CONTEXT = ValidationContext(catalogue=SmallCatalogue())


def within(seconds: float, run: Callable[[], Any]) -> Any:
    begin = time.process_time()
    result = run()
    assert time.process_time() - begin < seconds
    return result


def refusal(raw: Any) -> Problem:
    graph, problems = within(1.0, lambda: parse_graph(raw))
    assert graph is None
    assert len(problems) == 1, reasons(problems)
    return problems[0]


SOUND = graph_of([node("t", "trigger"), node("a")], [edge("t", "a")])


def test_a_sound_graph_is_read() -> None:
    graph, problems = parse_graph(SOUND)
    assert problems == []
    assert graph is not None
    assert [each.id for each in graph.nodes] == ["t", "a"]


def test_5_mb_are_refused_at_once() -> None:
    big = graph_of([node("a", config={"note": "x" * 5_000_000})])
    assert "larger than 256 KiB" in refusal(big).reason


def test_5_mb_of_many_small_values_are_refused_at_once() -> None:
    assert "larger than 256 KiB" in refusal({"nodes": [[]] * 2_500_000}).reason
    assert "larger than 256 KiB" in refusal({"nodes": [{"a": 1}] * 1_000_000}).reason
    assert "larger than 256 KiB" in refusal({"nodes": list(range(10**6))}).reason


def test_a_graph_is_as_large_with_its_defaults_written_out() -> None:
    """So what the API answers can be sent back, also where it spells out a thousand defaults."""
    nodes = [node(f"n{number}", config={"note": "x" * 100}) for number in range(1_000)]
    edges = [edge(f"n{number}", f"n{number + 1}") for number in range(999)]
    graph, _ = parse_graph(graph_of(nodes, edges))
    assert graph is not None
    spelt_out = graph.model_dump(mode="json")
    assert len(json.dumps(spelt_out)) > MAX_GRAPH_BYTES
    assert parse_graph(spelt_out) == (graph, [])


def test_size_counts_bytes_not_characters() -> None:
    note = "\N{SNOWMAN}" * 100_000
    assert "larger than" in refusal(graph_of([node("a", config={"note": note})])).reason


@pytest.mark.parametrize("depth", [70, 300, 100_000])
@pytest.mark.parametrize("wrapped", [lambda inner: [inner], lambda inner: {"a": inner}])
def test_depth_bombs_are_refused_at_once(depth: int, wrapped: Callable[[Any], Any]) -> None:
    bomb: Any = 1
    for _ in range(depth):
        bomb = wrapped(bomb)
    assert "nested more than 64 levels" in refusal({"nodes": bomb}).reason


def test_brackets_and_quotes_in_texts_are_no_depth() -> None:
    note = '[{"\\' * 1000
    graph, problems = parse_graph(graph_of([node("a", config={"note": note})]))
    assert problems == []
    assert graph is not None
    assert graph.nodes[0].config["note"] == note


@pytest.mark.parametrize("form", ["not", "all"])
def test_a_condition_100_levels_deep_is_refused_with_its_node(form: str) -> None:
    rule: Any = {"variable": "booking.status", "operator": "is_empty"}
    for _ in range(99):
        rule = {form: rule if form == "not" else [rule]}
    raw = graph_of([node("t", "trigger"), node("deep", "condition", config={"rule": rule})])
    problem = refusal(raw)
    assert problem.node_id == "deep"
    assert problem.field.startswith("config")
    assert "a condition may have 20 levels" in problem.reason


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"nodes": "\ud800"}, "UTF-8 can hold"),
        ({"nodes": {1, 2}}, "can hold"),
        ({1: 2}, "can hold"),
        ({"nodes": [float("nan")]}, "can hold"),
        ({"schema_version": 2}, "unknown value"),
        ({"nodes": 5}, "not a list"),
        ({"wires": []}, "not a known field"),
    ],
)
def test_what_is_no_graph_is_refused_in_words(raw: Any, words: str) -> None:
    problem = refusal(raw)
    assert words in problem.reason
    assert problem.remedy


def test_problems_of_form_name_node_edge_and_field() -> None:
    raw = graph_of(
        [
            node("t", "trigger"),
            node("a", name="x" * 201),
            node("b", timeout_seconds=0),
            node("c", colour="red"),
            {"type": "delay"},
        ],
        [{"id": "e", "source": "t"}],
    )
    graph, problems = parse_graph(raw)
    assert graph is None
    assert {(each.node_id, each.edge_id, each.field) for each in problems} == {
        ("a", None, "name"),
        ("b", None, "timeout_seconds"),
        ("c", None, "colour"),
        (None, None, "nodes[4].id"),
        (None, "e", "target"),
    }
    assert all(each.remedy for each in problems)


def test_values_are_never_repeated_in_problems() -> None:
    _, problems = check(graph_of([node("a", timeout_seconds="s3cr3t")]), CONTEXT)
    assert problems
    assert "s3cr3t" not in str(problems)


def test_problems_of_form_and_of_shape_are_found_at_once() -> None:
    raw = graph_of(
        [node("t", "trigger"), node("a", name="x" * 201), node("b", config={"note": ""})],
        [edge("t", "a"), edge("a", "b"), edge("b", "a")],
    )
    graph, problems = check(raw, CONTEXT)
    assert graph is None
    found = " ".join(reasons(problems))
    assert "Name is too long" in found
    assert "form a cycle: 'a' -> 'b' -> 'a'" in found
    assert "Enter the note." in found


def test_a_config_that_is_no_object_is_reported_once() -> None:
    raw = graph_of([node("t", "trigger"), {**node("a"), "config": []}], [edge("t", "a")])
    _, problems = check(raw, CONTEXT)
    assert reasons(problems) == ["Config is not an object."]


def test_thousands_of_broken_nodes_take_bounded_time_and_space() -> None:
    raw = graph_of([{"id": "x" * 100_000, "type": 1}, *({"i": n} for n in range(8_000))])
    _, problems = within(2.0, lambda: check(raw, CONTEXT))
    assert len(problems) > 8_000
    assert sum(len(each.model_dump_json()) for each in problems) < 8_000_000


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["nodes", "edges", "id", "type", "config", "source", "target"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)
graph_like = st.fixed_dictionaries(
    {},
    optional={
        "schema_version": st.just(1) | json_values,
        "nodes": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "id": st.sampled_from(["a", "b", ""]) | json_values,
                    "type": st.sampled_from(["trigger", "delay", "condition", "switch", "x"])
                    | json_values,
                    "name": st.text(max_size=5),
                    "config": st.dictionaries(
                        st.sampled_from(["event", "rule", "cases", "value", "unit"]), json_values
                    )
                    | json_values,
                },
            ),
            max_size=5,
        )
        | json_values,
        "edges": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "id": st.sampled_from(["e", "f"]) | json_values,
                    "source": st.sampled_from(["a", "b"]) | json_values,
                    "source_handle": st.sampled_from(["out", "true"]) | json_values,
                    "target": st.sampled_from(["a", "b"]) | json_values,
                },
            ),
            max_size=5,
        ),
    },
)


@settings(max_examples=200)
@given(graph_like | st.dictionaries(st.text(max_size=5), json_values, max_size=5))
def test_any_input_gives_a_graph_or_problems_and_never_an_exception(raw: Any) -> None:
    graph, problems = check(raw, CONTEXT)
    assert graph is not None or problems
    assert all(each.remedy or each.reason.startswith(("Choose ", "Enter ")) for each in problems)
