"""Communication templates: the texts that operators prepare for e-mails and SMS, by language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal, NamedTuple

from pydantic import Field

from bookflow.domain.messages.blocks.compiled import CompiledBlocks, Occasion, compiled
from bookflow.domain.messages.blocks.model import Block, Blocks
from bookflow.domain.messages.wording import FALLBACK
from bookflow.domain.rendering import Mode
from bookflow.domain.rendering.limits import MAX_SOURCE_BYTES
from bookflow.domain.shared.locales import closest_tag, with_region
from bookflow.domain.shared.records import LibraryRecord, StoredModel

MAX_TRANSLATIONS = 30

PartName = Literal["subject", "html", "text", "sms"]

LanguageTag = str
"""A BCP 47 tag, such as `fr` or `pt-BR`; whether it is known is checked when a template is saved."""


class TemplatePart(NamedTuple):
    """One text of a template, with how values are escaped in it.

    Attributes:
        language: Tag of the translation that it belongs to; None for the template's own texts.
        blocks: The document that the source was made of, if it was.
        compiled: What was made of it.
    """

    name: PartName
    source: str
    mode: Mode
    language: LanguageTag | None = None
    blocks: tuple[Block, ...] = ()
    compiled: CompiledBlocks | None = None

    @property
    def field(self) -> PartName | Literal["blocks"]:
        """The field that an operator writes it in."""
        return "blocks" if self.blocks else self.name


class Sources(NamedTuple):
    """What an e-mail's two parts are rendered from; the text may be empty."""

    html: str
    text: str
    compiled: CompiledBlocks | None = None


class TemplateText(StoredModel):
    """The texts of one language.

    Attributes:
        html: HTML of the e-mail; excludes `blocks`.
        blocks: The e-mail as the visual editor keeps it.
        text: Plain text of the e-mail; derived from its HTML when empty.
        sms: Text of the SMS.
    """

    subject: str = Field(default="", max_length=1000)
    html: str = Field(default="", max_length=MAX_SOURCE_BYTES)
    blocks: Blocks | None = None
    text: str = Field(default="", max_length=MAX_SOURCE_BYTES)
    sms: str = Field(default="", max_length=4000)

    def sources(self, language: str, occasion: Occasion | None = None) -> Sources:
        """Return what the e-mail's HTML and text are rendered from.

        Args:
            language: Tag of the texts' language.
            occasion: The message, which decides what blocks are shown. Without one all are, and the
                text is only what is written for it.
        """
        if not self.blocks:
            return Sources(self.html, self.text)
        made = compiled(self.blocks, language, occasion)
        has_text = self.text.strip() or occasion is None
        return Sources(made.html, self.text if has_text else made.text, made)

    @property
    def has_body(self) -> bool:
        """Whether the e-mail has a text of its own in this language."""
        return bool(self.html.strip() or self.blocks or self.text.strip())


class TemplateDetails(StoredModel):
    """What an operator says of a template, beside its texts.

    Attributes:
        category: `transactional` messages belong to a booking; `marketing` ones may be
            unsubscribed from.
        language: Language of its own texts; the location's when empty.
        reply_to: Address that answers go to; the location's own when empty.
        calendar_entry: Whether an e-mail to a guest carries the booking as a calendar entry.
    """

    name: str = Field(min_length=1, max_length=200)
    channel: Literal["email", "sms", "both"] = "email"
    category: Literal["transactional", "marketing"] = "transactional"
    language: LanguageTag | None = Field(default=None, max_length=35)
    reply_to: str | None = Field(default=None, max_length=320)
    calendar_entry: bool = False


