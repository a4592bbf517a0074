"""Starts receivers on loopback, and senders that may reach them."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator

import pytest

from bookflow.adapters.http.sender import GuardedHttpSender
from bookflow.domain.webhooks.url_policy import Resolver, UrlPolicy
from tests.integration.http.certificates import Authority
from tests.integration.http.receivers import OK, MakeSender, Receiver, Reply, StartReceiver


@pytest.fixture
def start() -> Iterator[StartReceiver]:
    with contextlib.ExitStack() as stack:

        def start_receiver(
            reply: Reply = OK,
            *,
            address: str = "127.0.0.1",
            tls: ssl.SSLContext | None = None,
            reads: bool = True,
            port: int = 0,
        ) -> Receiver:
            receiver = Receiver(reply, address, tls, reads, port)
            stack.callback(receiver.close)
            return receiver

        yield start_receiver


@pytest.fixture
def make_sender() -> MakeSender:
    def make(
        port: int,
        *,
        resolver: Resolver = lambda host, port: ["127.0.0.1"],
        ssl_context: ssl.SSLContext | None = None,
    ) -> GuardedHttpSender:
        policy = UrlPolicy(allowed_loopback=frozenset({("hooks.test", port)}))
        return GuardedHttpSender(policy, resolver=resolver, ssl_context=ssl_context)

    return make


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))
