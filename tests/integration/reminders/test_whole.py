"""Reminders from the event to the schedule and back, on DynamoDB, Scheduler and SQS."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from bookflow.domain.events import Event, parse_event
from bookflow.domain.executions.execution import ExecutionStatus, ReasonCode
from bookflow.domain.reminders.jobs import JobState
from bookflow.domain.reminders.names import location_prefix
from bookflow.domain.reminders.rule import ReminderState
from bookflow.domain.workflows.workflow import Workflow
from bookflow.ports import ExecutionFilter
from bookflow.use_cases.bookings.manage_bookings import BookingManager, StatementOutcome
from bookflow.use_cases.reminders.reconcile_reminders import ReminderReconciler
from bookflow.use_cases.reminders.reminder_jobs import ReminderJobs
from bookflow.use_cases.runtime.dispatch import Dispatcher
from bookflow.use_cases.workflows.make_machine import MachineTarget
from bookflow.use_cases.workflows.publish import Publisher
from tests.integration.reminders.conftest import GROUP, ReminderAws
from tests.unit.reminders.world import LOCATION_ID, NOW, World, graph_of

DAY = timedelta(days=1)
START = NOW + 3 * DAY
TARGET = MachineTarget(
    "bookflow-test-wf-", "arn:aws:lambda:eu-central-1:1:function:b-", "role", "logs"
)


def location(aws: ReminderAws) -> World:
    """Store a location with a reminder 24 hours before; return who makes its events."""
    aws.clock.moment = NOW
    known = {"event_id": "evt-0", "location_id": LOCATION_ID, "occurred_at": NOW.isoformat()}
    aws.bookings.record(
        Event.model_validate(
            {**known, "location": {"id": LOCATION_ID, "timezone": "Europe/Berlin"}}
        )
    )
    aws.workflows.save(
        Workflow(
            location_id=LOCATION_ID,
            id="wf-a",
            name="Reminder",
            draft=graph_of(offset_value=24),
            created_at=NOW,
            updated_at=NOW,
        )
    )
    publisher(aws).publish(LOCATION_ID, "wf-a", based_on=1)
    return World()


def publisher(aws: ReminderAws) -> Publisher:
    return Publisher(aws, TARGET)


def enable(aws: ReminderAws, enabled: bool = True) -> None:
    """Turn the workflow on or off and do the job that follows, without its wait."""
    revision = aws.workflows.get(LOCATION_ID, "wf-a").revision
    publisher(aws).set_enabled(LOCATION_ID, "wf-a", enabled, based_on=revision)
    job = aws.reminders.job(LOCATION_ID, "wf-a")
    assert job is not None
    messages = [{"location_id": LOCATION_ID, "workflow_id": "wf-a", "job_id": job.id}]
    while messages:
        for message in messages:
            with aws.rights.acting("reminders"):
                ReminderJobs(aws, workers=4).run_page(message)
        messages = aws.job_messages()


def deliver(aws: ReminderAws, *envelopes: dict[str, Any]) -> list[str]:
    """Dispatch events and return the calls that the scheduler got."""
    before = len(aws.scheduler_calls)
    for envelope in envelopes:
        with aws.rights.acting("dispatcher"):
            Dispatcher(aws).dispatch(parse_event(envelope))
    return aws.scheduler_calls[before:]


def compare(aws: ReminderAws) -> dict[str, int]:
    """Ask for a comparison as the reconciler does at night, and do it as `reminders` does."""
    with aws.rights.acting("reconciler"):
        ReminderReconciler(aws).request_all()
    (message,) = aws.job_messages()
    assert LOCATION_ID in message.values()
    with aws.rights.acting("reminders"):
        return dict(ReminderReconciler(aws).run(LOCATION_ID))


def schedules(aws: ReminderAws) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the time and the event of each schedule, by booking."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for summary in aws.scheduler.list_schedules(GroupName=GROUP)["Schedules"]:
        stored = aws.scheduler.get_schedule(GroupName=GROUP, Name=summary["Name"])
        event = json.loads(stored["Target"]["Input"])
        found[event["detail"]["booking_id"]] = (stored["ScheduleExpression"], event)
    return found


def test_a_booking_is_planned_moved_and_cancelled_with_one_call_each(aws: ReminderAws) -> None:
    made = location(aws)
    enable(aws)
    assert deliver(aws, made.created("b-1", START)) == ["CreateSchedule"]
    assert schedules(aws)["b-1"][0] == "at(2026-12-03T09:00:00)"
    assert deliver(aws, made.moved("b-1", START + DAY)) == ["UpdateSchedule"]
    assert schedules(aws)["b-1"][0] == "at(2026-12-04T09:00:00)"
    assert deliver(aws, made.status("b-1", "confirmed", "pending")) == ["DeleteSchedule"]
    assert deliver(aws, made.status("b-1", "pending", "confirmed")) == ["CreateSchedule"]
    assert deliver(aws, made.cancelled("b-1")) == ["DeleteSchedule"]
    assert schedules(aws) == {}


def test_what_a_schedule_fires_starts_its_workflow_once(aws: ReminderAws) -> None:
    made = location(aws)
    enable(aws)
    deliver(aws, made.created("b-1", START))
    _, fired = schedules(aws)["b-1"]
    aws.clock.moment = START - DAY
    deliver(aws, fired, fired)
    (execution,) = aws.executions.page(LOCATION_ID, ExecutionFilter(workflow_id="wf-a")).items
    assert execution.status is ExecutionStatus.RUNNING
    (reminder,) = aws.reminders.of_booking(LOCATION_ID, "b-1")
    assert reminder.state is ReminderState.FIRED


def test_a_stale_firing_is_a_recorded_skip(aws: ReminderAws) -> None:
    made = location(aws)
    enable(aws)
    deliver(aws, made.created("b-1", START))
    _, fired = schedules(aws)["b-1"]
    deliver(aws, made.moved("b-1", START + DAY))
    aws.clock.moment = START - DAY
    deliver(aws, fired)
    (execution,) = aws.executions.page(LOCATION_ID, ExecutionFilter(workflow_id="wf-a")).items
    assert execution.status is ExecutionStatus.SKIPPED
    assert execution.reason_code is ReasonCode.BOOKING_MOVED
    assert schedules(aws)["b-1"][0] == "at(2026-12-04T09:00:00)"


def test_enabling_and_disabling_go_through_the_pages_of_a_job(aws: ReminderAws) -> None:
    made = location(aws)
    for number in range(130):
        aws.bookings.record(parse_event(made.created(f"b-{number}", START + number * DAY)))
    enable(aws)
    assert len(list(aws.schedules.names(location_prefix(LOCATION_ID)))) == 130
    job = aws.reminders.job(LOCATION_ID, "wf-a")
    assert job is not None
    assert (job.state, job.counts["seen"], job.counts["gained"]) == (JobState.COMPLETED, 130, 130)
    enable(aws, False)
    assert list(aws.schedules.names(location_prefix(LOCATION_ID))) == []


def test_the_reconciler_repairs_both_directions(aws: ReminderAws) -> None:
    made = location(aws)
    enable(aws)
    deliver(aws, made.created("b-1", START), made.created("b-2", START))
    assert compare(aws) == {}
    first, second = sorted(aws.schedules.names(location_prefix(LOCATION_ID)))
    stored = aws.schedules.get(second)
    assert stored is not None
    stray = f"{second[:30]}{'0' * 32}"
    aws.schedules.put(type(stored)(stray, stored.at, stored.detail), exists=False)
    aws.schedules.delete(first)
    assert compare(aws) == {
        ReasonCode.REMINDER_MISSING: 1,
        ReasonCode.REMINDER_ORPHANED: 1,
    }
    assert sorted(aws.schedules.names(location_prefix(LOCATION_ID))) == [first, second]
    assert compare(aws) == {}


def test_a_stated_booking_is_planned_moved_and_cancelled_by_the_api(aws: ReminderAws) -> None:
    location(aws)
    enable(aws)
    bookings = BookingManager(aws)

    def state(start: str, status: str) -> list[str]:
        before = len(aws.scheduler_calls)
        aws.clock.moment += timedelta(minutes=1)
        booking = {"id": "b-1", "status": status, "start_time": start}
        with aws.rights.acting("api"):
            (result,) = bookings.upsert(LOCATION_ID, [{"booking": booking}])
        assert result.outcome is not StatementOutcome.INVALID, result
        return aws.scheduler_calls[before:]

    assert state("2026-12-04T09:00:00Z", "confirmed") == ["CreateSchedule"]
    assert state("2026-12-05T09:00:00Z", "confirmed") == ["UpdateSchedule"]
    assert state("2026-12-05T09:00:00Z", "cancelled") == ["DeleteSchedule"]
