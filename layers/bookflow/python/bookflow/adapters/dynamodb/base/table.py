"""The one table: items as Python values, and calls whose errors are Bookflow's own."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from bookflow.adapters.aws_errors import AWS_ERRORS, as_bookflow_error, aws_errors, error_code
from bookflow.adapters.dynamodb.base.documents import encode_model
from bookflow.adapters.dynamodb.base.keys import Key
from bookflow.adapters.dynamodb.base.values import from_dynamodb, to_dynamodb
from bookflow.domain.shared.errors import InvalidInputError, PermanentError, TransientError
from bookflow.domain.shared.pagination import Page, PageRequest

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from bookflow.domain.shared.records import StoredModel


Item = Mapping[str, Any]
"""An item as Python values: str, int (read as Decimal), bytes, bool."""

BATCH_KEYS = 100
"""Keys of one BatchGetItem (AWS, "Quotas in Amazon DynamoDB")."""


class ConditionFailedError(Exception):
    """A conditional write found another state.

    Args:
        found: The item as it stands, when DynamoDB gave it.
    """

    def __init__(self, found: Item | None = None) -> None:
        super().__init__("the condition of a write does not hold")
        self.found = found


class ContendedError(TransientError):
    """Another transaction was writing the same item at that moment."""


@dataclass(frozen=True)
class Expression:
    """An expression of DynamoDB whose `#name` means the attribute of that name.

    Attributes:
        names: Attributes whose name cannot stand in an expression, by placeholder.
    """

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def all_names(self) -> dict[str, str]:
        """Return every placeholder with its attribute."""
        return {f"#{name}": name for name in re.findall(r"#(\w+)", self.text)} | dict(self.names)


NEW = Expression("attribute_not_exists(#PK)")
"""Holds where there is no item yet."""


def unchanged_since(revision: int) -> Expression:
    """Return the condition of an optimistic lock; revision 0 means that there is no item."""
    if revision == 0:
        return NEW
    return Expression("#revision = :revision", {":revision": revision})


@dataclass(frozen=True)
class Put:
    """Writes a whole item."""

    item: Item
    condition: Expression | None = None


@dataclass(frozen=True)
class Delete:
    """Removes an item, if there is one."""

    key: Key
    condition: Expression | None = None


def time_to_live(moment: datetime | None) -> int | None:
    """Return the value of `expires_at`: epoch seconds, after which DynamoDB may delete."""
    return None if moment is None else int(moment.timestamp())


class Table:
    """The product's table.

    Args:
        client: A DynamoDB client; its own retries are welcome, every write is repeatable.
        name: The table's name.
    """

    def __init__(self, client: DynamoDBClient, name: str) -> None:
        self._client = client
        self._name = name

    def get(self, key: Key) -> Item | None:
        """Return the item as it stands (consistent)."""
        with aws_errors("Reading a record"):
            answer = self._client.get_item(
                TableName=self._name, Key=_raw_key(key), ConsistentRead=True
            )
        return _item(answer["Item"]) if "Item" in answer else None

    def get_many(self, keys: Iterable[Key]) -> dict[Key, Item]:
        """Return the items that there are, as they stand (consistent).

        Raises:
            TransientError: DynamoDB leaves keys unanswered and makes no progress.
        """
        wanted = list(dict.fromkeys(keys))
        found: dict[Key, Item] = {}
        while wanted:
            batch, wanted = wanted[:BATCH_KEYS], wanted[BATCH_KEYS:]
            items, left = self._get_batch(batch)
            if len(left) == len(batch):
                raise TransientError("Reading records failed: DynamoDB answered none of the keys.")
            found |= items
            wanted = left + wanted
        return found

    def put(self, put: Put) -> None:
        """Write an item.

        Raises:
            ConditionFailedError: The condition does not hold; `found` is what is stored.
        """
        with _write_errors("Writing a record"):
            self._client.put_item(
                **self._put_request(put), ReturnValuesOnConditionCheckFailure="ALL_OLD"
            )

    def update(self, key: Key, change: Expression, condition: Expression | None = None) -> Item:
        """Change an item (or make it) and return it as it stands after.

        Raises:
            ConditionFailedError: The condition does not hold; `found` is what is stored.
        """
        names, values = change.all_names, dict(change.values)
        request: dict[str, Any] = {"UpdateExpression": change.text}
        if condition:
            names |= condition.all_names
            values |= condition.values
            request["ConditionExpression"] = condition.text
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        with _write_errors("Changing a record"):
            answer = self._client.update_item(
                TableName=self._name,
                Key=_raw_key(key),
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=_raw(values),
                ReturnValues="ALL_NEW",
                **request,
            )
        return _item(answer["Attributes"])

    def transact(self, writes: Sequence[Put | Delete], beside: Sequence[Any] = ()) -> None:
        """Do all of the writes or none.

        Args:
            writes: What changes in this table.
            beside: Further actions of the transaction, as DynamoDB takes them, in other tables.

        Raises:
            ConditionFailedError: A condition does not hold.
            ContendedError: Another transaction was at one of the items.
        """
        actions: list[Any] = [
            {"Put": self._put_request(write)}
            if isinstance(write, Put)
            else {"Delete": self._delete_request(write)}
            for write in writes
        ]
        with _write_errors("Writing records"):
            self._client.transact_write_items(TransactItems=[*beside, *actions])

    def query(
        self,
        pk: str,
        *,
        begins_with: str = "",
        between: tuple[str, str] | None = None,
        index: str | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Iterator[Item]:
        """Return the items of a partition by sort key; consistent, except on an index.

        `between` bounds the sort key, both ends included. Items of an index hold keys only.
        """
        request = _query_request(pk, begins_with, index, between)
        request |= {"TableName": self._name, "ScanIndexForward": not newest_first}
        left = limit
        while left is None or left > 0:
            if left is not None:
                request["Limit"] = left
            with aws_errors("Listing records"):
                page = self._client.query(**request)
            yield from map(_item, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
            left = None if left is None else left - len(page["Items"])

    def query_page(
        self,
        pk: str,
        wanted: PageRequest,
        *,
        begins_with: str = "",
        between: tuple[str, str] | None = None,
        index: str | None = None,
        newest_first: bool = False,
    ) -> Page[Item]:
        """Return a page of a partition, whole items on an index too; see `query`.

        `between` bounds the sort key, both ends included; it excludes `begins_with`.

        Raises:
            InvalidInputError: The position is not one of this list.
        """
        request = _query_request(pk, begins_with, index, between)
        request |= {"TableName": self._name, "ScanIndexForward": not newest_first}
        request["Limit"] = wanted.size
        if wanted.position:
            request["ExclusiveStartKey"] = _read_position(wanted.position, pk, index or "")
        with aws_errors("Listing records"):
            page = self._client.query(**request)
        items = [_item(item) for item in page["Items"]]
        if index:
            keys = [Key(item["PK"], item["SK"]) for item in items]
            found = self.get_many(keys)
            items = [found[key] for key in keys if key in found]
        last = page.get("LastEvaluatedKey")
        return Page(items, _write_position(last) if last else None)

    def count(
        self, pk: str, index: str, between: tuple[str, str], *, most_pages: int
    ) -> tuple[int, bool]:
        """Return how many items of an index lie between two sort keys, and whether all were counted.

        It reads so many pages of 1 MB at most, and no item.
        """
        request = _query_request(pk, "", index, between)
        request |= {"TableName": self._name, "Select": "COUNT"}
        counted = 0
        for _ in range(most_pages):
            with aws_errors("Counting records"):
                page = self._client.query(**request)
            counted += page["Count"]
            if "LastEvaluatedKey" not in page:
                return counted, True
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        return counted, False

    def query_index(
        self, index: str, pk: str, *, newest_first: bool = False, limit: int | None = None
    ) -> list[Item]:
        """Return whole items in the order of an index, each as it stands (consistent)."""
        keys = [
            Key(item["PK"], item["SK"])
            for item in self.query(pk, index=index, newest_first=newest_first, limit=limit)
        ]
        items = self.get_many(keys)
        return [items[key] for key in keys if key in items]

    def _get_batch(self, keys: Sequence[Key]) -> tuple[dict[Key, Item], list[Key]]:
        with aws_errors("Reading records"):
            answer = self._client.batch_get_item(
                RequestItems={self._name: {"Keys": [*map(_raw_key, keys)], "ConsistentRead": True}}
            )
        items = [_item(item) for item in answer["Responses"].get(self._name, [])]
        unanswered = answer["UnprocessedKeys"].get(self._name, {"Keys": []})["Keys"]
        left = [_item(key) for key in unanswered]
        return (
            {Key(item["PK"], item["SK"]): item for item in items},
            [Key(key["PK"], key["SK"]) for key in left],
        )

    def _put_request(self, put: Put) -> Any:
        return {"TableName": self._name, "Item": _raw(put.item), **_condition(put.condition)}

    def _delete_request(self, delete: Delete) -> Any:
        key = _raw_key(delete.key)
        return {"TableName": self._name, "Key": key, **_condition(delete.condition)}


def revision_item(
    key: Key, record: StoredModel, revision: int, expires_at: datetime | None
) -> dict[str, Any]:
    """Return the item of a record whose saves are counted; see `TableStore.save_revision`."""
    return {
        **key.attributes,
        "revision": revision,
        "expires_at": time_to_live(expires_at),
        "data": encode_model(record),
    }


class TableStore:
    """Base of the stores: each keeps the records of one port.

    Args:
        table: The table that all of them share.
    """

    def __init__(self, table: Table) -> None:
        self.table = table

    def save_revision(
        self, key: Key, record: StoredModel, revision: int, expires_at: datetime | None
    ) -> bool:
        """Store a record if the stored revision is the one before it; say whether it was (one call).

        A repeat of the very same write counts as made, such as botocore makes after a lost answer.
        """
        item = revision_item(key, record, revision, expires_at)
        try:
            self.table.put(Put(item, unchanged_since(revision - 1)))
        except ConditionFailedError as error:
            return error.found is not None and error.found["data"] == item["data"]
        return True


def _query_request(
    pk: str, begins_with: str, index: str | None, between: tuple[str, str] | None = None
) -> dict[str, Any]:
    prefix = index or ""
    condition = Expression(f"#{prefix}PK = :pk", {":pk": pk})
    if between:
        condition = Expression(
            f"{condition.text} AND #{prefix}SK BETWEEN :low AND :high",
            {":pk": pk, ":low": between[0], ":high": between[1]},
        )
    if begins_with:
        condition = Expression(
            f"{condition.text} AND begins_with(#{prefix}SK, :prefix)",
            {":pk": pk, ":prefix": begins_with},
        )
    return {
        "KeyConditionExpression": condition.text,
        "ExpressionAttributeNames": condition.all_names,
        "ExpressionAttributeValues": _raw(condition.values),
        **({"IndexName": index} if index else {"ConsistentRead": True}),
    }


def _write_position(last_key: Mapping[str, Any]) -> str:
    text = json.dumps({name: value["S"] for name, value in last_key.items()})
    return base64.urlsafe_b64encode(text.encode()).decode("ascii")


def _read_position(position: str, pk: str, prefix: str) -> dict[str, Any]:
    """Return the key that a position holds: texts only, and in the partition that is listed."""
    names = {"PK", "SK"} | ({f"{prefix}PK", f"{prefix}SK"} if prefix else set())
    try:
        key = json.loads(base64.urlsafe_b64decode(position.encode("ascii")))
    except (ValueError, RecursionError):
        key = None
    if (
        not isinstance(key, dict)
        or set(key) != names
        or not all(isinstance(value, str) and value for value in key.values())
        or key[f"{prefix}PK"] != pk
    ):
        raise InvalidInputError(
            "is not the position of this list", field="position", remedy="Begin again without one."
        )
    return {name: {"S": value} for name, value in key.items()}


def _condition(condition: Expression | None) -> dict[str, Any]:
    """Return the part of a write that says on what condition it is done."""
    if condition is None:
        return {}
    request: dict[str, Any] = {
        "ConditionExpression": condition.text,
        "ExpressionAttributeNames": condition.all_names,
    }
    if condition.values:
        request["ExpressionAttributeValues"] = _raw(condition.values)
    return request


def _raw_key(key: Key) -> dict[str, Any]:
    return {name: {"S": value} for name, value in key.attributes.items()}


def _raw(values: Item) -> dict[str, Any]:
    return {name: to_dynamodb(value) for name, value in values.items() if value is not None}


def _item(raw: Mapping[str, Any]) -> Item:
    return {name: from_dynamodb(value) for name, value in raw.items()}


@contextmanager
def _write_errors(action: str) -> Iterator[None]:
    """Convert errors of a write to ours, those of its conditions by name."""
    try:
        yield
    except AWS_ERRORS as error:
        raise _write_error(error, action) from None


def _write_error(error: Exception, action: str) -> Exception:
    code = error_code(error)
    contended = ContendedError(f"{action} met another write of the same record.")
    if code == "TransactionConflictException":
        return contended
    if not isinstance(error, ClientError):
        return as_bookflow_error(error, action)
    answer: Any = error.response
    if code == "ConditionalCheckFailedException":
        return ConditionFailedError(_item(answer["Item"]) if "Item" in answer else None)
    if code != "TransactionCanceledException":
        return as_bookflow_error(error, action)
    reasons = {reason.get("Code", "None") for reason in answer.get("CancellationReasons", [])}
    if "ConditionalCheckFailed" in reasons:
        return ConditionFailedError()
    if reasons & {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}:
        return contended
    return PermanentError(
        f"{action} failed: DynamoDB rejected it ({', '.join(sorted(reasons - {'None'}))}).",
        remedy="A record is larger than 400 KB or breaks a rule of DynamoDB.",
    )
