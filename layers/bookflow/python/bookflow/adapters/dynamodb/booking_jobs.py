"""Erasures of guests and imports of bookings in DynamoDB: the jobs over bookings, and their rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bookflow.adapters.dynamodb.base.documents import decode, decode_model, encode
from bookflow.adapters.dynamodb.base.keys import (
    erasure_key,
    import_key,
    import_page_key,
    partition,
)
from bookflow.adapters.dynamodb.base.table import (
    Delete,
    Put,
    TableStore,
    time_to_live,
)
from bookflow.domain.imports.booking_import import BookingImport
from bookflow.domain.imports.rows import ImportRow
from bookflow.domain.privacy.erasure import Erasure

LATEST = 50
"""Imports that a list holds."""


class DynamoDBErasures(TableStore):
    """Keeps each guest's erasure where the recording of an event looks for it anyway."""

    def get(self, location_id: str, guest: str) -> Erasure | None:
        """Return the guest's erasure (consistent), or None."""
        item = self.table.get(erasure_key(location_id, guest))
        return decode_model(Erasure, item["data"]) if item else None

    def save(self, erasure: Erasure) -> bool:
        """Store the erasure if the stored revision is the one before it; say whether it was."""
        key = erasure_key(erasure.location_id, erasure.guest)
        return self.save_revision(key, erasure, erasure.revision, erasure.expires_at)


class DynamoDBImports(TableStore):
    """Keeps imports together, and the rows of each page in an item of their own.

    A page is at most 256 KB (`MAX_PAGE_BYTES` of the route), and an item may hold 400.
    """

    def get(self, location_id: str, import_id: str) -> BookingImport | None:
        """Return an import (consistent), or None."""
        item = self.table.get(import_key(location_id, import_id))
        return decode_model(BookingImport, item["data"]) if item else None

    def save(self, batch: BookingImport) -> bool:
        """Store an import if the stored revision is the one before it; say whether it was."""
        key = import_key(batch.location_id, batch.id)
        return self.save_revision(key, batch, batch.revision, batch.expires_at)

    def latest(self, location_id: str) -> Sequence[BookingImport]:
        """Return the imports that are kept, the latest first (one query)."""
        items = self.table.query(partition(location_id, "IMPORTS"))
        found = [decode_model(BookingImport, item["data"]) for item in items]
        return sorted(found, key=lambda each: each.created_at, reverse=True)[:LATEST]

    def put_page(
        self, batch: BookingImport, number: int, rows: Sequence[ImportRow], *, until: datetime
    ) -> None:
        """Store the rows of a page."""
        documents = [row.model_dump(mode="json", exclude_none=True) for row in rows]
        item = {
            **import_page_key(batch.location_id, batch.id, number).attributes,
            "expires_at": time_to_live(until),
            "data": encode(documents),
        }
        self.table.put(Put(item))

    def page(self, batch: BookingImport, number: int) -> Sequence[ImportRow] | None:
        """Return the rows of a page (consistent), or None."""
        item = self.table.get(import_page_key(batch.location_id, batch.id, number))
        return [*map(ImportRow.model_validate, decode(item["data"]))] if item else None

    def delete_page(self, batch: BookingImport, number: int) -> None:
        """Delete the rows of a page."""
        self.table.transact([Delete(import_page_key(batch.location_id, batch.id, number))])
