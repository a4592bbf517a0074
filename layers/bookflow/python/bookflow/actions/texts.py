"""Checks and cuts a text once its variables are in place."""

from __future__ import annotations

from bookflow.domain.shared.errors import PermanentError


def require_filled(text: str, field: str) -> None:
    """Check that the text of a field says something.

    Raises:
        PermanentError: It is empty.
    """
    if not text:
        raise PermanentError(
            f"The {field} is empty once its variables are in place.",
            field=field,
            remedy="Write a text of its own around the variables.",
        )


def cut(text: str, limit: int) -> str:
    """Return the text, of at most so many characters: a long value is no reason to fail."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
