"""Secrets of a location: what webhooks sign with, and what stands in their headers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

SIGNING_SECRET = "webhook-signing"  # noqa: S105 - its name
"""Name of the secret that webhooks are signed with, by Standard Webhooks."""

MASK = "***"
"""What is shown in the place of a secret."""

MAX_SECRET_CHARACTERS = 1500
"""Two of them and their date fit into one parameter of SSM's standard tier (4 KB)."""

NAME = r"[a-z][a-z0-9_-]{0,63}"
"""How secrets are named: small letters, digits, `_` and `-`."""

_REFERENCE = re.compile(rf"\{{\{{\s*secret\.({NAME})\s*\}}\}}")
_OTHER_USE = re.compile(r"\{[{%][^}]*(?<![.\w])secret\s*[.\[]")


@dataclass(frozen=True)
class Secret:
    """A secret's value, and the one before it while receivers still may know only that.

    Attributes:
        previous_until: Until when the previous value counts.
    """

    current: str = field(repr=False)
    previous: str | None = field(default=None, repr=False)
    previous_until: datetime | None = None

    def values(self, now: datetime) -> tuple[str, ...]:
        """Return the values that count: the current one first."""
        if self.previous is None or self.previous_until is None or now >= self.previous_until:
            return (self.current,)
        return (self.current, self.previous)


@dataclass(frozen=True)
class SecretInfo:
    """What may be shown of a secret.

    Attributes:
        revision: Counts its values; the first one is 1.
        previous_until: Until when the value before it counts, if it has one.
    """

    name: str
    updated_at: datetime
    revision: int
    previous_until: datetime | None = None


def references(text: str) -> tuple[str, ...]:
    """Return the names of the secrets that a text refers to as `{{ secret.name }}`, in order."""
    return tuple(_REFERENCE.findall(text))


def masked(text: str) -> str:
    """Return the text with `***` in the place of each reference to a secret."""
    return _REFERENCE.sub(MASK, text)


def is_misused(text: str) -> bool:
    """Tell whether `secret` stands in any other form than `{{ secret.name }}` alone."""
    return _OTHER_USE.search(_REFERENCE.sub("", text)) is not None


class Placeholders:
    """What stands for secrets while a text is rendered, so that rendering never sees one.

    Args:
        nonce: Random letters and digits, fresh for each rendering: what a variable's value says
            can then never become a reference.
    """

    def __init__(self, nonce: str) -> None:
        self._nonce = nonce
        self._form = re.compile(rf"<{nonce}:({NAME})>")

    def variables(self, texts: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
        """Return the variable `secret` for texts that refer to secrets."""
        names = (name for text in texts for name in references(text))
        return {"secret": {name: f"<{self._nonce}:{name}>" for name in names}}

    def pieces(self, rendered: str) -> tuple[str, ...]:
        """Return a rendered text cut up: texts at even places, names of secrets at odd ones."""
        return tuple(self._form.split(rendered))
