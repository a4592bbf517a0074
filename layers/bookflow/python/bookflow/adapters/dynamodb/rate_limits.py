"""Rate limits in DynamoDB: the port `RateLimits`."""

from __future__ import annotations

from datetime import datetime, timedelta

from bookflow.adapters.dynamodb.base.keys import Key, partition
from bookflow.adapters.dynamodb.base.table import ConditionFailedError, Expression, TableStore
from bookflow.domain.shared.errors import TransientError
from bookflow.domain.shared.rate_limits import RateLimit

TRIES = 5
"""Tries while other calls of the location take from the same bucket."""

_KEPT_SECONDS = 3600
"""How long a full bucket is kept: longer than clocks can differ."""


class DynamoDBRateLimits(TableStore):
    """Keeps each bucket as one number that only conditional updates move."""

    def take(self, location_id: str, limit: RateLimit, now: datetime) -> timedelta:
        """Take a call from the location's bucket; return how long to wait if it is empty.

        Raises:
            TransientError: Other calls came first, several times.
        """
        key = Key(partition(location_id, "RATE_LIMITS"), limit.name)
        at = int(now.timestamp() * 1000)
        full_at = 0
        for _ in range(TRIES):
            wait = limit.wait(full_at, at)
            if wait:
                return timedelta(milliseconds=wait)
            try:
                self.table.update(key, *_taking(limit, full_at, at))
            except ConditionFailedError as error:
                full_at = int((error.found or {}).get("full_at", 0))
            else:
                return timedelta(0)
        raise TransientError("Other calls of this location came first.", remedy="Try again.")


def _taking(limit: RateLimit, full_at: int, now: int) -> tuple[Expression, Expression]:
    """Return the update of a bucket that was last seen to be full at that moment."""
    after = max(full_at, now) + limit.interval
    change = Expression(
        "SET #full_at = :after, #expires_at = :expires",
        {":after": after, ":expires": after // 1000 + _KEPT_SECONDS},
    )
    if full_at > now:
        return change, Expression("#full_at = :seen", {":seen": full_at})
    return change, Expression("attribute_not_exists(#full_at) OR #full_at <= :now", {":now": now})
