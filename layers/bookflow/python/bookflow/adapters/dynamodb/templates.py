"""Communication templates in DynamoDB: the port `TemplateStore`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bookflow.adapters.dynamodb.base import records
from bookflow.adapters.dynamodb.base.documents import decode, decode_model, encode_model
from bookflow.adapters.dynamodb.base.keys import Key, partition
from bookflow.adapters.dynamodb.base.library import DynamoDBLibrary
from bookflow.adapters.dynamodb.base.table import (
    NEW,
    ConditionFailedError,
    Delete,
    Item,
    Put,
    Table,
    time_to_live,
)
from bookflow.domain.shared.errors import InvalidInputError, NotFoundError, TransientError
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest
from bookflow.domain.templates import Template, TemplateHead
from bookflow.domain.templates.edited import EditedText

MAX_SAVE_BYTES = 4_000_000
"""What one transaction may write (AWS, "Quotas in Amazon DynamoDB": 4 MB), as it is stored."""

KEPT_VERSIONS = 16
"""Versions whose texts a function keeps in memory, the last ones that it read."""

_VERSION = "VERSION#"
_TEXTS = "TEXTS#"
_OWN = "-"
"""Stands in a key for the language of the template itself; it is no tag."""


class DynamoDBTemplates(DynamoDBLibrary[Template, TemplateHead]):
    """Keeps the versions of each template in a partition of their own.

    A version's texts are an item for each language. So lists read no texts, and no item comes near
    the 400 KB that it may have.
    """

    model = Template

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._read: dict[Key, Mapping[str, Any]] = {}

    def get(self, location_id: str, record_id: str) -> Template:
        """Return the template as it was saved last (two calls; one if its texts are in memory)."""
        item = self.table.get(self.key_of(location_id, record_id))
        if item is None:
            raise NotFoundError("there is no such template in this location", field="template_id")
        return self._whole(location_id, record_id, int(item["revision"]), item)

    def save(self, record: Template) -> None:
        """Store the next version, if the stored one is the version before it."""
        head = records.item_of(self.key_of(record.location_id, record.id), record.head)
        key = _version_key(record.location_id, record.id, record.version)
        version = {**key.attributes, "data": encode_model(record.head)}
        texts = [
            {**_text_key(record, tag).attributes, "data": encode_model(text)}
            for tag, text in ((_OWN, record.own_text), *record.translations.items())
        ]
        if sum(len(item["data"]) for item in texts) > MAX_SAVE_BYTES:
            raise InvalidInputError(
                "is too large with all of its translations",
                field="translations",
                remedy="Shorten the texts, or make two templates of it.",
            )
        try:
            self.table.transact(
                [
                    records.put_of(head, record),
                    *(Put(item, NEW) for item in (version, *texts)),
                ]
            )
        except ConditionFailedError:
            # A repeat of this very save, such as botocore makes after a lost answer, is no conflict.
            saved = self.table.get(key)
            if saved is None or self._saved(record, saved) != record:
                stored = self.table.get(Key(head["PK"], head["SK"]))
                raise records.overtaken(Template, record.saves - 1, stored) from None

    def listed(self, item: Item) -> TemplateHead:
        """Return a template without its texts, which an item of an earlier release holds as well."""
        stored = decode(item["data"])
        names = TemplateHead.model_fields
        return TemplateHead.model_validate({name: stored[name] for name in names if name in stored})

    def version(self, location_id: str, template_id: str, version: int) -> Template:
        """Return the template as it was saved with that version (two calls)."""
        item = self.table.get(_version_key(location_id, template_id, version))
        if item is None:
            raise NotFoundError("there is no such version of the template", field="version")
        return self._whole(location_id, template_id, version, item)

    def versions(
        self, location_id: str, template_id: str, request: PageRequest = FIRST_PAGE
    ) -> Page[TemplateHead]:
        """Return a page of the versions, newest first."""
        pk = _version_key(location_id, template_id, 1).pk
        page = self.table.query_page(pk, request, begins_with=_VERSION, newest_first=True)
        return page.holding([self.listed(item) for item in page.items])

    def save_edited(self, text: EditedText) -> None:
        """Store the text of one message beside its booking (one call)."""
        item = {
            **_edited_key(text.location_id, text.booking_id, text.id).attributes,
            "expires_at": time_to_live(text.kept_until),
            "data": encode_model(text),
        }
        self.table.put(Put(item))

    def edited(self, location_id: str, booking_id: str, text_id: str) -> EditedText | None:
        """Return the text of one message (one call), or None."""
        item = self.table.get(_edited_key(location_id, booking_id, text_id))
        return decode_model(EditedText, item["data"]) if item else None

    def delete_edited(self, location_id: str, booking_id: str, text_id: str) -> None:
        """Delete the text of one message (one call)."""
        self.table.transact([Delete(_edited_key(location_id, booking_id, text_id))])

    def delete_all_edited(self, location_id: str, booking_id: str) -> int:
        """Delete all such texts of a booking (one call, and one a text)."""
        first = _edited_key(location_id, booking_id, "")
        found = [
            Key(item["PK"], item["SK"]) for item in self.table.query(first.pk, begins_with=first.sk)
        ]
        for key in found:
            self.table.transact([Delete(key)])
        return len(found)

    def _saved(self, template: Template, version: Item) -> Template:
        return self._whole(template.location_id, template.id, template.version, version)

    def _whole(self, location_id: str, template_id: str, version: int, head: Item) -> Template:
        """Return a version with its texts.

        Raises:
            TransientError: Its save is not yet visible as a whole.
        """
        details: dict[str, Any] = decode(head["data"])
        if "languages" not in details:
            return Template.model_validate(details)  # of an earlier release, with its texts
        # The order of translations is the operator's; that of keys is the alphabet's.
        languages = details.pop("languages")
        stored = self._texts(_version_key(location_id, template_id, version), languages)
        translations = {tag: decode(stored[tag]) for tag in languages}
        own = decode(stored[_OWN])
        return Template.model_validate({**details, **own, "translations": translations})

    def _texts(self, key: Key, languages: Sequence[str]) -> Mapping[str, Any]:
        """Return the texts of a version by language, as stored.

        They never change, so a warm function reads those that it sends again and again only once.
        """
        if key not in self._read:
            prefix = f"{_TEXTS}{key.sk.removeprefix(_VERSION)}#"
            found = {
                item["SK"].removeprefix(prefix): item["data"]
                for item in self.table.query(key.pk, begins_with=prefix)
            }
            if found.keys() != {_OWN, *languages}:
                # A query may see a part of a transaction.
                raise TransientError("The template was saved at the same moment.")
            while len(self._read) >= KEPT_VERSIONS:
                del self._read[next(iter(self._read))]
            self._read[key] = found
        return self._read[key]


def _version_key(location_id: str, template_id: str, version: int) -> Key:
    return Key(partition(location_id, "TEMPLATE", template_id), f"{_VERSION}{version:06d}")


def _edited_key(location_id: str, booking_id: str, text_id: str) -> Key:
    return Key(partition(location_id, "BOOKING", booking_id), f"EDITED#{text_id}")


def _text_key(template: Template, language: str) -> Key:
    pk = _version_key(template.location_id, template.id, template.version).pk
    return Key(pk, f"{_TEXTS}{template.version:06d}#{language}")
