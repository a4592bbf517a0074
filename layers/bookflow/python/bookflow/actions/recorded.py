"""Sends a message and keeps what was sent: what every action that writes to people does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from bookflow.domain.messages.message import Email, TextMessage
from bookflow.domain.messages.sent.sent_message import MessageOrigin, MessageState, SentMessage
from bookflow.domain.shared.errors import BookflowError, OutcomeUnknownError, TransientError

if TYPE_CHECKING:
    from bookflow.domain.catalogue.step_scope import Scope
    from bookflow.domain.templates import Template
    from bookflow.ports import Once, Ports

MessageT = TypeVar("MessageT", Email, TextMessage)


def origin_of(scope: Scope, template: Template) -> MessageOrigin:
    """Return what the records of a step's messages have in common."""
    execution, booking = scope.execution, scope.context.booking
    return MessageOrigin(
        location_id=scope.context.location.id,
        owner=execution.owner,
        execution_id=execution.id,
        node_id=scope.node.id,
        booking_id=booking.id if booking else execution.booking_id,
        template_id=template.id,
        template_name=template.name,
        template_version=template.version,
        kept_until=execution.expires_at,
    )


def send_recorded(
    ports: Ports,
    once: Once,
    origin: MessageOrigin,
    effect: str,
    recipient: str,
    message: MessageT,
    send: Callable[[MessageT], str],
    **about: Any,
) -> Mapping[str, Any]:
    """Keep a message's text and send it, once; return its ids and what else is said about it.

    The record comes first: whatever happens after it, what may have been sent can be read. That the
    network took the message stands in the step's output, so it costs no write of its own.

    Args:
        ports: All ports.
        once: Runs the effects of the step.
        origin: What the step's messages have in common.
        effect: Name of the effect within the step.
        recipient: Role and position of who gets it; no personal data.
        message: What is sent.
        send: Sends it and returns its id at the network.
        about: What the step's output says of the message besides its ids.
    """
    kept = origin.record(effect, recipient, message, ports.clock.now())

    def sending() -> Mapping[str, Any]:
        try:
            message_id = send(message)
        except OutcomeUnknownError:
            raise
        except BookflowError as error:
            if not (isinstance(error, TransientError) and error.outcome_unknown):
                _note_failure(ports, kept.record, error)
            raise
        return {"sent_id": kept.record.id, "message_id": message_id, **about}

    return once(effect, sending, kept)


def _note_failure(ports: Ports, record: SentMessage, error: BookflowError) -> None:
    """Say in the record that nothing was sent; the step's own record says it too."""
    with suppress(BookflowError):
        ports.messages.note(
            record.location_id,
            record.owner,
            record.id,
            record.execution_id,
            MessageState.FAILED,
            ports.clock.now(),
            error.message,
        )
