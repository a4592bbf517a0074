"""Rate limits of costly calls, and counters for the metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bookflow.domain.executions.execution import ReasonCode
    from bookflow.domain.shared.rate_limits import RateLimit


class RateLimits(Protocol):
    """How often each location may make costly calls."""

    def take(self, location_id: str, limit: RateLimit, now: datetime) -> timedelta:
        """Take a call from the location's bucket; return how long to wait if it is empty.

        Nothing is taken where a wait is returned; zero means that the call may be made.
        """


class Counter(Protocol):
    """Counts what happens, for alarms and dashboards."""

    def count(self, name: str, value: int = 1, *, reason: ReasonCode | None = None) -> None:
        """Add to a metric."""
