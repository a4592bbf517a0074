"""The text of one message that a person wrote anew for one booking, in the place of its template's."""

from __future__ import annotations

from datetime import datetime

from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.records import StoredModel
from bookflow.domain.templates.content import LanguageTag, Template, TemplateText


class EditedText(StoredModel):
    """What a message says instead of its template; it never changes.

    Attributes:
        language: Tag of the text's language; the location's when empty.
        kept_until: When it may vanish.
    """

    location_id: Identifier
    booking_id: Identifier
    id: Identifier
    texts: TemplateText
    language: LanguageTag | None = None
    kept_until: datetime | None = None

    def applied(self, template: Template) -> Template:
        """Return the template with this text, in one language."""
        return with_text(template, self.texts, self.language)


def with_text(template: Template, texts: TemplateText, language: LanguageTag | None) -> Template:
    """Return a template that says this in one language, and is otherwise the same."""
    return template.changed(**dict(texts), language=language, translations={})


def text_for(
    template: Template, reader_locale: str | None, *, home: str
) -> tuple[TemplateText, LanguageTag | None]:
    """Return what a reader gets of a template, before variables, and the tag of its language.

    Args:
        template: The template.
        reader_locale: The reader's, where it is known.
        home: The location's language.
    """
    own = template.own_text
    chosen = template.language_for(reader_locale, home=home)
    if chosen is None:
        return own, template.language
    wished = template.translations[chosen]
    body = wished if wished.has_body else own
    text = TemplateText(
        subject=wished.subject if wished.subject.strip() else own.subject,
        html=body.html,
        blocks=body.blocks,
        text=body.text,
        sms=wished.sms if wished.sms.strip() else own.sms,
    )
    is_translated = body is wished or template.channel == "sms"
    return text, chosen if is_translated else template.language
