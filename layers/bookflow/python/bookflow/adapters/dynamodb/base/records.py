"""What stores of single records share: one is read or missed, and a save follows the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from bookflow.adapters.dynamodb.base.documents import decode_model, encode_model
from bookflow.adapters.dynamodb.base.table import ConditionFailedError, Put, unchanged_since
from bookflow.domain.shared.errors import NotFoundError, StaleRevisionError

if TYPE_CHECKING:
    from bookflow.adapters.dynamodb.base.keys import Key
    from bookflow.adapters.dynamodb.base.table import Item, Table
    from bookflow.domain.shared.pagination import Page
    from bookflow.domain.shared.records import SavedRecord, StoredModel

ModelT = TypeVar("ModelT", bound="StoredModel")
SavedT = TypeVar("SavedT", bound="SavedRecord")


def read(table: Table, key: Key, model: type[SavedT]) -> SavedT:
    """Return the record of a key (consistent).

    Raises:
        NotFoundError: There is none; the error calls it by its model's name.
    """
    item = table.get(key)
    if item is None:
        what = model.kind()
        raise NotFoundError(f"there is no such {what} in this location", field=f"{what}_id")
    return decode_model(model, item["data"])


def decoded(model: type[ModelT], page: Page[Item]) -> Page[ModelT]:
    """Return the records of a page of items."""
    return page.holding([decode_model(model, item["data"]) for item in page.items])


def item_of(key: Key, record: SavedRecord) -> dict[str, Any]:
    """Return the item of a record, with the attribute that its next save is compared with."""
    return {**key.attributes, "revision": record.saves, "data": encode_model(record)}


def put_of(item: Item, record: SavedRecord) -> Put:
    """Return the write of a record's item on the condition that the save before it is stored."""
    return Put(item, unchanged_since(record.saves - 1))


def save(table: Table, item: Item, record: SavedRecord) -> None:
    """Store a record if the stored one is the save before it.

    Args:
        table: Where it lies.
        item: The record's item; see `item_of`.
        record: The same record, to know a repeat by.

    Raises:
        StaleRevisionError: Another save came first; both revisions are named.
    """
    try:
        table.put(put_of(item, record))
    except ConditionFailedError as error:
        # A repeat of this very save, such as botocore makes after a lost answer, is no conflict.
        if error.found and decode_model(type(record), error.found["data"]) == record:
            return
        raise overtaken(type(record), record.saves - 1, error.found) from None


def overtaken(model: type[SavedRecord], based_on: int, stored: Item | None) -> StaleRevisionError:
    """Return the error of a change that another one came before.

    Args:
        model: What was to be changed.
        based_on: The save that the change follows.
        stored: The item that is stored, None if it was deleted.
    """
    revision = int(stored["revision"]) if stored else 0
    return StaleRevisionError(model.kind(), based_on=based_on, stored=revision)
