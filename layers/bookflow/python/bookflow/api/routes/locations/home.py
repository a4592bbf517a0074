"""What needs a person now, for a location's home page: each part is a call of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from bookflow.api.auth.access import Role
from bookflow.api.calls import CallArg, Id, View
from bookflow.api.routing import Resource
from bookflow.domain.messages.suppression import SuppressionReason, SuppressionScope
from bookflow.use_cases.home.failures import failures
from bookflow.use_cases.home.message_counts import message_counts
from bookflow.use_cases.home.planned_reminders import planned_reminders
from bookflow.use_cases.home.suppressed_guests import suppressed_guests

resource = Resource("home")


class FailureGroupView(View):
    """Failed executions of one workflow with the same error that nobody has resumed."""

    error_signature: str = Field(description="For `resume-failed` of the workflow")
    workflow_id: str
    workflow_name: str
    error_message: str = Field(description="Of the newest of them")
    execution_id: str = Field(description="The newest of them")
    executions: int
    first_at: datetime
    last_at: datetime
    is_unknown: bool = Field(
        description="Whether it is not known of one whether its message or request arrived"
    )


class FailuresView(View):
    """What failed in the last 30 days and was not resumed, the newest first."""

    groups: tuple[FailureGroupView, ...]
    is_complete: bool = Field(description="Whether all were read; otherwise the newest 300")


class SuppressedGuestView(View):
    """An address of a guest who comes today to which messages are not sent."""

    booking_id: str
    confirmation_code: str | None
    start_time: datetime
    guest: str
    address: str = Field(description="Most of it hidden")
    reason: SuppressionReason
    scope: SuppressionScope


class SuppressedGuestsView(View):
    """The suppressed guests of today's bookings, by the start of their visit."""

    guests: tuple[SuppressedGuestView, ...]
    is_complete: bool = Field(description="Whether all bookings were read; otherwise the first 250")


class PlannedRemindersView(View):
    """The reminders of one workflow within the next 24 hours."""

    workflow_id: str
    workflow_name: str
    reminders: int
    first_at: datetime
    last_at: datetime
    next_booking_id: str = Field(description="The booking of the first one")


class PlannedView(View):
    """The reminders of the next 24 hours by workflow, by the time of their first one."""

    workflows: tuple[PlannedRemindersView, ...]
    is_complete: bool = Field(description="Whether all were read; otherwise the next 1,000")


class MessageCountsView(View):
    """How many messages of a channel were sent, and what is known of them."""

    sent: int
    delivered: int
    failed: int
    is_complete: bool = Field(description="Whether all were counted; otherwise there are more")


class MessagesView(View):
    """The messages of the last 30 days by channel."""

    channels: Mapping[Literal["email", "sms"], MessageCountsView]


@resource.get("/home/failures", Role.VIEWER)
def read_failures(call: CallArg, location_id: Id) -> FailuresView:
    """Return the failed executions that nobody has resumed, by workflow and error."""
    groups, is_complete = failures(call.ports, location_id)
    return FailuresView.of({"groups": groups, "is_complete": is_complete})


@resource.get("/home/suppressed-guests", Role.VIEWER)
def read_suppressed_guests(call: CallArg, location_id: Id) -> SuppressedGuestsView:
    """Return the guests of today's bookings to whom messages are not sent."""
    guests, is_complete = suppressed_guests(call.ports, location_id)
    return SuppressedGuestsView.of({"guests": guests, "is_complete": is_complete})


@resource.get("/home/reminders", Role.VIEWER)
def read_planned_reminders(call: CallArg, location_id: Id) -> PlannedView:
    """Count the reminders that are planned for the next 24 hours."""
    workflows, is_complete = planned_reminders(call.ports, location_id)
    return PlannedView.of({"workflows": workflows, "is_complete": is_complete})


@resource.get("/home/messages", Role.VIEWER)
def read_message_counts(call: CallArg, location_id: Id) -> MessagesView:
    """Count the messages of the last 30 days by channel, and what became of them."""
    return MessagesView.of({"channels": message_counts(call.ports, location_id)})
