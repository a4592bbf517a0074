"""Sends a delivery of a webhook step once more, under the same `webhook-id`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bookflow.actions.webhook import Webhook
from bookflow.domain.executions.execution import Execution, ExecutionStatus, ReasonCode, Step
from bookflow.domain.reminders.eligibility import step_skip_reason
from bookflow.domain.shared.errors import (
    BookflowError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
)
from bookflow.domain.webhooks.deliveries import MAX_DELIVERIES, Delivery, body_digest
from bookflow.domain.webhooks.orders import ResendOrder
from bookflow.domain.webhooks.requests import (
    BY_HAND_TIMEOUT_SECONDS,
    PlannedRequest,
    masked_url,
    planned_request,
)
from bookflow.ports import Ports
from bookflow.use_cases.runtime.step_scope import load_scope, statuses_written
from bookflow.use_cases.webhooks.steps import read_config, webhook_node

_CHANGES: Mapping[ReasonCode, str] = {
    ReasonCode.BOOKING_CANCELLED: "The booking was cancelled since.",
    ReasonCode.BOOKING_DRAFT: "The booking went back to draft since.",
    ReasonCode.BOOKING_MOVED: "The booking has moved to another time since.",
    ReasonCode.BOOKING_REINSTATED: "The booking is no longer cancelled.",
}


def resend(ports: Ports, order: ResendOrder) -> Delivery:
    """Send the request of a delivery again, and add the new delivery to those of its step.

    The address and the body are the same, or it is not sent. The time and the signature are new,
    and the secrets are those of now, with their hosts. The step and its execution stay as they are.

    Raises:
        NotFoundError: There is no such execution, step or delivery, or the version has expired.
        ConflictError: It must not be sent again: the execution was cancelled or is not over, or the
            booking does not stand as it did.
        InvalidInputError: The request cannot be made any more.
    """
    store = ports.executions
    execution = store.get(order.location_id, order.execution_id)
    step = store.step(order.location_id, order.execution_id, order.node_id)
    sent = store.deliveries(order.location_id, order.node_id, [execution.id]).get(execution.id, ())
    delivery = next((each for each in sent if each.id == order.delivery_id), None)
    if delivery is None:
        raise NotFoundError("The step has no such delivery.", field="delivery_id")
    _check_state(ports, execution, step, len(sent))
    webhook = Webhook(ports)
    plan = _same_request(ports, execution, step, delivery)
    failure: BookflowError | None = None
    try:
        webhook.perform(plan, _once)
    except BookflowError as error:
        failure = error
    again = next(iter(webhook.take_deliveries()), None)
    if again is None:
        raise failure or InvalidInputError("Nothing was sent.")
    again = again.changed(cause="resend", sent_by=order.sent_by)
    store.add_delivery(step, again)
    return again


def _once(
    _: str, effect: Callable[[], Mapping[str, Any]], _message: object = None
) -> Mapping[str, Any]:
    """Send: a person asked for a repetition, and the receiver knows it by its id."""
    return effect()


def _check_state(ports: Ports, execution: Execution, step: Step, deliveries: int) -> None:
    """Check that the step may reach outside once more, by the rules for steps that waited."""
    if execution.status is ExecutionStatus.CANCELLED:
        raise ConflictError("The execution was cancelled, so nothing of it is sent any more.")
    if not step.status.is_final:
        raise ConflictError(
            "The step is not over: it sends the request again by itself.",
            remedy="Wait until it has ended.",
        )
    if deliveries >= MAX_DELIVERIES:
        raise ConflictError(
            f"The step has {deliveries} deliveries already, which is the most.",
            remedy="Replay the event to run the workflow again.",
        )
    context = ports.bookings.context(execution.location_id, execution.booking_id)
    booking = context.booking if context else None
    if execution.booking_id is not None and booking is None:
        raise ConflictError("The booking no longer exists, so nothing about it is sent any more.")
    if booking and booking.customer_id and context and context.customer is None:
        raise ConflictError("The guest's data was erased, so nothing about them is sent any more.")
    reason = step_skip_reason(execution, booking, statuses_written(ports, execution))
    if reason is not None:
        raise ConflictError(f"{_CHANGES.get(reason[0], reason[1])} So it is not sent again.")


def _same_request(
    ports: Ports, execution: Execution, step: Step, delivery: Delivery
) -> PlannedRequest:
    """Return the request of the delivery, made anew, as no secret of it is kept.

    Raises:
        ConflictError: It would be another one now.
    """
    version = ports.workflows.version(
        execution.location_id, execution.workflow_id, execution.version
    )
    node = webhook_node(version.graph, step.node_id)
    context = ports.bookings.context(execution.location_id, execution.booking_id)
    scope = load_scope(ports, execution, node, context)
    plan = planned_request(read_config(node).request, scope)
    plan = replace(plan, total_timeout_seconds=BY_HAND_TIMEOUT_SECONDS)
    before = delivery.request
    if plan.message_id != delivery.message_id or masked_url(plan.url) != before.url:
        raise ConflictError(
            "The request would go to another address now: what it names has changed since.",
            remedy="Replay the event to run the workflow again.",
        )
    if body_digest(plan.body) == before.body_digest:
        return plan
    if before.body_cut:
        raise ConflictError(
            "The body would be another one now, and the one that was sent is too long to be kept.",
            remedy="Replay the event to run the workflow again.",
        )
    return replace(plan, body=None if before.body is None else before.body.encode())
