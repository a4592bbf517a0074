"""Requests to other systems, secrets and the function that sends requests, in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bookflow.adapters.memory.clock import SettableClock
from bookflow.domain.shared.errors import NotFoundError, StaleRevisionError, TransientError
from bookflow.domain.webhooks.http_messages import HttpRequest, HttpResponse
from bookflow.domain.webhooks.secrets import SIGNING_SECRET, Secret, SecretInfo


class InMemorySecrets:
    def __init__(self, clock: SettableClock) -> None:
        self._clock = clock
        self.stored: dict[tuple[str, str], tuple[Secret, datetime, int]] = {}

    def get(self, location_id: str, name: str, *, fresh: bool = False) -> Secret:
        try:
            return self.stored[location_id, name][0]
        except KeyError:
            raise NotFoundError("there is no such secret in this location", field="name") from None

    def signing(self, location_id: str) -> Secret | None:
        stored = self.stored.get((location_id, SIGNING_SECRET))
        return stored[0] if stored else None

    def put(self, location_id: str, name: str, secret: Secret, *, based_on: int = 0) -> int:
        self._check(location_id, name, based_on)
        self.stored[location_id, name] = (secret, self._clock.now(), based_on + 1)
        return based_on + 1

    def delete(self, location_id: str, name: str, *, based_on: int) -> None:
        if (location_id, name) in self.stored:
            self._check(location_id, name, based_on)
            del self.stored[location_id, name]

    def list(self, location_id: str) -> Sequence[SecretInfo]:
        return [
            SecretInfo(key[1], updated_at, revision, secret.previous_until, secret.hosts)
            for key, (secret, updated_at, revision) in sorted(self.stored.items())
            if key[0] == location_id
        ]

    def _check(self, location_id: str, name: str, based_on: int) -> None:
        stored = self.stored[location_id, name][2] if (location_id, name) in self.stored else 0
        if stored != based_on:
            raise StaleRevisionError("secret", based_on=based_on, stored=stored)


def _ok(request: HttpRequest) -> HttpResponse:
    return HttpResponse(200, {"content-type": "application/json"}, b"{}", False, 1)


class InMemoryHttp:
    """Answers requests with `respond`, which a test may replace."""

    def __init__(self) -> None:
        self.requests: list[HttpRequest] = []
        self.respond: Callable[[HttpRequest], HttpResponse] = _ok

    def send(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        return self.respond(request)


class InMemoryFunctions:
    """Calls the handlers that a test sets, by the function's name."""

    def __init__(self) -> None:
        self.handlers: dict[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {}

    def invoke(self, name: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        if name not in self.handlers:
            raise TransientError(f"The function {name} does not answer.")
        return self.handlers[name](payload)
