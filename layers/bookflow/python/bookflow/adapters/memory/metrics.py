"""Rate limits and metrics in memory."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.shared.rate_limits import RateLimit


class InMemoryRateLimits:
    def __init__(self) -> None:
        self.full_at: dict[tuple[str, str], int] = {}

    def take(self, location_id: str, limit: RateLimit, now: datetime) -> timedelta:
        key, at = (location_id, limit.name), int(now.timestamp() * 1000)
        wait = limit.wait(self.full_at.get(key, 0), at)
        if not wait:
            self.full_at[key] = max(self.full_at.get(key, 0), at) + limit.interval
        return timedelta(milliseconds=wait)


class InMemoryCounter:
    def __init__(self) -> None:
        self.counts: Counter[tuple[str, ReasonCode | None]] = Counter()

    def count(self, name: str, value: int = 1, *, reason: ReasonCode | None = None) -> None:
        self.counts[name, reason] += value
