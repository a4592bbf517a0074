"""What stores of single records share: one is read or missed, and a save follows the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from bookflow.adapters.dynamodb.base.documents import decode_model
from bookflow.adapters.dynamodb.base.table import ConditionFailedError
from bookflow.domain.shared.errors import ConflictError, NotFoundError

if TYPE_CHECKING:
    from bookflow.adapters.dynamodb.base.keys import Key
    from bookflow.adapters.dynamodb.base.table import Item, Put, Table
    from bookflow.domain.shared.pagination import Page
    from bookflow.domain.shared.records import StoredModel

ModelT = TypeVar("ModelT", bound="StoredModel")


def read(table: Table, key: Key, model: type[ModelT]) -> ModelT:
    """Return the record of a key (consistent).

    Raises:
        NotFoundError: There is none; the error calls it by its model's name.
    """
    item = table.get(key)
    if item is None:
        what = model.__name__.lower()
        raise NotFoundError(f"there is no such {what} in this location", field=f"{what}_id")
    return decode_model(model, item["data"])


def decoded(model: type[ModelT], page: Page[Item]) -> Page[ModelT]:
    """Return the records of a page of items."""
    return page.holding([decode_model(model, item["data"]) for item in page.items])


def save(table: Table, put: Put, record: StoredModel) -> None:
    """Store a record if the stored revision is the one before it.

    Args:
        table: Where it lies.
        put: Its item, on the condition of that revision.
        record: The same record, to know a repeat by.

    Raises:
        ConflictError: Another save came first.
    """
    try:
        table.put(put)
    except ConditionFailedError as error:
        # A repeat of this very save, such as botocore makes after a lost answer, is no conflict.
        if error.found and decode_model(type(record), error.found["data"]) == record:
            return
        raise conflict(type(record)) from None


def conflict(model: type[StoredModel], field: str = "revision") -> ConflictError:
    """Return the error of a save that another one came before."""
    what = model.__name__.lower()
    return ConflictError(
        f"another save of the {what} came first",
        field=field,
        remedy=f"Load the {what} again and repeat the change.",
    )
