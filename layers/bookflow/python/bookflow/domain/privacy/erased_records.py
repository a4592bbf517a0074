"""What stays of each record when its guest is erased: times, states and counts, and no person."""

from __future__ import annotations

from datetime import datetime

from bookflow.domain.audit import AuditEntry
from bookflow.domain.events import Event, event_types
from bookflow.domain.events.without_guest import detail_without_guest
from bookflow.domain.executions.execution import Execution, Step
from bookflow.domain.messages.suppression import Suppression
from bookflow.domain.surveys.records import SurveyResponse

ERASED = "Erased with its guest."
"""In the place of an error's text, which may quote anything."""


def erased_execution(execution: Execution, guest: str, at: datetime) -> Execution:
    """Return an execution without the guest; the very same object where nothing is to be done."""
    if execution.erased_at is not None:
        return execution
    model = event_types().get(execution.event_type, Event)
    return execution.changed(
        event_data=detail_without_guest(model, execution.event_data, guest),
        error_message=execution.error_message and ERASED,
        erased_at=at,
    )


def erased_step(step: Step) -> Step:
    """Return a step without what it was given and what it did; equal where nothing is to be done."""
    return step.changed(
        input_data={},
        output_data={},
        error_message=step.error_message and ERASED,
        unknown_effects=(),
        failed_effects=(),
    )


def erased_response(response: SurveyResponse) -> SurveyResponse:
    """Return a response with its stars and choices only; equal where it has no text."""
    answers = tuple(each for each in response.answers if each.type != "text")
    return response.changed(answers=answers)


def erased_suppression(suppression: Suppression) -> Suppression:
    """Return a suppression with the hash alone, which keeps anything from being sent there."""
    detail = suppression.detail if suppression.is_sms_stop else ""
    return suppression.changed(masked=ERASED, detail=detail)


def erased_entry(entry: AuditEntry) -> AuditEntry:
    """Return an entry of the audit log that says who did what when, and not to which values."""
    return entry.changed(before=None, after=None)
