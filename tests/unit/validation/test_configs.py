"""Tests of the rules of what nodes say: configs, variables, earlier steps and templates."""

from __future__ import annotations

from typing import Any

import pytest

from bookflow.domain.validation import ValidationContext, validate
from bookflow.domain.validation.problems import Problem
from bookflow.domain.workflows.graph import Graph
from tests.unit.validation.catalogue import SmallCatalogue, edge, graph, line, node, reasons

CONTEXT = ValidationContext(catalogue=SmallCatalogue())


def found(drawn: Graph) -> list[tuple[str | None, str, str]]:
    return [(each.node_id, each.field, each.severity) for each in validate(drawn, CONTEXT)]


def the_problem(drawn: Graph) -> Problem:
    problems = validate(drawn, CONTEXT)
    assert len(problems) == 1, reasons(problems)
    return problems[0]


def reading(node_id: str, *paths: str, **more: Any) -> dict[str, Any]:
    return node(node_id, config={"reads": list(paths), **more})


def test_a_sound_workflow_has_no_problem() -> None:
    drawn = line(
        node("wait", "delay"),
        node("u", "update_booking"),
        reading("a", "booking.status", "event.reason", "steps.u.output.status", "steps.u.status"),
    )
    assert validate(drawn, CONTEXT) == []


@pytest.mark.parametrize(
    ("rule", "field", "severity"),
    [
        ({"all": "x"}, "config.filter", "error"),
        ({"all": []}, "config.filter", "error"),
        (
            {"variable": "booking.staus", "operator": "is_empty"},
            "config.filter.variable",
            "warning",
        ),
        (
            {"variable": "event.thread_id", "operator": "is_empty"},
            "config.filter.variable",
            "error",
        ),
        ({"variable": "steps.a.status", "operator": "is_empty"}, "config.filter", "error"),
        (
            {"all": [{"variable": "booking.status", "operator": "equals", "value": "gone"}]},
            "config.filter.all[0].value",
            "error",
        ),
    ],
)
def test_a_filter_of_the_trigger_is_checked_as_rules_are(
    rule: Any, field: str, severity: str
) -> None:
    trigger = node("t", "trigger", config={"filter": rule})
    drawn = graph([trigger, node("a")], [edge("t", "a")])
    assert found(drawn) == [("t", field, severity)]


def test_a_sound_filter_has_no_problem_even_on_what_may_be_empty() -> None:
    rule = {"variable": "booking.code", "operator": "starts_with", "value": "KAY"}
    trigger = node("t", "trigger", config={"filter": rule})
    assert found(graph([trigger, node("a")], [edge("t", "a")])) == []


def test_unknown_node_types() -> None:
    problem = the_problem(line(node("a"), node("b", "teleport")))
    assert (problem.node_id, problem.field) == ("b", "type")
    assert "'teleport'" in problem.reason


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (node("b", config={"note": 5}), "config.note"),
        (node("b", config={"headers": {"Accept": 5}}), "config.headers.Accept"),
        (node("b", config={"reads": ["booking.status", 5]}), "config.reads[1]"),
        (node("b", config={"colour": "red"}), "config.colour"),
        (node("b", "delay", config={"unit": "weeks"}), "config.unit"),
        (node("b", "delay", config={"send_window": {"start": "9"}}), "config.send_window.start"),
        (node("b", "condition", config={"other": 1}), "config.other"),
    ],
)
def test_ill_typed_configs_name_the_field(bad: dict[str, Any], field: str) -> None:
    drawn = graph(
        [node("t", "trigger"), bad, node("z")],
        [edge("t", "b"), edge("t", "z"), edge("b", "z", "on_error")],
    )
    assert ("b", field, "error") in found(drawn)


def test_missing_config_is_reported_field_by_field() -> None:
    drawn = line(node("a"), {"id": "d", "type": "delay"}, node("b"))
    assert found(drawn) == [("d", "config.value", "error"), ("d", "config.unit", "error")]


@pytest.mark.parametrize("config", [{"event": None}, {"event": "Moon Landing"}, {"event": ["x"]}])
def test_a_trigger_names_its_event(config: dict[str, Any]) -> None:
    drawn = graph([node("t", "trigger", config=config), node("a")], [edge("t", "a")])
    problem = the_problem(drawn)
    assert (problem.node_id, problem.field) == ("t", "config.event")
    assert "Booking Created" in problem.remedy


def test_a_trigger_is_checked_by_the_model_of_its_event() -> None:
    config = {"event": "Booking Reminder", "offset_value": -1}
    drawn = graph([node("t", "trigger", config=config), node("a")], [edge("t", "a")])
    assert found(drawn) == [("t", "config.offset_value", "error")]


def test_variables_that_the_trigger_does_not_supply() -> None:
    problem = the_problem(line(reading("a", "event.thread_id")))
    assert (problem.node_id, problem.field, problem.severity) == ("a", "config.note", "error")
    assert "event.thread_id" in problem.reason


