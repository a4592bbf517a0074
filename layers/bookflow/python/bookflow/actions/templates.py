"""Finds the template that a step sends, and what a person wrote in its place for one booking."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bookflow.domain.catalogue.variables import Variable
from bookflow.domain.reminders.eligibility import planned_entries
from bookflow.domain.shared.errors import NotFoundError, PermanentError, TransientError
from bookflow.domain.templates import Template

if TYPE_CHECKING:
    from bookflow.domain.catalogue.step_scope import Scope
    from bookflow.ports import Ports

TRIES = 5
"""Writes that others overtake, before the step is retried."""

EDITED = Variable(
    "output.edited", "boolean", "Whether a person edited the message for this booking", False
)


class EditUse(NamedTuple):
    """The one use of a message that a person edited.

    Attributes:
        owner: The first of the chain of executions that sends it.
    """

    location_id: str
    booking_id: str
    text_id: str
    owner: str


def active_template(ports: Ports, location_id: str, template_id: str) -> Template:
    """Return a template that may be sent.

    Raises:
        PermanentError: It does not exist, or is deleted or inactive.
    """
    try:
        template = ports.templates.get(location_id, template_id)
    except NotFoundError:
        raise NotFoundError(
            f"The template {template_id} does not exist in this location.",
            field="template",
            remedy="Choose another template in the step and publish the workflow.",
        ).lacking("template", template_id) from None
    if template.deleted_at is not None:
        raise PermanentError(
            f"The template {template.name} ({template_id}) is deleted.",
            field="template",
            remedy="Choose another template in the step and publish the workflow.",
        ).lacking("template", template_id)
    if not template.active:
        raise PermanentError(
            f"The template {template.name} ({template_id}) is inactive.",
            field="template",
            remedy="Activate it, or choose another template in the step.",
        ).lacking("template", template_id)
    return template


def edited_once(ports: Ports, scope: Scope, template: Template) -> tuple[Template, EditUse | None]:
    """Return the template as a person edited it for this message, and the use of that edit.

    An edit holds for the template that it was made from: a step that sends another one by now sends
    that as it is.

    Raises:
        TransientError: It was edited anew at this moment; the next try looks again.
    """
    in_hand, execution = scope.context.in_hand, scope.execution
    if in_hand is None or not in_hand.edited or scope.is_test:
        return template, None
    edit = in_hand.edit_of(planned_entries(execution), scope.node.id, execution.owner)
    if edit is None or edit.template_id != template.id:
        return template, None
    text = ports.templates.edited(in_hand.location_id, in_hand.booking_id, edit.text_id)
    if text is None:
        if edit not in ports.bookings.in_hand(in_hand.location_id, in_hand.booking_id).edited:
            raise _edited_meanwhile()
        return template, None
    use = EditUse(in_hand.location_id, in_hand.booking_id, edit.text_id, execution.owner)
    return text.applied(template), use


def take_edit(ports: Ports, use: EditUse | None) -> None:
    """Claim an edit for the executions that send it, before anything is sent.

    Raises:
        TransientError: Somebody changed or took it at this moment; the next try looks again.
    """
    if use is None:
        return
    for _ in range(TRIES):
        stored = ports.bookings.in_hand(use.location_id, use.booking_id)
        used = stored.with_use(use.text_id, use.owner)
        if used is None:
            break
        if used == stored or ports.bookings.save_in_hand(
            used.changed(revision=stored.revision + 1)
        ):
            return
    raise _edited_meanwhile()


def _edited_meanwhile() -> TransientError:
    return TransientError("The message was edited at the moment when it was to be sent.")
