"""Suppressed addresses and the keys of unsubscribe links in DynamoDB: the port `Suppressions`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from bookflow.adapters.dynamodb.base import records
from bookflow.adapters.dynamodb.base.documents import decode_model, encode_model
from bookflow.adapters.dynamodb.base.keys import Key, partition, utc_text
from bookflow.adapters.dynamodb.base.table import (
    NEW,
    ConditionFailedError,
    Delete,
    Expression,
    Put,
    Table,
)
from bookflow.domain.messages.suppression import Suppression, SuppressionScope
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest

_SMS_STOP = "sms_stop"
"""In the place of the scope: weaker than all scopes."""


class DynamoDBSuppressions:
    """Keeps each suppressed address in a partition of its own: no list is too long to look into.

    A location's key is made when its first link is, and kept in memory: it never changes.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._link_keys: dict[str, bytes] = {}

    def find(self, location_id: str, address_hashes: Iterable[str]) -> Mapping[str, Suppression]:
        """Return the suppressions of these addresses by their hash (consistent)."""
        keys = [_key(location_id, address_hash) for address_hash in address_hashes]
        items = self._table.get_many(keys)
        found = [decode_model(Suppression, item["data"]) for item in items.values()]
        return {suppression.address_hash: suppression for suppression in found}

    def add(self, suppression: Suppression) -> None:
        """Store the suppression unless there is one that it does not replace."""
        condition = NEW
        if not suppression.is_sms_stop:
            weaker = [_SMS_STOP]
            if suppression.scope is SuppressionScope.ALL:
                weaker.append(SuppressionScope.MARKETING.value)
            values = {f":weaker{number}": scope for number, scope in enumerate(weaker)}
            condition = Expression(f"{NEW.text} OR #scope IN ({', '.join(values)})", values)
        with suppress(ConditionFailedError):
            self._table.put(Put(_item(suppression), condition))

    def overwrite(self, suppression: Suppression) -> None:
        """Store a suppression anew that is stored already, with the same scope."""
        item = _item(suppression)
        same = Expression("#scope = :scope", {":scope": item["scope"]})
        with suppress(ConditionFailedError):
            self._table.put(Put(item, same))

    def remove(self, location_id: str, address_hash: str) -> None:
        """Forget the suppression; a missing one is no error."""
        self._table.transact([Delete(_key(location_id, address_hash))])

    def remove_sms_stop(self, location_id: str, address_hash: str) -> None:
        """Forget the suppression if it stands for an answer of STOP; any other one stays."""
        condition = Expression("#scope = :stop", {":stop": _SMS_STOP})
        with suppress(ConditionFailedError):
            self._table.transact([Delete(_key(location_id, address_hash), condition)])

    def list(self, location_id: str, request: PageRequest = FIRST_PAGE) -> Page[Suppression]:
        """Return a page of the location's suppressions, newest first.

        A change made a moment ago may be missing.
        """
        page = self._table.query_page(
            _listed(location_id), request, index="GSI1", newest_first=True
        )
        return records.decoded(Suppression, page)

    def link_key(self, location_id: str) -> bytes | None:
        """Return the secret that signs the location's unsubscribe links, if there is one."""
        if location_id not in self._link_keys:
            item = self._table.get(_link_key(location_id))
            if item is None:
                return None
            self._link_keys[location_id] = bytes(item["secret"])
        return self._link_keys[location_id]

    def keep_link_key(self, location_id: str, fresh: bytes) -> bytes:
        """Keep a secret unless the location has one, and return what it has: it never changes."""
        known = self.link_key(location_id)
        if known is not None:
            return known
        key = _link_key(location_id)
        try:
            self._table.put(Put({**key.attributes, "secret": fresh}, NEW))
        except ConditionFailedError as error:
            fresh = bytes((error.found or {})["secret"])
        self._link_keys[location_id] = fresh
        return fresh


def _item(suppression: Suppression) -> dict[str, Any]:
    key = _key(suppression.location_id, suppression.address_hash)
    return {
        **key.attributes,
        "GSI1PK": _listed(suppression.location_id),
        "GSI1SK": f"{utc_text(suppression.created_at)}#{suppression.address_hash[:16]}",
        "scope": _SMS_STOP if suppression.is_sms_stop else suppression.scope.value,
        "data": encode_model(suppression),
    }


def _key(location_id: str, address_hash: str) -> Key:
    return Key(partition(location_id, "SUPPRESSION", address_hash), "SUPPRESSION")


def _listed(location_id: str) -> str:
    return partition(location_id, "SUPPRESSIONS")


def _link_key(location_id: str) -> Key:
    return Key(partition(location_id), "UNSUBSCRIBE_KEY")
