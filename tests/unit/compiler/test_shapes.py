"""Shapes drawn by hand: what they compile to, and what runs."""

from __future__ import annotations

import pytest

from bookflow.domain.compiler import compile_graph
from tests.unit.compiler.graphs import PREFIX, all_states, compiled, draw, kinds, play
from tests.unit.compiler.simulator import NOTHING, WAITS

STOPPED_CAUSE = '"Error":"PermanentError"'


def test_a_chain_is_its_tasks_alone() -> None:
    graph = draw("t>a a>b b>c")
    assert kinds(graph) == ["Task"] * 3
    assert all("Catch" not in state for _, state in all_states(compiled(graph).definition))
    assert play(graph).states == ["n1", "n2", "n3"]


def test_a_chain_fails_with_its_steps_own_error() -> None:
    run = play(draw("t>a a>b"), {"a": "failed"})
    assert (run.status, run.error, run.ran) == ("FAILED", "PermanentError", ["a"])


def test_a_trigger_alone_succeeds() -> None:
    assert play(draw("")).status == "SUCCEEDED"


def test_a_diamond_is_one_parallel() -> None:
    graph = draw("t>a a>b a>c b>d c>d")
    assert kinds(graph).count("Parallel") == 1
    run = play(graph)
    assert run.ran[0] == "a"
    assert run.ran[-1] == "d"


def test_a_failing_branch_lets_its_sibling_finish_and_stops_the_join() -> None:
    graph = draw("t>b t>c c>c2 b>d c2>d")
    for seed in range(5):
        run = play(graph, {"b": "failed"}, seed=seed)
        assert set(run.ran) == {"b", "c", "c2"}
        assert (run.status, run.error) == ("FAILED", "BookflowStepFailed")
        assert STOPPED_CAUSE in run.cause


def test_alternatives_need_no_parallel() -> None:
    graph = draw("t>c c:true>a c:false>b a>d b>d d>e", {"c": "condition"})
    assert kinds(graph) == ["Choice", "Task", "Task", "Task", "Task", "Task"]
    assert play(graph, {"c": "true"}).ran == ["c", "a", "d", "e"]
    assert play(graph, {"c": "false"}).ran == ["c", "b", "d", "e"]


def test_a_decision_known_at_the_start_calls_nothing() -> None:
    graph = draw("t>c c:true>a c:false>b", {"c": "condition"})
    assert play(graph, decided={"c": "true"}).ran == ["a"]
    assert play(graph, decided={"c": "false"}).ran == ["b"]


def test_one_node_on_both_handles_runs_once_either_way() -> None:
    graph = draw("t>c c:true>a c:false>a", {"c": "condition"})
    for handle in ("true", "false"):
        assert play(graph, {"c": handle}).ran == ["c", "a"]
        assert play(graph, decided={"c": handle}).ran == ["a"]


def test_alternatives_that_share_a_node_are_gated_not_copied() -> None:
    graph = draw("t>c c:true>a c:true>b c:false>b c:false>d a>z b>z d>z", {"c": "condition"})
    names = [name for name, _ in all_states(compiled(graph).definition)]
    assert len(names) == len(set(names))
    assert set(play(graph, {"c": "true"}).ran) == {"c", "a", "b", "z"}
    assert set(play(graph, {"c": "false"}).ran) == {"c", "b", "d", "z"}


@pytest.mark.parametrize(
    ("taken", "ran"),
    [("am", {"a"}), ("pm", {"p"}), ("default", {"d"}), ("a case without an edge", set())],
)
def test_a_switch_takes_one_case(taken: str, ran: set[str]) -> None:
    graph = draw("t>s s:am>a s:pm>p s:default>d", {"s": "switch"})
    assert set(play(graph, {"s": taken}).ran) == {"s"} | ran
    assert set(play(graph, decided={"s": taken}).ran) == ran


def test_a_case_may_be_called_true() -> None:
    graph = draw("t>s s:true>a s:out2>b", {"s": "switch"})
    assert play(graph, decided={"s": "true"}).ran == ["a"]


def test_several_edges_on_one_handle_run_in_parallel() -> None:
    graph = draw("t>c c:true>a c:true>b c:false>d", {"c": "condition"})
    assert set(play(graph, {"c": "true"}).ran) == {"c", "a", "b"}
    assert play(graph, {"c": "false"}).ran == ["c", "d"]


