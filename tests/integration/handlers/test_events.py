"""A booking event goes the whole way: bus, queue, dispatcher, machine, actions, records."""

from __future__ import annotations

import json
from email import message_from_string
from typing import Any

import pytest

from bookflow.domain.executions.execution import ExecutionStatus, StepStatus
from bookflow.domain.workflows.graph import Graph
from tests.integration.handlers.conftest import Log
from tests.integration.handlers.stack import OwnLocation, Stack
from tests.unit.events.samples import sample, sample_names
from tests.unit.runtime.samples import NOTE, graph

SKIPPED_WITHOUT_BOOKING = "booking_reminder"


def workflow_of(name: str) -> str:
    """Return the id of a workflow that the sample starts; a reminder names its own."""
    return str(sample(name)["detail"].get("workflow_id", "wf-a"))


@pytest.mark.parametrize("name", sample_names())
def test_each_sample_starts_its_workflow_from_the_queue(
    name: str, stack: Stack, place: OwnLocation
) -> None:
    stack.put(place.event())
    stack.queue.deliver()
    envelope = place.event(name)
    place.publish(workflow_of(name), graph(NOTE, trigger=envelope["detail-type"]))
    stack.put(envelope)
    assert not stack.queue.deliver()
    (execution,) = place.executions(workflow_of(name))
    assert execution.event_type == envelope["detail-type"]
    sent_by = {"kind": "system", "id": envelope["source"]}
    own = {} if envelope["source"] == "bookflow" else {"sent_by": sent_by}
    assert execution.event_data == {**envelope["detail"], **own}
    assert stack.finished(execution)["status"] == "SUCCEEDED"
    assert not stack.queue.dead_letters()


@pytest.mark.parametrize("name", sample_names())
def test_each_sample_starts_its_workflow_as_a_bare_envelope(
    name: str, stack: Stack, place: OwnLocation
) -> None:
    dispatcher = stack.handlers["dispatcher"]
    dispatcher(place.event(), None)
    envelope = place.event(name)
    place.publish(workflow_of(name), graph(NOTE, trigger=envelope["detail-type"]))
    assert dispatcher(envelope, None) == {"batchItemFailures": []}
    (execution,) = place.executions(workflow_of(name))
    assert execution.event_type == envelope["detail-type"]
    assert stack.finished(execution)["status"] == "SUCCEEDED"


def everything(url: str) -> Graph:
    """Return a graph that starts all six actions at once."""
    actions: list[dict[str, Any]] = [
        {"id": "mail", "type": "send_template", "config": {"template": "welcome"}},
        {"id": "hook", "type": "webhook", "config": {"url": f"{url}/hook"}},
        {"id": "status", "type": "update_booking", "config": {"value": "pending"}},
        NOTE,
        {
            "id": "task",
            "type": "create_task",
            "config": {"title": "Call {{ customer.first_name }}"},
        },
        {"id": "survey", "type": "send_survey_email", "config": {}},
    ]
    trigger = {"id": "trigger", "type": "trigger", "config": {"event": "Booking Created"}}
    edges = [{"id": each["id"], "source": "trigger", "target": each["id"]} for each in actions]
    return Graph.model_validate({"nodes": [trigger, *actions], "edges": edges})


def test_an_email_with_a_calendar_entry_is_sent_within_the_rights_of_its_function(
    stack: Stack, place: OwnLocation
) -> None:
    place.texts(calendar_entry=True)
    mail = {"id": "mail", "type": "send_template", "config": {"template": "welcome"}}
    place.publish("wf-mail", graph(mail))
    address = f"{place.id}@example.com"
    stack.put(place.event(customer={"id": "c-1", "first_name": "Ada", "email": address}))
    assert not stack.queue.deliver()
    execution = stack.complete(place, "wf-mail")
    assert (execution.status, execution.error_message) == (ExecutionStatus.COMPLETED, None)
    (email,) = stack.emails(address)
    message = message_from_string(email.raw_data)
    (calendar,) = (each for each in message.walk() if each.get_content_type() == "text/calendar")
    assert calendar.get_param("method") == "REQUEST"
    content = calendar.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert f"mailto:{address}".encode() in content.replace(b"\r\n ", b"")
    assert place.steps(execution)["mail"].output_data["calendar_entry"] == "attached"


