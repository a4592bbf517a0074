"""The enabled workflows of a location, together in one item: each event reads them.

A list that grows beyond `PART_BYTES` is split. All its items are written together and carry one
revision, by which a reader knows that they belong together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bookflow.adapters.dynamodb.base.documents import decode_model, encode_model
from bookflow.adapters.dynamodb.base.keys import Key, partition
from bookflow.adapters.dynamodb.base.table import Delete, Put, unchanged_since
from bookflow.domain.shared.errors import TransientError
from bookflow.domain.workflows.workflow import Subscription

if TYPE_CHECKING:
    from bookflow.adapters.dynamodb.base.table import Item, Table

PART_BYTES = 300_000
"""Of one item, which may have 400 KB (AWS, "Quotas in Amazon DynamoDB")."""

TRIES = 5
"""Reads of a split list that others overtake, before the caller is asked to come again."""


@dataclass(frozen=True)
class SubscriptionList:
    """The subscriptions of a location as they are stored.

    Attributes:
        items: How many items hold them.
        revision: Count of writes, the optimistic lock; 0 where nothing is stored.
    """

    location_id: str
    subscriptions: Sequence[Subscription] = ()
    items: int = 0
    revision: int = 0

    def with_workflow(
        self, workflow_id: str, subscription: Subscription | None
    ) -> Sequence[Put | Delete]:
        """Return the writes after which the workflow has this subscription, or none.

        They go together, and only if the list is still at this revision. None are needed where
        nothing changes.
        """
        wanted = [each for each in self.subscriptions if each.workflow_id != workflow_id]
        wanted += [subscription] if subscription else []
        wanted.sort(key=lambda each: each.workflow_id)
        if wanted == list(self.subscriptions):
            return []
        parts = [*_parts([*map(encode_model, wanted)])]
        revision = self.revision + 1
        writes: list[Put | Delete] = [
            Put(
                {
                    **subscriptions_key(self.location_id, number).attributes,
                    "revision": revision,
                    "items": len(parts),
                    "data": part,
                },
                unchanged_since(self.revision) if number == 0 else None,
            )
            for number, part in enumerate(parts)
        ]
        surplus = range(len(parts), self.items)
        return [*writes, *(Delete(subscriptions_key(self.location_id, each)) for each in surplus)]


def subscriptions_key(location_id: str, number: int = 0) -> Key:
    """Return the key of a location's subscriptions: of the first item, or of a further one."""
    return Key(partition(location_id), f"SUBSCRIPTIONS#{number}" if number else "SUBSCRIPTIONS")


def read_subscriptions(table: Table, location_id: str, first: Item | None) -> SubscriptionList:
    """Return a location's subscriptions (no call, unless they are split).

    Args:
        table: Where they lie.
        location_id: The location.
        first: Their first item, None if there is none.

    Raises:
        TransientError: They were changed several times while they were read.
    """
    for _ in range(TRIES):
        if first is None:
            return SubscriptionList(location_id)
        keys = [subscriptions_key(location_id, number) for number in range(1, int(first["items"]))]
        found = table.get_many(keys)
        items = [first, *(found[key] for key in keys if key in found)]
        if len(items) == first["items"] and len({each["revision"] for each in items}) == 1:
            listed = [decode_model(Subscription, each) for item in items for each in item["data"]]
            return SubscriptionList(location_id, listed, len(items), int(first["revision"]))
        first = table.get(subscriptions_key(location_id))
    raise TransientError("The location's workflows were changed while they were read.")


def _parts(encoded: Sequence[str | bytes]) -> Iterator[list[str | bytes]]:
    """Yield what goes into each item, an empty list where there is nothing."""
    part: list[str | bytes] = []
    size = 0
    for each in encoded:
        if part and size + len(each) > PART_BYTES:
            yield part
            part, size = [], 0
        part.append(each)
        size += len(each)
    yield part
