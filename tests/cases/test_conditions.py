"""Rules mean what their words say, also for missing values, lists of objects and relative times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.cases.commands import branching, check, notes, simulate
from tests.unit.events.samples import sample

CUSTOMER = {"id": "cus-1001", "first_name": "Ada", "last_name": "Lovelace"}
"""A customer without a language."""

EXTRAS = [{"name": "Picnic", "quantity": 1}, {"name": "Lunch", "quantity": 2}]


@pytest.mark.parametrize(
    ("operator", "value"),
    [("not_equals", "de-DE"), ("not_in", ["de-DE", "de-AT"]), ("not_contains", "de")],
)
def test_a_negated_rule_holds_for_a_missing_value(operator: str, value: Any) -> None:
    rule = {"variable": "customer.locale", "operator": operator, "value": value}
    entries = simulate(branching(rule), sample("booking_created", customer=CUSTOMER))
    assert notes(entries) == ["yes"]


@pytest.mark.parametrize("name", ["Picnic", "Lunch"])
def test_a_rule_asks_whether_the_booking_has_an_extra(name: str) -> None:
    rule = {"variable": "booking.extras.name", "operator": "contains", "value": name}
    entries = simulate(branching(rule), sample("booking_created", booking={"extras": EXTRAS}))
    assert notes(entries) == ["yes"]


def test_a_text_in_a_list_of_objects_is_an_error_at_publish() -> None:
    rule = {"variable": "activity.facilitators", "operator": "contains", "value": "Bo"}
    problems = check(branching(rule))
    assert [(each["node_id"], each["severity"]) for each in problems] == [("rule", "error")]


START, STATED = {"variable": "event.start_time"}, {"variable": "event.occurred_at"}
HOURS_48 = {"value": 48, "unit": "hours"}
IN_48_HOURS = {**STATED, "plus": HOURS_48}


@pytest.mark.parametrize(
    ("start", "rule", "right"),
    [
        ("2027-06-12", {**START, "operator": "after", "value": STATED}, "yes"),
        ("2026-06-12", {**START, "operator": "after", "value": STATED}, "no"),
        ("2026-11-21", {**START, "operator": "within_next", "value": HOURS_48}, "yes"),
        ("2026-11-23", {**START, "operator": "within_next", "value": HOURS_48}, "no"),
        ("2026-11-21", {**START, "operator": "before", "value": IN_48_HOURS}, "yes"),
        ("2026-11-23", {**START, "operator": "before", "value": IN_48_HOURS}, "no"),
        (
            "2026-11-19",
            {**START, "operator": "within_last", "value": {"value": 2, "unit": "days"}},
            "yes",
        ),
        (
            "2026-11-21",
            {**START, "operator": "within_last", "value": {"value": 2, "unit": "days"}},
            "no",
        ),
    ],
)
def test_a_rule_compares_a_time_with_another_variable_or_with_now(
    start: str, rule: Mapping[str, Any], right: str
) -> None:
    start_time, end_time = f"{start}T18:30:00+01:00", f"{start}T20:30:00+01:00"
    event = sample("booking_created", start_time=start_time, end_time=end_time)
    assert notes(simulate(branching(rule), event)) == [right]


@pytest.mark.parametrize(
    ("rule", "field", "part"),
    [
        (
            {**START, "operator": "before", "value": {"variable": "customer.email"}},
            "config.rule.value.variable",
            "is a time, but customer.email is a text",
        ),
        (
            {**START, "operator": "before", "value": {"variable": "event.start_time.hour"}},
            "config.rule.value.variable",
            "Unknown variable event.start_time.hour",
        ),
        (
            {
                "variable": "customer.email",
                "operator": "equals",
                "value": {"variable": "customer.first_name", "plus": HOURS_48},
            },
            "config.rule.value.variable",
            "no time can be added",
        ),
        (
            {**START, "operator": "before", "value": {**STATED, "plus": {"value": 1}}},
            "config.rule.value",
            "The value is invalid",
        ),
        (
            {
                **START,
                "operator": "before",
                "value": {**STATED, "plus": HOURS_48, "minus": HOURS_48},
            },
            "config.rule.value",
            "The value is invalid",
        ),
        (
            {**START, "operator": "within_next", "value": 48},
            "config.rule.value",
            "The value is invalid",
        ),
        (
            {**START, "operator": "within_next", "value": {"value": 364, "unit": "days"}},
            "config.rule.value",
            "The value is invalid",
        ),
        (
            {**START, "operator": "within_next", "value": STATED},
            "config.rule.value",
            "The value is invalid",
        ),
        (
            {"variable": "customer.email", "operator": "within_next", "value": HOURS_48},
            "config.rule.operator",
            "does not apply to customer.email",
        ),
    ],
)
def test_a_comparison_with_another_variable_or_with_now_is_checked_at_publish(
    rule: Mapping[str, Any], field: str, part: str
) -> None:
    problems = check(branching(rule))
    assert [(each["field"], each["severity"]) for each in problems] == [(field, "error")]
    assert part in problems[0]["reason"]


@pytest.mark.parametrize(
    ("start", "right"), [("2026-11-22T10:14:59+01:00", "yes"), ("2026-11-22T12:16:00+01:00", "no")]
)
def test_a_rule_relative_to_now_is_decided_when_the_execution_comes_to_it(
    start: str, right: str
) -> None:
    """It was stated at 09:15; two hours later the visit is one hour nearer than 48, or not."""
    rule = {**START, "operator": "within_next", "value": {"value": 2, "unit": "days"}}
    exported = branching(rule)
    graph = exported["graph"]
    graph["nodes"].append({"id": "wait", "type": "delay", "config": {"value": 2, "unit": "hours"}})
    graph["edges"][0]["target"] = "wait"
    graph["edges"].append({"id": "e4", "source": "wait", "target": "rule"})
    end = "2026-11-22T16:00:00+01:00"
    entries = simulate(exported, sample("booking_created", start_time=start, end_time=end))
    assert notes(entries) == [right]


@pytest.mark.parametrize(
    ("other", "right"), [("customer.first_name", "yes"), ("customer.missing", "no")]
)
def test_a_text_compares_with_another_variable(other: str, right: str) -> None:
    rule = {"variable": "customer.last_name", "operator": "equals", "value": {"variable": other}}
    customer = {"id": "cus-1", "first_name": "Ada", "last_name": "Ada"}
    assert notes(simulate(branching(rule), sample("booking_created", customer=customer))) == [right]


def test_days_of_a_rule_are_calendar_days_of_the_location() -> None:
    """From noon before the clocks change to noon after it there are 23 hours."""
    rule = {
        **START,
        "operator": "after",
        "value": {**STATED, "plus": {"value": 1, "unit": "days"}},
    }
    event = sample(
        "booking_created",
        occurred_at="2027-03-27T12:00:00+01:00",
        start_time="2027-03-28T12:30:00+02:00",
        end_time="2027-03-28T14:30:00+02:00",
    )
    assert notes(simulate(branching(rule), event)) == ["yes"]
