"""A guest of whom a location holds everything; each value that says who it is can be searched for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bookflow.domain.audit import AuditEntry
from bookflow.domain.bookings.facts import FactClaim, FactClaims, FactKind
from bookflow.domain.bookings.in_hand import EditedMessage
from bookflow.domain.events import Event, parse_event
from bookflow.domain.executions.execution import (
    Execution,
    ExecutionStatus,
    ReasonCode,
    Step,
    StepStatus,
    effect_log_key,
)
from bookflow.domain.messages.sent.sent_message import MessageBody, SentMessage
from bookflow.domain.messages.suppression import (
    Suppression,
    SuppressionReason,
    SuppressionScope,
    address_hash,
)
from bookflow.domain.staff.notes import Note
from bookflow.domain.staff.tasks import Task
from bookflow.domain.surveys.answers import Answer
from bookflow.domain.surveys.records import SurveyInvitation, SurveyResponse
from bookflow.domain.templates import TemplateText
from bookflow.domain.templates.edited import EditedText

THEN = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
CUSTOMER_ID = "cus-quillfeather"
EMAIL = "zephyrine@guest.example"
PHONE = "+4915155512345"

MARKS = (
    "Zephyrine",
    "Quillfeather",
    "zephyrine@",
    "quillfeather",
    "z…@guest.example",
    "15155512345",
    "ZQ-CODE",
    "walnuts",
    "saxophone",
)
"""Parts of what says who the guest is: names, addresses, codes, ids and what was written."""


def guest_event(number: int, location_id: str, **changes: Any) -> dict[str, Any]:
    """Return the envelope of an event by which the guest books."""
    detail = {
        "event_id": f"evt-guest-{number}",
        "location_id": location_id,
        "occurred_at": f"2026-11-20T09:{number:02d}:00Z",
        "booking_id": f"bk-guest-{number}",
        "customer": {
            "id": CUSTOMER_ID,
            "first_name": "Zephyrine",
            "last_name": "Quillfeather",
            "email": EMAIL,
            "phone": PHONE,
            "shoe_size": "saxophone",
        },
        "activity": {"id": "act-1", "name": "Sunset tour"},
        "total_amount": {"amount": "118.00", "currency": "EUR"},
        "start_time": "2127-06-12T18:30:00+02:00",
        "end_time": "2127-06-12T20:30:00+02:00",
        "booking": {
            "confirmation_code": f"ZQ-CODE-{number}",
            "party_size": 2,
            "wishes": "no walnuts",
        },
        "from_form": "no walnuts please",
        **changes,
    }
    return {"detail-type": "Booking Created", "detail": detail, "source": "test"}


def store_guest(ports: Any, location_id: str, *, bookings: int = 2) -> None:
    """Record the guest's bookings, which must be of a known location, and all that hangs on them."""
    for number in range(bookings):
        event = parse_event(guest_event(number, location_id))
        ports.bookings.record(event, now=THEN)
        _store_around(ports, event, f"bk-guest-{number}", number)
    ports.suppressions.add(
        Suppression(
            location_id=location_id,
            address_hash=address_hash(location_id, EMAIL),
            masked="z…@guest.example",
            reason=SuppressionReason.BOUNCED,
            scope=SuppressionScope.ALL,
            detail="Permanent zephyrine@guest.example",
            created_at=THEN,
        )
    )


