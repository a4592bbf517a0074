"""Asks the system for the addresses of a name, within a limit of time."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from concurrent.futures import Future
from threading import Thread

from bookflow.domain.webhooks.url_policy import Resolver


def system_resolver(host: str, port: int) -> tuple[str, ...]:
    """Return the addresses of a name, in the order in which to try them (RFC 6724).

    Raises:
        OSError: The name has none, or the name server does not answer.
    """
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(str(address[0]) for *_, address in answers)


def resolve_within(seconds: float, resolver: Resolver, host: str, port: int) -> tuple[str, ...]:
    """Ask a resolver, and give up waiting after some seconds.

    `getaddrinfo` takes no timeout and cannot be stopped, so it runs in a daemon thread that is
    left behind; it ends by itself when the system's resolver gives up.

    Raises:
        OSError: The resolver failed, or (as TimeoutError) did not answer in time.
    """
    answer: Future[tuple[str, ...]] = Future()

    def ask() -> None:
        try:
            answers: Iterable[str] = resolver(host, port)
            answer.set_result(tuple(answers))
        except BaseException as error:
            answer.set_exception(error)

    Thread(target=ask, name="resolve", daemon=True).start()
    return answer.result(timeout=seconds)
