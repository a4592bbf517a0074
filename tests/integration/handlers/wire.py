"""The wire between botocore and AWS, and between the webhook and its receiver, which can break."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse

from bookflow.adapters.http.sender import GuardedHttpSender
from bookflow.bootstrap import Services, services
from bookflow.domain.webhooks.http_messages import DeliveryUncertain, HttpRequest, HttpResponse
from tests.fakes import Crash
from tests.integration.handlers.stack import NAME


class Mode(StrEnum):
    """How a request breaks."""

    FAILED_BEFORE = "answered by a 500, without effect"
    FAILED_AFTER = "answered by a 500, after its effect"
    TIMED_OUT = "not answered, after its effect"
    RESET = "connection lost, without effect"
    THROTTLED = "throttled"
    DIED = "the process dies, after its effect"


class Call(NamedTuple):
    """A request, known by its operation; records of effects are told apart by their table."""

    name: str
    is_write: bool


_READS = ("Get", "Query", "BatchGet", "Describe", "List")
_HTTP = Call("http", is_write=True)
_THROTTLED_BODIES: Mapping[str, tuple[int, str]] = {
    "sesv2": (429, json.dumps({"__type": "TooManyRequestsException"})),
    "sns": (
        429,
        "<ErrorResponse><Error><Code>Throttled</Code><Message/></Error></ErrorResponse>",
    ),
}
_THROTTLED = (400, json.dumps({"__type": "ThrottlingException"}))


@dataclass
class Wire:
    """Breaks the requests from a given one on, counted from when this was set.

    Attributes:
        calls: The requests made.
        at: Place of the first request that breaks, from 0; None breaks none.
        times: How many requests in a row break.
        mode: How they break.
        is_watched: Whether requests count; those of other threads, in which machines run, never do.
    """

    calls: list[Call] = field(default_factory=list)
    at: int | None = None
    times: int = 1
    mode: Mode = Mode.FAILED_BEFORE
    is_watched: bool = True
    _thread: int = field(default_factory=threading.get_ident)

    def breaks(self, at: int | None, mode: Mode = Mode.FAILED_BEFORE, times: int = 1) -> None:
        """Break requests from now on."""
        self.calls, self.at, self.mode, self.times = [], at, mode, times

    def is_broken(self, call: Call) -> bool:
        """Note a request; say whether it breaks."""
        if not self.is_watched or threading.get_ident() != self._thread:
            return False
        place = len(self.calls)
        self.calls.append(call)
        return self.at is not None and self.at <= place < self.at + self.times

    def aws(self, event_name: str, request: AWSPreparedRequest, send: Callable[[], Any]) -> Any:
        """Answer a request to AWS; `send` lets it have its effect."""
        _, service, operation = event_name.split(".")
        is_record = f"{NAME}-idempotency".encode() in _bytes(request.body)
        call = Call(
            f"effect:{operation}" if is_record else operation, not operation.startswith(_READS)
        )
        if not self.is_broken(call):
            return send()
        if self.mode is Mode.THROTTLED:
            return _answer(request, *_THROTTLED_BODIES.get(service, _THROTTLED))
        if self.mode is Mode.RESET:
            raise ConnectionClosedError(endpoint_url=request.url)
        if self.mode is Mode.FAILED_BEFORE:
            return _answer(request, 500, "")
        send()
        if self.mode is Mode.FAILED_AFTER:
            return _answer(request, 500, "")
        if self.mode is Mode.TIMED_OUT:
            raise ReadTimeoutError(endpoint_url=request.url)
        raise Crash(call.name)

    def http(self, send: Callable[[], HttpResponse]) -> HttpResponse:
        """Answer a request of a webhook; `send` lets it have its effect."""
        if not self.is_broken(_HTTP):
            return send()
        if self.mode is Mode.THROTTLED:
            return _http_answer(429)
        if self.mode is Mode.RESET:
            raise DeliveryUncertain("The connection broke off.")
        if self.mode is Mode.FAILED_BEFORE:
            return _http_answer(500)
        send()
        if self.mode is Mode.FAILED_AFTER:
            return _http_answer(500)
        if self.mode is Mode.TIMED_OUT:
            raise DeliveryUncertain("It did not answer in time.")
        raise Crash("http")


@contextmanager
def breakable_wire(monkeypatch: pytest.MonkeyPatch, wire: Wire | None = None) -> Iterator[Wire]:
    """Put a wire, or one that is given, between the functions and everything outside."""
    wire = wire or Wire()
    to_aws, to_receiver, make = BotocoreStubber.__call__, GuardedHttpSender.send, Services._client

    def stubber(
        self: BotocoreStubber, event_name: str, request: AWSPreparedRequest, **more: Any
    ) -> Any:
        if not self.enabled:
            return None
        return wire.aws(event_name, request, lambda: to_aws(self, event_name, request, **more))

    def send(self: GuardedHttpSender, request: HttpRequest) -> HttpResponse:
        return wire.http(lambda: to_receiver(self, request))

    @cache
    def client(service: str, tries: int) -> Any:
        return make(services(), service, tries=tries)

    with monkeypatch.context() as patched:
        # A new process makes new clients, which takes moto longer than all else.
        patched.setattr(Services, "_client", lambda _, name, *, tries=3: client(name, tries))
        patched.setattr(BotocoreStubber, "__call__", stubber)
        patched.setattr(GuardedHttpSender, "send", send)
        # botocore's waits between its own tries.
        patched.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda seconds: None))
        yield wire


def _answer(request: AWSPreparedRequest, status: int, body: str) -> AWSResponse:
    raw: Any = MockRawResponse(body)
    return AWSResponse(request.url, status, {}, raw)


def _http_answer(status: int) -> HttpResponse:
    return HttpResponse(status, {}, b"", truncated=False, elapsed_ms=1)


def _bytes(body: Any) -> bytes:
    if isinstance(body, str):
        return body.encode()
    return body if isinstance(body, bytes) else b""
