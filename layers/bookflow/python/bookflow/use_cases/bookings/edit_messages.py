"""One booking's planned messages, edited for one use: their texts as planned and as edited."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import ValidationError

from bookflow.actions.send_survey_email import (
    SendSurveyEmail,
    SendSurveyEmailConfig,
    invitation_template,
)
from bookflow.actions.send_template import SendTemplate, SendTemplateConfig
from bookflow.actions.templates import active_template
from bookflow.domain.bookings.in_hand import EditedMessage, InHand
from bookflow.domain.bookings.records import BookingContext
from bookflow.domain.bookings.retention import kept_until
from bookflow.domain.catalogue.variables import SURVEY
from bookflow.domain.events import Event, event_types
from bookflow.domain.events.envelope import read_detail
from bookflow.domain.executions.execution import Execution
from bookflow.domain.reminders.eligibility import planned_entries
from bookflow.domain.shared.errors import BookflowError, NotFoundError
from bookflow.domain.shared.records import new_id
from bookflow.domain.templates import PartName, Template, TemplateText
from bookflow.domain.templates.edited import EditedText, text_for, with_text
from bookflow.domain.workflows.graph import Node
from bookflow.domain.workflows.workflow import WorkflowVersion
from bookflow.ports import Ports
from bookflow.use_cases.bookings.manage_bookings import BookingManager
from bookflow.use_cases.bookings.messages_in_hand import MessagesInHand
from bookflow.use_cases.messages.manage_templates import InvalidTemplateError
from bookflow.use_cases.preview.preview_template import Preview, TemplatePartProblem, render_preview

_Sending = SendTemplateConfig | SendSurveyEmailConfig

_SENDING: Mapping[str, type[_Sending]] = {
    SendTemplate.type: SendTemplateConfig,
    SendSurveyEmail.type: SendSurveyEmailConfig,
}
"""What the steps ask for that send a message of a template."""

_SURVEY_LINK = next(each.example for each in SURVEY if each.path == "survey.link")
"""What stands for the survey's link in a preview."""


@dataclass(frozen=True)
class PlannedMessage:
    """A message that a planned entry sends, unless a condition before it decides otherwise.

    Attributes:
        texts: What it says, before variables: as it was edited, or as the template does.
        language: Tag of the language of `texts`; the location's when empty.
        event_type: What starts the workflow, which decides about variables.
        edited: Whether `texts` were edited for this booking.
        is_outdated: Whether the template was changed after the edit; the edit stays.
    """

    node: Node
    template: Template
    texts: TemplateText
    language: str | None
    event_type: str
    edited: bool = False
    is_outdated: bool = False


@dataclass(frozen=True)
class _Entry:
    """A planned entry of the timeline.

    Attributes:
        names: What edits of it are named by, the name of new ones first.
        done: Nodes whose steps have ended.
    """

    names: tuple[str, ...]
    owner: str | None
    version: WorkflowVersion
    event: Event
    context: BookingContext
    done: frozenset[str] = frozenset()

    @property
    def sending(self) -> Iterator[tuple[Node, _Sending]]:
        """The nodes that send a message of a template and have not yet, with what they send."""
        for node in self.version.graph.nodes:
            model = _SENDING.get(node.type)
            if model is None or node.id in self.done:
                continue
            try:
                yield node, model.model_validate(dict(node.config))
            except ValidationError:
                continue