def test_nested_diamonds_become_nested_parallels() -> None:
    graph = draw("t>a t>b a>c a>d c>e d>e e>z b>z")
    (outer,) = (
        state for name, state in all_states(compiled(graph).definition) if name == "n0.fork"
    )
    assert any(
        state["Type"] == "Parallel"
        for branch in outer["Branches"]
        for state in branch["States"].values()
    )
    assert play(graph).ran[-1] == "z"


def test_a_shape_that_nests_needs_no_token() -> None:
    for links in (
        "t>a t>b a>c a>d c>e d>e e>z b>z",
        "t>a t>b t>c a>q b>q q>z c>z",
        "t>a a:on_error>b a>c b>z c>z",
    ):
        assert "waitForTaskToken" not in compiled(draw(links)).definition_json


N_SHAPE = "t>a t>b a>x a>y b>y x>z y>z"


def test_an_n_shape_joins_by_one_token() -> None:
    graph = draw(N_SHAPE)
    machine = compiled(graph)
    waits = [
        state["Parameters"]["Payload"]
        for _, state in all_states(machine.definition)
        if "waitForTaskToken" in state.get("Resource", "")
    ]
    assert [wait["expected"] for wait in waits] == [2]
    assert machine.slots[waits[0]["join"]] == "y"
    for seed in range(20):
        run = play(graph, seed=seed)
        assert sorted(run.ran) == ["a", "b", "x", "y", "z"]
        assert run.ran[-1] == "z"


@pytest.mark.parametrize(
    ("failed", "ran"),
    [("a", {"a", "b"}), ("b", {"a", "b", "x"}), ("x", {"a", "b", "x", "y"})],
)
def test_a_stopped_edge_stops_a_token_join(failed: str, ran: set[str]) -> None:
    for seed in range(10):
        run = play(draw(N_SHAPE), {failed: "failed"}, seed=seed)
        assert set(run.ran) == ran
        assert run.status == "FAILED"


def test_a_mesh_asks_for_tokens_only_where_branches_cross() -> None:
    # a and b meet at q first; only y joins what lies in two branches.
    graph = draw("t>a t>b t>c a>q b>q q>x q>y c>y c>w")
    waits = [
        state["Parameters"]["Payload"]["join"]
        for _, state in all_states(compiled(graph).definition)
        if "waitForTaskToken" in state.get("Resource", "")
    ]
    assert [compiled(graph).slots[join] for join in waits] == ["y"]
    assert set(play(graph).ran) == set("abcqxyw")


def test_an_error_edge_into_a_shared_node() -> None:
    graph = draw("t>a a:on_error>b a>b a>c b>d c>d")
    assert set(play(graph).ran) == {"a", "b", "c", "d"}
    run = play(graph, {"a": "failed"})
    assert (run.ran, run.status) == (["a", "b", "d"], "SUCCEEDED")


def test_continue_goes_on_as_if_the_step_had_succeeded() -> None:
    graph = draw("t>a a>b", on_failure={"a": "continue"})
    run = play(graph, {"a": "failed"})
    assert (run.ran, run.status) == (["a", "b"], "SUCCEEDED")


def test_a_failed_condition_that_continues_takes_no_handle() -> None:
    graph = draw("t>c c:true>a c:false>b", {"c": "condition"}, on_failure={"c": "continue"})
    run = play(graph, {"c": "failed"})
    assert (run.ran, run.status) == (["c"], "SUCCEEDED")


def test_dead_ends_beside_a_join_run_too() -> None:
    graph = draw("t>a t>b a>leaf a>p b>p p>q")
    for seed in range(10):
        assert set(play(graph, seed=seed).ran) == {"a", "b", "leaf", "p", "q"}


def test_a_join_whose_edges_all_die_does_not_run() -> None:
    graph = draw("t>c t>d c:true>j d:true>j j>k", {"c": "condition", "d": "condition"})
    assert set(play(graph, {"c": "false", "d": "false"}).ran) == {"c", "d"}
    assert set(play(graph, {"c": "false", "d": "true"}).ran) == {"c", "d", "j", "k"}


def test_a_delay_holds_back_only_what_descends_from_it() -> None:
    graph = draw("t>d d>x t>b b>y x>j y>j b>k", {"d": "delay"})
    for seed in range(10):
        run = play(graph, seed=seed)
        assert run.before_delays is not None
        assert set(run.before_delays) == {"d", "b", "y", "k"}
        assert set(run.ran) == {"d", "x", "b", "y", "j", "k"}


