"""Checks and cuts a text once its variables are in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookflow.domain.rendering import Mode, render
from bookflow.domain.shared.errors import PermanentError
from bookflow.domain.templates.compose import settings_for

if TYPE_CHECKING:
    from bookflow.domain.catalogue.step_scope import Scope


def rendered(source: str, scope: Scope, field: str, mode: Mode) -> str:
    """Return a configured text with its variables in place, in the location's customs.

    Raises:
        PermanentError: It cannot be rendered; `field` names it.
    """
    settings = settings_for(scope.context.location)
    return render(source, scope.variables, mode=mode, settings=settings, field=field)


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
