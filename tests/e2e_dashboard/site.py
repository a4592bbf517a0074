"""A reverse proxy that puts the deployed stack below a path prefix, as a company's own server may."""

from __future__ import annotations

import contextlib
import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

PREFIX = "/ops/bookflow"

_HOP_HEADERS = frozenset(
    {"connection", "content-length", "date", "host", "server", "transfer-encoding"}
)


class PrefixedSite:
    """The proxy as a context manager; it answers on a free port of 127.0.0.1.

    The dashboard and the API are below the prefix, and nothing is beside it.

    Args:
        stack_url: Where the deployed HTTP API answers.
    """

    def __init__(self, stack_url: str) -> None:
        handler = type("Handler", (_Handler,), {"stack": urlsplit(stack_url).netloc})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where the dashboard is, without its closing slash."""
        return f"http://127.0.0.1:{self._server.server_address[1]}{PREFIX}/dashboard"

    def __enter__(self) -> PrefixedSite:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stack: str

    def handle_one_request(self) -> None:
        # A browser that goes to another page hangs up; that is no problem.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            super().handle_one_request()

    def do_GET(self) -> None:
        if self.path.startswith(f"{PREFIX}/"):
            self._forward(self.path.removeprefix(PREFIX))
        else:
            self.send_error(404)

    do_POST = do_GET
    do_PUT = do_GET
    do_DELETE = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""

    def _forward(self, path: str) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0)) or None
        headers = {
            name: value for name, value in self.headers.items() if name.lower() not in _HOP_HEADERS
        }
        stack = http.client.HTTPConnection(self.stack, timeout=60)
        stack.request(self.command, path, body, headers)
        answer = stack.getresponse()
        data = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_HEADERS:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        stack.close()
