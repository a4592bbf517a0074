"""Stores, rotates and removes the secrets of a location; values go in and never come out."""

from __future__ import annotations

import re
import secrets as randomness
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bookflow.domain.shared.errors import ConflictError, InvalidInputError, StaleRevisionError
from bookflow.domain.webhooks.secret_hosts import check_hosts
from bookflow.domain.webhooks.secrets import (
    MAX_SECRET_CHARACTERS,
    NAME,
    SIGNING_SECRET,
    Secret,
    SecretInfo,
)
from bookflow.domain.webhooks.signature import check_secret, encode_secret
from bookflow.ports import Ports

OVERLAP = timedelta(hours=24)
"""How long the previous value counts after a rotation, for receivers to take up the new one."""

MAX_OVERLAP = timedelta(days=30)

MIN_SECRET_CHARACTERS = 8
"""Shorter texts could not be distinguished from plain words where a secret has to be hidden."""

SIGNING_KEY_BYTES = 32


@dataclass(frozen=True)
class Stored:
    """A secret that was stored.

    Attributes:
        revision: The revision that counts now.
        made: The signing secret if it was made here, for the receivers, this one time.
    """

    revision: int
    made: str | None = None


class SecretManager:
    """The secrets that webhooks sign with and carry in their headers."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def list(self, location_id: str) -> Sequence[SecretInfo]:
        """Return names, hosts and dates, by name; a previous value that has expired is left out."""
        now = self._ports.clock.now()
        return [
            replace(each, previous_until=None)
            if each.previous_until is not None and each.previous_until <= now
            else each
            for each in self._ports.secrets.list(location_id)
        ]

    def create(
        self, location_id: str, name: str, value: str | None, hosts: Sequence[str] = ()
    ) -> Stored:
        """Store a secret under a new name; see `put` and `set_hosts`.

        Raises:
            ConflictError: The name is taken.
            InvalidInputError: Name, value or a host do not have their form, or the value is
                missing.
        """
        made = _made(name, value)
        secret = Secret(_checked(name, made or value), hosts=self._hosts(name, hosts))
        try:
            return Stored(self._ports.secrets.put(location_id, name, secret, based_on=0), made)
        except StaleRevisionError:
            raise ConflictError(
                "is the name of another secret",
                field="name",
                remedy="Choose another name, or replace or rotate the secret that has it.",
            ) from None

    def put(self, location_id: str, name: str, value: str | None, *, based_on: int) -> Stored:
        """Replace a secret's value; the one before it stops counting at once. Its hosts stay.

        Args:
            location_id: Whose secret it is.
            name: Small letters, digits, `_` and `-`; begins with a letter.
            value: 8 to 1,500 visible ASCII characters; for `webhook-signing` of the form
                `whsec_<base64>`, and a random one if it is left out.
            based_on: The revision that it replaces.

        Raises:
            InvalidInputError: Name or value do not have this form, or the value is missing.
            NotFoundError: The location has no such secret.
            StaleRevisionError: Another revision is stored.
        """
        made = _made(name, value)
        new = _checked(name, made or value)
        old = self._ports.secrets.get(location_id, name, fresh=True)
        secret = Secret(new, hosts=old.hosts)
        return Stored(self._ports.secrets.put(location_id, name, secret, based_on=based_on), made)

    def set_hosts(
        self, location_id: str, name: str, hosts: Sequence[str], *, based_on: int
    ) -> tuple[int, tuple[str, ...]]:
        """Name the hosts that a secret may be sent to, in the place of those before.

        Args:
            location_id: Whose secret it is.
            name: The secret; `webhook-signing` is never sent and takes no hosts.
            hosts: At most 20, such as `api.example.com` or `*.example.com`; none at all stops
                webhooks from sending the secret.
            based_on: The revision that it replaces.

        Returns:
            The new revision, and the hosts in their normal spelling.

        Raises:
            InvalidInputError: A host cannot be one of a secret; `field` is `hosts.<place>`.
            NotFoundError: The location has no such secret.
            StaleRevisionError: Another revision is stored.
        """
        _check_name(name)
        named = self._hosts(name, hosts)
        old = self._ports.secrets.get(location_id, name, fresh=True)
        secret = replace(old, hosts=named)
        return self._ports.secrets.put(location_id, name, secret, based_on=based_on), named

    def rotate(
        self,
        location_id: str,
        name: str,
        value: str | None = None,
        *,
        based_on: int,
        overlap: timedelta = OVERLAP,
    ) -> Stored:
        """Replace a secret, the value before it counting on for a while.

        Webhooks are signed with both values until then. Headers carry the new value at once.

        Args:
            location_id: Whose secret it is.
            name: The secret.
            value: The new value; without one the signing secret becomes a random one.
            based_on: The revision that it replaces.
            overlap: How long the old value counts, at most 30 days.

        Raises:
            NotFoundError: The location has no such secret.
            InvalidInputError: The value is missing or has another form, or the overlap is out of
                range.
            StaleRevisionError: Another revision is stored.
        """
        if not timedelta(0) <= overlap <= MAX_OVERLAP:
            raise InvalidInputError(
                "is not between zero and 30 days", field="overlap", remedy="Use a day or two."
            )
        made = _made(name, value)
        new = _checked(name, made or value)
        old = self._ports.secrets.get(location_id, name, fresh=True)
        until = self._ports.clock.now() + overlap
        secret = replace(old, current=new, previous=old.current, previous_until=until)
        if new == old.current:
            # Its own value is no value before it: receivers still have the one that was.
            secret = old
        return Stored(self._ports.secrets.put(location_id, name, secret, based_on=based_on), made)

    def delete(self, location_id: str, name: str, *, based_on: int) -> None:
        """Remove a secret; steps that name it in a header fail from then on.

        Raises:
            InvalidInputError: The name cannot be one of a secret.
            StaleRevisionError: Another revision is stored.
        """
        _check_name(name)
        self._ports.secrets.delete(location_id, name, based_on=based_on)

    def _hosts(self, name: str, hosts: Sequence[str]) -> tuple[str, ...]:
        if name == SIGNING_SECRET and hosts:
            raise InvalidInputError(
                f"The secret {name} signs webhooks and is never sent, so it takes no hosts.",
                field="hosts",
                remedy="Leave the hosts out.",
            )
        return check_hosts(hosts, self._ports.url_policy)


def _made(name: str, value: str | None) -> str | None:
    """Return a random secret to sign with, if that is what is to be stored."""
    is_to_be_made = value is None and name == SIGNING_SECRET
    return encode_secret(randomness.token_bytes(SIGNING_KEY_BYTES)) if is_to_be_made else None


def _checked(name: str, value: str | None) -> str:
    _check_name(name)
    if value is None:
        raise InvalidInputError("is missing", field="value", remedy="Send the value.")
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
    return value


def _check_name(name: str) -> None:
    if not re.fullmatch(NAME, name):
        raise InvalidInputError(
            "is not the name of a secret",
            field="name",
            remedy="Use at most 64 small letters, digits, _ and -, the first one a letter.",
        )
