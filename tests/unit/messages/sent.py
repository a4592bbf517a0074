"""One message of one execution, as the steps send it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from bookflow.actions.recorded import send_recorded
from bookflow.domain.executions.execution import Execution, Step, StepStatus
from bookflow.domain.messages.message import Email
from bookflow.domain.messages.sent.sent_message import KeptMessage, MessageOrigin, SentMessage
from bookflow.ports import Once
from tests.unit.actions.samples import NOW

EFFECT = "email:customer"
TRIES = count(1)


def origin(**changes: Any) -> MessageOrigin:
    """Return what the messages of step `n1` of `ex_1` have in common."""
    fields: dict[str, Any] = {
        "location_id": "loc-1",
        "owner": "ex_1",
        "execution_id": "ex_1",
        "node_id": "n1",
        "booking_id": "b-1",
        "template_id": "t-1",
        "template_name": "Confirmation",
        "template_version": 3,
        "kept_until": None,
    }
    return MessageOrigin(**{**fields, **changes})


def begin_execution(ports: Any, **changes: Any) -> Execution:
    """Store the execution `ex_1` about the booking `b-1`."""
    fields: dict[str, Any] = {
        "location_id": "loc-1",
        "id": "ex_1",
        "workflow_id": "wf_1",
        "workflow_name": "Welcome",
        "version": 1,
        "event_id": "e-1",
        "event_type": "Booking Created",
        "event_data": {},
        "booking_id": "b-1",
        "started_at": NOW,
    }
    execution = Execution(**{**fields, **changes})
    ports.executions.claim(execution)
    return execution


def tried(ports: Any) -> Once:
    """Run each effect as one that was never tried before."""

    def once(
        name: str, effect: Callable[[], Mapping[str, Any]], message: KeptMessage | None = None
    ) -> Mapping[str, Any]:
        result: Mapping[str, Any] = ports.effects.once(
            f"ex_1#n1#{name}#{next(TRIES)}", effect, message=message
        )
        return result

    return once


def send_one(ports: Any, *, html: str = "<p>Hi</p>", text: str = "Hi") -> SentMessage:
    """Let the step `n1` of a new execution `ex_1` send an e-mail and end well."""
    execution = begin_execution(ports)
    email = Email(to="ada@example.com", subject="Your booking", html=html, text=text)
    sent = send_recorded(
        ports, tried(ports), origin(), EFFECT, "customer", email, ports.mailer.send
    )
    ports.executions.finish_step(
        Step(
            location_id="loc-1",
            execution_id=execution.id,
            node_id="n1",
            node_type="send_template",
            node_name="Confirm",
            status=StepStatus.COMPLETED,
            output_data={"emails": [{**sent, "to": "a…@example.com"}]},
            started_at=NOW,
            completed_at=NOW,
        )
    )
    message: SentMessage = ports.messages.get("loc-1", "ex_1", sent["sent_id"])
    return message
