"""What a machine is started with, what it is called, and how it says which step failed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import pairwise

import pytest

from bookflow.domain.compiler import (
    COMPILER_VERSION,
    GraphNotCompilableError,
    compile_graph,
    machine_name,
    node_entries,
)
from bookflow.domain.executions.machine_input import (
    case_handle,
    execution_input,
    parse_failure_cause,
)
from bookflow.domain.shared.errors import PermanentError
from tests.unit.compiler.graphs import EXECUTION, PREFIX, compiled, draw, play

ROLE = "arn:aws:iam::123456789012:role/machine"
LOGS = "arn:aws:logs:eu-west-1:123456789012:log-group:machines:*"


def test_input_names_the_run_and_the_node_of_each_slot() -> None:
    graph = draw("t>d d>a", {"d": "delay"}, timeout_seconds={"a": 20})
    start_input = execution_input(node_entries(compiled(graph), graph), EXECUTION, {})
    assert start_input == {
        "schema_version": 1,
        "execution": EXECUTION,
        "nodes": {
            "n1": {"id": "d", "type": "delay", "timeout": 60, "after_delay": False},
            "n2": {"id": "a", "type": "send", "timeout": 20, "after_delay": True},
        },
    }


def test_default_timeouts_by_type() -> None:
    graph = draw("t>d d>a", {"d": "delay"})
    entries = node_entries(compiled(graph), graph, default_timeout={"send": 20})
    assert [entry["timeout"] for entry in entries.values()] == [60, 20]


def test_decisions_and_cases_travel_in_canonical_names() -> None:
    graph = draw("t>s s:late>a s:early>b", {"s": "switch"})
    asked = compiled(graph)
    (cases,) = asked.cases.values()
    assert sorted(cases) == ["early", "late"]
    assert node_entries(asked, graph)["n1"]["cases"] == cases
    known = compiled(graph, {"s": "late"})
    start_input = execution_input(node_entries(known, graph), EXECUTION, {"s": "late"})
    assert start_input["nodes"]["n1"]["decision"] == known.cases["n1"]["late"]
    assert "cases" not in start_input["nodes"]["n1"]


def test_a_missing_decision_is_refused_by_its_node() -> None:
    graph = draw("t>c c:true>a", {"c": "condition"})
    entries = node_entries(compiled(graph, {"c": "true"}), graph)
    with pytest.raises(PermanentError, match=r"decisions\.c"):
        execution_input(entries, EXECUTION, {})
    asked = execution_input(node_entries(compiled(graph), graph), EXECUTION, {"c": "true"})
    assert "decision" not in asked["nodes"]["n1"]


def test_a_case_without_an_edge_becomes_none() -> None:
    assert case_handle({"a": "c1"}, "b") == "none"
    assert case_handle({"a": "c1"}, "default") == "default"


def test_a_thousand_nodes_leave_room_in_the_payload() -> None:
    ids = [f"{at:064}" for at in range(1000)]
    graph = draw(" ".join(f"{a}>{b}" for a, b in zip(["t", *ids], ids, strict=False)))
    start_input = execution_input(node_entries(compiled(graph), graph), EXECUTION, {})
    assert len(json.dumps(start_input)) < 160 * 1024


def test_a_name_covers_all_that_makes_a_machine_and_leaks_no_id() -> None:
    machine = compiled(draw("t>secret"))
    name = machine_name("bookflow-dev-", machine, ROLE, LOGS)
    assert re.fullmatch(rf"bookflow-dev-{COMPILER_VERSION:02d}-[0-9a-f]{{29}}", name)
    other = compiled(draw("t>secret secret>b"))
    names = {
        name,
        machine_name("bookflow-dev-", other, ROLE, LOGS),
        machine_name("bookflow-dev-", machine, ROLE + "2", LOGS),
        machine_name("bookflow-dev-", machine, ROLE, LOGS + "2"),
    }
    assert len(names) == 4
    assert "secret" not in machine.definition_json


def test_a_prefix_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="48"):
        machine_name("x" * 49, compiled(draw("t>a")), ROLE, LOGS)


def test_the_cause_of_a_stopped_run_names_the_slot() -> None:
    graph = draw("t>a t>b")
    run = play(graph, {"b": "failed"})
    found = parse_failure_cause(run.cause)
    assert found is not None
    assert compiled(graph).slots[found.slot] == "b"
    assert found.error == "PermanentError"


def test_an_error_is_reported_where_the_cause_was_not_cut_before_it() -> None:
    cause = '{"n3":{"Error":"Lambda.Unknown","Cause":"a text with \\"Error\\":\\"Other\\""}}'
    assert parse_failure_cause(cause) == ("n3", "Lambda.Unknown")
    assert parse_failure_cause('{"n3": {"Cause":"\\"Error\\":\\"Other') == ("n3", None)


@pytest.mark.parametrize("cause", ["", "no JSON", '{"errorMessage": "x"}', '{"node":1}', "[1]"])
def test_other_causes_name_no_slot(cause: str) -> None:
    assert parse_failure_cause(cause) is None


def test_an_input_that_step_functions_would_not_take_is_refused() -> None:
    ids = [f"{at:03}" + "\N{SNOWMAN}" * 61 for at in range(999)]
    graph = draw(" ".join(["t>" + ids[0], *(f"{a}>{b}" for a, b in pairwise(ids))]))
    machine = compile_graph(graph, function_arn_prefix=PREFIX)
    with pytest.raises(GraphNotCompilableError, match="196,608 are allowed") as refused:
        node_entries(machine, graph)
    assert refused.value.remedy


@pytest.mark.parametrize("module", ["dispatch", "run_flow", "run_step", "track_execution"])
def test_what_starts_and_steers_runs_does_not_load_the_compiler(module: str) -> None:
    program = f"import sys, bookflow.use_cases.runtime.{module}; print(*sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert "bookflow.domain.compiler" not in answer.stdout.split()
