"""Limits and metrics in memory."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.messages.marketing_limits import MarketingShare
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


class InMemoryMarketingCounts:
    def __init__(self) -> None:
        self.days: dict[tuple[str, str, date], set[str]] = {}

    def take(self, share: MarketingShare) -> bool:
        counted = self.days.setdefault((share.location_id, share.guest, share.day), set())
        if share.effect not in counted and len(counted) >= share.most:
            return False
        counted.add(share.effect)
        return True

    def give_back(self, share: MarketingShare) -> None:
        self.days.get((share.location_id, share.guest, share.day), set()).discard(share.effect)

    def forget(self, location_id: str, guest: str) -> None:
        for key in [each for each in self.days if each[:2] == (location_id, guest)]:
            del self.days[key]


class InMemoryCounter:
    def __init__(self) -> None:
        self.counts: Counter[tuple[str, ReasonCode | None]] = Counter()

    def count(self, name: str, value: int = 1, *, reason: ReasonCode | None = None) -> None:
        self.counts[name, reason] += value
