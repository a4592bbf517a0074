"""Gap: ListSchedules shows the first 100 schedules only, and bad names and dates are accepted.

AWS pages with NextToken, and answers `ValidationException` for a name longer than 64 characters
or an expression that it cannot read.
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

import json
import re

from ministack.services import eventbridge, scheduler

_NAME = re.compile(r"[0-9a-zA-Z\-_.]{1,64}")
_PAGE = 100
_ALL = "1000000000"


def apply() -> None:
    """Adds pages and the checks of names and expressions."""
    list_schedules = scheduler._list_schedules
    create, update = scheduler._create_schedule, scheduler._update_schedule

    def list_in_pages(query):
        status, headers, body = list_schedules({**query, "MaxResults": _ALL})
        schedules = json.loads(body)["Schedules"]
        start = int(query.get("NextToken") or 0)
        end = start + int(query.get("MaxResults") or _PAGE)
        page = {"Schedules": schedules[start:end]}
        if end < len(schedules):
            page["NextToken"] = str(end)
        return status, headers, json.dumps(page).encode()

    def checked(write):
        return lambda name, body: _error_of(name, body) or write(name, body)

    scheduler._list_schedules = list_in_pages
    scheduler._create_schedule = checked(create)
    scheduler._update_schedule = checked(update)


def _error_of(name, body):
    if not _NAME.fullmatch(name):
        return scheduler._error(400, "ValidationException", f"Invalid schedule name '{name}'")
    expression = body.get("ScheduleExpression") or ""
    readable = (
        scheduler._at_time_epoch(expression) is not None
        or eventbridge._parse_rate_seconds(expression) is not None
        or eventbridge._parse_cron_fields(expression) is not None
    )
    # A missing expression has an answer of its own.
    if expression and not readable:
        return scheduler._error(
            400, "ValidationException", f"Invalid Schedule Expression {expression}."
        )
    return None