class MessageEditor:
    """The messages of planned entries. An entry is named by its execution, or by its workflow."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._in_hand = MessagesInHand(ports)

    def messages(self, location_id: str, booking_id: str, entry_id: str) -> list[PlannedMessage]:
        """Return the messages that an entry is to send, in the graph's order.

        Raises:
            NotFoundError: There is no such booking, or nothing of it is planned by that id.
        """
        entry = self._entry(location_id, booking_id, entry_id)
        found = []
        for node, config in entry.sending:
            try:
                template = self._template(entry, config)
            except BookflowError:
                continue  # It fails when it is due, and its error says why.
            found.append(self._message(entry, node, template))
        return found

    def preview(
        self, location_id: str, booking_id: str, entry_id: str, node_id: str, texts: TemplateText
    ) -> Preview:
        """Render a message as it would be sent with these texts.

        Raises:
            NotFoundError: The entry sends no such message.
        """
        entry = self._entry(location_id, booking_id, entry_id)
        return self._rendered(entry, self._planned(entry, node_id), texts)

    def edit(
        self, location_id: str, booking_id: str, entry_id: str, node_id: str, texts: TemplateText
    ) -> InHand:
        """Edit a message for one use, in the place of its template's text.

        Raises:
            InvalidTemplateError: The text has problems for this booking.
            NotFoundError: The entry sends no such message.
            TransientError: Others decided at the same moment, several times.
        """
        entry = self._entry(location_id, booking_id, entry_id)
        message = self._planned(entry, node_id)
        preview = self._rendered(entry, message, texts)
        problems = [each for each in preview.problems if each.severity == "error"]
        if problems:
            raise InvalidTemplateError(problems)
        context = entry.context
        text = EditedText(
            location_id=location_id,
            booking_id=booking_id,
            id=new_id("edit"),
            texts=texts,
            language=message.language,
            kept_until=kept_until(context.booking, context.location, self._ports.clock.now()),
        )
        self._ports.templates.save_edited(text)
        edit = EditedMessage(
            entry_id=entry.names[0],
            node_id=node_id,
            template_id=message.template.id,
            template_version=message.template.version,
            text_id=text.id,
        )
        # An edit under another of its names, from before it fired, is the one that was shown.
        return self._replace(
            location_id,
            booking_id,
            lambda now: _without(now, entry.names, node_id).with_edit(edit),
        )

    def take_back(self, location_id: str, booking_id: str, entry_id: str, node_id: str) -> InHand:
        """Use the template again for a message that was edited. It may be repeated.

        Raises:
            NotFoundError: There is no such booking, or nothing of it is planned by that id.
            TransientError: Others decided at the same moment, several times.
        """
        names = self._entry(location_id, booking_id, entry_id).names
        return self._replace(location_id, booking_id, lambda now: _without(now, names, node_id))

    def _replace(
        self, location_id: str, booking_id: str, change: Callable[[InHand], InHand]
    ) -> InHand:
        """Store a change of the edits, and delete the texts that it leaves without use."""
        before: tuple[EditedMessage, ...] = ()

        def changing(now: InHand) -> InHand:
            nonlocal before
            before = now.edited
            return change(now)

        after = self._in_hand.decide(location_id, booking_id, changing)
        kept = {each.text_id for each in after.edited}
        for each in before:
            if each.text_id not in kept:
                self._ports.templates.delete_edited(location_id, booking_id, each.text_id)
        return after

    def _entry(self, location_id: str, booking_id: str, entry_id: str) -> _Entry:
        context = BookingManager(self._ports).get(location_id, booking_id)
        waiting = self._in_hand.waiting(location_id, booking_id, entry_id)
        if waiting is not None:
            return self._of_execution(waiting, context)
        event = self._in_hand.planned(location_id, booking_id, entry_id)
        workflow = self._ports.workflows.get(location_id, entry_id)
        if workflow.published_version is None:
            raise _sends_nothing()
        version = self._ports.workflows.version(location_id, entry_id, workflow.published_version)
        return _Entry((entry_id,), None, version, event, context)

    def _of_execution(self, execution: Execution, context: BookingContext) -> _Entry:
        location_id = execution.location_id
        version = self._ports.workflows.version(
            location_id, execution.workflow_id, execution.version
        )
        steps = self._ports.executions.steps(location_id, execution.id)
        return _Entry(
            planned_entries(execution),
            execution.owner,
            version,
            read_detail(event_types()[execution.event_type], dict(execution.event_data)),
            context,
            frozenset(step.node_id for step in steps if step.status.is_final),
        )

    def _planned(self, entry: _Entry, node_id: str) -> PlannedMessage:
        for node, config in entry.sending:
            if node.id == node_id:
                return self._message(entry, node, self._template(entry, config))
        raise _sends_nothing()

    def _template(self, entry: _Entry, config: _Sending) -> Template:
        if isinstance(config, SendSurveyEmailConfig):
            return invitation_template(self._ports, config, entry.context, self._ports.clock.now())
        return active_template(self._ports, entry.version.location_id, config.template)

    def _message(self, entry: _Entry, node: Node, template: Template) -> PlannedMessage:
        context = entry.context
        edit = context.in_hand and context.in_hand.edit_of(entry.names, node.id, entry.owner)
        if edit and edit.template_id == template.id and context.booking:
            stored = self._ports.templates.edited(
                template.location_id, context.booking.id, edit.text_id
            )
            if stored is not None:
                return PlannedMessage(
                    node,
                    template,
                    stored.texts,
                    stored.language,
                    entry.version.trigger_type,
                    edited=True,
                    is_outdated=edit.template_version != template.version,
                )
        locale = context.customer.locale if context.customer else None
        texts, language = text_for(template, locale, home=context.location.locale)
        return PlannedMessage(node, template, texts, language, entry.version.trigger_type)

    def _rendered(self, entry: _Entry, message: PlannedMessage, texts: TemplateText) -> Preview:
        preview = render_preview(
            with_text(message.template, texts, message.language).content,
            entry.version.trigger_type,
            entry.context,
            event=entry.event,
            now=self._ports.clock.now(),
        )
        if message.node.type != SendSurveyEmail.type:
            return preview
        return replace(preview, problems=(*preview.problems, *_without_link(preview, texts)))


def _without_link(preview: Preview, texts: TemplateText) -> Iterator[TemplatePartProblem]:
    """Return a problem for each part of an invitation by which the guest could not answer."""
    parts: Mapping[PartName | Literal["blocks"], str | None] = {
        "blocks" if texts.blocks else "html": preview.html,
        "text": preview.text if texts.text.strip() else None,
    }
    for name, rendered in parts.items():
        if rendered is not None and _SURVEY_LINK not in rendered:
            yield TemplatePartProblem(
                name,
                None,
                "The survey's link is missing, so the guest could not answer.",
                "Write {{ survey.link }} into it, such as into a button or a link.",
            )


def _without(now: InHand, names: Iterable[str], node_id: str) -> InHand:
    for name in names:
        now = now.without_edit(name, node_id)
    return now


def _sends_nothing() -> NotFoundError:
    return NotFoundError(
        "no such message is planned for the booking",
        field="node_id",
        remedy="It may have been sent meanwhile; load the timeline again.",
    )