def test_after_a_delay_that_is_skipped_nothing_follows_and_the_rest_goes_on() -> None:
    graph = draw("t>d d>x t>b b>y x>j y>j", {"d": "delay"})
    for seed in range(10):
        run = play(graph, {"d": "nothing follows"}, seed=seed)
        assert (set(run.ran), run.status) == ({"d", "b", "y", "j"}, "SUCCEEDED")
    alone = draw("t>d d>a a>b", {"d": "delay"})
    run = play(alone, {"d": "nothing follows"})
    assert (run.ran, run.status) == (["d"], "SUCCEEDED")


def test_a_skipped_delay_is_no_failure() -> None:
    graph = draw("t>d d:on_error>e d>a", {"d": "delay"})
    assert play(graph, {"d": "nothing follows"}).ran == ["d"]
    assert play(graph, {"d": "failed"}).ran == ["d", "e"]
    goes_on = draw("t>d d>a", {"d": "delay"}, on_failure={"d": "continue"})
    assert play(goes_on, {"d": "nothing follows"}).ran == ["d"]
    assert play(goes_on, {"d": "failed"}).ran == ["d", "a"]


def test_what_may_be_skipped_is_caught_first_and_costs_no_transition() -> None:
    graph = draw("t>a a>d d>b b>c", {"d": "delay"}, on_failure={"d": "continue"})
    delay = compiled(graph).definition["States"]["n2"]
    caught = [each["ErrorEquals"] for each in delay["Catch"]]
    assert caught == [["NothingFollows"], ["States.ALL"]]
    assert not any("NothingFollows" in each["ErrorEquals"] for each in delay["Retry"])
    assert play(graph).states == ["n1", "n2", "n2.wait", "n3", "n4"]


def test_a_stopped_decision_stops_what_its_never_taken_error_edge_reaches() -> None:
    graph = draw("t>a a>c c:true>n c:on_error>x t>x", {"c": "condition"})
    assert set(play(graph, decided={"c": "true"}).ran) == {"a", "n", "x"}
    assert set(play(graph, {"a": "failed"}, {"c": "true"}).ran) == {"a"}


def test_nodes_behind_a_never_taken_error_edge_get_no_slot() -> None:
    graph = draw("t>c c:true>a c:on_error>x x>y", {"c": "condition"})
    assert set(compiled(graph, {"c": "true"}).slots.values()) == {"c", "a"}


def test_branches_put_out_little() -> None:
    graph = draw("t>a t>b a>c b>c")
    for name, state in all_states(compiled(graph).definition):
        if state.get("End") and name != "n3":
            assert "ResultSelector" in state or "Parameters" in state or "Result" in state


def test_payload_of_a_task() -> None:
    machine = compiled(draw("t>a a>d", {"d": "delay"}))
    action = machine.definition["States"]["n1"]
    assert action["Resource"] == "arn:aws:lambda:eu-west-1:123456789012:function:bookflow-test-send"
    assert action["Parameters"] == {
        "schema_version": 2,
        "execution.$": "$.execution",
        "node.$": "$.nodes.n1",
    }
    assert action["TimeoutSecondsPath"] == "$.nodes.n1.timeout"
    delay = machine.definition["States"]["n2"]
    assert delay["Resource"].endswith(":bookflow-test-flow")
    assert delay["Parameters"]["op"] == "delay"


def test_retriers_follow_the_policy() -> None:
    policy = {"max_attempts": 6, "interval_seconds": 30, "backoff_rate": 3.0}
    graph = draw("t>a a>b", retry={"a": policy, "b": {"max_attempts": 1}})
    states = compile_graph(graph, function_arn_prefix=PREFIX, asking_for_waits={"send"}).definition[
        "States"
    ]
    first, refused, *asked = states["n1"]["Retry"]
    assert states["n2"]["Retry"] == [refused]
    assert first["MaxAttempts"] == 5
    assert first["JitterStrategy"] == "FULL"
    assert first["MaxDelaySeconds"] == 900
    assert "PermanentError" not in first["ErrorEquals"]
    assert [(again["ErrorEquals"], again["IntervalSeconds"]) for again in asked] == [
        (["RetryAfter60"], 60),
        (["RetryAfter300"], 300),
        (["RetryAfter900"], 900),
    ]


