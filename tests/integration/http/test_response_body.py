"""A response body costs no more memory or time than what is kept of it."""

from __future__ import annotations

import gzip
import socket
import tracemalloc
import zlib
from threading import Event

import pytest

from bookflow.domain.webhooks.http_messages import HttpRequest, HttpResponse
from tests.integration.http.receivers import MakeSender, Reply, StartReceiver, answer


@pytest.fixture
def exchange(start: StartReceiver, make_sender: MakeSender) -> Exchange:
    return Exchange(start, make_sender)


class Exchange:
    """One request to a receiver that answers with a given body."""

    def __init__(self, start: StartReceiver, make_sender: MakeSender) -> None:
        self._start = start
        self._make_sender = make_sender

    def body(self, body: bytes, *, encoding: str = "", limit: int = 1000) -> HttpResponse:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n"
        head += f"Content-Encoding: {encoding}\r\n" if encoding else ""
        return self.reply(answer(head.encode() + b"\r\n" + body), limit=limit)

    def reply(self, reply: Reply, *, limit: int = 1000) -> HttpResponse:
        receiver = self._start(reply)
        url = f"http://hooks.test:{receiver.port}/"
        request = HttpRequest("GET", url, total_timeout_seconds=20, max_response_bytes=limit)
        return self._make_sender(receiver.port).send(request)


@pytest.mark.parametrize(("size", "truncated"), [(0, False), (1000, False), (1001, True)])
def test_a_body_is_kept_up_to_the_limit(size: int, truncated: bool, exchange: Exchange) -> None:
    response = exchange.body(b"x" * size)
    assert (len(response.body), response.truncated) == (min(size, 1000), truncated)


def test_an_endless_body_is_left_when_the_limit_is_reached(exchange: Exchange) -> None:
    def reply(connection: socket.socket, stop: Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not stop.is_set():
            connection.sendall(b"x" * 65536)

    response = exchange.reply(reply)
    assert (len(response.body), response.truncated) == (1000, True)
    assert response.elapsed_ms < 10_000


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b'{"a": 1}', mtime=0)),
        ("GZIP", gzip.compress(b'{"a": 1}', mtime=0)),
        ("gzip", gzip.compress(b'{"a"', mtime=0) + gzip.compress(b": 1}", mtime=0)),
        ("deflate", zlib.compress(b'{"a": 1}')),
    ],
)
def test_a_compressed_body_is_unpacked(encoding: str, packed: bytes, exchange: Exchange) -> None:
    response = exchange.body(packed, encoding=encoding)
    assert (response.body, response.truncated) == (b'{"a": 1}', False)
    assert "content-encoding" not in response.headers
    assert "content-length" not in response.headers


def test_a_compressed_body_of_exactly_the_limit_is_whole(exchange: Exchange) -> None:
    response = exchange.body(gzip.compress(b"x" * 1000, mtime=0), encoding="gzip")
    assert (len(response.body), response.truncated) == (1000, False)


@pytest.mark.parametrize(
    "packed",
    [
        b"not gzip",
        gzip.compress(b"x" * 100, mtime=0)[:-9],
        gzip.compress(b"x" * 100, mtime=0) + b"junk",
    ],
)
def test_broken_compression_is_said_and_not_fatal(packed: bytes, exchange: Exchange) -> None:
    response = exchange.body(packed, encoding="gzip")
    assert response.truncated
    assert (b"x" * 100).startswith(response.body)


def test_another_compression_is_kept_as_it_came(exchange: Exchange) -> None:
    response = exchange.body(b"\x0b\x02\x80", encoding="br")
    assert (response.body, response.headers["content-encoding"]) == (b"\x0b\x02\x80", "br")


def test_a_bomb_costs_no_more_memory_than_the_limit(exchange: Exchange) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(200)) + packer.flush()
    tracemalloc.start()
    try:
        response = exchange.body(bomb, encoding="gzip", limit=65_536)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (len(response.body), response.truncated) == (65_536, True)
    assert peak < 4_000_000


def test_a_stream_that_unpacks_to_nothing_for_ever_is_left(exchange: Exchange) -> None:
    empty = gzip.compress(b"", mtime=0)

    def reply(connection: socket.socket, stop: Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
        while not stop.is_set():
            connection.sendall(empty * 1000)

    response = exchange.reply(reply)
    assert (response.body, response.truncated) == (b"", True)
    assert response.elapsed_ms < 10_000
