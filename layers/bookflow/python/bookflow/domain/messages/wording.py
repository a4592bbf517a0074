"""The words that Bookflow itself adds to messages and pages: one catalogue (`.po`) a language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

FALLBACK = "en"
"""The language of the catalogues' own texts, so of those that are not translated."""

_TAG = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_;,\s]|$)")
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


@cache
def languages() -> frozenset[str]:
    """Return every language there is a catalogue for."""
    return frozenset(file.name.removesuffix(".po") for file in _FOLDER.iterdir())


@cache
def wording(language: str) -> Wording:
    """Return the words of a language that there is a catalogue for."""
    from babel.messages.pofile import read_po

    with (_FOLDER / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    texts = {str(each.context): str(each.string or each.id) for each in catalogue if each.context}
    return Wording(language, text_direction(language), texts)


def wording_for(tags: Iterable[str | None]) -> Wording:
    """Return the words of the first language that there are words for, else English.

    Args:
        tags: BCP 47 tags, or the value of an Accept-Language header; the wished-for first.
    """
    for tag in tags:
        for part in (tag or "").split(","):
            found = _TAG.match(part)
            if found and found[1].lower() in languages():
                return wording(found[1].lower())
    return wording(FALLBACK)


def text_direction(tag: str) -> str:
    """Return `rtl` for a language that is written from right to left, else `ltr` (CLDR)."""
    from bookflow.domain.shared.locales import known_locale

    locale = known_locale(tag)
    return "ltr" if locale is None else locale.text_direction
