"""What needs a person now, for a location's home page: each part is a call of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from bookflow.api.auth.access import Role
from bookflow.api.calls import CallArg, Id, View
from bookflow.api.routing import Resource
from bookflow.domain.messages.sent.sent_message import MessageCounts
from bookflow.use_cases.home.failures import FailureGroup, failures
from bookflow.use_cases.home.message_counts import message_counts
from bookflow.use_cases.home.planned_reminders import PlannedReminders, planned_reminders
from bookflow.use_cases.home.suppressed_guests import SuppressedGuest, suppressed_guests

resource = Resource("home")


class FailuresView(View):
    """What failed in the last 30 days and was not resumed, the newest first."""

    groups: tuple[FailureGroup, ...]
    is_complete: bool = Field(description="Whether all were read; otherwise the newest 300")


class SuppressedGuestsView(View):
    """The suppressed guests of today's bookings, by the start of their visit."""

    guests: tuple[SuppressedGuest, ...]
    is_complete: bool = Field(description="Whether all bookings were read; otherwise the first 250")


class PlannedView(View):
    """The reminders of the next 24 hours by workflow, by the time of their first one."""

    workflows: tuple[PlannedReminders, ...]
    is_complete: bool = Field(description="Whether all were read; otherwise the next 1,000")


class MessagesView(View):
    """The messages of the last 30 days by channel."""

    channels: Mapping[Literal["email", "sms"], MessageCounts]


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
