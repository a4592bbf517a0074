"""Tests and repetitions of a webhook end within their limit, whatever the receiver does."""

from __future__ import annotations

import gzip
import socket
import time
import zlib
from threading import Event

import pytest

from bookflow.domain.webhooks.deliveries import MAX_ANSWER_BODY_BYTES, MAX_HEADERS
from bookflow.domain.webhooks.requests import BY_HAND_TIMEOUT_SECONDS
from tests.integration.http.receivers import Reply, StartReceiver, answer
from tests.integration.http.test_failures import HEAD, drip, reset, stay_silent
from tests.integration.http.world import World

LIMIT = 0.3
OK_HEAD = b"HTTP/1.1 200 OK\r\n"


def endless(head: bytes, part: bytes) -> Reply:
    """Send as fast as the other side reads, and never end."""

    def reply(connection: socket.socket, stop: Event) -> None:
        connection.sendall(head)
        while not stop.is_set():
            connection.sendall(part)

    return reply


def bomb(packed: bytes, encoding: bytes) -> Reply:
    head = b"%sContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n"
    return answer(head % (OK_HEAD, encoding, len(packed)) + packed)


HOSTILE = {
    "silence": stay_silent,
    "a slow head": drip(OK_HEAD + b"X-Slow: ", b"x"),
    "a slow body": drip(HEAD, b"x"),
    "slow chunks": drip(OK_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "a slow gzip name": drip(OK_HEAD + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08", b"n"),
    "slow 1xx": drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a flood of 1xx": endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 500),
    "an endless body": endless(OK_HEAD + b"\r\n", b"x" * 65536),
    "endless chunks": endless(
        OK_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 9000
    ),
    "an endless head": endless(OK_HEAD, b"X-A: " + b"y" * 60 + b"\r\n"),
    "an endless line": endless(OK_HEAD + b"X-A: ", b"y" * 65536),
    "a huge head": answer(OK_HEAD + b"X: " + b"x" * 200_000 + b"\r\n\r\n"),
    "many headers": answer(OK_HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(95)) + b"\r\n"),
    "a bomb of gzip": bomb(gzip.compress(b"\0" * 50_000_000), b"gzip"),
    "a bomb of deflate": bomb(zlib.compress(b"\0" * 50_000_000), b"deflate"),
    "gzip of nothing": endless(
        OK_HEAD + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"") * 999
    ),
    "reset": reset,
    "closed at once": answer(b""),
    "not http": answer(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "a cut head": answer(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "a cut body": answer(HEAD + b"only this"),
    "a bad chunk": answer(OK_HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "two lengths": answer(OK_HEAD + b"Content-Length: 5\r\nContent-Length: 50\r\n\r\nhello"),
    "a second answer": answer((OK_HEAD + b"Content-Length: 2\r\n\r\nok") * 2),
    "a loop of redirects": answer(b"HTTP/1.1 302 X\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"),
    "a long wait asked for": answer(
        b"HTTP/1.1 429 X\r\nRetry-After: 999999999\r\nContent-Length: 0\r\n\r\n"
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_test_and_a_repetition_end_in_time(name: str, start: StartReceiver) -> None:
    receiver = start(HOSTILE[name])
    world = World(receiver.port, limit_seconds=LIMIT)
    config = {"url": f"http://crm.example.com:{receiver.port}/", "headers": {"X-A": "b"}}
    address = world.draw(config)
    assert world.publish(address).status == world.turn_on(address).status == 200
    world.happen()
    world.asked_seconds.clear()

    began = time.monotonic()
    tested = world.send_test(address)
    (resent,) = world.resend_all(address)
    took = time.monotonic() - began

    assert took < 2 * (LIMIT + 3)
    assert world.asked_seconds == [BY_HAND_TIMEOUT_SECONDS] * (2 if resent.status == 200 else 1)
    for shown in (tested, resent):
        if shown.status == 409:  # the step is tried again by itself
            assert name == "a long wait asked for"
            continue
        assert shown.status == 200, shown.text
        assert len(shown.text) < 40_000
        answered = shown.json["answer"]
        assert answered or shown.json["error_message"]
        if answered:
            assert len(answered["body"]) <= MAX_ANSWER_BODY_BYTES
            assert len(answered["headers"]) <= MAX_HEADERS
