"""Opens connections to checked addresses only, and holds every operation to one deadline.

It is the network backend of one httpcore connection. httpcore still speaks HTTP and decides on
TLS with the host's name, so that the Host header, SNI and the check of the certificate are about
the name, while the socket goes to an address that was judged a moment before.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterable
from functools import partial
from ipaddress import IPv4Address, IPv6Address
from typing import Any, TypeVar

import httpcore

from bookflow.adapters.http.deadline import Deadline
from bookflow.adapters.http.resolver import resolve_within
from bookflow.domain.shared.errors import TransientError
from bookflow.domain.webhooks.url_policy import CheckedUrl, Resolver, UrlPolicy, check_destination

T = TypeVar("T")


class PinnedBackend(httpcore.NetworkBackend):
    """Connects to the destination of one checked URL, by its address.

    Args:
        url: The only destination that it serves.
        policy: The rules for addresses.
        resolver: Asked at most once.
        deadline: Bounds all that its connection does.
    """

    def __init__(
        self, url: CheckedUrl, policy: UrlPolicy, resolver: Resolver, deadline: Deadline
    ) -> None:
        self._url = url
        self._policy = policy
        self._resolver = resolver
        self._deadline = deadline
        self._stream: DeadlineStream | None = None

    @property
    def request_begun(self) -> bool:
        """Whether a byte of the request may have left; those of a TLS handshake do not count."""
        return self._stream is not None and self._stream.progress.request_begun

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve the URL's host once, judge every answer, and connect to the first that works.

        Raises:
            BlockedUrlError: The host leads to an address outside the policy.
            TransientError: The name does not resolve.
            httpcore.ConnectError, httpcore.ConnectTimeout: No address could be reached.
        """
        if (host, port) != (self._url.host, self._url.port):
            raise httpcore.ConnectError("the connection is asked for another host than the URL's")
        addresses = self._addresses()
        for tried, address in enumerate(addresses, start=1):
            try:
                # A dead address gets its share of the time and no more, so that the next is tried.
                share = self._deadline.remaining() / (len(addresses) - tried + 1)
                self._stream = DeadlineStream(_connect(address, port, share), self._deadline)
            except OSError as error:
                if tried == len(addresses):
                    late = isinstance(error, TimeoutError)
                    raise (httpcore.ConnectTimeout if late else httpcore.ConnectError) from error
            else:
                return self._stream
        raise httpcore.ConnectError("the name has no address")

    def _addresses(self) -> tuple[IPv4Address | IPv6Address, ...]:
        def resolve(host: str, port: int) -> tuple[str, ...]:
            return resolve_within(self._deadline.remaining(), self._resolver, host, port)

        try:
            return check_destination(self._url, self._policy, resolve)
        except OSError as error:
            late = isinstance(error, TimeoutError)
            problem = "was not resolved in time" if late else "cannot be resolved to an address"
            raise TransientError(
                f"The host {self._url.host} {problem}.",
                remedy="Check its spelling, and that its DNS record exists.",
            ) from error


class _Progress:
    """How far an exchange has come; shared by a stream and its TLS successor."""

    request_begun = False


class DeadlineStream(httpcore.NetworkStream):
    """A socket whose every operation gets the time that is left, whatever timeout is asked for."""

    def __init__(
        self, sock: socket.socket, deadline: Deadline, progress: _Progress | None = None
    ) -> None:
        self._socket = sock
        self._deadline = deadline
        self.progress = progress or _Progress()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return some bytes; none at the end of the stream."""
        return self._within_deadline(
            partial(self._socket.recv, max_bytes), httpcore.ReadTimeout, httpcore.ReadError
        )

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all bytes of the request's next part."""
        view = memoryview(buffer)
        while view:
            self.progress.request_begun = True
            sent = self._within_deadline(
                partial(self._socket.send, view), httpcore.WriteTimeout, httpcore.WriteError
            )
            view = view[sent:]

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> DeadlineStream:
        """Return the stream inside TLS, with the certificate checked for the host's name."""
        shake_hands = partial(
            ssl_context.wrap_socket, self._socket, server_hostname=server_hostname
        )
        try:
            secured = self._within_deadline(
                shake_hands, httpcore.ConnectTimeout, httpcore.ConnectError
            )
        except BaseException:
            self.close()
            raise
        return DeadlineStream(secured, self._deadline, self.progress)

    def get_extra_info(self, info: str) -> Any:
        """Return the TLS object, which httpcore asks for; nothing else."""
        is_tls = info == "ssl_object" and isinstance(self._socket, ssl.SSLSocket)
        return self._socket if is_tls else None

    def _within_deadline(
        self,
        operation: Callable[[], T],
        too_late: type[Exception],
        broken: type[Exception],
    ) -> T:
        try:
            self._socket.settimeout(self._deadline.remaining())
            return operation()
        except TimeoutError as error:
            raise too_late from error
        except OSError as error:
            raise broken from error


def _connect(address: IPv4Address | IPv6Address, port: int, seconds: float) -> socket.socket:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(seconds)
        sock.connect((str(address), port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock
