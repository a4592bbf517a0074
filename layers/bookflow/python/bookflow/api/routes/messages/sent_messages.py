"""Messages as they were sent: lists without their texts, and one with it."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from bookflow.api.auth.access import Role
from bookflow.api.calls import CallArg, CursorQuery, Id, Limit, PageLimit, PageView
from bookflow.api.routing import Resource
from bookflow.domain.messages.sent.sent_message import ShownMessage
from bookflow.use_cases.bookings.timeline import RUNS
from bookflow.use_cases.messages.sent_messages import SentMessages

resource = Resource("messages")

ExecutionLimit = Annotated[int, Query(ge=1, le=50, description="Executions of a page")]


class MessagePage(PageView[ShownMessage]):
    """A page of messages; it may hold fewer than `limit` while more follow."""


class MessageTextView(ShownMessage):
    """A message with the very text that was sent."""

    html: str = Field(description="Show it in a sandboxed frame only: it quotes what guests wrote")
    text: str
    is_left_out: bool = Field(description="Whether the text was too large to be stored")


@resource.get("/executions/<execution_id>/messages", Role.VIEWER)
def list_execution_messages(
    call: CallArg,
    location_id: Id,
    execution_id: Id,
    node_id: Annotated[str | None, Query(max_length=64, description="Only of this step")] = None,
    limit: Limit = PageLimit,
    cursor: CursorQuery = None,
) -> MessagePage:
    """List the messages of an execution and of those that it resumes, in no order."""
    page = SentMessages(call.ports).of_execution(
        location_id, execution_id, call.wanted(limit, cursor), node_id
    )
    return MessagePage.of_page(call, page)


@resource.get("/bookings/<booking_id>/messages", Role.VIEWER)
def list_booking_messages(
    call: CallArg,
    location_id: Id,
    booking_id: Id,
    limit: ExecutionLimit = RUNS,
    cursor: CursorQuery = None,
) -> MessagePage:
    """List the messages about a booking, those of the newest executions first.

    `limit` counts the executions that a page looks at.
    """
    page = SentMessages(call.ports).of_booking(location_id, booking_id, call.wanted(limit, cursor))
    return MessagePage.of_page(call, page)


@resource.get("/executions/<execution_id>/messages/<message_id>", Role.VIEWER)
def read_message(
    call: CallArg, location_id: Id, execution_id: Id, message_id: Id
) -> MessageTextView:
    """Return a message with the very text that was sent, for the location's retention."""
    found = SentMessages(call.ports).read(location_id, execution_id, message_id)
    body = found.body
    return MessageTextView(
        **dict(found.message),
        html=body.html if body else "",
        text=body.text if body else "",
        is_left_out=body is None or body.is_left_out,
    )
