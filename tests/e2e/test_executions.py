"""How runs go on: through failures, edits, stops, and events that they cause themselves."""

from __future__ import annotations

from datetime import timedelta

from bookflow.domain.executions.execution import Execution, ExecutionStatus, ReasonCode, StepStatus
from local.receiver import Answer
from tests.e2e.location import LIMIT_SECONDS, OwnLocation, drawn

CREATED = {"event": "Booking Created"}


def noted(text: str) -> dict[str, object]:
    return {"type": "add_booking_note", "config": {"note": text}}


def test_a_receiver_that_is_busy_is_asked_again_until_it_answers(place: OwnLocation) -> None:
    place.workflow(
        "telling",
        CREATED,
        {"crm": {"type": "webhook", "config": place.webhook("crm")}},
        "trigger>crm",
    )
    place.stack.receiver.recorder.plan(Answer(status=429, times=2, path_prefix=f"/{place.id}/crm"))
    with place.waits_scaled(0):
        execution = place.run(place.created(), "telling")
    assert execution.status is ExecutionStatus.COMPLETED
    assert place.steps(execution)["crm"].attempts == 3
    assert place.steps(execution)["crm"].output_data["status"] == 200
    requests = place.requests("crm")
    assert len(requests) == 3
    # The receiver can tell a repetition by it (Standard Webhooks).
    assert len({request.headers["webhook-id"] for request in requests}) == 1


def test_a_refused_request_fails_the_run_and_its_siblings_finish(place: OwnLocation) -> None:
    place.workflow(
        "telling",
        CREATED,
        {
            "crm": {"type": "webhook", "name": "Tell the CRM", "config": place.webhook("gone")},
            "after": noted("after the CRM"),
            "beside": noted("beside the CRM"),
            "next": noted("after what was beside"),
        },
        "trigger>crm",
        "crm>after",
        "trigger>beside",
        "beside>next",
    )
    place.stack.receiver.recorder.plan(Answer(status=404, times=9, path_prefix=f"/{place.id}/gone"))
    execution = place.run(place.created(), "telling")
    assert execution.status is ExecutionStatus.FAILED
    assert execution.error_message is not None
    assert "Tell the CRM" in execution.error_message
    assert "404" in execution.error_message
    steps = place.steps(execution)
    assert steps["crm"].status is StepStatus.FAILED
    assert steps["beside"].status is StepStatus.COMPLETED
    assert "after" not in steps or steps["after"].status is StepStatus.SKIPPED
    assert len(place.requests("gone")) == 1
    assert "[Workflow] beside the CRM" in place.notes()


def test_an_edit_while_a_run_waits_does_not_change_that_run(place: OwnLocation) -> None:
    delay = {"type": "delay", "config": {"kind": "duration", "value": 1, "unit": "minutes"}}

    def waiting(text: str) -> dict[str, dict[str, object]]:
        return {"wait": dict(delay), "note": noted(text)}

    edges = ("trigger>wait", "wait>note")
    place.workflow("waiting", CREATED, waiting("the old text"), *edges)
    old = place.created()
    new = place.created(replay_of=old["detail"]["event_id"])
    # The minute takes six seconds: time enough to edit.
    with place.waits_scaled(0.1):
        place.put(old)
        place.reached(old["detail"]["event_id"], "waiting", ExecutionStatus.WAITING)
        edited = {**waiting("the new text"), "more": noted("one more")}
        place.publish_again("waiting", drawn("waiting", CREATED, edited, *edges, "note>more"))
        still = place.execution(old["detail"]["event_id"], "waiting")
        assert still is not None
        assert still.status is ExecutionStatus.WAITING, "the wait was too short for the test"
        first = place.ended(old["detail"]["event_id"], "waiting")
    assert (first.status, first.version) == (ExecutionStatus.COMPLETED, 1)
    assert first.machine_arn != place.machine("waiting")
    assert place.notes() == ["[Workflow] the old text"]
    with place.waits_scaled(0):
        second = place.run(new, "waiting")
    assert (second.status, second.version) == (ExecutionStatus.COMPLETED, 2)
    assert second.machine_arn == place.machine("waiting")
    assert place.notes() == [
        "[Workflow] the old text",
        "[Workflow] the new text",
        "[Workflow] one more",
    ]


