"""What the sweep remembers of state machines in DynamoDB: the port `UnusedMachines`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bookflow.adapters.dynamodb.base.keys import Key, utc_text
from bookflow.adapters.dynamodb.base.table import (
    ConditionFailedError,
    Delete,
    Expression,
    Put,
    TableStore,
    time_to_live,
)
from bookflow.domain.executions.machine_deletion import DELETION, being_deleted

_MACHINES = "MACHINES"
"""Partition of the marks: locations share machines, so it belongs to none."""

_MARK = "UNUSED#"
_SWEEP = Key(_MACHINES, "SWEEP")

KEPT_FOR = timedelta(days=60)
"""Life of a mark: far longer than the grace period, after which its machine is deleted. A mark that
expires begins the grace period again, so nothing is deleted too early."""


class DynamoDBUnusedMachines(TableStore):
    """Keeps a mark a machine in one partition: one query reads thousands of them."""

    def marks(self) -> Mapping[str, datetime]:
        """Return since when nothing uses each machine that is marked (consistent)."""
        return {
            item["SK"].removeprefix(_MARK): datetime.fromisoformat(item["since"])
            for item in self.table.query(_MACHINES, begins_with=_MARK)
        }

    def mark(self, name: str, since: datetime) -> None:
        """Remember since when nothing uses the machine; a deletion that had begun is off."""
        key = _key(name)
        expires_at = time_to_live(since + KEPT_FOR)
        item = {**key.attributes, "since": utc_text(since), "expires_at": expires_at}
        self.table.put(Put(item))

    def forget(self, name: str) -> None:
        """Take the mark off, whatever it says; a missing one is no error."""
        self.table.transact([Delete(_key(name))])

    def take_up(self, name: str, now: datetime) -> None:
        """Take the mark off, as the machine is about to be used.

        Raises:
            TransientError: The machine is being deleted at this moment.
        """
        try:
            self.table.transact([Delete(_key(name), _not_being_deleted(now))])
        except ConditionFailedError:
            raise being_deleted() from None

    def begin_deletion(self, name: str, since: datetime, now: datetime) -> bool:
        """Keep the machine from being taken up for a while; say whether its mark still stands."""
        free = _not_being_deleted(now)
        condition = Expression(
            f"#since = :since AND ({free.text})", {":since": utc_text(since), **free.values}
        )
        change = Expression(
            "SET #deleting_until = :until", {":until": int((now + DELETION).timestamp())}
        )
        try:
            self.table.update(_key(name), change, condition)
        except ConditionFailedError:
            return False
        return True

    def stopped_at(self) -> str | None:
        """Return the last machine that an unfinished sweep looked at, None if none is open."""
        item = self.table.get(_SWEEP)
        return item["name"] if item else None

    def stop_at(self, name: str | None) -> None:
        """Remember where the sweep stopped; None says that it is over."""
        if name is None:
            self.table.transact([Delete(_SWEEP)])
        else:
            self.table.put(Put({**_SWEEP.attributes, "name": name}))


def _not_being_deleted(now: datetime) -> Expression:
    return Expression(
        "attribute_not_exists(#deleting_until) OR #deleting_until <= :now",
        {":now": int(now.timestamp())},
    )


def _key(name: str) -> Key:
    return Key(_MACHINES, f"{_MARK}{name}")
