"""The tables of template.yaml, for an AWS in memory."""

from __future__ import annotations

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