def test_only_functions_that_ask_for_waits_have_retriers_for_them() -> None:
    only, _refused = compiled(draw("t>a")).definition["States"]["n1"]["Retry"]
    assert {"TransientError", "RetryAfter60", "RetryAfter300", "RetryAfter900"} <= set(
        only["ErrorEquals"]
    )
    # What is left out has the language's default: three tries again, each wait twice the last.
    assert only.keys() == {"ErrorEquals", "IntervalSeconds", "JitterStrategy"}


def test_the_first_wait_may_be_longer_than_the_usual_limit() -> None:
    graph = draw("t>a", retry={"a": {"interval_seconds": 3600}})
    assert compiled(graph).definition["States"]["n1"]["Retry"][0]["MaxDelaySeconds"] == 3601


DEATHS = {"Lambda.Unknown", "Runtime.ExitError", "Runtime.OutOfMemory", "Sandbox.Timedout"}
REFUSALS = {
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
}


@pytest.mark.parametrize("node_type", ["send", "delay", "condition", "switch"])
def test_every_task_outlasts_an_hour_of_refusals_and_retries_functions_that_died(
    node_type: str,
) -> None:
    machine = compiled(draw("t>a", {"a": node_type})).definition
    died, refused, *_ = machine["States"]["n1"]["Retry"]
    assert set(died["ErrorEquals"]) >= DEATHS
    assert set(refused["ErrorEquals"]) == REFUSALS
    assert refused["JitterStrategy"] == "FULL"
    # Step Functions' bounds (developer guide, "Retrying after an error").
    assert 1 < refused["MaxDelaySeconds"] < 31_622_400
    assert refused["MaxAttempts"] <= 99_999_999
    bounds = [
        min(2.0**number, refused["MaxDelaySeconds"]) for number in range(refused["MaxAttempts"])
    ]
    # Full jitter waits half of each bound, on average.
    assert 3600 <= sum(bounds) / 2 < 3600 + refused["MaxDelaySeconds"]


def test_a_joins_own_calls_outlast_an_hour_of_refusals() -> None:
    retriers = [
        state["Retry"]
        for _, state in all_states(compiled(draw(N_SHAPE)).definition)
        if "decisions" in state.get("Parameters", {})
        or state.get("Resource", "").endswith(".waitForTaskToken")
    ]
    assert retriers
    for refused, anything in retriers:
        assert set(refused["ErrorEquals"]) == REFUSALS
        assert anything["ErrorEquals"] == ["States.ALL"]


def test_the_run_is_bounded_and_names_are_short() -> None:
    machine = compiled(draw(N_SHAPE))
    assert machine.definition["TimeoutSeconds"] == 31_449_600
    assert all(len(name) <= 80 for name, _ in all_states(machine.definition))


UNTIL = {"d": {"kind": "until", "value": 1, "unit": "days"}}


def test_a_wait_until_the_booking_is_asked_again_after_each_wait() -> None:
    graph = draw("t>d d>a", {"d": "delay"}, config=UNTIL)
    run = play(graph)
    assert run.status == "SUCCEEDED"
    assert run.ran == ["d", "a"]
    waits = ["n1", "n1.next", "n1.wait"]
    assert run.states[: 3 * WAITS + 2] == [*(waits * WAITS), "n1", "n1.next"]
    assert compiled(graph).definition["States"]["n1"]["Parameters"]["op"] == "delay_until"


def test_a_wait_of_a_duration_costs_no_second_call() -> None:
    run = play(draw("t>d d>a", {"d": "delay"}))
    assert [state for state in run.states if state.startswith("n1")] == ["n1", "n1.wait"]


def test_delays_of_both_kinds_do_not_share_a_machine() -> None:
    assert (
        compiled(draw("t>d d>a", {"d": "delay"})).definition_json
        != compiled(draw("t>d d>a", {"d": "delay"}, config=UNTIL)).definition_json
    )


@pytest.mark.parametrize(
    "links", ["t>d", "t>d t>b", "t>d d>x t>b b>y x>j y>j", "t>d d:on_error>e d>a"]
)
def test_a_wait_until_the_booking_stands_anywhere(links: str) -> None:
    graph = draw(links, {"d": "delay"}, config=UNTIL)
    assert play(graph).status == "SUCCEEDED"
    skipped = play(graph, {"d": NOTHING})
    assert skipped.status == "SUCCEEDED"
