"""Rate limits: how often a location may make costly calls."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bookflow.api.calls import Call
from bookflow.api.errors import TooManyCallsError
from bookflow.domain.shared.rate_limits import RateLimit

RENDERING = RateLimit("rendering", burst=60, per_minute=60)
"""Previews and dry runs: processor time."""

SENDING = RateLimit("sending", burst=30, per_minute=30)
"""Replays and resumes by hand: messages go out again."""

TESTING = RateLimit("tests", burst=10, per_minute=5)
"""Tests of templates: messages go out, to people who ask for them."""

BULK = RateLimit("bulk", burst=60, per_minute=120)
"""Bulk upserts and drains: up to 1,000 reads and writes each, 12,000 bookings a minute."""

EVENTS = RateLimit("events", burst=300, per_minute=600)
"""Events: up to 100 each, 60,000 a minute."""

IMPORTS = RateLimit("imports", burst=300, per_minute=300)
"""Pages of an import: 100,000 rows are 200 pages of 500."""

PLANNING = RateLimit("planning", burst=10, per_minute=10)
"""What looks at every future booking."""

Stage = Callable[[Any, Callable[[Any], Any]], Any]


def limit_rate(limit: RateLimit) -> Stage:
    """Return the stage that takes a call from the location's bucket, or raises an error.

    Raises (the stage):
        TooManyCallsError: The bucket is empty.
    """

    def take(app: Any, go_on: Callable[[Any], Any]) -> Any:
        call: Call = app.context["call"]
        location_id = app.request.path_parameters["location_id"]
        wait = call.ports.rate_limits.take(location_id, limit, call.ports.clock.now())
        if wait > timedelta(0):
            raise TooManyCallsError(
                f"this location may make {limit.per_minute} such calls a minute",
                remedy="Wait as long as Retry-After says.",
                retry_after=wait.total_seconds(),
            )
        return go_on(app)

    return take
