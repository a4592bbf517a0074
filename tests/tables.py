"""The tables of template.yaml: made for an AWS in memory, and read whole wherever they are."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from functools import cache
from typing import Any

from tests.unit.template import checks

MADE = ("AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema")


def make_tables(client: Any, table: str, idempotency_table: str) -> None:
    """Make the two tables under these names, with the keys and indexes of the template."""
    tables = _tables()
    client.create_table(TableName=table, **tables["Table"])
    client.create_table(TableName=idempotency_table, **tables["IdempotencyTable"])


@cache
def _tables() -> Mapping[str, Mapping[str, Any]]:
    found = checks.resources(checks.load(), "AWS::DynamoDB::Table")
    return {
        name: {key: properties[key] for key in MADE if key in properties}
        for name, properties in found.items()
    }


def all_text(client: Any, *names: str) -> str:
    """Return every item of these tables as text, documents inflated."""
    found = []
    for name in names:
        for page in client.get_paginator("scan").paginate(TableName=name):
            for item in page["Items"]:
                data = item.get("data", {})
                if "B" in data:
                    item["data"] = {"S": zlib.decompress(data["B"]).decode()}
                found.append(str(item))
    return "\n".join(found)
