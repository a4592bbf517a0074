"""What the other tests of the handlers do not come to: rights that a rare path needs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bookflow.adapters.clock import SystemClock
from bookflow.domain.executions.execution import ExecutionStatus
from bookflow.domain.surveys.survey import StarQuestion, Survey
from bookflow.domain.templates import Template
from bookflow.domain.workflows.graph import Graph
from bookflow.use_cases.executions.manage_executions import ExecutionManager
from bookflow.use_cases.sweeping.sweep_machines import GRACE
from bookflow.use_cases.workflows.publish import Publisher
from tests.integration.handlers.stack import OwnLocation, Stack
from tests.unit.runtime.samples import NOTE, NOW, graph


def test_the_sweeper_marks_unmarks_and_deletes_machines(
    stack: Stack, place: OwnLocation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sweep() -> dict[str, int]:
        return dict(stack.handlers["sweeper"]({}, None))

    now = SystemClock.now
    place.publish("wf-a", graph({**NOTE, "config": {"note": "Only here"}}))
    workflows = stack.ports.workflows
    workflow = workflows.get(place.id, "wf-a")
    publisher = Publisher(stack.ports, stack.ports.machine_target)
    publisher.set_enabled(place.id, "wf-a", False, based_on=workflow.revision)
    assert sweep()["marked"] >= 1
    workflow = workflows.get(place.id, "wf-a")
    publisher.set_enabled(place.id, "wf-a", True, based_on=workflow.revision)
    assert sweep()["kept"] >= 1
    workflow = workflows.get(place.id, "wf-a")
    publisher.set_enabled(place.id, "wf-a", False, based_on=workflow.revision)
    sweep()
    monkeypatch.setattr(SystemClock, "now", lambda self: now(self) + GRACE + timedelta(days=1))
    assert sweep()["deleted"] >= 1


def test_the_sweeper_takes_the_mark_off_a_machine_that_is_used_again(
    stack: Stack, place: OwnLocation
) -> None:
    place.publish("wf-a", graph({**NOTE, "config": {"note": "Used again"}}))
    (subscription,) = stack.ports.workflows.subscriptions(place.id)
    name = subscription.machine_arn.rpartition(":")[2]
    stack.ports.unused_machines.mark(name, SystemClock().now())
    assert stack.handlers["sweeper"]({}, None)["kept"] >= 1
    assert name not in stack.ports.unused_machines.marks()


def test_the_hourly_call_continues_a_sweep_of_machines_that_stopped(
    stack: Stack, place: OwnLocation
) -> None:
    place.publish("wf-a", graph({**NOTE, "config": {"note": "Continued"}}))
    stack.ports.unused_machines.stop_at("0")  # before every machine's name
    assert stack.handlers["sweeper"]({"only": "records"}, None)["kept"] >= 1
    assert stack.ports.unused_machines.stopped_at() is None


def test_a_join_that_waits_is_answered_once_its_branches_have_come(
    stack: Stack, place: OwnLocation
) -> None:
    place.publish("wf-a", graph(NOTE))
    stack.put(place.event())
    stack.queue.deliver()
    execution = stack.complete(place, "wf-a")
    flow, payload = stack.handlers["flow"], {"schema_version": 1}
    payload["execution"] = {
        "location_id": place.id,
        "execution_id": execution.id,
        "workflow_id": "wf-a",
        "version": 1,
    }
    waits = {**payload, "op": "join_wait", "join": "n4", "expected": 1, "token": "t" * 20}
    flow(waits, None)
    answered = flow(
        {**payload, "op": "join_arrive", "decisions": {"n4": {"n2.out": "active"}}}, None
    )
    assert answered is not None


def test_the_first_end_of_a_day_stores_the_counters_of_the_day_before(
    stack: Stack, place: OwnLocation
) -> None:
    place.publish("wf-a", graph(NOTE))
    stack.put(place.event())
    stack.queue.deliver()
    yesterday = SystemClock().now() - timedelta(days=1)
    ended = {"status": ExecutionStatus.COMPLETED, "completed_at": yesterday}
    stack.ports.executions.count_end(place.execution("wf-a").changed(id="before", **ended))
    assert stack.complete(place, "wf-a").status is ExecutionStatus.COMPLETED
    assert len(stack.ports.executions.step_days(place.id, "wf-a")) == 2


def test_a_run_is_cancelled_by_the_api(stack: Stack, place: OwnLocation) -> None:
    wait = {"id": "wait", "type": "delay", "config": {"value": 9, "unit": "hours"}}
    place.publish("wf-a", graph(wait, NOTE))
    stack.put(place.event())
    stack.queue.deliver()
    execution = place.execution("wf-a")
    stack.waits_until(lambda: stack.rests(execution))
    with stack.rights.acting("api"):
        ExecutionManager(stack.ports).cancel(place.id, execution.id)
    assert stack.finished(execution)["status"] == "ABORTED"


def test_every_kind_of_step_may_read_what_steps_before_it_did(
    stack: Stack, place: OwnLocation
) -> None:
    place.texts()
    reported = "{{ steps.hook.status }}"
    stack.ports.templates.save(
        Template(
            location_id=place.id,
            id="steps",
            name="Steps",
            channel="both",
            subject=reported,
            html=reported,
            sms=reported,
            updated_at=NOW,
        )
    )
    question = StarQuestion(id="overall", text="How was it?")
    stack.ports.surveys.save(
        Survey(location_id=place.id, id="steps", name="Steps", questions=(question,))
    )
    hook = {"id": "hook", "type": "webhook", "config": {"url": f"{stack.receiver_url}/hook"}}
    rule = {"variable": "steps.hook.status", "operator": "equals", "value": "completed"}
    after: list[dict[str, Any]] = [
        {"id": "note", "type": "add_booking_note", "config": {"note": reported}},
        {"id": "task", "type": "create_task", "config": {"title": reported}},
        {"id": "mail", "type": "send_template", "config": {"template": "steps"}},
        {"id": "survey", "type": "send_survey_email", "config": {"survey": "steps"}},
        {"id": "again", "type": "webhook", "config": {**hook["config"], "body": reported}},
        {"id": "status", "type": "update_booking", "config": {"value": "pending"}},
        {"id": "steps", "type": "condition", "config": {"rule": rule}},
    ]
    trigger = {"id": "trigger", "type": "trigger", "config": {"event": "Booking Created"}}
    edges = [{"id": "e", "source": "trigger", "target": "hook"}]
    edges += [{"id": each["id"], "source": "hook", "target": each["id"]} for each in after]
    place.publish("wf-a", Graph.model_validate({"nodes": [trigger, hook, *after], "edges": edges}))
    customer = {"id": "c-1", "first_name": "Ada", "email": "a@b.example", "phone": "+4915123456780"}
    stack.put(place.event(customer=customer))
    stack.queue.deliver()
    execution = stack.complete(place, "wf-a")
    assert execution.status is ExecutionStatus.COMPLETED, place.steps(execution)


def test_a_bad_message_of_the_reminders_goes_to_the_dead_letters(
    stack: Stack, place: OwnLocation
) -> None:
    record = {
        "messageId": "m-1",
        "receiptHandle": "r-1",
        "body": "no JSON",
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "awsRegion": "eu-central-1",
    }
    answer = stack.handlers["reminders"]({"Records": [record]}, None)
    assert answer == {"batchItemFailures": []}
    (letter,) = stack.queue.dead_letters()
    assert letter.body == "no JSON"


def test_a_webhook_that_is_refused_for_now_is_sent_again(stack: Stack, place: OwnLocation) -> None:
    stack.status_codes += [429, 204]
    hook = {"id": "hook", "type": "webhook", "config": {"url": f"{stack.receiver_url}/hook"}}
    place.publish("wf-a", graph(hook))
    stack.put(place.event())
    stack.queue.deliver()
    assert stack.complete(place, "wf-a").status is ExecutionStatus.COMPLETED
    assert len(stack.received) == 2