def test_every_action_does_its_work_once_and_the_run_is_recorded(
    stack: Stack, place: OwnLocation
) -> None:
    place.texts()
    place.publish("wf-all", everything(stack.receiver_url))
    place.publish("wf-after", graph(NOTE, trigger="Booking Status Changed"))
    address, number = f"{place.id}@example.com", "+4915123456780"
    customer = {"id": "c-1", "first_name": "Ada", "email": address, "phone": number}
    envelope = place.event(customer=customer)
    stack.put(envelope, envelope)
    assert not stack.queue.deliver()
    execution = stack.complete(place, "wf-all")
    assert (execution.status, execution.error_message) == (ExecutionStatus.COMPLETED, None)
    steps = place.steps(execution)
    assert {step.status for step in steps.values()} == {StepStatus.COMPLETED}
    assert len(steps) == 6
    assert [name for name, _ in stack.invoked].count("send_template") == 1

    subjects = sorted(email.subject for email in stack.emails(address) if hasattr(email, "subject"))
    assert len(stack.emails(address)) == 2
    assert not subjects or any("Sunset Kayak Tour" in subject for subject in subjects)
    assert len(stack.texts(number)) == 1
    ((path, body),) = stack.received
    assert path == "/hook"
    assert "bk-4711" in json.dumps(json.loads(body))
    (note,) = stack.ports.notes.list(place.id, "bk-4711").items
    assert note.text == "[Workflow] Ada booked"
    context = stack.ports.bookings.context(place.id, "bk-4711")
    assert context is not None
    assert context.booking is not None
    assert context.booking.status == "pending"

    # The update came back over the bus and started the next workflow, with its cause.
    assert not stack.queue.deliver()
    (caused,) = place.executions("wf-after")
    assert caused.causation_chain == ("wf-all",)
    assert caused.event_data["new_status"] == "pending"
    stack.finished(caused)


def test_an_event_that_is_redelivered_185_times_starts_once(
    stack: Stack, place: OwnLocation
) -> None:
    place.publish("wf-a", graph(NOTE))
    envelope = place.event()
    records = [
        {
            "messageId": f"m-{number}",
            "body": json.dumps(envelope),
            "attributes": {"ApproximateReceiveCount": "1"},
            "eventSource": "aws:sqs",
        }
        for number in range(1 + 185)
    ]
    for start in range(0, len(records), 10):
        batch = {"Records": records[start : start + 10]}
        assert stack.handlers["dispatcher"](batch, None) == {"batchItemFailures": []}
    (execution,) = place.executions("wf-a")
    assert stack.complete(place, "wf-a").status is ExecutionStatus.COMPLETED
    assert [name for name, _ in stack.invoked] == ["add_booking_note"]
    # Long after its end too, when Step Functions has forgotten the name.
    stack.queue.send(envelope)
    assert not stack.queue.deliver()
    assert [each.id for each in place.executions("wf-a")] == [execution.id]
    assert len(stack.invoked) == 1


def test_a_poison_message_stops_none_of_its_batch(
    stack: Stack, place: OwnLocation, log: Log
) -> None:
    place.publish("wf-a", graph(NOTE))
    good = [place.event(event_id=f"evt-{number}", booking_id=f"bk-{number}") for number in range(9)]
    bad = place.event(event_id="evt-bad", start_time="2027-06-12T18:30:00")
    stack.put(*good[:4], bad, *good[4:])
    assert not stack.queue.deliver()
    executions = place.executions("wf-a")
    assert {each.event_id for each in executions} == {f"evt-{number}" for number in range(9)}
    for execution in executions:
        assert stack.finished(execution)["status"] == "SUCCEEDED"
    (letter,) = stack.queue.dead_letters()
    assert letter.field == "detail.start_time"
    assert len(log.lines("message rejected")) == 1


