"""Languages with their regions (BCP 47), read so that no text from outside can name a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.core import Locale

_LANGUAGE = re.compile(r"[a-z]{2,3}")
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
