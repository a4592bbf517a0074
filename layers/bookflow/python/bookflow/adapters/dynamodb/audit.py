"""The audit log in DynamoDB: the port `AuditLog`."""

from __future__ import annotations

from contextlib import suppress

from bookflow.adapters.dynamodb.base import records
from bookflow.adapters.dynamodb.base.documents import encode_model
from bookflow.adapters.dynamodb.base.keys import Key, partition, utc_text
from bookflow.adapters.dynamodb.base.table import (
    NEW,
    ConditionFailedError,
    Delete,
    Expression,
    Item,
    Put,
    TableStore,
    time_to_live,
)
from bookflow.domain.audit import AuditEntry
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest

_AUDIT = "AUDIT"


class DynamoDBAuditLog(TableStore):
    """Keeps a location's entries in one partition by time; those of a kind or thing on an index.

    People make the changes, so that one partition takes them however many months it holds.
    """

    def append(self, entry: AuditEntry) -> None:
        """Keep the entry; the same one again changes nothing."""
        with suppress(ConditionFailedError):
            self.table.put(Put(_item(entry), NEW))

    def page(
        self,
        location_id: str,
        *,
        kind: str | None = None,
        resource_id: str | None = None,
        request: PageRequest = FIRST_PAGE,
    ) -> Page[AuditEntry]:
        """Return a page of entries, newest first, of the location, of a kind or of one thing."""
        index, pk = _narrowest_list(location_id, kind, resource_id)
        page = self.table.query_page(pk, request, index=index, newest_first=True)
        return records.decoded(AuditEntry, page)

    def withdraw(self, entry: AuditEntry) -> None:
        """Remove the entry of a change that was not made; a missing one is no error."""
        item = _item(entry)
        self.table.transact([Delete(Key(str(item["PK"]), str(item["SK"])))])

    def overwrite(self, entry: AuditEntry) -> None:
        """Store an entry anew that is kept already."""
        kept = Expression("attribute_exists(#PK)")
        with suppress(ConditionFailedError):
            self.table.put(Put(_item(entry), kept))


def _narrowest_list(
    location_id: str, kind: str | None, resource_id: str | None
) -> tuple[str | None, str]:
    """Return the index, None for the table itself, and the partition of what is wanted."""
    if kind is None:
        return None, partition(location_id, _AUDIT)
    if resource_id is None:
        return "GSI2", partition(location_id, _AUDIT, kind)
    return "GSI1", partition(location_id, _AUDIT, kind, resource_id)


def _item(entry: AuditEntry) -> Item:
    at = f"{utc_text(entry.at)}#{entry.id}"
    item = {
        "PK": partition(entry.location_id, _AUDIT),
        "SK": at,
        "GSI2PK": partition(entry.location_id, _AUDIT, entry.kind),
        "GSI2SK": at,
        "expires_at": time_to_live(entry.expires_at),
        "data": encode_model(entry),
    }
    if entry.resource_id is not None:
        item["GSI1PK"] = partition(entry.location_id, _AUDIT, entry.kind, entry.resource_id)
        item["GSI1SK"] = at
    return item
