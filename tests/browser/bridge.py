"""A small HTTP server before a Lambda handler, as API Gateway's HTTP API is one in AWS."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


@contextmanager
def serving(handler: Handler) -> Iterator[str]:
    """Serve the handler on a free port of this machine and give its address."""

    class Bridge(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

        def _answer(self, body: bytes | None) -> None:
            answer = handler(
                {
                    "version": "2.0",
                    "rawPath": self.path.partition("?")[0],
                    "rawQueryString": self.path.partition("?")[2],
                    "headers": {name.lower(): value for name, value in self.headers.items()},
                    "requestContext": {
                        "http": {"method": self.command, "path": self.path},
                        "stage": "$default",
                    },
                    "body": base64.b64encode(body).decode() if body is not None else None,
                    "isBase64Encoded": body is not None,
                },
                None,
            )
            content = answer["body"].encode()
            self.send_response(answer["statusCode"])
            for name, value in answer["headers"].items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Stay silent: a test's output is its failures."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Bridge)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
