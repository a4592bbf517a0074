"""Communication templates: the texts that operators prepare for e-mails and SMS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, NamedTuple

from pydantic import Field

from bookflow.domain.rendering import Mode
from bookflow.domain.rendering.limits import MAX_SOURCE_BYTES
from bookflow.domain.shared.records import LibraryRecord, StoredModel

PartName = Literal["subject", "html", "text", "sms"]


class TemplatePart(NamedTuple):
    """One text of a template, with how values are escaped in it."""

    name: PartName
    source: str
    mode: Mode


class TemplateContent(StoredModel):
    """What an operator writes of a template.

    Attributes:
        category: `transactional` messages belong to a booking; `marketing` ones may be
            unsubscribed from.
        language: BCP 47 tag of the language of its texts; the location's when empty.
        text: Plain text of the e-mail; derived from `html` when empty.
        sms: Text of the SMS.
        reply_to: Address that answers go to; the location's own when empty.
        calendar_entry: Whether an e-mail to a guest carries the booking as a calendar entry.
    """

    name: str = Field(min_length=1, max_length=200)
    channel: Literal["email", "sms", "both"] = "email"
    category: Literal["transactional", "marketing"] = "transactional"
    language: str | None = Field(default=None, max_length=35)
    subject: str = Field(default="", max_length=1000)
    html: str = Field(default="", max_length=MAX_SOURCE_BYTES)
    text: str = Field(default="", max_length=MAX_SOURCE_BYTES)
    sms: str = Field(default="", max_length=4000)
    reply_to: str | None = Field(default=None, max_length=320)
    calendar_entry: bool = False

    def parts(self) -> Iterator[TemplatePart]:
        """Return the texts that are sent: those of the template's channels that are not empty."""
        if self.channel in ("email", "both"):
            yield from _written(
                TemplatePart("subject", self.subject, Mode.HEADER),
                TemplatePart("html", self.html, Mode.HTML),
                TemplatePart("text", self.text, Mode.TEXT),
            )
        if self.channel in ("sms", "both"):
            yield from _written(TemplatePart("sms", self.sms, Mode.SMS))


class Template(TemplateContent, LibraryRecord):
    """A pre-built message for e-mail, SMS or both, as one save left it.

    Attributes:
        version: Count of saves, the optimistic lock; each version stays readable.
    """

    lock = "version"

    version: int = Field(default=1, ge=1)
    updated_at: datetime

    @property
    def content(self) -> TemplateContent:
        """Return what an operator writes of it."""
        return TemplateContent(
            **{name: getattr(self, name) for name in TemplateContent.model_fields}
        )


def _written(*parts: TemplatePart) -> Iterator[TemplatePart]:
    return (part for part in parts if part.source.strip())
