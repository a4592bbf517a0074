"""A local HTTP receiver that records every request, so that webhooks can be seen and tested."""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from local.console import Console, LocalError, run_command
from local.paths import LocalPaths

CONTROL_PREFIX = "/_receiver/"
MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_DELAY_SECONDS = 120.0


@dataclass(frozen=True)
class ReceivedRequest:
    """One HTTP request as it came in; header names are lower case, the body is UTF-8 text."""

    method: str
    path: str
    """Path and query, as on the request line."""
    headers: dict[str, str]
    body: str
    received_at: str
    """RFC 3339, UTC."""

    def json(self) -> Any:
        """The body read as JSON; raises `json.JSONDecodeError` where it is not."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """What the receiver answers: `times` requests get it, whose path starts with `path_prefix`."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str = '{"received": true}'
    delay_seconds: float = 0.0
    times: int = 1
    path_prefix: str = "/"

    def __post_init__(self) -> None:
        """Rejects values that the receiver could not use."""
        if not 200 <= self.status <= 599:
            raise ValueError(f"status must be between 200 and 599, not {self.status}")
        if not 0 <= self.delay_seconds <= MAX_DELAY_SECONDS:
            raise ValueError(f"delay_seconds must be between 0 and {MAX_DELAY_SECONDS:g}")
        if self.times < 1:
            raise ValueError("times must be 1 or more")


class Recorder:
    """The receiver's memory: what came, and which answers are planned. Safe between threads."""

    def __init__(self, log: Path | None = None) -> None:
        if log:
            log.parent.mkdir(parents=True, exist_ok=True)
        self._log = log
        self._lock = threading.Lock()
        self._requests: list[ReceivedRequest] = []
        self._planned: list[tuple[Answer, int]] = []

    def record(self, request: ReceivedRequest) -> Answer:
        """Keeps the request and says how to answer it."""
        with self._lock:
            self._requests.append(request)
            if self._log:
                with self._log.open("a", encoding="utf-8") as log:
                    log.write(json.dumps(asdict(request), ensure_ascii=False) + "\n")
            return self._next_answer(request.path)

    def plan(self, answer: Answer) -> None:
        """Adds an answer for later requests; planned answers are used in the order of planning."""
        with self._lock:
            self._planned.append((answer, answer.times))

    def forget_answers(self, path_prefix: str = "/") -> None:
        """Forgets the answers planned for this prefix; later requests get the default one."""
        with self._lock:
            self._planned = [each for each in self._planned if each[0].path_prefix != path_prefix]

    def requests(self, path_prefix: str = "/") -> list[ReceivedRequest]:
        """What came so far, oldest first, for paths that start with `path_prefix`."""
        with self._lock:
            return [request for request in self._requests if request.path.startswith(path_prefix)]

    def clear(self) -> None:
        """Forgets the requests and the planned answers; the log file stays."""
        with self._lock:
            self._requests.clear()
            self._planned.clear()

    def _next_answer(self, path: str) -> Answer:
        for index, (answer, left) in enumerate(self._planned):
            if path.startswith(answer.path_prefix):
                if left > 1:
                    self._planned[index] = (answer, left - 1)
                else:
                    del self._planned[index]
                return answer
        return Answer()


