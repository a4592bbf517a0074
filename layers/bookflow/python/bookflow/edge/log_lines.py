"""Handles lines of a CloudWatch log group that a subscription filter hands to a function."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bookflow.bootstrap import services
from bookflow.domain.shared.errors import PermanentError
from bookflow.edge.log import logger
from bookflow.error_report import error_report

DATA = "DATA_MESSAGE"
"""Any other kind only asks whether the function is there (CloudWatch Logs, "Subscription filters")."""


def log_handler(process: Callable[[str, datetime], None]) -> Callable[[dict[str, Any], Any], None]:
    """Return the handler of a subscribed function: each line on its own.

    A line that nobody can read is rejected with its reason, and stays in its log group. The first
    other error is raised after all lines, so that Lambda calls again with the same lines: to take
    one twice changes nothing. An event without `awslogs` is a line itself, logged just now, as
    `sam local invoke` sends a file of `events/`.

    Args:
        process: Takes a line and the moment it was logged.
    """

    def handler(event: dict[str, Any], context: Any) -> None:
        failures: list[Exception] = []
        for line in _lines(event):
            try:
                _take(process, line)
            except Exception as error:
                logger.warning(
                    "log line will be delivered again", extra={"id": line.id, **error_report(error)}
                )
                failures.append(error)
        if failures:
            raise failures[0]

    return handler


@dataclass(frozen=True)
class _LogLine:
    id: str
    text: str
    logged_at: datetime


def _lines(event: dict[str, Any]) -> Iterator[_LogLine]:
    from aws_lambda_powertools.utilities.data_classes import CloudWatchLogsEvent

    if "awslogs" not in event:
        yield _LogLine("bare", json.dumps(event), services().clock.now())
        return
    batch = CloudWatchLogsEvent(event).parse_logs_data()
    if batch.message_type == DATA:
        for line in batch.log_events:
            moment = datetime.fromtimestamp(line.timestamp / 1000, UTC)
            yield _LogLine(line.get_id, line.message, moment)


def _take(process: Callable[[str, datetime], None], line: _LogLine) -> None:
    try:
        process(line.text, line.logged_at)
    except PermanentError as error:
        details = {"field": error.field, "reason": error.message, "id": line.id}
        logger.error("log line rejected", extra=details)
        services().counter.count("LogLinesRefused")
