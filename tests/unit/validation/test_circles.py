"""Tests of workflows that would trigger each other."""

from __future__ import annotations

import time

from bookflow.domain.validation import ValidationContext, validate
from bookflow.domain.validation.circles import WorkflowLink, circle_problems, circle_through
from tests.unit.validation.catalogue import SmallCatalogue, edge, graph, line, node


def link(name: str, trigger: str, *causes: str) -> WorkflowLink:
    return WorkflowLink(
        workflow_id=f"wf-{name}", name=name, trigger=trigger, causes=frozenset(causes)
    )


def test_the_path_is_reported_by_the_names_along_it() -> None:
    first = link("First", "Booking Cancelled", "A")
    others = [
        link("Second", "A", "B"),
        link("Third", "B", "Booking Cancelled"),
        link("Bystander", "A"),
    ]
    assert [each.name for each in circle_through(first, others)] == ["First", "Second", "Third"]
    [problem] = circle_problems(first, others)
    assert "circle: 'First' -> 'Second' -> 'Third' -> 'First'." in problem.reason
    assert problem.severity == "warning"


def test_a_workflow_that_triggers_itself_is_a_circle() -> None:
    assert [each.name for each in circle_through(link("Echo", "A", "A"), [])] == ["Echo"]


def test_a_chain_without_return_is_none() -> None:
    others = [link("Second", "A", "B"), link("Third", "B")]
    assert circle_problems(link("First", "Start", "A"), others) == []


def test_circles_of_others_are_not_this_workflows_problem() -> None:
    others = [link("Second", "A", "B"), link("Third", "B", "A")]
    assert circle_problems(link("First", "Start", "A"), others) == []


def test_the_published_form_of_the_workflow_itself_does_not_count() -> None:
    assert circle_through(link("First", "A"), [link("First", "A", "A")]) == []


def test_publishing_reports_the_circle() -> None:
    drawn = graph(
        [
            node("t", "trigger", config={"event": "Booking Status Changed"}),
            node("u", "update_booking"),
        ],
        [edge("t", "u")],
    )
    context = ValidationContext(
        catalogue=SmallCatalogue(), workflow_id="wf-1", workflow_name="Confirm"
    )
    [problem] = validate(drawn, context)
    assert "'Confirm' -> 'Confirm'" in problem.reason
    assert validate(line(node("u", "update_booking")), context) == []


def test_thousands_of_workflows_take_bounded_time() -> None:
    others = [
        link(f"W{n}", "Booking Status Changed", "Booking Status Changed") for n in range(5_000)
    ]
    begin = time.process_time()
    assert circle_through(link("New", "Booking Created", "Booking Status Changed"), others) == []
    assert time.process_time() - begin < 2.0


def test_a_long_circle_is_reported_in_short() -> None:
    others = [link(f"W{n}", f"E{n}", f"E{n + 1}") for n in range(1, 100)]
    [problem] = circle_problems(link("W0", "E100", "E1"), others)
    assert "... 81 more ..." in problem.reason
