"""Reads sample events, and turns them into new ones: a repeated event starts nothing twice."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from local.console import LocalError

Envelope = Mapping[str, Any]

FIRST_VISIT = datetime(2027, 6, 5, tzinfo=UTC)
"""The first day of a visit in the samples and the demo's bookings, as their files have them."""

_YEAR = timedelta(weeks=52)
_MARGIN = timedelta(weeks=8)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})")


def read_sample(path: Path, *, keep_id: bool = False) -> Envelope:
    """Return the event of a file, with an `event_id` of its own unless its own one is to be kept.

    Raises:
        LocalError: There is no such file, or it holds no JSON object.
    """
    try:
        envelope = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LocalError(
            f"{path} cannot be read: {error.strerror}.",
            "Name a file of events/, or one of your own.",
        ) from None
    except ValueError as error:
        raise LocalError(f"{path} is not JSON: {error}.", "Correct the file.") from None
    if not isinstance(envelope, dict):
        raise LocalError(f"{path} is not a JSON object.", "Begin from a file of events/.")
    return envelope if keep_id else as_new(envelope)


def as_new(envelope: Envelope) -> Envelope:
    """Return the event as a replay under a new `event_id`, so that it starts its workflows again.

    What has no such id, such as an event of AWS, stays as it is.
    """
    detail = envelope.get("detail")
    if not isinstance(detail, dict) or "event_id" not in detail:
        return envelope
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    own = detail["event_id"]
    detail = ahead_of_now(detail, datetime.now(UTC))
    return {**envelope, "detail": {**detail, "event_id": f"{own}-{moment}", "replay_of": own}}


def ahead_of_now(value: Any, now: datetime) -> Any:
    """Return a JSON value whose times keep their distances, with the samples' visits to come.

    Nobody is written to about a visit that is over. Whole years of 52 weeks keep day and season.

    Args:
        value: A sample, or a part of one.
        now: The present moment.
    """
    years = max(0, math.ceil((now + _MARGIN - FIRST_VISIT) / _YEAR))
    return _shifted(value, years * _YEAR) if years else value


def _shifted(value: Any, by: timedelta) -> Any:
    if isinstance(value, dict):
        return {name: _shifted(each, by) for name, each in value.items()}
    if isinstance(value, list):
        return [_shifted(each, by) for each in value]
    if isinstance(value, str) and _TIME.fullmatch(value):
        return (datetime.fromisoformat(value) + by).isoformat()
    return value


def bus_entry(envelope: Envelope, bus: str) -> dict[str, str]:
    """Return the event as an entry of PutEvents."""
    return {
        "EventBusName": bus,
        "Source": envelope["source"],
        "DetailType": envelope["detail-type"],
        "Detail": json.dumps(envelope["detail"]),
    }


def refusal_of(field: str | None, reason: str | None) -> str:
    """Return why a message was refused, with the field named once."""
    said = reason or "the log says why"
    return said if not field or said.startswith(field) else f"{field}: {said}"


def function_of(event: Envelope) -> str:
    """Return the logical id of the function that takes such an event in AWS."""
    path = str(event.get("rawPath", ""))
    if path.startswith(("/s/", "/u/")):
        return "PagesFunction"
    if path.startswith("/dashboard"):
        return "DashboardFunction"
    if path:
        return "ApiFunction"
    if "notification" in event and "delivery" in event:
        return "SmsFeedbackFunction"
    by_source = {"aws.ses": "MailFeedbackFunction", "aws.states": "TrackExecutionFunction"}
    return by_source.get(str(event.get("source")), "DispatcherFunction")
