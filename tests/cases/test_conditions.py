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


@pytest.mark.xfail(
    strict=True,
    raises=AssertionError,
    reason="field 11: a rule compares times with constants only",
)
@pytest.mark.parametrize(
    ("start", "rule", "right"),
    [
        ("2027-06-12", {**START, "operator": "after", "value": STATED}, "yes"),
        ("2026-06-12", {**START, "operator": "after", "value": STATED}, "no"),
        ("2026-11-21", {**START, "operator": "within_next", "value": 48, "unit": "hours"}, "yes"),
        ("2026-11-23", {**START, "operator": "within_next", "value": 48, "unit": "hours"}, "no"),
    ],
)
def test_a_rule_compares_a_time_with_another_variable_or_with_now(
    start: str, rule: Mapping[str, Any], right: str
) -> None:
    start_time, end_time = f"{start}T18:30:00+01:00", f"{start}T20:30:00+01:00"
    event = sample("booking_created", start_time=start_time, end_time=end_time)
    assert notes(simulate(branching(rule), event)) == [right]
