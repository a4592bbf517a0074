"""Communication templates in DynamoDB: the port `TemplateStore`."""

from __future__ import annotations

from bookflow.adapters.dynamodb.base import records
from bookflow.adapters.dynamodb.base.documents import decode_model, encode_model
from bookflow.adapters.dynamodb.base.keys import Key, partition
from bookflow.adapters.dynamodb.base.table import (
    NEW,
    ConditionFailedError,
    Put,
    Table,
    unchanged_since,
)
from bookflow.domain.shared.errors import NotFoundError
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest
from bookflow.domain.templates import Template

_VERSION = "VERSION#"


class DynamoDBTemplates:
    """Keeps a location's templates in one partition, as they are few and listed together.

    The versions of each lie in a partition of their own, so that they never slow the list.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, location_id: str, template_id: str) -> Template:
        """Return the latest version; a deleted template says so itself.

        Raises:
            NotFoundError: The location has no such template.
        """
        return records.read(self._table, _key(location_id, template_id), Template)

    def list(self, location_id: str, request: PageRequest = FIRST_PAGE) -> Page[Template]:
        """Return a page of the location's templates by id, without deleted ones."""
        page = records.decoded(
            Template, self._table.query_page(partition(location_id, "TEMPLATES"), request)
        )
        return page.holding([one for one in page.items if one.deleted_at is None])

    def save(self, template: Template) -> None:
        """Store the next version, if the stored one is the version before it.

        Raises:
            ConflictError: Another save came first.
        """
        key, data = _key(template.location_id, template.id), encode_model(template)
        item = {"PK": key.pk, "SK": key.sk, "revision": template.version, "data": data}
        version_key = _version_key(template.location_id, template.id, template.version)
        version = {"PK": version_key.pk, "SK": version_key.sk, "data": data}
        try:
            self._table.transact(
                [Put(item, unchanged_since(template.version - 1)), Put(version, NEW)]
            )
        except ConditionFailedError:
            # A repeat of this very save, such as botocore makes after a lost answer, is no conflict.
            stored = self._table.get(version_key)
            if stored is None or decode_model(Template, stored["data"]) != template:
                raise records.conflict(Template, field="version") from None

    def version(self, location_id: str, template_id: str, version: int) -> Template:
        """Return the template as it was saved with that version.

        Raises:
            NotFoundError: There is no such version.
        """
        item = self._table.get(_version_key(location_id, template_id, version))
        if item is None:
            raise NotFoundError("there is no such version of the template", field="version")
        return decode_model(Template, item["data"])

    def versions(
        self, location_id: str, template_id: str, request: PageRequest = FIRST_PAGE
    ) -> Page[Template]:
        """Return a page of the versions, newest first."""
        pk = _version_key(location_id, template_id, 1).pk
        page = self._table.query_page(pk, request, begins_with=_VERSION, newest_first=True)
        return records.decoded(Template, page)


def _key(location_id: str, template_id: str) -> Key:
    return Key(partition(location_id, "TEMPLATES"), template_id)


def _version_key(location_id: str, template_id: str, version: int) -> Key:
    return Key(partition(location_id, "TEMPLATE", template_id), f"{_VERSION}{version:06d}")
