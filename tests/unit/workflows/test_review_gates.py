"""Publish warns where a rating decides who is asked for a public review."""

from __future__ import annotations

from typing import Any

import pytest

from bookflow.domain.workflows.graph import Graph
from bookflow.gallery import ready_made
from bookflow.gallery.templates import ready_made_templates
from bookflow.use_cases.workflows.review_gates import has_review_link, review_gates

HAPPY = {"variable": "event.overall_rating", "operator": "equals", "value": 5}
RATING = {"id": "rated", "type": "condition", "config": {"rule": HAPPY}}
STARS = {"id": "rated", "type": "switch", "config": {"cases": [{"id": "five", "rule": HAPPY}]}}
PARTY = {"variable": "booking.party_size", "operator": "greater_than", "value": 5}


def graph(*edges: str, rated: dict[str, Any] = RATING) -> Graph:
    """Return a graph of edges such as `rated.true>ask`; `ask` and `also` lead to a review."""
    others = ("ask", "also", "wait")
    drawn = [each.split(">") for each in edges]
    return Graph.model_validate(
        {
            "nodes": [
                {"id": "trigger", "type": "trigger", "config": {"event": "Survey Submitted"}},
                rated,
                *({"id": name, "type": "send_template"} for name in others),
            ],
            "edges": [
                {
                    "id": f"e{place}",
                    "source": source.partition(".")[0],
                    "source_handle": source.partition(".")[2] or "out",
                    "target": target,
                }
                for place, (source, target) in enumerate(drawn)
            ],
        }
    )


ASKING = frozenset({"ask", "also"})


@pytest.mark.parametrize(
    ("edges", "rated"),
    [
        (("trigger>rated", "rated.true>ask"), RATING),
        (("trigger>wait", "wait>rated", "rated.false>ask"), RATING),
        (("trigger>rated", "rated.true>wait", "wait>ask"), RATING),
        (("trigger>rated", "rated.five>ask"), STARS),
        (("trigger>rated", "rated.default>ask"), STARS),
        (("trigger>rated", "rated.true>ask"), {**RATING, "config": {"rule": {"all": [HAPPY]}}}),
    ],
)
def test_a_rating_before_a_review_link_is_a_warning(
    edges: tuple[str, ...], rated: dict[str, Any]
) -> None:
    (problem,) = review_gates(graph(*edges, rated=rated), ASKING)
    assert (problem.node_id, problem.severity) == ("rated", "warning")
    assert "Only guests with some ratings" in problem.reason


@pytest.mark.parametrize(
    ("edges", "rated"),
    [
        (("trigger>rated", "trigger>ask", "rated.true>wait"), RATING),
        (("trigger>rated", "rated.true>ask", "rated.false>ask"), RATING),
        (("trigger>rated", "rated.true>ask", "rated.false>also"), RATING),
        (("trigger>rated", "rated.five>ask", "rated.default>wait", "wait>ask"), STARS),
        (("trigger>ask", "ask>rated", "rated.true>also"), RATING),
        (("trigger>rated", "rated.true>ask"), {**RATING, "config": {"rule": PARTY}}),
        (("trigger>rated", "rated.true>wait"), RATING),
        (("trigger>rated", "rated.true>ask"), {**RATING, "config": {}}),
        (("trigger>rated", "rated.true>ask"), {**STARS, "config": {"cases": [7]}}),
    ],
)
def test_a_rating_that_decides_about_other_steps_is_none(
    edges: tuple[str, ...], rated: dict[str, Any]
) -> None:
    assert list(review_gates(graph(*edges, rated=rated), ASKING)) == []


@pytest.mark.parametrize(
    "source",
    [
        '<a href="https://g.page/r/CabcEBM/review">Review</a>',
        "https://search.google.com/local/writereview?placeid=abc",
        "https://www.google.de/maps/place/x?review=1",
        "https://www.tripadvisor.co.uk/UserReviewEdit-g1",
        "{{ location.review_url }}",
    ],
)
def test_review_links_are_known(source: str) -> None:
    assert has_review_link(source)


@pytest.mark.parametrize(
    "source",
    ["https://google.com/maps?q=dock", "Review your booking", "https://acme.example/reviews"],
)
def test_other_links_are_not(source: str) -> None:
    assert not has_review_link(source)


def test_no_ready_made_workflow_asks_happy_guests_alone() -> None:
    asking_templates = {
        template_id
        for template_id, template in ready_made_templates().items()
        if any(has_review_link(part.source) for part in template.parts())
    }
    assert asking_templates == {"review-request"}
    asked = 0
    for export in ready_made().values():
        asking = frozenset(
            node.id
            for node in export.graph.nodes
            if node.config.get("template") in asking_templates
        )
        asked += len(asking)
        assert list(review_gates(export.graph, asking)) == []
    assert asked == 1
