"""Secrets of locations in SSM Parameter Store: the port `Secrets`."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bookflow.adapters.aws_errors import AWS_ERRORS, as_bookflow_error, aws_errors, error_code
from bookflow.domain.shared.errors import InvalidInputError, NotFoundError, StaleRevisionError
from bookflow.domain.webhooks.secrets import SIGNING_SECRET, Secret, SecretInfo

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.parameters import SSMProvider

CACHE_SECONDS = 60
"""How old a value may be that a function hands out; a rotation overlaps for far longer."""

ABSENCE_SECONDS = 1.0
"""How long it stays believed that there is no such secret."""

MAX_VALUE_BYTES = 4096
"""Size of a parameter of the standard tier (AWS, "Managing parameter tiers")."""


class ParameterStoreSecrets:
    """Keeps each secret as one SecureString, the current and the previous value together.

    Reading asks for all secrets of the location at once: one call a minute and location. One that
    is not among them is looked for again, at most once a second, so that a secret that was added
    a moment ago is there.

    Args:
        client: An SSM client.
        prefix: Path of the stack's parameters, with a slash at both ends.
        monotonic: Seconds of a clock that never goes back.
    """

    def __init__(
        self, client: Any, prefix: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._prefix = prefix
        self._monotonic = monotonic
        self._looked: dict[str, float] = {}
        self._made: SSMProvider | None = None

    def get(self, location_id: str, name: str, *, fresh: bool = False) -> Secret:
        """Return the secret; unless `fresh`, it may be as old as `CACHE_SECONDS`.

        Raises:
            NotFoundError: The location has no such secret, or had none `ABSENCE_SECONDS` ago.
        """
        found = self._found(location_id, fresh=fresh)
        if name not in found and not fresh and self._may_look_again(location_id):
            found = self._found(location_id, fresh=True)
        if name not in found:
            raise NotFoundError("there is no such secret in this location", field="name")
        return _read(str(found[name]))

    def signing(self, location_id: str) -> Secret | None:
        """Return the secret that signs webhooks; most locations have none, so no second look."""
        value = self._found(location_id, fresh=False).get(SIGNING_SECRET)
        return None if value is None else _read(str(value))

    def _may_look_again(self, location_id: str) -> bool:
        now = self._monotonic()
        last = self._looked.get(location_id)
        if last is not None and now - last < ABSENCE_SECONDS:
            return False
        self._looked[location_id] = now
        return True

    def _found(self, location_id: str, *, fresh: bool) -> Mapping[str, Any]:
        from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

        try:
            return self._provider.get_multiple(
                self._folder(location_id),
                max_age=CACHE_SECONDS,
                force_fetch=fresh,
                decrypt=True,
                recursive=False,
            )
        except GetParameterError as error:
            # Powertools hides the error of botocore, whose text must not be logged, behind its own.
            cause = error.__context__
            if isinstance(cause, AWS_ERRORS):
                raise as_bookflow_error(cause, "Reading the secrets") from None
            raise

    def put(self, location_id: str, name: str, secret: Secret, *, based_on: int = 0) -> int:
        """Store the secret in the place of its revision `based_on`, 0 if there is none yet.

        Returns:
            The new revision: the parameter's version.

        Raises:
            InvalidInputError: It does not fit into a parameter.
            StaleRevisionError: Another revision is stored.
        """
        value = _write(secret)
        if len(value.encode()) > MAX_VALUE_BYTES:
            raise InvalidInputError(
                f"is larger than {MAX_VALUE_BYTES} bytes together with the one before it and the "
                "hosts",
                field="value",
                remedy="Use a shorter secret, or name fewer hosts.",
            )
        _check(based_on, self._revision(location_id, name))
        with aws_errors("Storing the secret"):
            answer = self._client.put_parameter(
                Name=f"{self._folder(location_id)}/{name}",
                Value=value,
                Type="SecureString",
                Overwrite=based_on > 0,
            )
        self._made = None  # with what it remembers
        return int(answer["Version"])

    def delete(self, location_id: str, name: str, *, based_on: int) -> None:
        """Remove the secret at that revision; a missing one is no error.

        Raises:
            StaleRevisionError: Another revision is stored.
        """
        stored = self._revision(location_id, name)
        if not stored:
            return
        _check(based_on, stored)
        try:
            self._client.delete_parameter(Name=f"{self._folder(location_id)}/{name}")
        except AWS_ERRORS as error:
            if error_code(error) != "ParameterNotFound":
                raise as_bookflow_error(error, "Deleting the secret") from None
        self._made = None  # with what it remembers

    def list(self, location_id: str) -> Sequence[SecretInfo]:
        """Return names, hosts and dates of the location's secrets; of the values, only until when."""
        found = [
            SecretInfo(
                name=_name(parameter),
                updated_at=parameter["LastModifiedDate"].astimezone(UTC),
                revision=int(parameter["Version"]),
                previous_until=secret.previous_until,
                hosts=secret.hosts,
            )
            for parameter in self._parameters(location_id, decrypted=True)
            for secret in [_read(parameter["Value"])]
        ]
        return sorted(found, key=lambda info: info.name)

    def _revision(self, location_id: str, name: str) -> int:
        stored = self._parameters(location_id, decrypted=False)
        return next((int(each["Version"]) for each in stored if _name(each) == name), 0)

    def _parameters(self, location_id: str, *, decrypted: bool) -> Iterator[Mapping[str, Any]]:
        pages = self._client.get_paginator("get_parameters_by_path")
        with aws_errors("Listing the secrets"):
            for page in pages.paginate(Path=self._folder(location_id), WithDecryption=decrypted):
                yield from page["Parameters"]

    @property
    def _provider(self) -> SSMProvider:
        if self._made is None:
            from aws_lambda_powertools.utilities.parameters import SSMProvider

            self._made = SSMProvider(boto3_client=self._client)
        return self._made

    def _folder(self, location_id: str) -> str:
        """Return the path of a location's secrets; two ids never share one.

        Raises:
            InvalidInputError: The id could lead into another location's folder.
        """
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:@-]*", location_id):
            raise InvalidInputError("is not an id", field="location_id")
        # Names of parameters know no colon and no at sign (AWS, PutParameter).
        safe = location_id.replace("_", "__").replace(":", "_3a").replace("@", "_40")
        return f"{self._prefix}{safe}"


def _name(parameter: Mapping[str, Any]) -> str:
    return str(parameter["Name"]).rpartition("/")[2]


def _check(based_on: int, stored: int) -> None:
    # SSM knows no conditional write. Two admins who change one secret in the same instant
    # can both pass; the later value counts, as each of them meant.
    if stored != based_on:
        raise StaleRevisionError("secret", based_on=based_on, stored=stored)


def _write(secret: Secret) -> str:
    until = secret.previous_until.isoformat() if secret.previous_until else None
    text = json.dumps(
        {
            "current": secret.current,
            "previous": secret.previous,
            "previous_until": until,
            "hosts": secret.hosts,
        }
    )
    # SSM takes {{name}} for another parameter and refuses it (AWS, "PutParameter", Value). Two
    # braces in a row are always within a text here, where JSON may write one as its code.
    return text.replace("{{", "{\\u007b")


def _read(value: str) -> Secret:
    document = json.loads(value)
    until = document["previous_until"]
    return Secret(
        current=document["current"],
        previous=document["previous"],
        previous_until=datetime.fromisoformat(until) if until else None,
        hosts=tuple(document["hosts"]),
    )
