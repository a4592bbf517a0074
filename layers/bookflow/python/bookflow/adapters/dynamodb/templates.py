"""Communication templates in DynamoDB: the port `TemplateStore`."""

from __future__ import annotations

from bookflow.adapters.dynamodb.base import records
from bookflow.adapters.dynamodb.base.documents import decode_model, encode_model
from bookflow.adapters.dynamodb.base.keys import Key, partition
from bookflow.adapters.dynamodb.base.library import DynamoDBLibrary
from bookflow.adapters.dynamodb.base.table import NEW, ConditionFailedError, Put
from bookflow.domain.shared.errors import NotFoundError
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest
from bookflow.domain.templates import Template

_VERSION = "VERSION#"


class DynamoDBTemplates(DynamoDBLibrary[Template]):
    """Keeps the versions of each template in a partition of their own: they never slow the list."""

    model = Template

    def save(self, template: Template) -> None:
        """Store the next version, if the stored one is the version before it."""
        item = records.item_of(self.key_of(template.location_id, template.id), template)
        key = _version_key(template.location_id, template.id, template.version)
        version = {**key.attributes, "data": encode_model(template)}
        try:
            self.table.transact([records.put_of(item, template), Put(version, NEW)])
        except ConditionFailedError:
            # A repeat of this very save, such as botocore makes after a lost answer, is no conflict.
            saved = self.table.get(key)
            if saved is None or decode_model(Template, saved["data"]) != template:
                stored = self.table.get(Key(item["PK"], item["SK"]))
                raise records.overtaken(Template, template.saves - 1, stored) from None

    def version(self, location_id: str, template_id: str, version: int) -> Template:
        """Return the template as it was saved with that version."""
        item = self.table.get(_version_key(location_id, template_id, version))
        if item is None:
            raise NotFoundError("there is no such version of the template", field="version")
        return decode_model(Template, item["data"])

    def versions(
        self, location_id: str, template_id: str, request: PageRequest = FIRST_PAGE
    ) -> Page[Template]:
        """Return a page of the versions, newest first."""
        pk = _version_key(location_id, template_id, 1).pk
        page = self.table.query_page(pk, request, begins_with=_VERSION, newest_first=True)
        return records.decoded(Template, page)


def _version_key(location_id: str, template_id: str, version: int) -> Key:
    return Key(partition(location_id, "TEMPLATE", template_id), f"{_VERSION}{version:06d}")
