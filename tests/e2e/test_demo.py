"""The demonstration: one booking event becomes real messages, a real request and a record."""

from __future__ import annotations

import json

import httpx
import pytest

from bookflow.bootstrap import Services
from bookflow.domain.executions.execution import ExecutionStatus, StepStatus
from local.console import Console
from local.demo import demonstrate
from local.stack import LocalStack
from local.trace import Trace


@pytest.fixture(scope="module")
def trace(stack: LocalStack) -> Trace:
    return demonstrate(stack, Console(quiet=True))


def test_the_booking_confirmation_runs_to_its_end(trace: Trace) -> None:
    assert trace.execution.status is ExecutionStatus.COMPLETED
    assert trace.execution.event_type == "Booking Created"
    assert {step.node_id: step.status for step in trace.steps} == dict.fromkeys(
        ("confirm", "guide", "crm", "note"), StepStatus.COMPLETED
    )


def test_the_customer_gets_an_email_about_the_activity(trace: Trace) -> None:
    (mail,) = trace.emails
    assert mail.to == ("ada@example.com",)
    assert "Sunset Kayak Tour" in mail.subject
    assert "Ada" in mail.subject
    for body in (mail.html, mail.text):
        assert "Ada" in body
        assert "Sunset Kayak Tour" in body


def test_the_guide_gets_a_text_message(trace: Trace) -> None:
    (sms,) = trace.sms
    assert sms.to == "+4915112345678"
    assert "Sunset Kayak Tour" in sms.text


def test_the_webhook_delivers_the_event(trace: Trace) -> None:
    (request,) = trace.http_requests
    assert (request.method, request.path) == ("POST", "/hooks/bookings")
    content = request.json()
    assert content["customer"] == "Ada Lovelace"
    assert content["activity"] == "Sunset Kayak Tour"
    assert content["event"]["event_id"] == trace.execution.event_id


def test_the_note_tells_what_an_earlier_step_got(trace: Trace, services: Services) -> None:
    # Other tests of the same stack leave notes on this booking as well.
    (own,) = (
        step.output_data["note_id"] for step in trace.steps if step.node_type == "add_booking_note"
    )
    notes = services.notes.list("spree-kayaks", "bk-4711").items
    assert [note.text for note in notes if note.id == own] == [
        "[Workflow] Confirmed by e-mail to Ada; the CRM answered 200."
    ]


def test_the_facts_are_left_as_read_back(trace: Trace, stack: LocalStack) -> None:
    facts = json.loads((stack.paths.state / "demo.json").read_text(encoding="utf-8"))
    assert facts["execution"]["workflow"] == "Booking Confirmation"
    assert facts["execution"]["status"] == "completed"
    assert [step["node_type"] for step in facts["steps"]] == [s.node_type for s in trace.steps]
    assert [mail["id"] for mail in facts["emails"]] == [mail.id for mail in trace.emails]


def test_the_api_answers_at_the_address_that_the_stack_tells(stack: LocalStack) -> None:
    assert stack.outputs["ApiUrl"] == stack.api_url
    answer = httpx.get(f"{stack.api_url}/v1/health", timeout=30, trust_env=False)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
