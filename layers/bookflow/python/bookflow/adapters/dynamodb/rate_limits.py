"""Limits in DynamoDB that only conditional updates move: the ports `RateLimits` and `MarketingCounts`."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from bookflow.adapters.dynamodb.base.keys import Key, partition
from bookflow.adapters.dynamodb.base.table import (
    ConditionFailedError,
    Delete,
    Expression,
    TableStore,
)
from bookflow.domain.messages.marketing_limits import MarketingShare
from bookflow.domain.shared.errors import TransientError
from bookflow.domain.shared.rate_limits import RateLimit

TRIES = 5
"""Tries while other calls of the location take from the same bucket."""

_DAY_KEPT = timedelta(days=3)
"""Life of a day's count after midnight UTC: no time zone is still in that day by then."""

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


class DynamoDBMarketingCounts(TableStore):
    """Keeps the steps that wrote to a guest on a day as a set of one item, so each counts once."""

    def take(self, share: MarketingShare) -> bool:
        """Count a step in its guest's day; return whether there was room (one call)."""
        mine = {":mine": {share.effect}}
        expires = datetime.combine(share.day, time(), UTC) + _DAY_KEPT
        change = Expression(
            "SET #expires_at = :expires ADD #steps :mine",
            {**mine, ":expires": int(expires.timestamp())},
        )
        room = Expression(
            "attribute_not_exists(#steps) OR contains(#steps, :step) OR size(#steps) < :most",
            {":step": share.effect, ":most": share.most},
        )
        try:
            self.table.update(_marketing_key(share), change, room)
        except ConditionFailedError:
            return False
        return True

    def give_back(self, share: MarketingShare) -> None:
        """Take a step that sent nothing out of its guest's day (one call)."""
        self.table.update(
            _marketing_key(share), Expression("DELETE #steps :mine", {":mine": {share.effect}})
        )

    def forget(self, location_id: str, guest: str) -> None:
        """Delete all days of a guest: three at most, as the others expired."""
        items = list(self.table.query(_marketing_partition(location_id, guest)))
        if items:
            self.table.transact([Delete(Key(each["PK"], each["SK"])) for each in items])


def _marketing_key(share: MarketingShare) -> Key:
    return Key(_marketing_partition(share.location_id, share.guest), share.day.isoformat())


def _marketing_partition(location_id: str, guest: str) -> str:
    return partition(location_id, "GUEST", guest, "MARKETING")


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