def _store_around(ports: Any, event: Event, booking_id: str, number: int) -> None:
    location_id = event.location_id
    until = THEN + timedelta(days=36600)
    for status in (ExecutionStatus.COMPLETED, ExecutionStatus.WAITING, ExecutionStatus.FAILED):
        _store_execution(ports, event, booking_id, f"ex-{number}-{status}", status)
    ports.executions.save_fact_claims(
        FactClaims(location_id=location_id, booking_id=booking_id, workflow_id="wf-guest").plus(
            FactClaim(kind=FactKind.CREATED, stamp="1", event_id=event.event_id), until
        )
    )
    for kind in ("open", "completed"):
        task = Task(
            location_id=location_id,
            id=f"task-{number}-{kind}",
            title="Call Zephyrine",
            description="About walnuts",
            due_at=THEN,
            booking_id=booking_id,
            created_at=THEN,
            kept_until=until,
        )
        ports.tasks.add(task)
        if kind == "completed":
            ports.tasks.save(task.saved(1, status="completed", completed_at=THEN))
        _store_audit(ports, location_id, "tasks", task.id)
    ports.notes.add(
        Note(
            location_id=location_id,
            booking_id=booking_id,
            id=f"note-{number}",
            text="Zephyrine plays the saxophone",
            created_at=THEN,
            kept_until=until,
        )
    )
    text = EditedText(
        location_id=location_id,
        booking_id=booking_id,
        id=f"edit-{number}",
        texts=TemplateText(subject="Zephyrine, bring the saxophone"),
        kept_until=until,
    )
    ports.templates.save_edited(text)
    edit = EditedMessage(
        entry_id=f"ex-{number}-waiting",
        node_id="mail",
        template_id="welcome",
        template_version=1,
        text_id=text.id,
    )
    decided = ports.bookings.in_hand(location_id, booking_id).with_edit(edit)
    ports.bookings.save_in_hand(decided.changed(revision=1, kept_until=until))
    invitation = SurveyInvitation(
        location_id=location_id,
        token_hash=f"{number:064x}",
        survey_id="after",
        booking_id=booking_id,
        execution_id=f"ex-{number}-completed",
        created_at=THEN,
        expires_at=until,
        kept_until=until,
    )
    ports.surveys.ask(invitation, "ex#n")
    ports.surveys.invite(invitation)
    ports.surveys.respond(
        SurveyResponse(
            location_id=location_id,
            token_hash=f"{number:064x}",
            survey_id="after",
            booking_id=booking_id,
            submitted_at=THEN,
            overall_rating=5,
            answers=(
                Answer(question_id="stars", question="How was it?", type="stars", answer=5),
                Answer(question_id="why", question="Why?", type="text", answer="The walnuts"),
            ),
            announced=True,
            kept_until=until,
        )
    )


def _store_execution(
    ports: Any, event: Event, booking_id: str, execution_id: str, status: ExecutionStatus
) -> None:
    location_id = event.location_id
    failed = status is ExecutionStatus.FAILED
    execution = Execution(
        location_id=location_id,
        id=execution_id,
        workflow_id="wf-guest",
        version=1,
        event_id=event.event_id,
        event_type="Booking Created",
        event_data=event.model_dump(mode="json", exclude_unset=True),
        booking_id=booking_id,
        status=status,
        reason_code=ReasonCode.STEP_FAILED if failed else None,
        error_message="zephyrine@guest.example refused" if failed else None,
        started_at=THEN,
        completed_at=THEN if status.is_final else None,
        expires_at=THEN + timedelta(days=36600),
    )
    ports.executions.claim(execution)
    effect = {"answer": "Hello Zephyrine Quillfeather"}
    ports.effects.once(effect_log_key(execution, "hook", "request"), lambda: effect)
    message = SentMessage(
        location_id=location_id,
        id="msg_1",
        owner=execution_id,
        execution_id=execution_id,
        node_id="mail",
        booking_id=booking_id,
        channel="email",
        template_id="welcome",
        template_name="Welcome",
        template_version=1,
        recipient="customer",
        to="z…@guest.example",
        subject="Dear Zephyrine",
        sent_at=THEN,
    )
    body = MessageBody(html="<p>No walnuts</p>" * 400, text="No walnuts")
    ports.messages.add(message, body, execution.expires_at)
    ports.executions.finish_step(
        Step(
            location_id=location_id,
            execution_id=execution_id,
            node_id="hook",
            node_type="webhook",
            status=StepStatus.FAILED if failed else StepStatus.COMPLETED,
            input_data={"body": "walnuts"},
            output_data={"body": "Hello Zephyrine"},
            error_message="walnuts" if failed else None,
            unknown_effects=("request",) if failed else (),
            started_at=THEN,
            expires_at=execution.expires_at,
        )
    )
    _store_audit(ports, location_id, "executions", execution_id)


def _store_audit(ports: Any, location_id: str, kind: str, resource_id: str) -> None:
    ports.audit.append(
        AuditEntry(
            location_id=location_id,
            id=f"aud-{kind}-{resource_id}",
            at=THEN,
            actor="user-1",
            actor_kind="person",
            operation="settle_outcome",
            kind=kind,
            resource_id=resource_id,
            after={"title": "Call Zephyrine"},
            expires_at=THEN + timedelta(days=36600),
        )
    )


def found_in(text: str) -> list[str]:
    """Return which of the guest's values a text holds."""
    return [mark for mark in MARKS if mark in text]
