"""Stores, rotates and removes the secrets of a location; values go in and never come out."""

from __future__ import annotations

import re
import secrets as randomness
from collections.abc import Sequence
from datetime import timedelta

from bookflow.domain.errors import InvalidInputError
from bookflow.domain.secrets import (
    MAX_SECRET_CHARACTERS,
    NAME,
    SIGNING_SECRET,
    Secret,
    SecretInfo,
)
from bookflow.domain.webhook_signature import check_secret, encode_secret
from bookflow.ports import Ports

OVERLAP = timedelta(hours=24)
"""How long the previous value counts after a rotation, for receivers to take up the new one."""

MAX_OVERLAP = timedelta(days=30)

MIN_SECRET_CHARACTERS = 8
"""Shorter texts could not be told from plain words where a secret has to be hidden."""

SIGNING_KEY_BYTES = 32


class SecretManager:
    """The secrets that webhooks sign with and carry in their headers."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def list(self, location_id: str) -> Sequence[SecretInfo]:
        """Return names and dates, by name."""
        return self._ports.secrets.list(location_id)

    def put(self, location_id: str, name: str, value: str) -> None:
        """Store a secret; another value of that name stops counting at once.

        Args:
            location_id: Whose secret it is.
            name: Small letters, digits, `_` and `-`; begins with a letter.
            value: 8 to 1,500 visible ASCII characters; for `webhook-signing` of the form
                `whsec_<base64>`.

        Raises:
            InvalidInputError: Name or value do not have this form.
        """
        _check(name, value)
        self._ports.secrets.put(location_id, name, Secret(value))

    def create_signing_secret(self, location_id: str) -> str:
        """Store a new random signing secret and return it, for the receivers, this one time."""
        value = _new_signing_secret()
        self._ports.secrets.put(location_id, SIGNING_SECRET, Secret(value))
        return value

    def rotate(
        self, location_id: str, name: str, value: str | None = None, *, overlap: timedelta = OVERLAP
    ) -> str | None:
        """Replace a secret, the value before it counting on for a while.

        Webhooks are signed with both values until then. Headers carry the new value at once.

        Args:
            location_id: Whose secret it is.
            name: The secret.
            value: The new value; without one the signing secret becomes a random one.
            overlap: How long the old value counts, at most 30 days.

        Returns:
            The new signing secret if it was made here, this one time; else None.

        Raises:
            NotFoundError: The location has no such secret.
            InvalidInputError: The value is missing or has another form, or the overlap is out of
                range.
        """
        if not timedelta(0) <= overlap <= MAX_OVERLAP:
            raise InvalidInputError(
                "is not between zero and 30 days", field="overlap", remedy="Use a day or two."
            )
        made = _new_signing_secret() if value is None and name == SIGNING_SECRET else None
        new = made or value or ""
        _check(name, new)
        old = self._ports.secrets.get(location_id, name, fresh=True)
        if new != old.current:
            until = self._ports.clock.now() + overlap
            self._ports.secrets.put(location_id, name, Secret(new, old.current, until))
        return made

    def delete(self, location_id: str, name: str) -> None:
        """Remove a secret; steps that name it in a header fail from then on.

        Raises:
            InvalidInputError: The name cannot be one of a secret.
        """
        _check_name(name)
        self._ports.secrets.delete(location_id, name)


def _new_signing_secret() -> str:
    return encode_secret(randomness.token_bytes(SIGNING_KEY_BYTES))


def _check(name: str, value: str) -> None:
    _check_name(name)
    if not MIN_SECRET_CHARACTERS <= len(value) <= MAX_SECRET_CHARACTERS:
        raise InvalidInputError(
            f"has fewer than {MIN_SECRET_CHARACTERS} or more than "
            f"{MAX_SECRET_CHARACTERS} characters",
            field="value",
            remedy="Copy the secret whole.",
        )
    if not re.fullmatch(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?", value):
        raise InvalidInputError(
            "holds something else than visible ASCII characters, or a blank at an end",
            field="value",
            remedy="Copy the secret alone, without line breaks.",
        )
    if name == SIGNING_SECRET:
        check_secret(value, field="value")


def _check_name(name: str) -> None:
    if not re.fullmatch(NAME, name):
        raise InvalidInputError(
            "is not the name of a secret",
            field="name",
            remedy="Use at most 64 small letters, digits, _ and -, the first one a letter.",
        )
