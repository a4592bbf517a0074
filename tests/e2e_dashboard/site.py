"""Serves the built dashboard below a path prefix, with the deployed API at the same origin."""

from __future__ import annotations

import contextlib
import http.client
import json
import mimetypes
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

PREFIX = "/ops/bookflow/"
"""Not the root: the dashboard has to work under any prefix."""

_HOP_HEADERS = frozenset(
    {"connection", "content-length", "date", "host", "server", "transfer-encoding"}
)
_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self' {issuer}; "
    "base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)


class Site:
    """The site as a context manager; it answers on a free port of 127.0.0.1."""

    def __init__(self, built: Path, api_url: str, issuer_url: str) -> None:
        handler = type("Handler", (_Handler,), {"built": built, "api": urlsplit(api_url)})
        handler.issuer_url = issuer_url  # type: ignore[attr-defined]
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where the dashboard is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}{PREFIX}"

    def __enter__(self) -> Site:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    built: Path
    issuer_url: str

    def handle_one_request(self) -> None:
        # A browser that goes to another page hangs up; that is no fault.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            super().handle_one_request()

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path.startswith("/v1/"):
            self._forward()
        elif path == f"{PREFIX}config.json":
            config = {"issuer": self.issuer_url, "client_id": "bookflow-dashboard"}
            self._send(200, "application/json", json.dumps(config).encode())
        else:
            self._file(path)

    def do_POST(self) -> None:
        self._forward()

    do_PUT = do_POST
    do_DELETE = do_POST

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""

    def _file(self, path: str) -> None:
        file = (self.built / (path.removeprefix(PREFIX) or "index.html")).resolve()
        if path.startswith(PREFIX) and file.is_file() and file.is_relative_to(self.built.resolve()):
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            self._send(200, kind, file.read_bytes())
        else:
            self._send(404, "text/plain", b"")

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0)) or None
        headers = {
            name: value for name, value in self.headers.items() if name.lower() not in _HOP_HEADERS
        }
        api = http.client.HTTPConnection(self.api.netloc, timeout=60)  # type: ignore[attr-defined]
        api.request(self.command, self.path, body, headers)
        answer = api.getresponse()
        data = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_HEADERS:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        api.close()

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", _POLICY.format(issuer=self.issuer_url))
        self.end_headers()
        self.wfile.write(body)
