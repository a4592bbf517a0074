"""Compares texts as people type them: without capitals and accents."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from bookflow.domain.shared.addresses import is_like_email, written_emails


def folded(text: str) -> str:
    """Return a text without what people leave out as they type."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in parts if not unicodedata.combining(each)).strip()


def matches(sought: str, texts: Iterable[str | None]) -> bool:
    """Whether each word of what is sought is a part of one of the texts."""
    about = [folded(text) for text in texts if text]
    return all(any(word in text for text in about) for word in folded(sought).split())


MAX_CONTACT_EMAILS = 2
"""By how many addresses in one field a customer is found."""


def contact_keys(text: str | None) -> Sequence[str]:
    """Return by what a customer is found who wrote this: addresses in small letters, or last digits.

    A field whose addresses cannot be told apart is found by its whole text. A phone number is
    written in many ways, with or without its country: the last eight digits are mostly the same
    in all. A caller that finds more by them compares the whole.
    """
    if text is None:
        return ()
    if is_like_email(text):
        written = [each.lower() for each in written_emails(text)] or [text.strip().lower()]
        return [*dict.fromkeys(written)][:MAX_CONTACT_EMAILS]
    digits = "".join(each for each in text if each.isdecimal())[-8:]
    return [digits] if digits else []
