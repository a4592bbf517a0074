"""Sends the request of a webhook step with a sample, so that its editor sees what comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bookflow.actions.base import example_output
from bookflow.actions.catalogue import action_types
from bookflow.actions.webhook import Webhook
from bookflow.domain.catalogue.samples import sample_context
from bookflow.domain.catalogue.step_scope import Scope
from bookflow.domain.catalogue.variables import CALENDAR_URL
from bookflow.domain.executions.execution import StepStatus
from bookflow.domain.shared.errors import (
    BookflowError,
    NotFoundError,
    OutcomeUnknownError,
)
from bookflow.domain.shared.records import new_id
from bookflow.domain.webhooks.deliveries import Delivery
from bookflow.domain.webhooks.orders import SendTestOrder
from bookflow.domain.webhooks.requests import PlannedRequest
from bookflow.domain.workflows.graph import Graph, Node
from bookflow.domain.workflows.workflow import Workflow, trigger_type_of
from bookflow.ports import Ports
from bookflow.use_cases.preview.made_up import made_up_event, made_up_execution
from bookflow.use_cases.webhooks.steps import read_config, webhook_node


def send_test(ports: Ports, order: SendTestOrder) -> Delivery:
    """Send the request of a step of the draft, to its real address, with a made-up guest.

    It is marked as a test and has a `webhook-id` of its own. The rules are those of every webhook:
    where it may go, and where its secrets may.

    Raises:
        NotFoundError: There is no such workflow, step or location.
        InvalidInputError: The step is no webhook, or its request cannot be made.
    """
    workflow = ports.workflows.get(order.location_id, order.workflow_id)
    node = webhook_node(workflow.draft, order.node_id)
    config = read_config(node)
    webhook = Webhook(ports)
    plan = webhook.plan(config, _sample_scope(ports, workflow, node))
    failure: BookflowError | None = None
    try:
        webhook.perform(plan, _once)
    except BookflowError as error:
        failure = error
    delivery = next(iter(webhook.take_deliveries()), None) or _unsent(ports, plan, failure)
    remedy = delivery.remedy
    if isinstance(failure, OutcomeUnknownError):
        remedy = "Check at the receiver whether it acted on the test."
    return delivery.changed(cause="test", sent_by=order.sent_by, remedy=remedy)


def _once(
    _: str, effect: Callable[[], Mapping[str, Any]], _message: object = None
) -> Mapping[str, Any]:
    """Send: each test is a message of its own, so nothing has to be remembered."""
    return effect()


def _unsent(ports: Ports, plan: PlannedRequest, failure: BookflowError | None) -> Delivery:
    """Return a delivery that was stopped before it began, such as by a secret's hosts."""
    now = ports.clock.now()
    delivery = Delivery(
        id=new_id("dl"), message_id=plan.message_id, sent_at=now, request=plan.shown(now)
    )
    return delivery.failed(failure.message, failure.remedy, now) if failure else delivery


def _sample_scope(ports: Ports, workflow: Workflow, node: Node) -> Scope:
    """Return what the step would read of the location's own sample guest."""
    known = ports.bookings.context(workflow.location_id, None)
    if known is None:
        raise NotFoundError("there is no such location", field="location_id")
    now = ports.clock.now()
    context = sample_context().model_copy(update={"location": known.location})
    event_type = trigger_type_of(workflow.draft)
    test_id = new_id("test")
    event = made_up_event(event_type, workflow, context, now, test_id)
    return Scope(
        execution=made_up_execution(workflow, event, context, now, test_id),
        node=node,
        event=event,
        context=context,
        now=now,
        steps=_example_steps(workflow.draft),
        is_test=True,
        calendar_url=lambda: CALENDAR_URL.example,
    )


def _example_steps(graph: Graph) -> Mapping[str, Mapping[str, Any]]:
    """Return what the actions of a graph would hand on: the examples of their outputs."""
    return {
        node.id: {
            "status": StepStatus.COMPLETED.value,
            "output": example_output(action_types()[node.type].outputs),
        }
        for node in graph.nodes
        if node.type in action_types()
    }
