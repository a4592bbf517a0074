"""One booking's planned messages in hand: skip, take back, send now, and turn kinds of messages off."""

from __future__ import annotations

from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from bookflow.api.auth.access import Role
from bookflow.api.calls import CallArg, Id, Input, View, answer
from bookflow.api.rates import SENDING
from bookflow.api.routing import Audit, Resource
from bookflow.domain.shared.identifiers import Identifier
from bookflow.use_cases.bookings.messages_in_hand import MessagesInHand
from bookflow.use_cases.executions.resume import Resumer

resource = Resource("bookings")

IN_HAND = "/bookings/<booking_id>/in-hand"
"""Address of what people decided of a booking's messages."""


class EditedMessageView(View):
    """A message that was edited for the booking; its text is read with the entry's messages."""

    entry_id: str = Field(description="Id of its execution, or of its workflow for a reminder")
    node_id: str
    template_id: str
    template_version: int = Field(description="Version of the template when it was edited")
    used_by: str | None = Field(description="Id of the execution that sent it; null until then")


class InHandView(View):
    """What people decided of a booking's messages."""

    no_reminders: bool = Field(description="No reminder goes out")
    no_marketing: bool = Field(description="No marketing message and no survey goes out")
    skipped: tuple[str, ...] = Field(description="Skipped entries, by execution or workflow id")
    edited: tuple[EditedMessageView, ...]


class MessageSwitches(Input):
    """Which messages do not go out for the booking."""

    no_reminders: bool
    no_marketing: bool


class SkippedEntry(Input):
    """A planned entry of the timeline."""

    entry_id: Identifier = Field(
        description="Id of its execution; of its workflow for a reminder that is planned"
    )
    skipped: bool = Field(default=True, description="False takes it back")


class PlannedEntry(Input):
    """A planned entry of the timeline."""

    entry_id: Identifier = Field(
        description="Id of its execution; of its workflow for a reminder that is planned"
    )


class SentNow(View):
    """The execution that sends it."""

    execution_id: str


@resource.get(IN_HAND, Role.VIEWER)
def read_in_hand(call: CallArg, location_id: Id, booking_id: Id) -> InHandView:
    """Return which messages of a booking are skipped, or turned off."""
    return InHandView.of(MessagesInHand(call.ports).get(location_id, booking_id))


@resource.put(IN_HAND, Role.EDITOR)
def turn_messages_off(
    call: CallArg, location_id: Id, booking_id: Id, body: MessageSwitches
) -> InHandView:
    """Turn a booking's reminders, and its marketing messages and surveys, off or on.

    It holds for executions that wait too, and when the booking moves.
    """
    decided = MessagesInHand(call.ports).turn_off(
        location_id, booking_id, reminders=body.no_reminders, marketing=body.no_marketing
    )
    return InHandView.of(decided)


@resource.post("/bookings/<booking_id>/in-hand/skip", Role.EDITOR, shown_by=IN_HAND)
def skip_entry(call: CallArg, location_id: Id, booking_id: Id, body: SkippedEntry) -> InHandView:
    """Skip the messages of a planned entry, or take that back until its time.

    Of an execution that waits, the messages to the guest are skipped; its other steps go on.
    """
    decided = MessagesInHand(call.ports).skip(
        location_id, booking_id, body.entry_id, skipped=body.skipped
    )
    return InHandView.of(decided)


@resource.post(
    "/bookings/<booking_id>/in-hand/send-now",
    Role.EDITOR,
    status=202,
    problems=(409,),
    audit=Audit.RESULT,
    limit=SENDING,
)
def send_entry_now(
    call: CallArg, location_id: Id, booking_id: Id, body: PlannedEntry
) -> Response[SentNow]:
    """Send the messages of a planned entry now. None follows at its time, also if this is repeated."""
    execution = MessagesInHand(call.ports).send_now(
        location_id, booking_id, body.entry_id, Resumer(call.ports, call.target)
    )
    return answer(SentNow(execution_id=execution.id), status=202)
