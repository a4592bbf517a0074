"""One booking's planned messages, edited for one use: read, previewed, edited and taken back."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from bookflow.api.auth.access import Role
from bookflow.api.calls import CallArg, Id, Input, View
from bookflow.api.rates import RENDERING
from bookflow.api.routes.messages.in_hand import InHandView
from bookflow.api.routes.templates import TemplateSummary, TemplateTextView
from bookflow.api.routing import Audit, Resource
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.templates import TemplateText
from bookflow.use_cases.bookings.edit_messages import MessageEditor, PlannedMessage
from bookflow.use_cases.preview.preview_template import Preview

resource = Resource("bookings")

ENTRY = "Id of the entry's execution; of its workflow for a reminder that is planned"


class PlannedMessageView(View):
    """A message that a planned entry sends, unless a condition before it decides otherwise."""

    node_id: str
    node_name: str
    event_type: str = Field(description="What starts the workflow; variables depend on it")
    template: TemplateSummary
    language: str | None = Field(description="Tag of the texts' language; null: the location's")
    texts: TemplateTextView = Field(description="As they were edited, or as the template has them")
    edited: bool = Field(description="Whether the texts were edited for this booking")
    is_outdated: bool = Field(description="Whether the template was changed after that; they stay")


class PlannedMessages(View):
    """The messages of one planned entry."""

    items: tuple[PlannedMessageView, ...]


class MessageOfEntry(Input):
    """One message of a planned entry of the timeline."""

    entry_id: Identifier = Field(description=ENTRY)
    node_id: str = Field(min_length=1, max_length=64, description="The step that sends it")


class EditedTexts(MessageOfEntry):
    """The texts of one message of a planned entry, for one use."""

    texts: TemplateText


@resource.get("/bookings/<booking_id>/in-hand/messages", Role.VIEWER)
def list_planned_messages(
    call: CallArg,
    location_id: Id,
    booking_id: Id,
    entry_id: Annotated[Identifier, Query(description=ENTRY)],
) -> PlannedMessages:
    """List the messages that a planned entry sends, invitations to surveys included, as they stand now."""
    found = MessageEditor(call.ports).messages(location_id, booking_id, entry_id)
    return PlannedMessages(items=tuple(map(_view, found)))


@resource.post(
    "/bookings/<booking_id>/in-hand/messages/preview",
    Role.VIEWER,
    audit=Audit.NOTHING,
    limit=RENDERING,
)
def preview_planned_message(
    call: CallArg, location_id: Id, booking_id: Id, body: EditedTexts
) -> Preview:
    """Render a planned message with other texts, as the guest would get it."""
    editor = MessageEditor(call.ports)
    return editor.preview(location_id, booking_id, body.entry_id, body.node_id, body.texts)


@resource.put("/bookings/<booking_id>/in-hand/messages", Role.EDITOR, audit=Audit.RESULT)
def edit_planned_message(
    call: CallArg, location_id: Id, booking_id: Id, body: EditedTexts
) -> InHandView:
    """Edit a planned message for one use; texts with problems for this booking are an error.

    The edit stays when the booking moves and when its template changes, as long as the step sends
    that template.
    """
    editor = MessageEditor(call.ports)
    return InHandView.of(
        editor.edit(location_id, booking_id, body.entry_id, body.node_id, body.texts)
    )


@resource.post("/bookings/<booking_id>/in-hand/messages/take-back", Role.EDITOR, audit=Audit.RESULT)
def take_edit_back(
    call: CallArg, location_id: Id, booking_id: Id, body: MessageOfEntry
) -> InHandView:
    """Use the template again for a planned message that was edited."""
    editor = MessageEditor(call.ports)
    return InHandView.of(editor.take_back(location_id, booking_id, body.entry_id, body.node_id))


def _view(message: PlannedMessage) -> PlannedMessageView:
    return PlannedMessageView(
        node_id=message.node.id,
        node_name=message.node.name,
        event_type=message.event_type,
        template=TemplateSummary.of(message.template.head),
        language=message.language,
        texts=TemplateTextView.of(message.texts),
        edited=message.edited,
        is_outdated=message.is_outdated,
    )
