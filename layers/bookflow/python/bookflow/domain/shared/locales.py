"""Languages with their regions (BCP 47), read so that no text from outside can name a file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.core import Locale

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_REGION = re.compile(r"-(?:[a-z]{2}|[0-9]{3})(?=-|$)")
_SAME_LANGUAGE = {"nb": "no"}
"""Norwegian is written `no` or, as most systems state it, `nb`."""

_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")


def known_locale(tag: str) -> Locale | None:
    """Return the locale of a tag such as `de-DE` or `de_DE`, or None if it is not known.

    Babel finds a locale's data by file name, and takes what stands after an `@` as it is
    written. Nothing but letters, digits and separators goes there.
    """
    from babel.core import Locale, UnknownLocaleError

    if _TAG.fullmatch(tag) is None:
        return None
    try:
        return Locale.parse(tag.replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        return None


def language_of(tag: str | None) -> str:
    """Return the language of a BCP 47 tag, such as `de` of `de-AT`; `en` if it is none."""
    language = re.split(r"[-_]", (tag or "").lower())[0]
    return language if _LANGUAGE.fullmatch(language) else "en"


def language_name(tag: str) -> str:
    """Return the English name of a language, such as `Portuguese (Brazil)`; else the tag."""
    locale = known_locale(tag)
    return (locale.get_display_name("en") if locale else None) or tag


def closest_tag(wanted: str | None, offered: Iterable[str]) -> str | None:
    """Return the tag of a text that a reader of a locale reads best; None if no language is theirs.

    That is the very tag, else the language with its script, else another region of it, where the
    reader's likely one comes first: `pt-BR` for `pt` (CLDR, likely subtags). Of equal ones it is the
    first.

    Args:
        wanted: The reader's locale.
        offered: BCP 47 tags, the preferred first.
    """
    if not wanted:
        return None
    ranks = {tag: _closeness(wanted, tag) for tag in offered}
    best = max(ranks, key=lambda tag: ranks[tag], default="")
    return best if ranks.get(best) else None


def is_same_writing(one: str, other: str) -> bool:
    """Return whether two tags mean one language in one script, whatever their regions."""
    return _closeness(one, other) > 1


def with_region(language: str, reader: str | None, home: str) -> str:
    """Return a text's language, with the region of the first of its readers who read it.

    A language without a region gets the location's: `en` in Berlin has dates as in `en-DE`.

    Args:
        language: BCP 47 tag of the text.
        reader: The reader's locale, where it is known.
        home: The location's.
    """
    for other in (reader, home):
        if other and is_same_writing(other, language) and known_locale(other):
            return other
    bare, where = language_of(language), known_locale(home)
    regional = f"{bare}-{where.territory}" if where and where.territory else language
    has_region = language.lower() != bare
    return language if has_region or known_locale(regional) is None else regional


def _closeness(wanted: str, offered: str) -> int:
    """Return how well a text suits a reader, from 0 to 5: not at all to exactly."""
    if _plain(wanted) == _plain(offered):
        return 5
    reader, text = _likely(wanted), _likely(offered)
    if reader is None or text is None or reader[0] != text[0]:
        return 0
    if reader[1] != text[1]:
        return 1
    if not _REGION.search(_plain(offered)):
        return 4
    return 3 if reader[2] == text[2] else 2


def _likely(tag: str) -> tuple[str, str, str] | None:
    """Return the language, script and region of a tag, likely ones where it names none."""
    from babel.core import get_global

    language, *rest = _plain(tag).split("-")
    language = get_global("language_aliases").get(language, language)
    language = _SAME_LANGUAGE.get(language, language)
    if not _LANGUAGE.fullmatch(language):
        return None
    script = next((part.title() for part in rest if len(part) == 4 and part.isalpha()), "")
    region = next((part.upper() for part in rest if _REGION.fullmatch(f"-{part}")), "")
    known = get_global("likely_subtags")
    for parts in ((script, region), ("", region), (script,), ()):
        found = known.get("_".join(each for each in (language, *parts) if each))
        if found:
            subtags = found.split("_")
            likely = next((each for each in subtags[1:] if len(each) == 4), "")
            return language, script or likely, region or subtags[-1]
    return language, script, region


def _plain(tag: str) -> str:
    return tag.strip().lower().replace("_", "-")
