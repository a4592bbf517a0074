"""Receivers on loopback that answer as badly as a test wants."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Protocol

from bookflow.adapters.http.sender import GuardedHttpSender
from bookflow.domain.webhooks.url_policy import Resolver

Reply = Callable[[socket.socket, Event], None]


def answer(raw: bytes) -> Reply:
    """Send these bytes and close."""
    return lambda connection, stop: connection.sendall(raw)


OK = answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


@dataclass
class Receiver:
    """A server that takes one connection after another, for as long as the test lasts."""

    reply: Reply
    address: str = "127.0.0.1"
    tls: ssl.SSLContext | None = None
    reads: bool = True
    wanted_port: int = 0
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self.stop = Event()
        self._listener = socket.create_server(
            (self.address, self.wanted_port), family=_family(self.address)
        )
        self.port: int = self._listener.getsockname()[1]
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self.stop.is_set():
                connection.close()
                return
            self.connections += 1
            connection.settimeout(5)
            with contextlib.suppress(OSError), connection:
                self._converse(connection)

    def _converse(self, plain: socket.socket) -> None:
        connection = self.tls.wrap_socket(plain, server_side=True) if self.tls else plain
        with connection:
            if self.reads:
                self.requests.append(_read_request(connection))
            self.reply(connection, self.stop)

    def close(self) -> None:
        """Stop, whatever the reply is doing."""
        self.stop.set()
        with contextlib.suppress(OSError), socket.create_connection((self.address, self.port), 1):
            pass
        self._listener.close()
        self._thread.join(timeout=10)


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


HAS_IPV6 = _has_ipv6()


def _read_request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            return received
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            while len(body) < int(value):
                body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


class StartReceiver(Protocol):
    """Starts a receiver that the test's end stops."""

    def __call__(
        self,
        reply: Reply = OK,
        *,
        address: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
        reads: bool = True,
        port: int = 0,
    ) -> Receiver: ...


class MakeSender(Protocol):
    """Makes a sender that may reach one receiver under the name `hooks.test`."""

    def __call__(
        self,
        port: int,
        *,
        resolver: Resolver = ...,
        ssl_context: ssl.SSLContext | None = None,
    ) -> GuardedHttpSender: ...
