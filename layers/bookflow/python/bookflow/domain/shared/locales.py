"""Languages with their regions (BCP 47), read so that no text from outside can name a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.core import Locale

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
