"""Warns where one event would have two workflows of a location send the same people a message twice.

A change of status to `cancelled` is a cancellation too, so one event starts workflows of both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from bookflow.actions.catalogue import action_types
from bookflow.actions.send_template import SendTemplate, SendTemplateConfig
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.events.booking_cancelled import BookingCancelled
from bookflow.domain.events.booking_reminder import BookingReminder, ReminderOffset
from bookflow.domain.events.booking_status_changed import BookingStatusChanged
from bookflow.domain.events.started_by_hand import StartedByHand
from bookflow.domain.flow.conditions.evaluation import evaluate
from bookflow.domain.flow.conditions.outcomes import outcomes
from bookflow.domain.shared.errors import PermanentError
from bookflow.domain.shared.input_problems import shown
from bookflow.domain.validation.problems import Problem
from bookflow.domain.validation.walks import reachable
from bookflow.domain.workflows.graph import DEFAULT_HANDLE, Edge, Graph, Node
from bookflow.domain.workflows.workflow import Workflow, trigger_type_of
from bookflow.ports import Ports
from bookflow.use_cases.workflows.references import enabled_versions

_OTHER = {
    BookingStatusChanged.detail_type: BookingCancelled.detail_type,
    BookingCancelled.detail_type: BookingStatusChanged.detail_type,
}

_CANCELLED: Mapping[str, Any] = {
    "event": {"new_status": BookingStatus.CANCELLED.value},
    "booking": {"status": BookingStatus.CANCELLED.value},
}
_KNOWN = frozenset({"event.new_status", "booking.status"})


def double_notices(workflow: Workflow, ports: Ports) -> Iterator[Problem]:
    """Yield a warning for each enabled workflow that writes to the customer for the same event."""
    try:
        trigger = trigger_type_of(workflow.draft)
    except PermanentError:
        return
    nodes = guest_messages(workflow.draft) if trigger in _OTHER else ()
    if not nodes:
        return
    for version in enabled_versions(workflow.location_id, ports):
        is_other = version.trigger_type == _OTHER[trigger]
        if is_other and guest_messages(version.graph):
            yield Problem(
                node_id=nodes[0].id,
                reason=f"The workflow {shown(version.name)} also writes to the customer when a "
                "booking is cancelled, so the customer gets two messages.",
                remedy="Keep one of the two messages, or add a condition on the new status.",
                severity="warning",
            )


def same_templates(workflow: Workflow, ports: Ports) -> Iterator[Problem]:
    """Yield a warning for each step whose template another enabled workflow sends at the same moment."""
    try:
        trigger = _moment_of(workflow.draft)
    except (PermanentError, ValidationError):
        return
    own = [(node, sent) for node in workflow.draft.nodes if (sent := _sent_by(node))]
    if not own or trigger[0] == StartedByHand.detail_type:
        return
    for version in enabled_versions(workflow.location_id, ports):
        if version.workflow_id == workflow.id or _moment_of(version.graph) != trigger:
            continue
        others = {sent for node in version.graph.nodes if (sent := _sent_by(node))}
        for node, sent in own:
            if sent in others:
                yield Problem(
                    node_id=node.id,
                    field="config.template",
                    reason=f"The workflow {shown(version.name)} is on and sends the same template "
                    "on the same trigger, so its recipients may get the message twice.",
                    remedy="Turn one of the workflows off, or choose another template.",
                    severity="warning",
                )


def _moment_of(graph: Graph) -> tuple[Any, ...]:
    """Return the event that starts a graph; of a reminder with its time before or after the booking."""
    trigger = trigger_type_of(graph)
    if trigger != BookingReminder.detail_type:
        return (trigger,)
    offset = ReminderOffset.model_validate(dict(graph.trigger.config))
    return trigger, offset.offset_value, offset.offset_unit, offset.relative_to, offset.at


def _sent_by(node: Node) -> tuple[str, ...] | None:
    """Return the template that a step sends, and to whom; None if it sends none."""
    if node.type != SendTemplate.type:
        return None
    try:
        config = SendTemplateConfig.model_validate(dict(node.config))
    except ValidationError:
        return None
    to = config.recipient_type
    return config.template, to, (config.custom_recipient or "") if to == "custom" else ""


def guest_messages(graph: Graph) -> tuple[Node, ...]:
    """Return the nodes that may write to the customer when a booking is cancelled."""
    if _outcomes(graph.trigger.config.get("filter")) == {False}:
        return ()
    nodes = {node.id: node for node in graph.nodes}
    arrows: dict[str, list[str]] = {node_id: [] for node_id in nodes}
    for edge in graph.edges:
        if edge.source in nodes and edge.target in nodes and _may_follow(nodes[edge.source], edge):
            arrows[edge.source].append(edge.target)
    reached = reachable(arrows, [graph.trigger.id])
    return tuple(node for node in graph.nodes if node.id in reached and _writes_to_guest(node))


def _writes_to_guest(node: Node) -> bool:
    action = action_types().get(node.type)
    if action is None:
        return False
    try:
        config = action.config_model.model_validate(dict(node.config))
    except ValidationError:
        return False
    return action.writes_to_guest(config)


def _may_follow(node: Node, edge: Edge) -> bool:
    """Whether an execution for a cancelled booking may take an edge."""
    if node.type == "condition":
        outcomes = _outcomes(node.config.get("rule"))
        return {"true": True, "false": False}.get(edge.source_handle, True) in outcomes
    if node.type != "switch":
        return True
    for case in node.cases:
        outcomes = _outcomes(case.get("rule"))
        if case.get("id") == edge.source_handle:
            return True in outcomes
        if outcomes == {True}:
            return False
    return edge.source_handle == DEFAULT_HANDLE


def _outcomes(rule: Any) -> frozenset[bool]:
    """Return what a rule may come to for a cancelled booking of which nothing else is known."""
    return outcomes(
        rule,
        lambda each: evaluate(each, _CANCELLED, "UTC") if each.variable in _KNOWN else None,
    )
