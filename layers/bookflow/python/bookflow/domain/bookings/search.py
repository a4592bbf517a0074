"""Compares texts as people type them: without capitals and accents."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def folded(text: str) -> str:
    """Return a text without what people leave out as they type."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in parts if not unicodedata.combining(each)).strip()


def matches(sought: str, texts: Iterable[str | None]) -> bool:
    """Whether each word of what is sought is a part of one of the texts."""
    about = [folded(text) for text in texts if text]
    return all(any(word in text for text in about) for word in folded(sought).split())


def contact_key(text: str) -> str:
    """Return by what a customer is found who wrote an address: it in small letters, or last digits.

    A phone number is written in many ways, with or without its country: the last eight digits
    are mostly the same in all. A caller that finds more by them compares the whole.
    """
    if "@" in text:
        return text.strip().lower()
    return "".join(each for each in text if each.isdecimal())[-8:]