@pytest.mark.parametrize("path", ["no_such_variable", "evnt.reason", "event.no_such.part"])
def test_an_unknown_variable_is_an_error_also_where_it_is_guarded(path: str) -> None:
    found = the_problem(line(reading("a", path, guarded=True)))
    assert (found.severity, found.node_id) == ("error", "a")


def test_a_guarded_variable_of_another_trigger_is_a_warning() -> None:
    assert the_problem(line(reading("a", "event.thread_id", guarded=True))).severity == "warning"
    assert the_problem(line(reading("a", "event.thread_id"))).severity == "error"


@pytest.mark.parametrize(
    "path", ["booking.code", "booking.extra", "booking.guides.name", "booking.guides.*.nick"]
)
def test_a_value_that_may_be_missing_is_an_error_in_a_message_without_a_fallback(
    path: str,
) -> None:
    assert the_problem(line(reading("a", path))).severity == "warning"
    message = the_problem(line(reading("a", path, template="welcome")))
    assert message.severity == "error"
    assert message.remedy
    guarded = reading("a", path, template="welcome", guarded=True)
    assert validate(line(guarded), CONTEXT) == []


def test_a_value_that_is_always_there_needs_no_fallback() -> None:
    for path in ("booking.status", "booking.guides.*.name", "booking.guides"):
        assert validate(line(reading("a", path, template="welcome")), CONTEXT) == []


def test_an_optional_output_needs_a_fallback_in_a_message() -> None:
    first = node("u", "update_booking")
    for path, severities in (
        ("steps.u.output.status", []),
        ("steps.u.output.reason", ["error"]),
    ):
        found = validate(line(first, reading("a", path, template="welcome")), CONTEXT)
        assert [each.severity for each in found] == severities
        guarded = reading("a", path, template="welcome", guarded=True)
        assert validate(line(first, guarded), CONTEXT) == []


def test_an_output_of_a_step_that_may_not_complete_needs_a_fallback_in_a_message() -> None:
    first = node("u", "update_booking", on_failure="continue")
    (found,) = validate(
        line(first, reading("a", "steps.u.output.status", template="welcome")), CONTEXT
    )
    assert found.severity == "error"


COMPARED = {"variable": "booking.code", "operator": "equals", "value": "A"}
ASKED = {"all": [COMPARED, {"variable": "booking.code", "operator": "is_not_empty"}]}


@pytest.mark.parametrize(
    ("rule", "handles", "warnings"),
    [
        (COMPARED, ("true", "false"), 0),
        (COMPARED, ("true",), 1),
        (COMPARED, ("false",), 1),
        ({"not": COMPARED}, ("true",), 1),
        (ASKED, ("true",), 0),
        ({**COMPARED, "variable": "booking.status", "value": "pending"}, ("true",), 0),
        ({**COMPARED, "variable": "booking.guides.name"}, ("true",), 0),
    ],
)
def test_a_condition_on_an_optional_value_warns_unless_both_outputs_are_connected(
    rule: dict[str, Any], handles: tuple[str, ...], warnings: int
) -> None:
    branches = [node(f"n-{handle}") for handle in handles]
    condition = {"id": "if", "type": "condition", "name": "if", "config": {"rule": rule}}
    edges = [edge("if", f"n-{handle}", handle) for handle in handles]
    drawn = graph([node("t", "trigger"), condition, *branches], [edge("t", "if"), *edges])
    found = validate(drawn, CONTEXT)
    assert [each.severity for each in found] == ["warning"] * warnings
    assert all(each.node_id == "if" and "booking.code" in each.reason for each in found)


@pytest.mark.parametrize("is_connected", [True, False])
def test_a_switch_on_an_optional_value_warns_unless_its_default_is_connected(
    is_connected: bool,
) -> None:
    switch = {
        "id": "sw",
        "type": "switch",
        "name": "sw",
        "config": {"cases": [{"id": "one", "rule": COMPARED}]},
    }
    nodes = [node("t", "trigger"), switch, node("a"), *([node("b")] if is_connected else [])]
    edges = [edge("t", "sw"), edge("sw", "a", "one")]
    edges += [edge("sw", "b", "default")] if is_connected else []
    assert len(validate(graph(nodes, edges), CONTEXT)) == (0 if is_connected else 1)


def test_an_extra_field_of_a_known_object_is_a_warning_unless_guarded() -> None:
    assert the_problem(line(reading("a", "booking.statsu"))).severity == "warning"
    assert validate(line(reading("a", "booking.statsu", guarded=True)), CONTEXT) == []


def rule(variable: str, operator: str = "is_empty", value: Any = None) -> dict[str, Any]:
    return {"rule": {"variable": variable, "operator": operator, "value": value}}


def conditional(config: dict[str, Any]) -> Graph:
    return graph(
        [node("t", "trigger"), node("if", "condition", config=config), node("a")],
        [edge("t", "if"), edge("if", "a", "true")],
    )


def test_conditions_are_checked_against_the_types_of_the_trigger() -> None:
    assert found(conditional(rule("event.thread_id"))) == [("if", "config.rule.variable", "error")]
    assert found(conditional(rule("booking.status", "greater", 5))) == [
        ("if", "config.rule.operator", "error")
    ]


