"""Tests of the rules of a graph's shape."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookflow.domain.validation import ValidationContext, validate
from bookflow.domain.validation.problems import Problem
from bookflow.domain.validation.structure import structure_problems
from bookflow.domain.validation.walks import cycles, topological
from bookflow.domain.workflows.graph import Graph
from tests.unit.validation.catalogue import SmallCatalogue, edge, graph, line, node, reasons


def the_problem(drawn: Graph) -> Problem:
    problems = structure_problems(drawn)
    assert len(problems) == 1, reasons(problems)
    return problems[0]


def test_a_sound_graph_has_no_problem() -> None:
    drawn = graph(
        [
            node("t", "trigger"),
            node("wait", "delay"),
            node("if", "condition"),
            node("a"),
            node("b"),
            node("s", "switch", config={"cases": [{"id": "vip"}]}),
        ],
        [
            edge("t", "wait"),
            edge("wait", "if"),
            edge("if", "a", "true"),
            edge("if", "b", "false"),
            edge("if", "b", "on_error"),
            edge("a", "s"),
            edge("a", "b", "on_error"),
            edge("s", "b", "vip"),
            edge("s", "b", "default"),
        ],
    )
    assert structure_problems(drawn) == []


def test_unicode_ids_and_names_are_fine() -> None:
    family = "\N{MAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
    drawn = line(node("Grüße-你好", name=f"Ünï \N{SNOWMAN} {family} مرحبا"), node("ребёнок"))
    assert structure_problems(drawn) == []


@pytest.mark.parametrize("bad", ["a\nb", "a\0", "\x7f", "\u2028", "\u202eevil", "\x9b"])
def test_control_characters_are_refused(bad: str) -> None:
    problem = the_problem(line(node("a", name=bad)))
    assert (problem.node_id, problem.field) == ("a", "name")
    assert "control characters" in problem.reason
    [of_edge] = structure_problems(
        graph([node("t", "trigger"), node("a")], [edge("t", "a", edge_id=bad)])
    )
    assert (of_edge.edge_id, of_edge.field) == (bad, "id")


def test_a_trigger_is_needed() -> None:
    assert "no trigger" in the_problem(graph([node("a")])).reason
    assert "no trigger" in the_problem(Graph()).reason


def test_a_second_trigger_is_one_too_many() -> None:
    drawn = graph(
        [node("t", "trigger"), node("u", "trigger"), node("a")], [edge("t", "a"), edge("u", "a")]
    )
    assert the_problem(drawn).node_id == "u"


def test_a_trigger_has_to_lead_to_an_action() -> None:
    assert "leads to no action" in the_problem(graph([node("t", "trigger")])).reason
    drawn = graph([node("t", "trigger"), node("d", "delay")], [edge("t", "d")])
    problems = structure_problems(drawn)
    assert [(each.node_id, each.severity) for each in problems] == [
        ("t", "error"),
        ("d", "warning"),
    ]


def test_duplicate_ids() -> None:
    drawn = graph(
        [node("t", "trigger"), node("a"), node("a"), node("a")],
        [edge("t", "a", edge_id="e"), edge("t", "a", "out", edge_id="e")],
    )
    assert reasons(structure_problems(drawn)) == [
        "Several nodes have the id 'a'.",
        "Several edges have the id 'e'.",
        "Another edge connects the same handle to the same node.",
    ]


def test_dangling_edges() -> None:
    drawn = graph(
        [node("t", "trigger"), node("a")],
        [edge("t", "a"), edge("a", "gone", edge_id="e"), edge("lost", "a", edge_id="f")],
    )
    problems = structure_problems(drawn)
    assert [(each.edge_id, each.field) for each in problems] == [("e", "target"), ("f", "source")]


def test_self_loops() -> None:
    drawn = graph([node("t", "trigger"), node("a")], [edge("t", "a"), edge("a", "a", edge_id="e")])
    problem = the_problem(drawn)
    assert (problem.node_id, problem.edge_id) == ("a", "e")
    assert "to itself" in problem.reason


def test_edges_into_the_trigger() -> None:
    drawn = graph([node("t", "trigger"), node("a")], [edge("t", "a"), edge("a", "t", edge_id="e")])
    found = {(each.edge_id, each.reason) for each in structure_problems(drawn)}
    assert ("e", "The edge leads into the trigger.") in found
    assert (None, "The nodes form a cycle: 't' -> 'a' -> 't'.") in found


def test_a_cycle_is_reported_by_its_path() -> None:
    drawn = graph(
        [node("t", "trigger"), *(node(each) for each in "abcd")],
        [edge("t", "a"), edge("a", "b"), edge("b", "c"), edge("c", "a"), edge("c", "d")],
    )
    problem = the_problem(drawn)
    assert problem.node_id == "a"
    assert problem.reason == "The nodes form a cycle: 'a' -> 'b' -> 'c' -> 'a'."


def test_every_knot_of_cycles_is_reported() -> None:
    drawn = graph(
        [node("t", "trigger"), *(node(each) for each in "abcd")],
        [edge("t", "a"), *(edge(a, b) for a, b in ["ab", "ba", "bc", "cd", "dc"])],
    )
    assert [each.node_id for each in structure_problems(drawn)] == ["a", "c"]


def test_unreachable_nodes() -> None:
    drawn = graph(
        [node("t", "trigger"), node("a"), node("b"), node("c")], [edge("t", "a"), edge("b", "c")]
    )
    assert [each.node_id for each in structure_problems(drawn)] == ["b", "c"]


@pytest.mark.parametrize(
    ("node_type", "handle", "fits"),
    [
        ("trigger", "out", True),
        ("trigger", "on_error", False),
        ("webhook", "out", True),
        ("webhook", "on_error", True),
        ("webhook", "true", False),
        ("delay", "on_error", True),
        ("delay", "false", False),
        ("condition", "true", True),
        ("condition", "false", True),
        ("condition", "on_error", True),
        ("condition", "out", False),
        ("switch", "vip", True),
        ("switch", "default", True),
        ("switch", "on_error", True),
        ("switch", "out", False),
    ],
)
def test_edges_leave_by_a_handle_of_their_node(node_type: str, handle: str, fits: bool) -> None:
    configs: dict[str, Any] = (
        {"config": {"cases": [{"id": "vip"}]}} if node_type == "switch" else {}
    )
    nodes = [node("n", node_type, **configs), node("a")]
    edges = [edge("n", "a", handle, edge_id="e")]
    if node_type != "trigger":
        nodes.insert(0, node("t", "trigger"))
        edges.append(edge("t", "n"))
    found = [each for each in structure_problems(graph(nodes, edges)) if each.edge_id == "e"]
    assert [each.field for each in found] == ([] if fits else ["source_handle"])


def test_too_many_nodes_and_edges_are_refused_in_bounded_time() -> None:
    nodes = [node("t", "trigger"), *(node(f"n{n}") for n in range(2_000))]
    edges = [edge("t", f"n{n}") for n in range(2_000)]
    edges += [edge(f"n{n}", f"n{n + 1}") for n in range(1_999)]
    edges += [edge(f"n{n}", f"n{n + 2}") for n in range(1_998)]
    drawn = graph(nodes, edges)
    begin = time.process_time()
    problems = validate(drawn, ValidationContext(catalogue=SmallCatalogue()))
    assert time.process_time() - begin < 1.0
    assert reasons(problems) == [
        "The graph has 2,001 nodes; 1,000 are allowed.",
        "The graph has 5,997 edges; 4,000 are allowed.",
    ]


def test_the_largest_graph_is_checked_whole_in_bounded_time() -> None:
    nodes = [node("t", "trigger")]
    for n in range(999):
        reads = [f"steps.n{n - 1}.output.x"] if n else []
        nodes.append(node(f"n{n}", config={"reads": reads}))
    edges = [edge("t", "n0"), *(edge(f"n{n}", f"n{n + 1}") for n in range(998))]
    edges += [edge(f"n{n}", f"n{m}") for n in range(998) for m in (n + 2, n + 3) if m < 999]
    begin = time.process_time()
    problems = validate(graph(nodes, edges), ValidationContext(catalogue=SmallCatalogue()))
    assert time.process_time() - begin < 2.0
    assert problems == []


def test_a_cycle_through_a_thousand_nodes_is_reported_in_bounded_time() -> None:
    nodes = [node("t", "trigger"), *(node(f"n{n}") for n in range(999))]
    edges = [edge("t", "n0"), *(edge(f"n{n}", f"n{(n + 1) % 999}") for n in range(999))]
    drawn = graph(nodes, edges)
    begin = time.process_time()
    [problem] = structure_problems(drawn)
    assert time.process_time() - begin < 1.0
    assert "... 980 more ..." in problem.reason
    assert problem.reason.endswith("-> 'n0'.")


arrows = st.integers(1, 9).flatmap(
    lambda size: st.fixed_dictionaries(
        {n: st.lists(st.integers(0, size - 1), max_size=4) for n in range(size)}
    )
)


@settings(max_examples=300)
@given(arrows)
def test_cycles_and_order_agree_with_plain_search(found: dict[int, list[int]]) -> None:
    arrows = {n: [m for m in followers if m != n] for n, followers in found.items()}
    onward = {n: set(followers) for n, followers in arrows.items()}
    for middle in arrows:  # Warshall's closure, the slow and obvious way
        for n in arrows:
            if middle in onward[n]:
                onward[n] |= onward[middle]
    on_cycles = {n for n in arrows if n in onward[n]}
    reported = cycles(arrows)
    for cycle in reported:
        assert len(set(cycle)) == len(cycle) > 1
        assert all(b in arrows[a] for a, b in zip(cycle, [*cycle[1:], cycle[0]], strict=True))
    knots = {frozenset(m for m in onward[n] if n in onward[m]) for n in on_cycles}
    assert len(reported) == len(knots)
    assert all(any(set(cycle) <= knot for cycle in reported) for knot in knots)
    ordered = topological(arrows)
    assert set(ordered) == {n for n in arrows if not any(n in onward[c] for c in on_cycles)} - (
        on_cycles
    )
    place = {n: index for index, n in enumerate(ordered)}
    assert all(place[n] < place[m] for n in ordered for m in arrows[n] if m in place)