class Receiver:
    """The receiver's server on loopback; use it as a context manager or `start` and `stop` it.

    Over HTTP: `GET /_receiver/requests` reads what came, `POST /_receiver/answers` plans an
    answer (the fields of `Answer`), `DELETE /_receiver/requests` forgets both. Every other
    request is recorded.
    """

    def __init__(self, port: int = 0, log: Path | None = None) -> None:
        self.recorder = Recorder(log)
        self._port = port
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Base URL, such as `http://127.0.0.1:8099`."""
        if self._server is None:
            raise RuntimeError("the receiver is not started; call start() first")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def requests(self) -> list[ReceivedRequest]:
        """What came so far, oldest first."""
        return self.recorder.requests()

    def start(self) -> Receiver:
        """Binds the port (0: a free one) and serves in a thread; returns itself.

        Raises `LocalError` if another program has the port.
        """
        try:
            self._server = _Server(("127.0.0.1", self._port), self.recorder)
        except OSError as error:
            raise LocalError(
                f"The HTTP receiver cannot listen on port {self._port}: {error.strerror}.",
                "Stop the program that listens there, or run the same command again: the "
                "receiver then takes another port. `python -m local.receiver` takes one by --port.",
            ) from error
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stops serving; calling it again does nothing."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Receiver:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], recorder: Recorder) -> None:
        self.recorder = recorder
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def handle_one_request(self) -> None:
        # A sender that hung up (its own timeout) is an everyday event here, not an error.
        try:
            super().handle_one_request()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def do_GET(self) -> None:
        self._handle()

    do_POST = do_GET
    do_PUT = do_GET
    do_PATCH = do_GET
    do_DELETE = do_GET
    do_HEAD = do_GET
    do_OPTIONS = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Silent: what came is in the record."""

    def _handle(self) -> None:
        try:
            body = self._read_body()
        except ValueError as error:
            self._send(413, {}, str(error))
            self.close_connection = True
            return
        if self.path.startswith(CONTROL_PREFIX):
            self._control(body)
            return
        answer = self.server.recorder.record(
            ReceivedRequest(
                method=self.command,
                path=self.path,
                headers=_merged_headers(self.headers.items()),
                body=body,
                received_at=datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            )
        )
        if answer.delay_seconds:
            time.sleep(answer.delay_seconds)
        self._send(answer.status, answer.headers, answer.body)

    def _control(self, body: str) -> None:
        recorder = self.server.recorder
        match (self.command, self.path):
            case ("GET", "/_receiver/requests"):
                self._send_json(200, [asdict(request) for request in recorder.requests()])
            case ("DELETE", "/_receiver/requests"):
                recorder.clear()
                self._send_json(200, {"cleared": True})
            case ("POST", "/_receiver/answers"):
                try:
                    recorder.plan(Answer(**json.loads(body)))
                except (TypeError, ValueError) as error:
                    self._send_json(400, {"error": str(error)})
                else:
                    self._send_json(201, {"planned": True})
            case _:
                self._send_json(404, {"error": f"no control path {self.command} {self.path}"})

    def _read_body(self) -> str:
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            data = self._read_chunks()
        else:
            length = int(self.headers.get("content-length") or 0)
            if length > MAX_BODY_BYTES:
                raise ValueError(f"the body is larger than {MAX_BODY_BYTES} bytes")
            data = self.rfile.read(length)
        return data.decode("utf-8", "replace")

    def _read_chunks(self) -> bytes:
        data = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            if len(data) + size > MAX_BODY_BYTES:
                raise ValueError(f"the body is larger than {MAX_BODY_BYTES} bytes")
            data += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            continue
        return data

    def _send_json(self, status: int, content: object) -> None:
        self._send(status, {"content-type": "application/json"}, json.dumps(content))

    def _send(self, status: int, headers: Mapping[str, str], body: str) -> None:
        data = body.encode()
        has_body = status not in (204, 304)
        self.send_response(status)
        names = {name.lower() for name in headers}
        for name, value in headers.items():
            self.send_header(name, value)
        if "content-type" not in names:
            self.send_header("content-type", "application/json")
        if has_body and "content-length" not in names:
            self.send_header("content-length", str(len(data)))
        self.end_headers()
        if has_body and self.command != "HEAD":
            self.wfile.write(data)


def _merged_headers(items: list[tuple[str, str]]) -> dict[str, str]:
    merged: dict[str, str] = {}
    for name, value in items:
        key = name.lower()
        merged[key] = f"{merged[key]}, {value}" if key in merged else value
    return merged


def main() -> int:
    """Runs the receiver until Ctrl-C and prints each request in one line."""
    parser = argparse.ArgumentParser(prog="python -m local.receiver", description=__doc__)
    parser.add_argument("--port", type=int, default=8099, help="port on 127.0.0.1 (default 8099)")
    port = parser.parse_args().port
    console = Console()

    def serve() -> None:
        with Receiver(port, LocalPaths.of().receiver_log) as receiver:
            console.say(f"receiving on {receiver.url}; Ctrl-C ends it")
            shown = 0
            while True:
                time.sleep(0.2)
                for request in receiver.requests[shown:]:
                    console.say(f"{request.method} {request.path} ({len(request.body)} characters)")
                    shown += 1

    return run_command(serve, console)


if __name__ == "__main__":
    raise SystemExit(main())