class TemplateContent(TemplateDetails, TemplateText):
    """What an operator writes of a template.

    Attributes:
        translations: Its texts in other languages, by tag. A text that a translation leaves empty is
            the template's own: the subject, the e-mail's body (HTML or blocks, and text) and the SMS.
    """

    translations: dict[LanguageTag, TemplateText] = Field(
        default_factory=dict, max_length=MAX_TRANSLATIONS
    )

    @property
    def own_text(self) -> TemplateText:
        """Return the texts of its own language."""
        return TemplateText(**_fields(self, TemplateText))

    def parts(
        self, *, home: str = FALLBACK, occasion: Occasion | None = None
    ) -> Iterator[TemplatePart]:
        """Return every text that is sent: those of the template's channels that are not empty.

        Args:
            home: The location's language.
            occasion: The message, which decides what blocks are shown; without one all are.
        """
        for each in self._worded():
            language = each.language or self.language or home
            yield from self._parts(each, each, each, language, occasion)

    def parts_for(
        self,
        reader_locale: str | None,
        *,
        home: str,
        occasion: Occasion | None = None,
    ) -> Iterator[TemplatePart]:
        """Return the texts that a reader gets, each in their language or else in the template's.

        Args:
            reader_locale: The reader's, where it is known.
            home: The location's language.
            occasion: The message, which decides what blocks are shown; without one all are.
        """
        chosen = self.language_for(reader_locale, home=home)
        own = _Worded(None, self)
        wished = own if chosen is None else _Worded(chosen, self.translations[chosen])
        body = wished if wished.text.has_body else own
        yield from self._parts(
            wished if wished.text.subject.strip() else own,
            body,
            wished if wished.text.sms.strip() else own,
            with_region(body.language or self.language or home, reader_locale, home),
            occasion,
        )

    def language_for(self, reader_locale: str | None, *, home: str) -> LanguageTag | None:
        """Return the translation that a reader gets; None for the template's own texts.

        It is that of the very tag, else of the language, else of another region of it.

        Args:
            reader_locale: The reader's, where it is known.
            home: The location's language.
        """
        own = self.language or home
        found = closest_tag(reader_locale, [own, *self.translations])
        return found if found in self.translations and found != own else None

    def _worded(self) -> Iterator[_Worded]:
        yield _Worded(None, self)
        for tag, text in self.translations.items():
            yield _Worded(tag, text)

    def _parts(
        self,
        subject: _Worded,
        body: _Worded,
        sms: _Worded,
        body_language: str,
        occasion: Occasion | None = None,
    ) -> Iterator[TemplatePart]:
        parts: list[TemplatePart] = []
        if self.channel in ("email", "both"):
            html, text, made = body.text.sources(body_language, occasion)
            blocks = body.text.blocks or ()
            text_blocks = () if body.text.text.strip() else blocks
            parts += [
                TemplatePart("subject", subject.text.subject, Mode.HEADER, subject.language),
                TemplatePart("html", html, Mode.HTML, body.language, blocks, made),
                TemplatePart("text", text, Mode.TEXT, body.language, text_blocks),
            ]
        if self.channel in ("sms", "both"):
            parts.append(TemplatePart("sms", sms.text.sms, Mode.SMS, sms.language))
        return (part for part in parts if part.source.strip())


class _Worded(NamedTuple):
    language: LanguageTag | None
    text: TemplateText


class TemplateHead(TemplateDetails, LibraryRecord):
    """A template in a list, without its texts.

    Attributes:
        languages: Tags of its translations, in their order.
        version: Count of saves, the optimistic lock; each version stays readable.
    """

    lock = "version"

    languages: tuple[LanguageTag, ...] = ()
    version: int = Field(default=1, ge=1)
    updated_at: datetime

    @classmethod
    def kind(cls) -> str:
        """Return what such a record is called in messages."""
        return Template.kind()


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
        return TemplateContent(**_fields(self, TemplateContent))

    @property
    def head(self) -> TemplateHead:
        """Return it as lists show it."""
        own = {**dict(self), "languages": tuple(self.translations)}
        return TemplateHead(**{name: own[name] for name in TemplateHead.model_fields})


def _fields(content: StoredModel, model: type[StoredModel]) -> dict[str, Any]:
    return {name: getattr(content, name) for name in model.model_fields}
