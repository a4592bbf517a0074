"""Hostile graphs are refused in words and in bounded time; odd but sound ones get a machine."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest

from bookflow.domain.validation import ValidationContext, check
from bookflow.domain.validation.problems import Problem
from bookflow.use_cases.workflows.check_graph import Catalogue
from bookflow.use_cases.workflows.make_machine import Machine, machine_or_problems
from tests.unit.runtime.samples import NOTE, TARGET

TRIGGER = {"id": "t", "type": "trigger", "config": {"event": "Booking Created"}}
RULE = {"variable": "booking.status", "operator": "equals", "value": "confirmed"}
CONDITION = {"id": "c", "type": "condition", "config": {"rule": RULE}}


def drawn(ways: str, *nodes: Mapping[str, Any]) -> dict[str, Any]:
    """Return `t>a a:on_error>b` as a graph; nodes that are not given are notes."""
    given = {node["id"]: dict(node) for node in (TRIGGER, *nodes)}
    edges = []
    for number, way in enumerate(ways.split()):
        source, target = way.split(">")
        source, _, handle = source.partition(":")
        for name in (source, target):
            given.setdefault(name, {**NOTE, "id": name})
        edge = {"id": f"e{number}", "source": source, "target": target}
        edges.append({**edge, "source_handle": handle or "out"})
    return {"nodes": list(given.values()), "edges": edges}


def made(draft: Mapping[str, Any]) -> tuple[list[Problem], Machine | None]:
    begun = time.process_time()
    graph, problems = check(draft, ValidationContext(catalogue=Catalogue()))
    machine = None
    if graph is not None:
        found, machine = machine_or_problems(graph, problems, TARGET.function_arn_prefix)
        problems = list(found)
    assert time.process_time() - begun < 5.0
    return problems, machine


def many(count: int) -> str:
    return " ".join(["t>0", *(f"{number}>{number + 1}" for number in range(count - 1))])


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (drawn("t>a a>a"), "leads from a node to itself"),
        (drawn("t>a a:on_error>a"), "leads from a node to itself"),
        (drawn("t>a a>b b:on_error>a"), "'a' -> 'b' -> 'a'"),
        (drawn("t>a a>t"), "leads into the trigger"),
        (drawn("t>a a:true>b"), "no handle 'true'"),
        (drawn("t>c c>a", CONDITION), "no handle 'out'"),
        (drawn("t>a u>a", {**TRIGGER, "id": "u"}), "more than one trigger"),
        (drawn("t>a t>a"), "Another edge connects the same handle"),
        (drawn(many(1000)), "1,000 are allowed"),
        (drawn(many(900) + " 899>0"), "form a cycle"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refusals_say_what_is_wrong_and_what_to_do(draft: Mapping[str, Any], words: str) -> None:
    problems, machine = made(draft)
    assert machine is None
    (reported,) = [problem for problem in problems if words in problem.reason]
    assert reported.remedy
    assert reported.node_id or reported.edge_id or reported.field


@pytest.mark.parametrize(
    "draft",
    [
        drawn("t>c c:true>a c:false>a", CONDITION),
        drawn("t>a a>b a:on_error>b"),
        drawn("t>a a>b", {**NOTE, "id": "a", "name": "日本語 🎉 \"'$.{}"}),
        drawn("t>$.x['y']\"\\ $.x['y']\"\\>%(slot)s<slot"),
        drawn(many(999)),
        drawn(many(999) + "".join(f" {at}:on_error>{at + 1}" for at in range(998))),
    ],
    ids=["both ways", "out and on_error", "name", "ids", "long", "long with on_error"],
)
def test_odd_but_sound_graphs_get_a_machine(draft: Mapping[str, Any]) -> None:
    problems, machine = made(draft)
    assert problems == []
    assert machine is not None
    ids = {node["id"] for node in draft["nodes"]} - {"t"}
    assert set(machine.compiled.slots.values()) == ids
    assert all(each not in machine.compiled.definition_json for each in ids if len(each) > 4)
