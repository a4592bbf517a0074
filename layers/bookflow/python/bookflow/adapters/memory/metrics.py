"""Rate limits and metrics in memory."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from bookflow.adapters.memory.fake import Calls, Fake, port_call
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.shared.rate_limits import RateLimit


class InMemoryRateLimits(Fake):
    name = "rate_limits"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.full_at: dict[tuple[str, str], int] = {}

    @port_call
    def take(self, location_id: str, limit: RateLimit, now: datetime) -> timedelta:
        key, at = (location_id, limit.name), int(now.timestamp() * 1000)
        wait = limit.wait(self.full_at.get(key, 0), at)
        if not wait:
            self.full_at[key] = max(self.full_at.get(key, 0), at) + limit.interval
        return timedelta(milliseconds=wait)


class InMemoryCounter(Fake):
    name = "counter"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.counts: Counter[tuple[str, ReasonCode | None]] = Counter()

    @port_call
    def count(self, name: str, value: int = 1, *, reason: ReasonCode | None = None) -> None:
        self.counts[name, reason] += value