def test_every_problem_of_a_rule_is_reported_once_with_its_place() -> None:
    config = {"rule": {"all": [{"any": 5}, {"variable": "booking.status", "operator": "like"}]}}
    assert found(conditional(config)) == [
        ("if", "config.rule.all[0]", "error"),
        ("if", "config.rule.all[1].operator", "error"),
    ]


def test_rules_of_a_switch_are_reported_by_their_case() -> None:
    cases = [
        {"id": "a", **rule("booking.status")},
        {"id": "b", **rule("event.thread_id")},
        {"id": "b", "rule": 5},
    ]
    drawn = graph(
        [node("t", "trigger"), node("s", "switch", config={"cases": cases}), node("a")],
        [edge("t", "s"), edge("s", "a", "a")],
    )
    assert found(drawn) == [
        ("s", "config.cases[1].rule.variable", "error"),
        ("s", "config.cases[2].rule", "error"),
    ]


def test_two_cases_of_one_id_are_refused() -> None:
    cases = [{"id": "a", **rule("booking.status")}] * 2
    drawn = graph(
        [node("t", "trigger"), node("s", "switch", config={"cases": cases}), node("a")],
        [edge("t", "s"), edge("s", "a", "a")],
    )
    assert "Two cases have the same id" in the_problem(drawn).reason


@pytest.mark.parametrize(
    "path", ["steps.b.output.x", "steps.a.output.x", "steps.gone.output", "steps"]
)
def test_steps_that_do_not_run_before_are_refused(path: str) -> None:
    assert found(line(reading("a", path), node("b"))) == [("a", "config.note", "error")]
    drawn = conditional(rule(path.replace(".a.", ".if.").replace(".b.", ".a.")))
    assert ("if", "config.rule", "error") in found(drawn)


def test_a_parallel_branch_does_not_run_before() -> None:
    drawn = graph(
        [node("t", "trigger"), node("a"), reading("b", "steps.a.output.x")],
        [edge("t", "a"), edge("t", "b")],
    )
    assert "does not run before" in the_problem(drawn).reason


def test_what_a_step_does_not_keep_is_refused() -> None:
    assert (
        "does not name a field" in the_problem(line(node("a"), reading("b", "steps.a.name"))).reason
    )
    drawn = line(node("u", "update_booking"), reading("b", "steps.u.output.colour"))
    problem = the_problem(drawn)
    assert "has no output.colour" in problem.reason
    assert "output.status" in problem.remedy


def joined(*edges: dict[str, Any], guarded: bool = False, **more: Any) -> list[str]:
    """Return the severities for a node `j` that reads the output of `a`."""
    drawn = graph(
        [
            node("t", "trigger"),
            node("if", "condition"),
            node("a", **more),
            node("b"),
            reading("j", "steps.a.output.x", guarded=guarded),
        ],
        edges,
    )
    return [each.severity for each in validate(drawn, CONTEXT) if each.node_id == "j"]


PARALLEL = [edge("t", "if"), edge("t", "a"), edge("t", "b"), edge("a", "j"), edge("b", "j")]


def test_an_output_of_a_step_that_always_completes_is_fine() -> None:
    assert joined(*PARALLEL) == []
    both = [edge("if", "a", "true"), edge("if", "b", "true")]
    assert joined(edge("t", "if"), *both, edge("a", "j"), edge("b", "j")) == []
    assert joined(*PARALLEL, edge("a", "if", "on_error")) != []


def test_an_output_that_some_runs_lack_is_a_warning() -> None:
    either = [edge("t", "if"), edge("if", "a", "true"), edge("if", "b", "false")]
    assert joined(*either, edge("a", "j"), edge("b", "j")) == ["warning"]
    assert joined(*either, edge("a", "j"), edge("b", "j"), guarded=True) == []
    caught = [edge("t", "if"), edge("t", "b"), edge("t", "a"), edge("a", "j", "on_error")]
    assert joined(*caught) == ["warning"]
    assert joined(*PARALLEL, on_failure="continue") == ["warning"]


def test_unknown_templates() -> None:
    assert validate(line(node("a", config={"template": "welcome"})), CONTEXT) == []
    problem = the_problem(line(node("a", config={"template": "gone"})))
    assert (problem.node_id, problem.field) == ("a", "config.template")
    assert "'gone'" in problem.reason


def test_all_problems_of_all_nodes_are_found_at_once() -> None:
    drawn = graph(
        [
            node("t", "trigger", config={"event": "Nothing"}),
            node("a", config={"note": ""}),
            node("b", "teleport"),
            node("c", "condition", config={"rule": 1}),
            node("d", config={"template": "gone"}),
        ],
        [edge("t", "a"), edge("a", "b"), edge("b", "a"), edge("c", "d", "maybe")],
    )
    by_node = {node_id for node_id, _, _ in found(drawn)}
    assert by_node == {"t", "a", "b", "c", "d"}