def test_workflows_of_one_shape_share_a_machine_and_keep_their_texts(place: OwnLocation) -> None:
    place.workflow("one", CREATED, {"note": noted("the one text")}, "trigger>note")
    place.workflow("other", CREATED, {"remark": noted("the other text")}, "trigger>remark")
    assert place.machine("one") == place.machine("other")
    event = place.created()
    assert place.run(event, "one").status is ExecutionStatus.COMPLETED
    ended = place.ended(event["detail"]["event_id"], "other")
    assert ended.status is ExecutionStatus.COMPLETED
    assert sorted(place.notes()) == ["[Workflow] the one text", "[Workflow] the other text"]


def test_nothing_follows_a_delay_whose_limit_has_passed(place: OwnLocation) -> None:
    day_before = {"kind": "until", "value": 1, "unit": "days"}
    place.workflow(
        "reminding",
        CREATED,
        {
            "wait": {"type": "delay", "config": {**day_before, "limit": "booking_start"}},
            "late": noted("see you tomorrow"),
            "crm": {"type": "webhook", "config": place.webhook("late")},
            "beside": noted("thank you for your booking"),
        },
        "trigger>wait",
        "wait>late",
        "late>crm",
        "trigger>beside",
    )
    now = place.services.clock.now()
    begun = {"start_time": now - timedelta(hours=1), "end_time": now + timedelta(hours=1)}
    stated = {name: moment.isoformat() for name, moment in begun.items()}
    execution = place.run(place.created(**stated), "reminding")
    assert execution.status is ExecutionStatus.COMPLETED
    assert execution.error_message is None
    steps = place.steps(execution)
    assert set(steps) == {"wait", "beside"}
    assert (steps["wait"].status, steps["wait"].reason_code) == (
        StepStatus.SKIPPED,
        ReasonCode.TOO_LATE,
    )
    assert steps["wait"].error_message
    assert place.notes() == ["[Workflow] thank you for your booking"]
    assert place.requests("late") == []


def test_a_run_that_is_stopped_ends_as_failed_and_does_nothing_more(place: OwnLocation) -> None:
    place.workflow(
        "waiting",
        CREATED,
        {
            "wait": {"type": "delay", "config": {"kind": "duration", "value": 1, "unit": "hours"}},
            "note": noted("never"),
        },
        "trigger>wait",
        "wait>note",
    )
    event = place.created()
    place.put(event)
    event_id = event["detail"]["event_id"]
    waiting = place.reached(event_id, "waiting", ExecutionStatus.WAITING)
    machine = waiting.machine_arn.replace(":stateMachine:", ":execution:")
    place.stack.client("stepfunctions").stop_execution(executionArn=f"{machine}:{waiting.id}")
    ended = place.ended(event_id, "waiting")
    assert (ended.status, ended.reason_code) == (ExecutionStatus.FAILED, ReasonCode.ABORTED)
    assert ended.error_message is not None
    assert "stopped" in ended.error_message
    assert ended.completed_at is not None
    assert place.notes() == []


def test_a_caused_event_runs_other_workflows_once_and_never_in_circles(place: OwnLocation) -> None:
    place.workflow(
        "confirming",
        CREATED,
        {"confirm": {"type": "update_booking", "config": {"value": "confirmed"}}},
        "trigger>confirm",
    )
    place.workflow(
        "following",
        {"event": "Booking Status Changed"},
        {
            "note": noted("{{ event.old_status }} became {{ event.new_status }}"),
            "complete": {"type": "update_booking", "config": {"value": "completed"}},
        },
        "trigger>note",
        "note>complete",
    )
    event = place.created(status="pending")
    cause = place.run(event, "confirming")
    confirmed = place.steps(cause)["confirm"]
    assert confirmed.output_data["new_status"] == "confirmed"

    following, circle = place.stack.wait_until(
        lambda: ended_runs(place, "following", 2), LIMIT_SECONDS, "two runs of following"
    )
    assert following.status is ExecutionStatus.COMPLETED
    assert following.causation_chain == ("confirming",)
    assert circle.status is ExecutionStatus.SKIPPED
    assert circle.reason_code is ReasonCode.CAUSATION_CIRCLE
    assert circle.causation_chain == ("confirming", "following")
    place.settled()
    assert place.notes() == ["[Workflow] pending became confirmed"]
    assert len(place.runs("following")) == 2


def ended_runs(place: OwnLocation, workflow_id: str, count: int) -> list[Execution] | None:
    runs = place.runs(workflow_id)
    return runs if len(runs) >= count and all(run.status.is_final for run in runs) else None