def test_what_can_be_tried_again_is_delivered_again_alone(
    stack: Stack, place: OwnLocation, log: Log
) -> None:
    place.publish("wf-a", graph(NOTE))
    place.publish("wf-b", graph(NOTE, {**NOTE, "id": "second"}))
    machine_arn = stack.ports.workflows.version(place.id, "wf-b", 1).machine_arn
    stack.ports.machines.delete(machine_arn)
    stack.ports.machines._sleep = lambda _: None  # type: ignore[attr-defined]
    other = place.event("booking_cancelled")
    stack.put(place.event(), other)
    failed = stack.queue.deliver()
    assert [json.loads(body)["detail-type"] for body in failed] == ["Booking Created"]
    assert stack.finished(place.execution("wf-a"))["status"] == "SUCCEEDED"
    (line,) = log.lines("message will be delivered again")
    assert line["error"] == "TransientError"
    # Nobody fixes it: the last try says so, and SQS moves the event to the dead-letter queue.
    for _ in range(4):
        assert len(stack.queue.deliver()) == 1
    assert not stack.queue.deliver()
    execution = place.execution("wf-b")
    assert (execution.status, execution.reason_code) == (ExecutionStatus.FAILED, "start_failed")
    assert len(log.metrics("ExecutionsFailed")) == 1
    (letter,) = stack.queue.dead_letters()
    assert json.loads(letter.body)["detail-type"] == "Booking Created"


def test_a_failed_step_fails_the_run_with_what_to_do(
    stack: Stack, place: OwnLocation, log: Log
) -> None:
    place.texts()
    mail = {"id": "mail", "type": "send_template", "config": {"template": "welcome"}}
    place.publish("wf-a", graph(mail, NOTE))
    template = stack.ports.templates.get(place.id, "welcome")
    stack.ports.templates.save(
        template.changed(subject="{{ event.nothing }}", version=template.version + 1)
    )
    stack.put(place.event())
    stack.queue.deliver()
    execution = stack.complete(place, "wf-a")
    assert execution.status is ExecutionStatus.FAILED
    assert '"mail" failed' in str(execution.error_message)
    assert place.steps(execution)["mail"].status is StepStatus.FAILED
    assert "note" not in place.steps(execution)
    assert len(log.lines("step failed")) == 1
    assert len(log.metrics("ExecutionsFailed")) == 1


def test_an_unexpected_problem_shows_where_and_no_data(
    stack: Stack, place: OwnLocation, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("Ada Lovelace <ada@example.com>")

    place.publish("wf-a", graph({**NOTE, "retry": {"max_attempts": 1}}))
    monkeypatch.setattr(type(stack.ports.notes), "add", broken)
    stack.put(place.event())
    stack.queue.deliver()
    execution = stack.complete(place, "wf-a")
    assert execution.status is ExecutionStatus.FAILED
    assert "RuntimeError" in str(stack.finished(execution).get("cause"))
    (line,) = log.lines("unexpected error")
    assert line["error"] == "RuntimeError"
    assert any("broken" in frame for frame in line["where"])


def test_an_unexpected_problem_of_the_dispatcher_is_delivered_again(
    stack: Stack, place: OwnLocation, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("Ada Lovelace <ada@example.com>")

    with monkeypatch.context() as problem:
        problem.setattr(type(stack.ports.bookings), "record", broken)
        stack.put(place.event())
        assert len(stack.queue.deliver()) == 1
    (line,) = log.lines("message will be delivered again")
    assert line["error"] == "RuntimeError"
    assert any("broken" in frame for frame in line["where"])
    assert not stack.queue.deliver()


def test_a_location_that_an_event_states_anew_asks_for_a_plan_of_its_reminders(
    stack: Stack, place: OwnLocation
) -> None:
    place.publish("wf-reminder", graph(NOTE, trigger="Booking Reminder"))
    before = stack.ports.reminders.job(place.id, "wf-reminder")
    zone = {"id": place.id, "timezone": "Australia/Lord_Howe"}
    stack.put(place.event("chat_message_created", location=zone))
    assert not stack.queue.deliver()
    after = stack.ports.reminders.job(place.id, "wf-reminder")
    assert after is not None
    assert before is not None
    assert after.id != before.id


def test_the_first_receipt_of_a_message_orders_its_event(stack: Stack, place: OwnLocation) -> None:
    """A sender whose clock is years ahead does not outlive the cancellation that follows."""
    stack.put(place.event(occurred_at="2062-01-01T00:00:00Z"))
    stack.queue.deliver()
    cancelled = place.event("booking_cancelled", occurred_at=stack.ports.clock.now().isoformat())
    stack.put(cancelled)
    stack.queue.deliver()
    context = stack.ports.bookings.context(place.id, "bk-4711")
    assert context is not None
    assert context.booking is not None
    assert context.booking.status == "cancelled"
