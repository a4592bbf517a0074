"""Requests to other systems, the secrets that they carry, and the function that sends them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from bookflow.domain.webhooks.http_messages import HttpRequest, HttpResponse
    from bookflow.domain.webhooks.secrets import Secret, SecretInfo


class Secrets(Protocol):
    """Secrets of a location, by name."""

    def get(self, location_id: str, name: str, *, fresh: bool = False) -> Secret:
        """Return the secret; unless `fresh`, it may be as old as a minute.

        Raises:
            NotFoundError: The location has no such secret, or had none a second ago.
        """

    def signing(self, location_id: str) -> Secret | None:
        """Return the secret that signs webhooks, if there is one; it may be as old as a minute."""

    def put(self, location_id: str, name: str, secret: Secret, *, based_on: int = 0) -> int:
        """Store the secret in the place of its revision `based_on`, 0 if there is none yet.

        Returns:
            The new revision.

        Raises:
            StaleRevisionError: Another revision is stored.
        """

    def delete(self, location_id: str, name: str, *, based_on: int) -> None:
        """Remove the secret at that revision; a missing one is no error.

        Raises:
            StaleRevisionError: Another revision is stored.
        """

    def list(self, location_id: str) -> Sequence[SecretInfo]:
        """Return names, hosts and dates of the location's secrets, by name; never a value."""


class HttpSender(Protocol):
    """HTTP requests to addresses that operators chose, guarded against SSRF."""

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send and return the response, whatever its status."""


class Functions(Protocol):
    """Other functions of the stack, by name: the one that sends webhooks."""

    def invoke(self, name: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """Run a function and return its answer; JSON values only.

        Raises:
            TransientError: It is busy, or ended without an answer. What it was asked to do may
                have happened.
        """
