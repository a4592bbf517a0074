"""Gap: schedules fire up to 10 s late, ignore their time zone, and pass keywords on unreplaced.

AWS replaces `<aws.scheduler.scheduled-time>` and its kin in the target's Input, reads `at()` in
the schedule's `ScheduleExpressionTimezone`, and lets an updated one-time schedule fire again.
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime

from ministack.services import eventbridge, scheduler

_SWEEP_SECONDS = 1


class _Expression(str):
    """A schedule's expression that knows the schedule's time zone."""

    zone: str


def apply() -> None:
    """Sweeps each second, in the schedule's zone, with the keywords replaced."""
    scheduler._SCHEDULE_TICK_INTERVAL = _SWEEP_SECONDS
    invoke = eventbridge._invoke_target
    read_as_utc = scheduler._at_time_epoch
    create, update = scheduler._create_schedule, scheduler._update_schedule
    restore = scheduler.load_persisted_state

    def read_in_zone(expression):
        epoch = read_as_utc(expression)
        zone = getattr(expression, "zone", "UTC")
        if epoch is None or zone == "UTC":
            return epoch
        clock = datetime.fromtimestamp(epoch, tz=UTC)
        return clock.replace(tzinfo=zoneinfo.ZoneInfo(zone)).timestamp()

    def invoke_with_keywords(target, event, rule, view=None):
        if event.get("Source") == "aws.scheduler" and target.get("Input"):
            target = {**target, "Input": _replaced(target["Input"], event, rule)}
        return invoke(target, event, rule, view)

    def update_and_rearm(name, body):
        response = update(name, body)
        key = f"{body.get('GroupName', 'default')}/{name}"
        scope = (scheduler.get_account_id(), scheduler.get_region(), key)
        scheduler._schedule_last_fired.pop(scope, None)
        return response

    def restore_with_zone(data):
        restore(data)
        for schedule in scheduler._schedules.all_values():
            schedule["ScheduleExpression"] = _in_zone(
                schedule["ScheduleExpression"], schedule.get("ScheduleExpressionTimezone")
            )

    scheduler._at_time_epoch = read_in_zone
    scheduler.load_persisted_state = restore_with_zone
    scheduler._create_schedule = _with_zone(create)
    scheduler._update_schedule = _with_zone(update_and_rearm)
    eventbridge._invoke_target = invoke_with_keywords


def _with_zone(write):
    def write_with_zone(name, body):
        zone = body.get("ScheduleExpressionTimezone") or "UTC"
        try:
            zoneinfo.ZoneInfo(zone)
        except (ValueError, zoneinfo.ZoneInfoNotFoundError):
            return scheduler._error(400, "ValidationException", f"Invalid time zone '{zone}'")
        expression = _in_zone(body.get("ScheduleExpression") or "", zone)
        return write(name, {**body, "ScheduleExpression": expression})

    return write_with_zone


def _in_zone(text, zone):
    expression = _Expression(text)
    expression.zone = zone or "UTC"
    return expression


def _replaced(text, event, schedule):
    epoch = scheduler._at_time_epoch(schedule["ScheduleExpression"]) or event["Time"]
    keywords = {
        "schedule-arn": schedule["Arn"],
        "scheduled-time": datetime.fromtimestamp(epoch, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "execution-id": event["EventId"],
        "attempt-number": "1",
    }
    for name, value in keywords.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text
