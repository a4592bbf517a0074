"""Makes messages of templates: in the reader's language, times always in the location's zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from bookflow.domain.bookings.records import Location
from bookflow.domain.messages.blocks.compiled import Occasion
from bookflow.domain.messages.email_layout import in_layout, is_whole_document
from bookflow.domain.messages.html_text import html_to_text
from bookflow.domain.messages.message import Email, TextMessage
from bookflow.domain.messages.sms import MAX_CHARACTERS
from bookflow.domain.messages.unsubscribing import has_link, with_unsubscribe
from bookflow.domain.messages.wording import Wording, wording_for
from bookflow.domain.rendering import RenderSettings, TemplateError, render
from bookflow.domain.shared.addresses import usable_email
from bookflow.domain.shared.errors import PermanentError
from bookflow.domain.shared.locales import with_region
from bookflow.domain.templates import PartName, Template, TemplateContent, TemplatePart


def settings_for(
    location: Location, reader_locale: str | None = None, *, language: str | None = None
) -> RenderSettings:
    """Return the customs of a text: dates and numbers in its own language, the location's zone.

    Args:
        location: Where the text comes from.
        reader_locale: The reader's; its region counts where the reader's language is the text's.
        language: The text's own, such as `en` or `pt-BR`; by default the location's.
    """
    own = language or location.locale
    return RenderSettings(with_region(own, reader_locale, location.locale), location.timezone)


@dataclass(frozen=True)
class ReaderTexts:
    """The texts of a template that one reader gets.

    Attributes:
        reader_locale: The reader's, where it is known.
        now: The present moment, for blocks that depend on it.
    """

    template: TemplateContent
    location: Location
    reader_locale: str | None
    variables: Mapping[str, Any]
    now: datetime | None = None

    @cached_property
    def parts(self) -> Mapping[PartName, TemplatePart]:
        """The texts that are not empty, each in the reader's language or else in the template's."""
        chosen = self.template.parts_for(
            self.reader_locale,
            home=self.location.locale,
            occasion=self.occasion,
        )
        return {part.name: part for part in chosen}

    @property
    def occasion(self) -> Occasion:
        """The message, as blocks are judged for it."""
        return Occasion(self.variables, self.location.timezone, self.location.wordings, self.now)

    @property
    def language(self) -> str:
        """Tag of the translation that the reader gets, else of the template's own language."""
        home = self.location.locale
        chosen = self.template.language_for(self.reader_locale, home=home)
        return chosen or self.template.language or home

    @property
    def body_language(self) -> str:
        """Tag of the language that the e-mail's body is written in."""
        body = self.parts.get("html") or self.parts.get("text")
        return (body and body.language) or self.template.language or self.location.locale

    @property
    def words(self) -> Wording:
        """What Bookflow adds to the e-mail, in the language of its body and the reader's region."""
        return wording_for([self.body_settings.locale], self.location.wordings)

    @property
    def body_settings(self) -> RenderSettings:
        """The customs of the e-mail's body."""
        return settings_for(self.location, self.reader_locale, language=self.body_language)

    def rendered(self, name: PartName) -> str:
        """Return a text with its variables in place, empty if the template has none.

        Raises:
            TemplateError: It cannot be rendered.
        """
        part = self.parts.get(name)
        return self.render(part) if part else ""

    def render(self, part: TemplatePart) -> str:
        """Return one of the template's texts with its variables in place; raises as `rendered`."""
        language = part.language or self.template.language
        settings = settings_for(self.location, self.reader_locale, language=language)
        field = f"template.{part.field}"
        try:
            text = render(
                part.source, self.variables, mode=part.mode, settings=settings, field=field
            )
        except TemplateError as error:
            raise (part.compiled.in_block(error) if part.compiled else error) from None
        return text if part.name == "html" else text.strip()


def compose_email(
    template: Template,
    *,
    to: str,
    variables: Mapping[str, Any],
    location: Location,
    reader_locale: str | None = None,
    tags: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> Email:
    """Return the e-mail that the template makes of the variables.

    The HTML part goes into the common layout unless it is a whole document. The text part is
    derived from the HTML part when the template has no text part. Replies go to the
    template's own address, else to the location's, else to the sender. With an unsubscribe link
    among the variables, each part and the headers hold it.

    Raises:
        PermanentError: The template has no subject or no body, or cannot be rendered.
    """
    texts = ReaderTexts(template, location, reader_locale, variables, now)
    subject, content = texts.rendered("subject"), texts.rendered("html")
    text = texts.rendered("text") if "text" in texts.parts else html_to_text(content)
    if not subject:
        raise _empty("subject", "The e-mail has no subject.")
    if not content and not text:
        raise _empty("html", "The e-mail has no text.")
    email = Email(
        to=to,
        subject=subject,
        html=whole_html(content, subject, variables, location, texts.body_settings),
        text=text,
        reply_to=usable_email(template.reply_to) or usable_email(location.email),
        sender_name=" ".join(location.name.split()),
        tags=tags or {},
        is_tracked=location.track_messages,
    )
    link = variables.get("unsubscribe_url")
    return with_unsubscribe(email, link, texts.words) if link else email


def whole_html(
    content: str,
    subject: str,
    variables: Mapping[str, Any],
    location: Location,
    settings: RenderSettings,
) -> str:
    """Return an e-mail's HTML in the common layout; a whole document stays as it is.

    The layout adds an unsubscribe link only to content without one.
    """
    if not content or is_whole_document(content):
        return content
    unsubscribe_link = variables.get("unsubscribe_url")
    return in_layout(
        content,
        subject=subject,
        location=location,
        settings=settings,
        unsubscribe_url=None if has_link(content, unsubscribe_link) else unsubscribe_link,
    )


def compose_sms(
    template: Template,
    *,
    to: str,
    variables: Mapping[str, Any],
    location: Location,
    reader_locale: str | None = None,
) -> TextMessage:
    """Return the SMS that the template makes of the variables.

    Raises:
        PermanentError: The text is empty or too long to be sent, or cannot be rendered.
    """
    rendered = ReaderTexts(template, location, reader_locale, variables).rendered("sms")
    if not rendered:
        raise _empty("sms", "The SMS has no text.")
    if len(rendered) > MAX_CHARACTERS:
        raise PermanentError(
            f"The SMS has {len(rendered)} characters; {MAX_CHARACTERS} can be sent.",
            field="template.sms",
            remedy="Shorten the template, or cut long values with truncate.",
        )
    return TextMessage(to=to, text=rendered, is_marketing=template.category == "marketing")


def _empty(name: str, message: str) -> PermanentError:
    return PermanentError(
        message, field=f"template.{name}", remedy="Write one in the template and save it."
    )
