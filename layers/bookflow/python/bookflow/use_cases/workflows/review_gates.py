"""Finds conditions that ask only happy guests for a public review, which review sites forbid.

Sources: Google Maps, "Prohibited and restricted content" (no selective asking for positive
reviews); Tripadvisor, "Solicitation of reviews" (ask all guests alike).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from bookflow.domain.flow.conditions.evaluation import variables
from bookflow.domain.validation.problems import Problem
from bookflow.domain.validation.structure import arrows_of
from bookflow.domain.validation.walks import reachable
from bookflow.domain.workflows.graph import (
    DEFAULT_HANDLE,
    FALSE_HANDLE,
    TRIGGER_NODE,
    TRUE_HANDLE,
    Graph,
    Node,
)

_REVIEW_LINK = re.compile(
    r"\bg\.page/|\bgoogle\.[^\s\"'<>]*review|\bmaps\.app\.goo\.gl/|\btripadvisor\.|\breview_url\b",
    re.IGNORECASE,
)
_RATING = re.compile(r"(event|eventData)\.(overall_rating|answers)\b")


def has_review_link(source: str) -> bool:
    """Return whether a text of a template leads to a page where guests write public reviews."""
    return _REVIEW_LINK.search(source) is not None


def review_gates(graph: Graph, asking: Collection[str]) -> Iterator[Problem]:
    """Warn of each rule on a survey's rating that decides whether a review is asked for at all.

    Args:
        graph: The graph, which may have problems.
        asking: Ids of the nodes that send a review link.
    """
    for node in graph.nodes if asking else ():
        if node.type not in ("condition", "switch") or not _reads_rating(node):
            continue
        if _reaches(graph, _triggers(graph), asking, without=node.id):
            continue
        outcomes = [
            _reaches(graph, targets, asking, without=node.id) for targets in _branches(graph, node)
        ]
        if any(outcomes) and not all(outcomes):
            yield Problem(
                node_id=node.id,
                field="config.rule" if node.type == "condition" else "config.cases",
                reason="Only guests with some ratings are asked for a public review. Google and "
                "Tripadvisor forbid that and may remove the reviews.",
                remedy="Ask every guest, and let the rating decide about other steps only.",
                severity="warning",
            )


def _reads_rating(node: Node) -> bool:
    return any(_RATING.match(path) for rule in _rules(node) for path in variables(rule))


def _rules(node: Node) -> Iterator[object]:
    if node.type == "condition":
        yield node.config.get("rule")
    else:
        yield from (case.get("rule") for case in node.cases)


def _branches(graph: Graph, node: Node) -> Iterator[list[str]]:
    """Yield what follows each outcome of a node directly, also where nothing is drawn."""
    handles = (
        [TRUE_HANDLE, FALSE_HANDLE]
        if node.type == "condition"
        else [*(case.get("id") for case in node.cases), DEFAULT_HANDLE]
    )
    for handle in handles:
        yield [
            edge.target
            for edge in graph.edges
            if edge.source == node.id and edge.source_handle == handle
        ]


def _triggers(graph: Graph) -> list[str]:
    return [node.id for node in graph.nodes if node.type == TRIGGER_NODE]


def _reaches(graph: Graph, start: Iterable[str], wanted: Collection[str], *, without: str) -> bool:
    """Return whether any of the wanted nodes is reached on a way that passes by one node."""
    arrows = {
        node_id: [each for each in following if each != without]
        for node_id, following in arrows_of(graph).items()
        if node_id != without
    }
    return not reachable(arrows, arrows.keys() & {*start}).isdisjoint(wanted)
