"""What goes over the wire, and what comes back from it."""

from __future__ import annotations

import logging

import pytest

from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.webhooks.http_messages import METHODS, HttpRequest
from tests.integration.http.receivers import MakeSender, StartReceiver, answer


def test_a_request_goes_out_as_it_was_asked_for(
    start: StartReceiver, make_sender: MakeSender
) -> None:
    receiver = start(
        answer(b'HTTP/1.1 201 Created\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 8\r\n\r\n{"a": 1}')
    )
    response = make_sender(receiver.port).send(
        HttpRequest(
            "POST",
            f"http://hooks.test:{receiver.port}/caf\u00e9?q=a%20b#part",
            {"Content-Type": "application/json", "X-Name": " Zo\u00eb "},
            b'{"id": 1}',
        )
    )
    head, _, body = receiver.requests[0].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /caf%C3%A9?q=a%20b HTTP/1.1"
    assert body == b'{"id": 1}'
    headers = dict(line.lower().split(b": ", 1) for line in lines[1:])
    assert headers == {
        b"host": f"hooks.test:{receiver.port}".encode(),
        b"connection": b"close",
        b"accept": b"*/*",
        b"accept-encoding": b"identity",
        b"user-agent": b"bookflow",
        b"content-type": b"application/json",
        b"content-length": b"9",
        b"x-name": b"zo\xeb",
    }
    assert (response.status, response.body, response.truncated) == (201, b'{"a": 1}', False)
    assert response.headers["x-a"] == "1, 2"
    assert 0 <= response.elapsed_ms < 30_000


@pytest.mark.parametrize("method", sorted(METHODS))
@pytest.mark.parametrize("body", [None, b"", b"x"])
def test_every_method_with_and_without_a_body(
    method: str, body: bytes | None, start: StartReceiver, make_sender: MakeSender
) -> None:
    receiver = start()
    url = f"http://hooks.test:{receiver.port}"
    response = make_sender(receiver.port).send(HttpRequest(method.lower(), url, {}, body))
    assert (response.status, response.body) == (200, b"ok")
    assert receiver.requests[0].startswith(method.encode() + b" / HTTP/1.1\r\n")
    announced = f"content-length: {len(body or b'')}".encode() in receiver.requests[0].lower()
    assert announced == (body is not None or method in ("POST", "PUT", "PATCH"))


@pytest.mark.parametrize("status", [204, 400, 404, 429, 500, 503])
def test_any_status_is_an_answer(
    status: int, start: StartReceiver, make_sender: MakeSender
) -> None:
    receiver = start(answer(b"HTTP/1.1 %d X\r\nRetry-After: 7\r\n\r\n" % status))
    url = f"http://hooks.test:{receiver.port}/"
    response = make_sender(receiver.port).send(HttpRequest("POST", url))
    assert (response.status, response.headers["retry-after"]) == (status, "7")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Name", "a\r\nX-Evil: 1"),
        ("X-Name", "a\nb"),
        ("X-Name", "a\rb"),
        ("X-Name", "a\0b"),
        ("X-Name", "a\x7fb"),
        ("X-Name", "a\u2028b"),
        ("X-Name", "\u4f8b"),
        ("X-Name", "\U0001f600"),
        ("Host", "169.254.169.254"),
        ("host", "a"),
        ("Content-Length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "keep-alive"),
        ("Upgrade", "h2c"),
        ("TE", "trailers"),
        ("Trailer", "x"),
        ("Expect", "100-continue"),
        ("Keep-Alive", "9"),
        ("Proxy-Authorization", "x"),
    ],
)
def test_a_header_that_could_forge_a_request_never_leaves(
    name: str, value: str, start: StartReceiver, make_sender: MakeSender
) -> None:
    receiver = start()
    request = HttpRequest("POST", f"http://hooks.test:{receiver.port}/", {name: value})
    with pytest.raises(InvalidInputError) as refused:
        make_sender(receiver.port).send(request)
    assert refused.value.field == f"headers.{name}"
    assert receiver.connections == 0


def test_a_refused_header_is_named_and_its_value_is_not(make_sender: MakeSender) -> None:
    request = HttpRequest("POST", "http://hooks.test:9/", {"Authorization": "hunter2\n"})
    with pytest.raises(InvalidInputError, match="Authorization") as refused:
        make_sender(9).send(request)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("name", ["", "X Name", "X-Name:", "X\r\nY", "N\u00e4me", ":path"])
def test_a_malformed_header_name_never_leaves(
    name: str, start: StartReceiver, make_sender: MakeSender
) -> None:
    receiver = start()
    request = HttpRequest("POST", f"http://hooks.test:{receiver.port}/", {name: "x"})
    with pytest.raises(InvalidInputError):
        make_sender(receiver.port).send(request)
    assert receiver.connections == 0


def test_a_header_is_given_once(start: StartReceiver, make_sender: MakeSender) -> None:
    receiver = start()
    url = f"http://hooks.test:{receiver.port}/"
    with pytest.raises(InvalidInputError, match="twice"):
        make_sender(receiver.port).send(HttpRequest("POST", url, {"X-A": "1", "x-a": "2"}))


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "GET / HTTP/1.1\r\nX: ", ""])
def test_another_method_never_leaves(
    method: str, start: StartReceiver, make_sender: MakeSender
) -> None:
    receiver = start()
    with pytest.raises(InvalidInputError):
        make_sender(receiver.port).send(HttpRequest(method, f"http://hooks.test:{receiver.port}/"))
    assert receiver.connections == 0


def test_cookies_are_not_kept(start: StartReceiver, make_sender: MakeSender) -> None:
    receiver = start(answer(b"HTTP/1.1 204 X\r\nSet-Cookie: session=1; Path=/\r\n\r\n"))
    sender = make_sender(receiver.port)
    for _ in range(2):
        sender.send(HttpRequest("GET", f"http://hooks.test:{receiver.port}/"))
    assert b"cookie" not in receiver.requests[1].lower()


def test_no_secret_of_a_request_is_shown_or_logged(
    start: StartReceiver, make_sender: MakeSender, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    receiver = start()
    url = f"http://hooks.test:{receiver.port}/hunter2?token=hunter2"
    request = HttpRequest("POST", url, {"Authorization": "hunter2"}, b"hunter2")
    make_sender(receiver.port).send(request)
    assert b"hunter2" in receiver.requests[0]
    assert "hunter2" not in caplog.text
    assert "hunter2" not in repr(request)
