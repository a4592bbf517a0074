"""Tests of conditions: what each operator means, and what is refused."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bookflow.domain.flow.conditions.checking import rule_problems
from bookflow.domain.flow.conditions.config import ConditionConfig
from bookflow.domain.flow.conditions.evaluation import evaluate, reads_only_event, variables
from bookflow.domain.flow.conditions.operators import OPERATORS, Operator
from bookflow.domain.flow.conditions.reading import MAX_DEPTH, MAX_RULES
from bookflow.domain.flow.switch import SwitchConfig
from bookflow.domain.shared.errors import InvalidInputError

SCOPE = {
    "event": {"new_status": "confirmed", "occurred_at": "2026-06-06T08:30:00+00:00"},
    "booking": {
        "status": "confirmed",
        "party_size": 4,
        "total_amount": {"amount": Decimal("120.00"), "currency": "EUR"},
        "start_time": datetime(2026, 6, 6, 22, 30, tzinfo=UTC),
        "tags": ["vip", "group", 7],
        "paid": True,
        "deposit": "12.50",
        "note": "",
        "extras": [],
    },
    "customer": {"email": "Ada@Example.com", "first_name": "Ada"},
    "steps": {"webhook": {"output": {"status_code": 200}}},
}

TYPES = {
    "event.new_status": "string",
    "event.occurred_at": "datetime",
    "booking.status": "string",
    "booking.party_size": "number",
    "booking.total_amount": "money",
    "booking.start_time": "datetime",
    "booking.tags": "list",
    "booking.paid": "boolean",
    "customer": "object",
    "customer.email": "string",
}


def compare(variable: str, operator: str, *value: Any, **options: Any) -> dict[str, Any]:
    rule: dict[str, Any] = {"variable": variable, "operator": operator, **options}
    return {**rule, "value": value[0]} if value else rule


def holds(rule: Any) -> bool:
    return evaluate(rule, SCOPE, "Europe/Berlin")


@pytest.mark.parametrize(
    ("variable", "operator", "value", "expected"),
    [
        ("booking.status", "equals", "confirmed", True),
        ("booking.status", "equals", "Confirmed", False),
        ("booking.status", "not_equals", "pending", True),
        ("booking.status", "in", ["pending", "confirmed"], True),
        ("booking.status", "not_in", ["pending", "confirmed"], False),
        ("booking.party_size", "equals", 4.0, True),
        ("booking.party_size", "equals", "4", True),
        ("booking.party_size", "in", [1, 4], True),
        ("booking.party_size", "greater", 3.5, True),
        ("booking.party_size", "greater_or_equal", 4, True),
        ("booking.party_size", "less", 4, False),
        ("booking.party_size", "less_or_equal", "4", True),
        ("booking.deposit", "equals", 12.5, True),
        ("booking.deposit", "greater", 9, True),
        ("booking.status", "greater", 1, False),
        ("booking.paid", "equals", True, True),
        ("booking.paid", "equals", 1, False),
        ("booking.party_size", "equals", True, False),
        ("booking.total_amount", "equals", {"amount": "120", "currency": "eur"}, True),
        ("booking.total_amount", "greater", {"amount": "99.99", "currency": "EUR"}, True),
        ("booking.total_amount", "greater", {"amount": "1", "currency": "USD"}, False),
        ("booking.total_amount", "less", {"amount": "1000", "currency": "USD"}, False),
        ("booking.total_amount", "not_equals", {"amount": "120", "currency": "USD"}, True),
        ("booking.total_amount", "greater", 100, False),
        ("booking.total_amount.amount", "greater", 100, True),
        ("booking.start_time", "before", "2026-06-07T00:31:00+02:00", True),
        ("booking.start_time", "before", "2026-06-07T00:30", False),
        ("booking.start_time", "after", "2026-06-07", True),
        ("booking.start_time", "equals", "2026-06-07T00:30:00+02:00", True),
        ("event.occurred_at", "equals", "2026-06-06T10:30:00+02:00", True),
        ("event.occurred_at", "in", ["2026-06-06T08:30:00Z"], True),
        ("booking.start_time", "weekday_in", ["sunday"], True),
        ("booking.start_time", "weekday_in", ["saturday"], False),
        ("booking.start_time", "hour_between", {"start": "22:00", "end": "06:00"}, True),
        ("event.occurred_at", "hour_between", {"start": "09:00", "end": "10:30"}, False),
        ("event.occurred_at", "hour_between", {"start": "10:30", "end": "11:00"}, True),
        ("booking.tags", "contains", "vip", True),
        ("booking.tags", "contains", 7, True),
        ("booking.tags", "not_contains", "vip", False),
        ("booking.tags.1", "equals", "group", True),
        ("customer.email", "contains", "@Example", True),
        ("customer.email", "not_contains", "@example", True),
        ("customer.email", "starts_with", "Ada", True),
        ("customer.email", "ends_with", ".com", True),
        ("booking.party_size", "contains", "4", False),
        ("booking.party_size", "not_contains", "4", True),
        ("steps.webhook.output.status_code", "less", 300, True),
    ],
)
def test_each_operator(variable: str, operator: str, value: Any, expected: bool) -> None:
    assert holds(compare(variable, operator, value)) is expected


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("equals", "ada@example.com"),
        ("in", ["ada@example.com"]),
        ("contains", "@EXAMPLE"),
        ("starts_with", "ada"),
        ("ends_with", ".COM"),
    ],
)
def test_case_matters_unless_it_is_ignored(operator: str, value: Any) -> None:
    assert not holds(compare("customer.email", operator, value))
    assert holds(compare("customer.email", operator, value, ignore_case=True))


VALUES: dict[Operator, Any] = {
    Operator.IN: ["x", "y"],
    Operator.GREATER: 1,
    Operator.GREATER_OR_EQUAL: 1,
    Operator.LESS: 1,
    Operator.LESS_OR_EQUAL: 1,
    Operator.BEFORE: "2030-01-01",
    Operator.AFTER: "2000-01-01",
    Operator.WEEKDAY_IN: ["monday"],
    Operator.HOUR_BETWEEN: {"start": "00:00", "end": "23:59"},
    Operator.WITHIN_NEXT: {"value": 363, "unit": "days"},
    Operator.WITHIN_LAST: {"value": 363, "unit": "days"},
    Operator.IS_NOT_EMPTY: None,
}
"""A value that each operator accepts; "x" for the others."""

NEGATED = [each for each, rule in OPERATORS.items() if rule.negates]


@pytest.mark.parametrize(
    "variable", ["booking.note", "booking.extras", "booking.missing", "nothing.at.all", "steps.x"]
)
@pytest.mark.parametrize("operator", [each for each in OPERATORS if each not in NEGATED])
def test_no_comparison_is_met_by_something_empty(variable: str, operator: Operator) -> None:
    rule = compare(variable, operator.value, VALUES.get(operator, "x"))
    assert rule_problems(rule) == []
    assert not holds(rule)


@pytest.mark.parametrize("negated", NEGATED)
@pytest.mark.parametrize(
    ("record", "is_met"),
    [
        ({}, False),
        ({"field": None}, False),
        ({"field": ""}, False),
        ({"field": []}, False),
        ({"field": {}}, False),
        ({"field": "x"}, True),
        ({"field": ["x"]}, None),
        ({"field": "z"}, None),
        ({"field": 7}, None),
        ({"field": True}, None),
        ({"field": {"amount": "1", "currency": "EUR"}}, None),
        ({"field": datetime(2026, 6, 6, tzinfo=UTC)}, None),
        ({"field": [{"name": "x"}]}, None),
    ],
    ids=str,
)
def test_a_negated_operator_is_met_exactly_where_its_positive_form_is_not(
    negated: Operator, record: dict[str, Any], is_met: bool | None
) -> None:
    positive = OPERATORS[negated].negates
    assert positive is not None
    value, scope = VALUES.get(positive, "x"), {"booking": record}
    plain = evaluate(compare("booking.field", positive.value, value), scope, "UTC")
    assert evaluate(compare("booking.field", negated.value, value), scope, "UTC") is not plain
    same = {"not": compare("booking.field", positive.value, value)}
    assert evaluate(same, scope, "UTC") is not plain
    if is_met is not None:
        assert plain is is_met


def test_every_operator_whose_name_says_not_has_its_positive_form() -> None:
    by_name = {each for each in OPERATORS if each.value.startswith("not_")}
    assert set(NEGATED) == by_name | {Operator.IS_EMPTY}
    for each in NEGATED:
        positive = OPERATORS[each].negates
        assert positive is not None
        assert (OPERATORS[each].kinds, OPERATORS[each].value) == (
            OPERATORS[positive].kinds,
            OPERATORS[positive].value,
        )


ORDER = {
    "booking": {
        "extras": [
            {"name": "Picnic", "quantity": 1, "options": [{"name": "vegan"}]},
            {"name": "Lunch", "quantity": 2, "price": {"amount": "9.00", "currency": "EUR"}},
            {"name": "Coat", "note": "", "tags": ["rain"]},
            "a text among objects",
        ],
        "guests": [],
    }
}


@pytest.mark.parametrize(
    ("variable", "operator", "value", "expected"),
    [
        ("booking.extras.name", "equals", "Lunch", True),
        ("booking.extras.name", "equals", "Dinner", False),
        ("booking.extras.name", "not_equals", "Dinner", True),
        ("booking.extras.name", "not_equals", "Lunch", False),
        ("booking.extras.name", "contains", "unc", True),
        ("booking.extras.name", "not_contains", "unc", False),
        ("booking.extras.name", "in", ["Dinner", "Coat"], True),
        ("booking.extras.name", "not_in", ["Dinner", "Coat"], False),
        ("booking.extras.name", "ends_with", "nic", True),
        ("booking.extras.quantity", "greater", 1, True),
        ("booking.extras.quantity", "greater", 2, False),
        ("booking.extras.price", "less", {"amount": "10", "currency": "EUR"}, True),
        ("booking.extras.price.amount", "equals", 9, True),
        ("booking.extras.options.name", "equals", "vegan", True),
        ("booking.extras.tags", "contains", "rain", True),
        ("booking.extras.tags", "contains", "sun", False),
        ("booking.extras.note", "is_empty", None, True),
        ("booking.extras.note", "is_not_empty", None, False),
        ("booking.extras.price", "is_empty", None, False),
        ("booking.extras.1.name", "equals", "Lunch", True),
        ("booking.extras.0.name", "equals", "Lunch", False),
        ("booking.extras.9.name", "equals", "Lunch", False),
        ("booking.extras", "contains", "Lunch", False),
        ("booking.guests.name", "equals", "Ada", False),
        ("booking.guests.name", "not_equals", "Ada", True),
        ("booking.guests.name", "is_empty", None, True),
    ],
)
def test_a_path_through_a_list_means_any_of_its_items(
    variable: str, operator: str, value: Any, expected: bool
) -> None:
    rule = compare(variable, operator, value)
    assert rule_problems(rule) == []
    assert evaluate(rule, ORDER, "Europe/Berlin") is expected


def test_groups() -> None:
    yes = compare("booking.status", "equals", "confirmed")
    no = compare("booking.status", "equals", "draft")
    assert holds({"all": [yes, {"any": [no, yes]}, {"not": no}]})
    assert not holds({"all": [yes, no]})
    assert not holds({"any": [no, {"not": yes}]})
    assert holds({"all": []})
    assert not holds({"any": []})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["all", "any", "not", "variable", "operator", "value", "event", "a"])
            | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
values = (
    json_values
    | st.sampled_from(
        ["2026-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "12:00", "1e999", "NaN"]
    )
    | st.datetimes(timezones=st.none() | st.just(UTC) | st.just(timezone(timedelta(hours=14))))
    | st.decimals()
    | st.fixed_dictionaries({"amount": json_values, "currency": json_values})
)


@settings(max_examples=200)
@given(json_values)
def test_any_json_is_a_rule_or_is_refused_in_words_and_decides_nothing(raw: Any) -> None:
    problems = rule_problems(raw, TYPES)
    assert all(problem.reason for problem in problems)
    assert evaluate(raw, SCOPE, "UTC") in (True, False)
    if any(problem.path == "" and "not a rule" in problem.reason for problem in problems):
        assert evaluate(raw, SCOPE, "UTC") is False
        assert variables(raw) == frozenset()


@settings(max_examples=300)
@given(st.sampled_from(Operator), values, values, st.booleans())
def test_every_operator_takes_any_value_on_either_side(
    operator: Operator, actual: Any, wanted: Any, ignore_case: bool
) -> None:
    rule = compare("event.a", operator.value, wanted, ignore_case=ignore_case)
    assert evaluate(rule, {"event": {"a": actual}}, "Pacific/Apia") in (True, False)


@settings(max_examples=200)
@given(
    st.sampled_from(Operator),
    values,
    st.sampled_from(
        ["x", 3, ["x"], ["monday"], {"start": "09:00", "end": "10:00"}, "2026-01-01", None]
    ),
)
def test_sound_rules_take_any_data(operator: Operator, actual: Any, wanted: Any) -> None:
    rule = compare("event.a", operator.value, wanted)
    assert evaluate(rule, {"event": {"a": actual}}, "Australia/Lord_Howe") in (True, False)


def test_a_rule_that_cannot_be_read_is_false_even_inside_a_not() -> None:
    assert not holds({"not": {"variable": "booking.status", "operator": "resembles", "value": 1}})


def nested(levels: int, form: str) -> Any:
    rule: Any = compare("booking.status", "equals", "confirmed")
    for _ in range(levels - 1):
        rule = {"not": rule} if form == "not" else {form: [rule]}
    return rule


@pytest.mark.parametrize("form", ["not", "all", "any"])
@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 100, 100_000])
def test_a_rule_that_is_too_deep_is_refused_clearly_and_quickly(levels: int, form: str) -> None:
    rule = nested(levels, form)
    begin = time.process_time()
    problems = rule_problems(rule, TYPES)
    assert [problem.reason for problem in problems] == [
        "The condition is nested more than 20 levels deep."
    ]
    with pytest.raises(ValidationError, match="20 levels deep"):
        ConditionConfig.model_validate({"rule": rule})
    assert not evaluate(rule, SCOPE, "UTC")
    assert time.process_time() - begin < 0.5
    while isinstance(rule, dict) and len(rule) == 1:  # freed level by level
        inner = rule.pop(next(iter(rule)))
        rule = inner.pop() if isinstance(inner, list) else inner


def test_a_rule_of_20_levels_is_fine() -> None:
    assert rule_problems(nested(MAX_DEPTH, "all"), TYPES) == []
    assert holds(nested(MAX_DEPTH, "all"))


def test_a_rule_with_too_many_parts_is_refused_quickly() -> None:
    part = compare("booking.status", "equals", "confirmed")
    assert rule_problems({"any": [part] * (MAX_RULES - 1)}, TYPES) == []
    begin = time.process_time()
    [problem] = rule_problems({"any": [part] * 1_000_000}, TYPES)
    assert "more than 200 parts" in problem.reason
    assert time.process_time() - begin < 0.5


@pytest.mark.parametrize(
    ("rule", "path", "words"),
    [
        ({}, "", "not a rule"),
        ([], "", "not a rule"),
        ({"all": [], "any": []}, "", "not a rule"),
        ({"all": {}}, "", "not a rule"),
        ({"all": []}, "", "Add a rule."),
        ({"any": [{"not": {"all": []}}]}, "any[0].not", "Add a rule."),
        (compare("", "is_empty"), "variable", "Choose what to compare."),
        (compare("a..b", "is_empty"), "variable", "The variable is invalid."),
        (compare("booking.status", "like", "x"), "operator", "comparison is unknown"),
        (compare("booking.status", "equals"), "value", "Enter a value"),
        (compare("booking.status", "equals", ""), "value", "Enter a value"),
        (compare("booking.status", "is_empty", 1), "value", 'invalid for "is empty"'),
        (compare("booking.status", "in", []), "value", "Enter a value"),
        (compare("booking.status", "equals", "x" * 1001), "value", "value is invalid for"),
        (compare("booking.start_time", "before", "soon"), "value", "value is invalid for"),
        (compare("booking.start_time", "before", "2026-02-30"), "value", "value is invalid for"),
        (compare("booking.start_time", "weekday_in", ["someday"]), "value", "value is invalid for"),
        (
            compare("booking.start_time", "hour_between", {"start": "9", "end": "17:00"}),
            "value",
            "value is invalid for",
        ),
        (compare("booking.status", "equals", "x", eval="1"), "", "unknown fields"),
        (compare("booking.status", "equals", "x", ignore_case="no"), "ignore_case", "yes nor"),
        (compare("booking.status", "greater", 1), "operator", "does not apply"),
        (compare("booking.party_size", "starts_with", "1"), "operator", "does not apply"),
        (compare("booking.party_size", "equals", "many"), "value", "is a number"),
        (compare("booking.total_amount", "greater", 10), "value", "is an amount of money"),
        (compare("booking.paid", "equals", "yes"), "value", "is yes or no"),
        (compare("booking.colour", "equals", "red"), "variable", "Unknown variable booking.colour"),
        (compare("customer.shoe_size", "equals", 38), "variable", "Unknown variable customer.shoe_size"),
    ],
)  # fmt: skip
def test_each_problem_has_its_place_and_reason(rule: Any, path: str, words: str) -> None:
    [problem] = rule_problems(rule, TYPES)
    assert problem.path == path
    assert words in problem.reason
    assert problem.remedy or problem.reason.startswith(("Add ", "Choose ", "Enter "))


def test_all_problems_are_found_at_once() -> None:
    rule = {"all": [compare("a b.c", "like"), {"not": 5}, compare("booking.status", "in", "x")]}
    assert {problem.path for problem in rule_problems(rule, TYPES)} == {
        "all[0].operator",
        "all[1].not",
        "all[2].value",
    }


def test_extra_fields_of_a_known_object_are_a_warning_only() -> None:
    [problem] = rule_problems(compare("customer.shoe_size", "greater", 38), TYPES)
    assert problem.severity == "warning"


def test_variables_and_what_the_event_alone_decides() -> None:
    rule = {
        "all": [compare("event.new_status", "is_empty"), {"not": compare("booking.x", "is_empty")}]
    }
    assert variables(rule) == {"event.new_status", "booking.x"}
    assert not reads_only_event(rule)
    assert reads_only_event(rule["all"][0])  # type: ignore[index]
    assert not reads_only_event("nonsense")
    assert not reads_only_event(compare("eventData.x", "is_empty"))


def test_the_condition_follows_true_or_false() -> None:
    config = ConditionConfig.model_validate(
        {"rule": compare("booking.status", "equals", "confirmed")}
    )
    assert config.decide(SCOPE, "UTC") == "true"
    assert config.decide({}, "UTC") == "false"


def test_the_editor_gets_every_operator_from_the_schema() -> None:
    rule = ConditionConfig.model_json_schema()["properties"]["rule"]
    assert [operator["name"] for operator in rule["x-operators"]] == list(Operator)
    assert all(operator["label"] and operator["types"] for operator in rule["x-operators"])


def test_an_unknown_zone_is_an_error() -> None:
    with pytest.raises(InvalidInputError, match="IANA"):
        evaluate(compare("booking.status", "is_empty"), SCOPE, "Nowhere/Land")


def case(case_id: str, status: str) -> dict[str, Any]:
    return {"id": case_id, "name": status, "rule": compare("booking.status", "equals", status)}


def test_a_switch_takes_the_first_case_that_matches_or_default() -> None:
    config = SwitchConfig.model_validate(
        {"cases": [case("a", "pending"), case("b", "confirmed"), case("c", "confirmed")]}
    )
    assert config.decide(SCOPE, "UTC") == "b"
    assert config.decide({}, "UTC") == "default"


@pytest.mark.parametrize(
    ("cases", "words"),
    [
        ([], "at least 1"),
        ([case("a", "x"), case("a", "y")], "same id"),
        ([case("default", "x")], "may not be called"),
        ([case("on_error", "x")], "may not be called"),
        ([{"id": "a", "name": "", "rule": nested(100, "not")}], "20 levels deep"),
    ],
)
def test_other_switches_are_refused(cases: list[Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        SwitchConfig.model_validate({"cases": cases})


def test_numbers_too_long_to_matter_cost_no_time() -> None:
    begin = time.process_time()
    huge = "9" * 1_000_000
    assert not evaluate(compare("event.a", "greater", 1), {"event": {"a": huge}}, "UTC")
    assert not evaluate(compare("event.a", "before", "2026-01-01"), {"event": {"a": huge}}, "UTC")
    assert time.process_time() - begin < 0.5
