"""Communication templates in DynamoDB: the port `TemplateStore`."""

from __future__ import annotations

from bookflow.adapters.dynamodb.documents import decode_model, encode_model
from bookflow.adapters.dynamodb.keys import Key, partition
from bookflow.adapters.dynamodb.table import Put, Table
from bookflow.domain.errors import NotFoundError
from bookflow.domain.templates import Template


class DynamoDBTemplates:
    """Keeps a location's templates in one partition, as they are few and listed together."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, location_id: str, template_id: str) -> Template:
        """Return the template.

        Raises:
            NotFoundError: The location has no such template.
        """
        item = self._table.get(_key(location_id, template_id))
        if item is None:
            raise NotFoundError("there is no such template in this location", field="template_id")
        return decode_model(Template, item["data"])

    def put(self, template: Template) -> None:
        """Store the template."""
        key = _key(template.location_id, template.id)
        self._table.put(Put({"PK": key.pk, "SK": key.sk, "data": encode_model(template)}))


def _key(location_id: str, template_id: str) -> Key:
    return Key(partition(location_id, "TEMPLATES"), template_id)
