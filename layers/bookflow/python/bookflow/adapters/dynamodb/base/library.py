"""Templates and surveys in DynamoDB: the port `LibraryStore`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from bookflow.adapters.dynamodb.base import records
from bookflow.adapters.dynamodb.base.keys import Key, partition
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest

if TYPE_CHECKING:
    from bookflow.adapters.dynamodb.base.table import Item, Table
    from bookflow.domain.shared.records import LibraryRecord

RecordT = TypeVar("RecordT", bound="LibraryRecord")
ListedT = TypeVar("ListedT", bound="LibraryRecord")


class DynamoDBLibrary(Generic[RecordT, ListedT]):
    """Keeps a location's records of one kind in one partition: they are few and listed together."""

    model: type[RecordT]

    def __init__(self, table: Table) -> None:
        self.table = table

    def get(self, location_id: str, record_id: str) -> RecordT:
        """Return the record as it was saved last."""
        return records.read(self.table, self.key_of(location_id, record_id), self.model)

    def save(self, record: RecordT) -> None:
        """Store the record if the stored one is the save before it."""
        key = self.key_of(record.location_id, record.id)
        records.save(self.table, records.item_of(key, record), record)

    def list(self, location_id: str, request: PageRequest = FIRST_PAGE) -> Page[ListedT]:
        """Return a page of the location's records by id, without deleted ones."""
        found = self.table.query_page(self.key_of(location_id, "").pk, request)
        page = found.holding([self.listed(item) for item in found.items])
        return page.holding([each for each in page.items if each.deleted_at is None])

    def listed(self, item: Item) -> ListedT:
        """Return what a list shows of a record's item."""
        raise NotImplementedError

    def key_of(self, location_id: str, record_id: str) -> Key:
        """Return the key of a record."""
        return Key(partition(location_id, f"{self.model.kind().upper()}S"), record_id)
