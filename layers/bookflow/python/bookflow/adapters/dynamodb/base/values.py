"""Python values as DynamoDB writes them (API reference, "AttributeValue"), and back.

boto3 has the same in `boto3.dynamodb.types`, but importing that imports all of boto3: 80 million
instructions at each cold start, for what a table of seven kinds does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any


def to_dynamodb(value: Any) -> dict[str, Any]:
    """Return a value with its type.

    Raises:
        TypeError: It is of a kind that no item of ours has.
    """
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            # A member of an enumeration is written as the text that it is.
            return {"S": str.__str__(value)}
        case int() | Decimal():
            return {"N": str(value)}
        case bytes():
            return {"B": value}
        case list() | tuple():
            return {"L": [to_dynamodb(each) for each in value]}
        case set():
            return {"SS": sorted(value)}
        case Mapping():
            return {"M": {name: to_dynamodb(each) for name, each in value.items()}}
    raise TypeError(f"an item cannot hold a {type(value).__name__}")


def from_dynamodb(raw: Mapping[str, Any]) -> Any:
    """Return the value; numbers as `Decimal`, which holds each that DynamoDB does."""
    ((kind, value),) = raw.items()
    return _READ[kind](value)


def _same(value: Any) -> Any:
    return value


_READ: Mapping[str, Callable[[Any], Any]] = {
    "BOOL": _same,
    "S": _same,
    "N": Decimal,
    "B": _same,
    "SS": set,
    "L": lambda values: [from_dynamodb(each) for each in values],
    "M": lambda values: {name: from_dynamodb(each) for name, each in values.items()},
}
