"""Every failure ends within the whole limit of time, and says whether the request may have arrived."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

import pytest

from bookflow.domain.shared.errors import TransientError
from bookflow.domain.webhooks.http_messages import DeliveryUncertain, HttpRequest
from tests.integration.http.certificates import Authority
from tests.integration.http.receivers import MakeSender, Reply, StartReceiver, answer

LIMIT = 0.3
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"


@contextmanager
def ends_in_time() -> Iterator[None]:
    """Far less than the receiver would take, far more than a busy machine needs."""
    started = time.monotonic()
    yield
    assert LIMIT * 0.9 <= time.monotonic() - started < LIMIT + 3


def drip(start_with: bytes, drop: bytes) -> Reply:
    """Send something often enough that no single read ever waits long, and never end."""

    def reply(connection: socket.socket, stop: Event) -> None:
        connection.sendall(start_with)
        while not stop.wait(0.02):
            connection.sendall(drop)

    return reply


def stay_silent(connection: socket.socket, stop: Event) -> None:
    stop.wait(20)


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (stay_silent, None),
        (drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"), None),
        (drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), None),
        (drip(HEAD, b"x"), 200),
        (drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), 200),
        (drip(b"HTTP/1.1 500 X\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08", b"n"), 500),
    ],
    ids=["silence", "slow head", "endless 100", "slow body", "slow chunks", "slow gzip name"],
)
def test_a_slow_answer_ends_with_the_whole_limit_and_is_uncertain(
    reply: Reply, status: int | None, start: StartReceiver, make_sender: MakeSender
) -> None:
    receiver = start(reply)
    url = f"http://hooks.test:{receiver.port}/"
    with ends_in_time(), pytest.raises(DeliveryUncertain, match=r"within 0\.3 s") as failed:
        make_sender(receiver.port).send(
            HttpRequest("POST", url, {}, b"x", total_timeout_seconds=LIMIT)
        )
    assert failed.value.outcome_unknown
    assert failed.value.status == status


def test_a_slow_answer_over_tls_ends_too(
    start: StartReceiver, make_sender: MakeSender, authority: Authority
) -> None:
    receiver = start(drip(HEAD, b"x"), tls=authority.server_context("hooks.test"))
    sender = make_sender(receiver.port, ssl_context=authority.client_context())
    url = f"https://hooks.test:{receiver.port}/"
    with ends_in_time(), pytest.raises(DeliveryUncertain):
        sender.send(HttpRequest("GET", url, total_timeout_seconds=LIMIT))


def test_a_receiver_that_does_not_read_ends_too(
    start: StartReceiver, make_sender: MakeSender
) -> None:
    receiver = start(stay_silent, reads=False)
    url = f"http://hooks.test:{receiver.port}/"
    with ends_in_time(), pytest.raises(DeliveryUncertain):
        make_sender(receiver.port).send(
            HttpRequest("POST", url, {}, bytes(64_000_000), total_timeout_seconds=LIMIT)
        )


def test_a_name_server_that_does_not_answer_ends_too(make_sender: MakeSender) -> None:
    over = Event()

    def resolver(host: str, port: int) -> list[str]:
        over.wait(20)
        return ["127.0.0.1"]

    with ends_in_time(), pytest.raises(TransientError, match="not resolved in time") as failed:
        make_sender(9, resolver=resolver).send(
            HttpRequest("GET", "http://hooks.test:9/", total_timeout_seconds=LIMIT)
        )
    over.set()
    assert not isinstance(failed.value, DeliveryUncertain)


def test_a_tls_handshake_that_stalls_ends_and_nothing_was_sent(
    start: StartReceiver, make_sender: MakeSender, authority: Authority
) -> None:
    receiver = start(stay_silent, reads=False)
    sender = make_sender(receiver.port, ssl_context=authority.client_context())
    url = f"https://hooks.test:{receiver.port}/"
    with ends_in_time(), pytest.raises(TransientError, match="No connection") as failed:
        sender.send(HttpRequest("GET", url, total_timeout_seconds=LIMIT))
    assert not isinstance(failed.value, DeliveryUncertain)


def test_a_connection_that_is_never_taken_ends_and_nothing_was_sent(
    make_sender: MakeSender,
) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        with ends_in_time(), pytest.raises(TransientError) as failed:
            make_sender(port).send(
                HttpRequest("GET", f"http://hooks.test:{port}/", total_timeout_seconds=LIMIT)
            )
        for each in waiting:
            each.close()
    assert not isinstance(failed.value, DeliveryUncertain)


def test_a_refused_connection_was_not_delivered(make_sender: MakeSender) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(TransientError, match="does not accept connections") as failed:
            make_sender(port).send(HttpRequest("POST", f"http://hooks.test:{port}/"))
    assert not isinstance(failed.value, DeliveryUncertain)


def test_an_unknown_name_was_not_delivered(make_sender: MakeSender) -> None:
    def resolver(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(TransientError, match="cannot be resolved") as failed:
        make_sender(9, resolver=resolver).send(HttpRequest("GET", "http://hooks.test:9/"))
    assert not isinstance(failed.value, DeliveryUncertain)


def test_a_receiver_without_tls_was_not_delivered_to(
    start: StartReceiver, make_sender: MakeSender
) -> None:
    receiver = start(answer(b"HTTP/1.1 400 X\r\n\r\n"), reads=False)
    url = f"https://hooks.test:{receiver.port}/"
    with pytest.raises(TransientError) as failed:
        make_sender(receiver.port).send(HttpRequest("POST", url, {}, b"x"))
    assert not isinstance(failed.value, DeliveryUncertain)


def reset(connection: socket.socket, stop: Event) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (reset, None),
        (answer(b""), None),
        (answer(b"SSH-2.0-OpenSSH_9.6\r\n"), None),
        (answer(b"HTTP/1.1 200 OK\r\nContent-Le"), None),
        (answer(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000), None),
        (answer(HEAD + b"only this"), 200),
        (answer(b"HTTP/1.1 202 X\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), 202),
    ],
    ids=["reset", "closed", "not http", "cut head", "huge head", "cut body", "bad chunk"],
)
def test_a_broken_answer_is_uncertain(
    reply: Reply, status: int | None, start: StartReceiver, make_sender: MakeSender
) -> None:
    receiver = start(reply)
    with pytest.raises(DeliveryUncertain, match="may have arrived") as failed:
        make_sender(receiver.port).send(
            HttpRequest("POST", f"http://hooks.test:{receiver.port}/", {}, b"x")
        )
    assert isinstance(failed.value, TransientError)
    assert failed.value.status == status
    assert receiver.connections == 1
