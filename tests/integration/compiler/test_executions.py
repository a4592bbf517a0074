"""Machines on moto's interpreter: what they cost, how they retry, and how they fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import pytest

from bookflow.domain.compiler import (
    compile_graph,
    node_entries,
)
from bookflow.domain.executions.machine_input import execution_input, parse_failure_cause
from bookflow.domain.workflows.graph import Graph
from tests.integration.compiler.machine import PREFIX, Machine, Payload, Run, StepError
from tests.unit.compiler.graphs import EXECUTION, draw

Behave = Callable[[str, Payload], str]


def execute(
    machine: Machine, graph: Graph, behave: Behave, decisions: Mapping[str, str] | None = None
) -> Run:
    compiled = compile_graph(
        graph, function_arn_prefix=PREFIX, decided_at_start=frozenset(decisions or ())
    )
    entries = node_entries(compiled, graph)
    return machine.execute(compiled, execution_input(entries, EXECUTION, decisions or {}), behave)


def succeed(_: str, __: Payload) -> str:
    return "out"


@pytest.mark.parametrize("actions", [1, 2, 5])
def test_a_linear_workflow_costs_at_most_one_transition_more_than_its_actions(
    step_functions: Machine, actions: int
) -> None:
    names = [f"a{at}" for at in range(actions)]
    graph = draw(" ".join(f"{a}>{b}" for a, b in zip(["t", *names], names, strict=False)))
    run = execute(step_functions, graph, succeed)
    assert run.status == "SUCCEEDED"
    assert run.ran == names
    assert len(run.states) <= actions + 1


def test_a_decision_known_at_the_start_costs_one_transition_and_no_call(
    step_functions: Machine,
) -> None:
    graph = draw("t>c c:true>a c:false>b", {"c": "condition"})
    run = execute(step_functions, graph, succeed, {"c": "false"})
    assert run.ran == ["b"]
    assert len(run.states) == 2


@pytest.mark.parametrize("error", ["TransientError", "RetryAfter60", "Sandbox.Timedout"])
def test_what_may_pass_is_tried_again(step_functions: Machine, error: str) -> None:
    tries: list[str] = []

    def behave(node_id: str, _: Payload) -> str:
        tries.append(node_id)
        if len(tries) < 3:
            raise StepError(error, "later")
        return "out"

    run = execute(step_functions, draw("t>a"), behave)
    assert run.status == "SUCCEEDED"
    assert tries == ["a", "a", "a"]


def test_tries_are_counted(step_functions: Machine) -> None:
    def behave(_: str, __: Payload) -> str:
        raise StepError("TransientError", "always")

    graph = draw("t>a", retry={"a": {"max_attempts": 2}})
    run = execute(step_functions, graph, behave)
    assert (run.status, run.error, len(run.ran)) == ("FAILED", "TransientError", 2)


def test_a_permanent_error_is_not_tried_again(step_functions: Machine) -> None:
    def behave(_: str, __: Payload) -> str:
        raise StepError("PermanentError", "no template")

    run = execute(step_functions, draw("t>a a>b"), behave)
    assert (run.status, run.error, run.ran) == ("FAILED", "PermanentError", ["a"])
    assert run.cause is not None
    assert "no template" in run.cause


def test_after_a_skipped_delay_the_run_completes_without_a_second_try(
    step_functions: Machine,
) -> None:
    def behave(node_id: str, _: Payload) -> str:
        if node_id == "d":
            raise StepError("NothingFollows", "the booking has begun")
        return "out"

    run = execute(step_functions, draw("t>d d>a t>b", {"d": "delay"}), behave)
    assert (sorted(run.ran), run.status) == (["b", "d"], "SUCCEEDED")


def test_siblings_finish_and_the_cause_names_the_failed_slot(step_functions: Machine) -> None:
    def behave(node_id: str, _: Payload) -> str:
        if node_id == "b":
            raise StepError("PermanentError", "no address")
        return "out"

    graph = draw("t>a t>b a>c c>d b>d")
    run = execute(step_functions, graph, behave)
    assert Counter(run.ran) == Counter(["a", "b", "c"])
    assert (run.status, run.error) == ("FAILED", "BookflowStepFailed")
    found = parse_failure_cause(run.cause or "")
    assert found is not None
    compiled = compile_graph(graph, function_arn_prefix=PREFIX)
    assert (compiled.slots[found.slot], found.error) == ("b", "PermanentError")
    assert 'stackTrace\\": [' not in str(run.cause)


def test_a_token_join_waits_for_both_its_branches(step_functions: Machine) -> None:
    run = execute(step_functions, draw("t>a t>b a>x a>y b>y x>z y>z"), succeed)
    assert run.status == "SUCCEEDED"
    assert sorted(run.ran) == ["a", "b", "x", "y", "z"]
    assert run.begun_at["y"] > max(run.ended_at["a"], run.ended_at["b"])
