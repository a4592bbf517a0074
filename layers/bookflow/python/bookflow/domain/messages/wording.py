"""The words that Bookflow itself adds to messages and pages: one catalogue (`.po`) a language.

A location may word them itself, in these languages and others: by language and by the context of
the text, such as `{"de": {"unsubscribe_link": "Hier abmelden"}}`.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from bookflow.domain.shared.locales import known_locale, language_of

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

OwnWordings = Mapping[str, Mapping[str, str]]
"""A location's own words: by BCP 47 tag, then by the context of the text."""

FALLBACK = "en"
"""The language of the catalogues' own texts, so of those that are not translated."""

_TAG = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_;,\s]|$)")
_PLACEHOLDER = re.compile(r"\{\{[^{}]*\}\}|\{\w+\}")
_SPACE_THAT_SAYS_NOTHING = re.compile(r"\s*([{}|()])\s*")
_BREAKING = frozenset({"Cc", "Zl", "Zp"})
"""Unicode's categories of what breaks a line. No-break spaces, joiners and marks of direction do not."""

_FOLDER = files("bookflow.domain.messages") / "words"


@dataclass(frozen=True)
class Wording:
    """One language's words, by the context of each text; called from templates.

    Attributes:
        language: BCP 47 tag, for `lang`.
        direction: `ltr` or `rtl`, for `dir`.
    """

    language: str
    direction: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return the text with its values; the template escapes the whole.

        Raises:
            KeyError: No catalogue has the text.
        """
        text = self.texts[key]
        return text.format(**values) if values else text

    def about(self, location: str, key: str, **values: object) -> str:
        """Return a text about a location; one that has no name is described.

        Raises:
            KeyError: No catalogue has the text.
        """
        text = self(key, location=location or self("someone"), **values)
        begins = not location and self.texts[key].startswith("{location}")
        return text[:1].upper() + text[1:] if begins else text

    @property
    def colon(self) -> str:
        """What stands between a label and its text: in French after a space."""
        return "\u00a0:" if language_of(self.language) == "fr" else ":"


@cache
def languages() -> frozenset[str]:
    """Return every language there is a catalogue for."""
    return frozenset(file.name.removesuffix(".po") for file in _FOLDER.iterdir())


@cache
def wording(language: str) -> Wording:
    """Return the words of a language that there is a catalogue for."""
    catalogue = _catalogue(language)
    texts = {str(each.context): str(each.string or each.id) for each in catalogue if each.context}
    return Wording(language, text_direction(language), texts)


def _catalogue(language: str) -> Catalog:
    from babel.messages.pofile import read_po

    with (_FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


@dataclass(frozen=True)
class WordedText:
    """A text that Bookflow adds, as operators see it who word it themselves.

    Attributes:
        id: Its context in the catalogues.
        part: The part of Bookflow that it stands in, such as `Survey page`.
        title: What it is there.
        values: What it may name, as it is written: `{location}`, `{{ customer.first_name }}`.
    """

    id: str
    part: str
    title: str
    values: tuple[str, ...]


@cache
def worded_texts() -> tuple[WordedText, ...]:
    """Return every text that Bookflow adds, in the order of the catalogues."""
    return tuple(
        _worded_text(str(each.context), str(each.id), " ".join(each.auto_comments))
        for each in _catalogue(FALLBACK)
        if each.context
    )


def _worded_text(key: str, original: str, comment: str) -> WordedText:
    part, _, title = comment.partition(": ")
    return WordedText(key, part, title, tuple(dict.fromkeys(_PLACEHOLDER.findall(original))))


def wording_for(tags: Iterable[str | None], own: OwnWordings | None = None) -> Wording:
    """Return the words of the first language that there are words for, else English.

    Within a language the location's own words for the region come first, such as those for `pt-BR`,
    then its own for `pt`, then the catalogue's, then English.

    Args:
        tags: BCP 47 tags, or the value of an Accept-Language header; the wished-for first.
        own: The location's; they come before the catalogues'. What is not usable is passed over.
    """
    for tag in tags:
        for part in (tag or "").split(","):
            found = _TAG.match(part)
            if found is None:
                continue
            language = found[1].lower()
            texts = _own_texts(own, part.partition(";")[0])
            if language in languages():
                known = wording(language)
                return replace(known, texts={**known.texts, **texts}) if texts else known
            if texts:
                texts = {**wording(FALLBACK).texts, **texts}
                return Wording(language, text_direction(language), texts)
    return wording(FALLBACK)


def own_text_problem(key: str, text: str) -> tuple[str, str] | None:
    """Return what is wrong with a location's own text, and what to do; None if it can be used.

    Args:
        key: The text's context in the catalogues.
        text: The location's words; they may leave out a value, and name no other one.
    """
    original = wording(FALLBACK).texts.get(key)
    if original is None:
        return "is no text of Bookflow's", "Take it out, or choose one of the list in the docs."
    known = set(map(_plain_placeholder, _PLACEHOLDER.findall(original)))
    for placeholder in _PLACEHOLDER.findall(text):
        if _plain_placeholder(placeholder) not in known:
            names = ", ".join(sorted(known))
            return (
                f"names {placeholder[:60]}, which has no value there",
                f"Use {names}." if known else "Take it out: this text has no values.",
            )
    rest = _PLACEHOLDER.sub("", text)
    if "{" in rest or "}" in rest:
        return "has a brace that is not closed", "Copy values with their braces from the original."
    if not text.strip() or any(unicodedata.category(sign) in _BREAKING for sign in text):
        return "is empty or has a line break", "Write one line, or leave it out."
    return None


def escaped_text(text: str) -> str:
    """Return a text as HTML source; its placeholders stay."""
    rest = _PLACEHOLDER.split(text)
    values = [*_PLACEHOLDER.findall(text), ""]
    return "".join(html.escape(each) + value for each, value in zip(rest, values, strict=True))


def _own_texts(own: OwnWordings | None, tag: str) -> Mapping[str, str]:
    """Return the location's usable texts of a language, those of the region before the others."""
    subtags = tag.strip().lower().replace("_", "-").split("-")
    found: dict[str, str] = {}
    for wanted in ("-".join(subtags[:count]) for count in range(1, len(subtags) + 1)):
        for each, texts in (own or {}).items():
            if each.lower() == wanted:
                found |= {key: text for key, text in texts.items() if _is_usable(key, text)}
    return found


def _is_usable(key: str, text: str) -> bool:
    return own_text_problem(key, text) is None


def _plain_placeholder(placeholder: str) -> str:
    return _SPACE_THAT_SAYS_NOTHING.sub(r"\1", placeholder)


def text_direction(tag: str) -> str:
    """Return `rtl` for a language that is written from right to left, else `ltr` (CLDR)."""
    locale = known_locale(tag)
    return "ltr" if locale is None else locale.text_direction
