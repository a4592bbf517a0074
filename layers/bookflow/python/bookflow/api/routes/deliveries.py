"""Deliveries of webhooks: test a step, list what was sent, and send it again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field

from bookflow.api.auth.access import Role
from bookflow.api.calls import CallArg, CursorQuery, Id, IdQuery, Limit, PageLimit, PageView, View
from bookflow.api.rates import SENDING
from bookflow.api.routing import Audit, Resource
from bookflow.domain.webhooks.deliveries import Cause, ReceivedAnswer
from bookflow.domain.webhooks.orders import ResendOrder, SendTestOrder
from bookflow.use_cases.webhooks.deliver import hand_over
from bookflow.use_cases.webhooks.list_deliveries import (
    ListedDelivery,
    deliveries_of_execution,
    list_deliveries,
)

resource = Resource("deliveries")


class DeliveryRequestView(View):
    """A request; values of headers and parameters named like secrets are hidden."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: str | None = Field(description="The first 8 KiB; null if there was no body")
    body_cut: bool = Field(description="Whether the body was longer")


class DeliveryView(View):
    """One request to a receiver, and what became of it."""

    id: str
    message_id: str = Field(description="The webhook-id: the same in every delivery of one message")
    cause: Cause = Field(description="A try of the step, a person who sent it again, or a test")
    sent_by: str = Field(description="Who sent it by hand; empty for a try of the step")
    sent_at: datetime
    elapsed_ms: int = Field(description="Milliseconds up to the end of the answer or the error")
    request: DeliveryRequestView
    answer: ReceivedAnswer | None = Field(description="Null if no whole answer came")
    error_message: str | None = Field(description="Why it did not succeed; null if it did")
    remedy: str | None = Field(description="What to do about it")


class ListedDeliveryView(DeliveryView):
    """A delivery of an execution's step."""

    execution_id: str
    booking_id: str | None


class DeliveryPage(PageView[ListedDeliveryView]):
    """A page of deliveries, newest execution first; it may be empty while more follow."""


@resource.post(
    "/workflows/<workflow_id>/steps/<node_id>/test", Role.EDITOR, audit=Audit.DEED, limit=SENDING
)
def send_test(call: CallArg, location_id: Id, workflow_id: Id, node_id: Id) -> DeliveryView:
    """Send the request of a webhook step of the draft, to its real address, with a made-up guest.

    The request is marked by the header `bookflow-test: true`, and by `"test": true` where Bookflow
    makes the body. It ends within 20 seconds. Whatever became of it is a success of this call.
    """
    order = SendTestOrder(
        location_id=location_id,
        workflow_id=workflow_id,
        node_id=node_id,
        sent_by=call.caller.name,
    )
    return DeliveryView.of(hand_over(call.ports, order))


@resource.get("/workflows/<workflow_id>/steps/<node_id>/deliveries", Role.VIEWER)
def list_step_deliveries(
    call: CallArg,
    location_id: Id,
    workflow_id: Id,
    node_id: Id,
    execution_id: IdQuery = None,
    limit: Limit = PageLimit,
    cursor: CursorQuery = None,
) -> DeliveryPage:
    """List what a webhook step sent in the last executions, or in one of them.

    `limit` counts the executions that a page looks at. They are kept as long as executions are.
    """
    if execution_id is not None:
        page = deliveries_of_execution(call.ports, location_id, workflow_id, node_id, execution_id)
    else:
        wanted = call.wanted(limit, cursor)
        page = list_deliveries(call.ports, location_id, workflow_id, node_id, wanted)
    return DeliveryPage.of_page(call, page.holding([_listed(each) for each in page.items]))


@resource.post(
    "/executions/<execution_id>/steps/<node_id>/deliveries/<delivery_id>/resend",
    Role.EDITOR,
    problems=(409,),
    audit=Audit.DEED,
    limit=SENDING,
)
def resend_delivery(
    call: CallArg, location_id: Id, execution_id: Id, node_id: Id, delivery_id: Id
) -> DeliveryView:
    """Send a delivery again: the same address, body and `webhook-id`, a new time and signature.

    A receiver that keeps to Standard Webhooks takes it once. The step and its execution stay as they
    are. It is refused once the execution or the booking is cancelled, or the guest erased.
    """
    order = ResendOrder(
        location_id=location_id,
        execution_id=execution_id,
        node_id=node_id,
        delivery_id=delivery_id,
        sent_by=call.caller.name,
    )
    return DeliveryView.of(hand_over(call.ports, order))


def _listed(listed: ListedDelivery) -> ListedDeliveryView:
    return ListedDeliveryView(
        **dict(DeliveryView.of(listed.delivery)),
        execution_id=listed.execution.id,
        booking_id=listed.execution.booking_id,
    )
