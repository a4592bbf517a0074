"""Schedules in EventBridge Scheduler: made, moved, listed, deleted, at a steady rate."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bookflow.adapters.scheduler import TokenBucket
from bookflow.domain.events import parse_event
from bookflow.domain.events.booking_reminder import BookingReminder
from bookflow.ports import ReminderSchedule
from tests.integration.reminders.conftest import (
    DEAD_LETTER_ARN,
    GROUP,
    QUEUE_ARN,
    ROLE_ARN,
    ReminderAws,
)

AT = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)
DETAIL = {
    "event_id": "rem_1",
    "location_id": "spree-kayaks",
    "occurred_at": AT.isoformat(),
    "booking_id": "b-1",
    "workflow_id": "wf-a",
    "scheduled_for": AT.isoformat(),
    "start_time": (AT + timedelta(days=1)).isoformat(),
    "turn": 0,
}


def schedule(name: str = "a-b-c", at: datetime = AT) -> ReminderSchedule:
    return ReminderSchedule(name, at, DETAIL)


def test_a_schedule_fires_once_at_its_time_and_puts_the_event_on_the_queue(
    aws: ReminderAws,
) -> None:
    east = AT.astimezone(timezone(timedelta(hours=9)))
    aws.schedules.put(schedule(at=east), exists=False)
    stored = aws.scheduler.get_schedule(GroupName=GROUP, Name="a-b-c")
    assert stored["ScheduleExpression"] == "at(2027-01-02T03:04:05)"
    assert stored["ScheduleExpressionTimezone"] == "UTC"
    assert stored["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert stored["ActionAfterCompletion"] == "DELETE"
    target = stored["Target"]
    assert (target["Arn"], target["RoleArn"]) == (QUEUE_ARN, ROLE_ARN)
    assert target["DeadLetterConfig"] == {"Arn": DEAD_LETTER_ARN}
    assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 3600
    event = parse_event(json.loads(target["Input"]))
    assert isinstance(event, BookingReminder)
    assert (event.workflow_id, event.scheduled_for) == ("wf-a", AT)


@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize("exists", [True, False])
def test_what_the_caller_knows_saves_a_call_and_an_error_costs_one(
    aws: ReminderAws, is_there: bool, exists: bool
) -> None:
    if is_there:
        aws.schedules.put(schedule(), exists=False)
    _ = aws.scheduler
    aws.scheduler_calls.clear()
    later = AT + timedelta(hours=1)
    aws.schedules.put(schedule(at=later), exists=exists)
    assert aws.schedules.get("a-b-c") == schedule(at=later)
    puts = [name for name in aws.scheduler_calls if name != "GetSchedule"]
    assert len(puts) == (1 if exists == is_there else 2)


def test_a_moved_schedule_keeps_all_its_settings(aws: ReminderAws) -> None:
    aws.schedules.put(schedule(), exists=False)
    before = aws.scheduler.get_schedule(GroupName=GROUP, Name="a-b-c")
    aws.schedules.put(schedule(at=AT + timedelta(days=1)), exists=True)
    after = aws.scheduler.get_schedule(GroupName=GROUP, Name="a-b-c")
    for name in ("Target", "FlexibleTimeWindow", "ActionAfterCompletion", "State"):
        assert after[name] == before[name]


def test_deleting_what_is_gone_is_no_error(aws: ReminderAws) -> None:
    aws.schedules.put(schedule(), exists=False)
    aws.schedules.delete("a-b-c")
    aws.schedules.delete("a-b-c")
    assert aws.schedules.get("a-b-c") is None


def test_names_are_listed_by_their_beginning_across_pages(aws: ReminderAws) -> None:
    wanted = [f"a-b-{number:03}" for number in range(120)]
    for name in [*wanted, "a-c-1", "b-b-1"]:
        aws.schedules.put(schedule(name), exists=False)
    assert sorted(aws.schedules.names("a-b-")) == wanted


def test_a_schedule_of_somebody_else_has_no_detail(aws: ReminderAws) -> None:
    aws.scheduler.create_schedule(
        GroupName=GROUP,
        Name="a-b-c",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": QUEUE_ARN, "RoleArn": ROLE_ARN, "Input": "no JSON"},
    )
    found = aws.schedules.get("a-b-c")
    assert found is not None
    assert found.detail == {}
    assert found.at < AT


class Stopwatch:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def test_calls_pass_at_the_rate_after_a_burst_of_one_second() -> None:
    watch = Stopwatch()
    bucket = TokenBucket(200, monotonic=lambda: watch.seconds, sleep=watch.sleep)
    for _ in range(200):
        bucket.take()
    assert watch.seconds == 0
    for _ in range(1000):
        bucket.take()
    assert watch.seconds == pytest.approx(5)
    watch.seconds += 60
    bucket.take()
    assert watch.seconds == pytest.approx(65)
    bucket.take(tokens=599)
    assert watch.seconds == pytest.approx(67)
