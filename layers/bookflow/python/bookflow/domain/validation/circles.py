"""Workflows of one location that would trigger each other in a circle.

The answer is on the careful side: conditions before an action are not looked at, so a
circle that they break is reported too. It is therefore a warning; what really runs in a circle is
stopped by the causation chain (design, "Effects happen once"). What a person does in between, such
as answering a survey, does not count as caused by a workflow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from bookflow.domain.shared.input_problems import shown
from bookflow.domain.validation.problems import Problem
from bookflow.domain.validation.walks import path_back
from bookflow.domain.workflows.graph import TRIGGER_NODE, Graph

if TYPE_CHECKING:
    from bookflow.domain.validation.configs import NodeCatalogue

MAX_CIRCLE_SHOWN = 20
"""Workflows of a circle that a message names."""


class WorkflowLink(BaseModel):
    """What an enabled workflow waits for and what it can cause, both as event types."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    workflow_id: str
    name: str
    trigger: str = Field(description="EventBridge detail-type")
    causes: frozenset[str] = frozenset()


def link_of(
    graph: Graph, catalogue: NodeCatalogue, *, workflow_id: str, name: str
) -> WorkflowLink | None:
    """Return the link of a workflow by its graph, or None while its trigger names no event.

    The graph's configs have to be sound.
    """
    trigger = next((node for node in graph.nodes if node.type == TRIGGER_NODE), None)
    event = trigger.config.get("event") if trigger else None
    if not isinstance(event, str):
        return None
    causes = frozenset(
        caused
        for node in graph.nodes
        if node.is_action
        for caused in catalogue.causes(node.type, node.config)
    )
    return WorkflowLink(workflow_id=workflow_id, name=name, trigger=event, causes=causes)


def circle_through(workflow: WorkflowLink, others: Iterable[WorkflowLink]) -> list[WorkflowLink]:
    """Return a shortest circle of workflows, `workflow` first; empty if there is none.

    Args:
        workflow: The workflow that is to be published.
        others: The enabled workflows of the location; an older form of `workflow` is left out.
    """
    links = {link.workflow_id: link for link in others}
    links[workflow.workflow_id] = workflow
    # Events are nodes too: that keeps the arrows linear in the workflows.
    arrows: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for link in links.values():
        arrows[("workflow", link.workflow_id)] = [("event", each) for each in sorted(link.causes)]
        for event in (*link.causes, link.trigger):
            arrows.setdefault(("event", event), [])
        arrows[("event", link.trigger)].append(("workflow", link.workflow_id))
    path = path_back(("workflow", workflow.workflow_id), arrows)
    return [links[name] for kind, name in path if kind == "workflow"]


def circle_problems(workflow: WorkflowLink, others: Sequence[WorkflowLink]) -> list[Problem]:
    """Return a warning with the names along the circle that the workflow would close, if any."""
    circle = circle_through(workflow, others)
    if not circle:
        return []
    names = [shown(link.name) for link in (*circle, workflow)]
    if len(names) > MAX_CIRCLE_SHOWN:
        hidden = len(names) - MAX_CIRCLE_SHOWN
        names[MAX_CIRCLE_SHOWN - 1 : -1] = [f"... {hidden} more ..."]
    return [
        Problem(
            field="nodes",
            reason=f"Workflows would trigger each other in a circle: {' -> '.join(names)}.",
            remedy="Remove the action that closes the circle or choose another trigger. "
            "Bookflow skips an execution that returns to its own workflow.",
            severity="warning",
        )
    ]
