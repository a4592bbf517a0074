"""Each workflow of the gallery runs to its end from the sample event that fits it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bookflow.domain.executions.execution import Execution, ExecutionStatus, StepStatus
from bookflow.gallery import ready_made
from local.samples import ahead_of_now
from local.seed import add_workflow, to_receiver
from tests.e2e.location import OwnLocation

EVENTS = Path(__file__).parents[2] / "events"
BOOKING_ID = "bk-4711"


def sample(place: OwnLocation, name: str) -> dict[str, Any]:
    """Return the sample as an event of the place, with the customer reachable there only."""
    text = (EVENTS / f"{name}.json").read_text(encoding="utf-8")
    text = text.replace("spree-kayaks", place.id).replace("ada@", f"ada@{place.id}.")
    envelope: dict[str, Any] = ahead_of_now(json.loads(text), place.services.clock.now())
    return envelope


def run(place: OwnLocation, example: str, event: str) -> Execution:
    """Run the example from the sample, as an operator would have chosen it from the gallery."""
    workflow_id = example.replace("_", "-")
    export = to_receiver(ready_made()[example], f"{place.stack.receiver.url}/{place.id}")
    add_workflow(place.services, place.id, workflow_id, export)
    if event != "booking_created":
        place.record(sample(place, "booking_created"))
    execution = place.run(sample(place, event), workflow_id)
    assert execution.status is ExecutionStatus.COMPLETED, execution.error_message
    assert {step.status for step in place.steps(execution).values()} == {StepStatus.COMPLETED}
    return execution


def test_booking_confirmation(place: OwnLocation) -> None:
    run(place, "booking_confirmation", "booking_created")
    (mail,) = place.emails()
    assert mail.subject.startswith("Ada, you are booked: Sunset Kayak Tour on ")
    assert "KAY-4711" in mail.html


def test_pre_visit_reminder(place: OwnLocation) -> None:
    before = place.stack.outbox.marker()
    run(place, "pre_visit_reminder", "booking_reminder")
    (sms,) = place.stack.outbox.sms(before)
    assert sms.to == "+4915123456789"
    assert "Sunset Kayak Tour" in sms.text
    assert "dock 4" in sms.text


def test_post_experience_follow_up(place: OwnLocation) -> None:
    with place.waits_scaled(0):
        execution = run(place, "post_experience_follow_up", "booking_completed")
    assert list(place.steps(execution)) == ["wait", "survey"]
    (mail,) = place.emails()
    assert f"{place.stack.api_url}/s/" in mail.html


def test_auto_add_note_on_reschedule(place: OwnLocation) -> None:
    run(place, "auto_add_note_on_reschedule", "booking_rescheduled")
    (note,) = place.notes(BOOKING_ID)
    assert note.startswith("[Workflow] Moved from ")
    assert note.endswith("by customer.")


def test_cancellation_notification_with_webhook(place: OwnLocation) -> None:
    run(place, "cancellation_notification_with_webhook", "booking_cancelled")
    (mail,) = place.emails()
    assert mail.subject == "Your booking KAY-4711 is cancelled"
    (request,) = place.requests("hooks/cancellations")
    content = request.json()
    assert (content["booking"], content["reason"]) == (BOOKING_ID, "Fell ill")
    assert content["event"]["event_id"] == "evt-booking-cancelled-1"
