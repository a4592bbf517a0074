"""Serves the operators' dashboard: built files from a folder, and what the page needs to know.

It imports next to nothing: an operator waits for a cold start.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from bookflow.domain.shared.errors import PermanentError

PAGE = "index.html"
CONFIG = "config.json"
HASHED_FOLDER = "assets"
"""Files in it carry a digest of their content in their names."""

API = ".."
"""Where the API's `/v1/` is, as seen from the page."""

PACKED = ".gz"
"""A file that is stored under its name and this is packed by gzip, and is not stored otherwise."""

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
"""By the end of a file's name; others are served as bytes."""

_ASK_AGAIN = "no-cache"
_NEVER_CHANGES = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class SignIn:
    """How operators sign in, as the function's environment says.

    Args:
        issuer: URL of the OpenID Connect issuer.
        client_id: The dashboard's id there.
        scope: What the dashboard asks for, separated by spaces.
        token_origin: Origin of the issuer's token endpoint where it is not the issuer's own.
    """

    issuer: str
    client_id: str
    scope: str
    token_origin: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> SignIn:
        """Read it.

        Raises:
            PermanentError: A variable is missing; `field` is its name.
        """

        def required(name: str) -> str:
            if value := environment.get(name):
                return value
            raise PermanentError(
                "is not set",
                field=name,
                remedy="Add it to the function's Environment in template.yaml.",
            )

        return cls(
            issuer=required("BOOKFLOW_ISSUER"),
            client_id=required("BOOKFLOW_CLIENT_ID"),
            scope=required("BOOKFLOW_SCOPE"),
            token_origin=environment.get("BOOKFLOW_TOKEN_ORIGIN", ""),
        )

    def config(self) -> bytes:
        """Return `config.json`; the API is beside the page, whatever the prefix of both."""
        config = {
            "api": API,
            "issuer": self.issuer,
            "client_id": self.client_id,
            "scope": self.scope,
        }
        return json.dumps(config).encode()

    def origins(self) -> list[str]:
        """Return whom the page may call besides its own origin."""
        found = [_origin(url) for url in (self.issuer, self.token_origin) if url]
        return list(dict.fromkeys(found))


@dataclass(frozen=True)
class File:
    """One file as it is stored."""

    name: str
    stored: bytes
    is_packed: bool = False

    @cached_property
    def plain(self) -> bytes:
        """The content as it was built."""
        if not self.is_packed:
            return self.stored
        import gzip

        return gzip.decompress(self.stored)

    @cached_property
    def etag(self) -> str:
        """A strong validator of the stored form (RFC 9110, 8.8.3)."""
        return f'"{hashlib.sha256(self.stored).hexdigest()[:32]}"'

    @property
    def content_type(self) -> str:
        """Media type by the end of the name."""
        return CONTENT_TYPES.get(PurePosixPath(self.name).suffix, "application/octet-stream")

    @property
    def cache_control(self) -> str:
        """For ever where the name follows the content; else only after asking again."""
        is_hashed = self.name.startswith(f"{HASHED_FOLDER}/")
        return _NEVER_CHANGES if is_hashed else _ASK_AGAIN


@dataclass(frozen=True)
class FileResponse:
    """One answer to a browser."""

    status: HTTPStatus
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Dashboard:
    """A Lambda handler of API Gateway's HTTP API, payload format 2.0.

    It knows the names of its files and nothing else: no address leads out of the folder.

    Args:
        folder: Where the built files are.
        sign_in: How operators sign in; by default as the environment says at the first request.
    """

    def __init__(self, folder: Path, sign_in: SignIn | None = None) -> None:
        self._folder = folder
        self._given_sign_in = sign_in

    def __call__(self, event: Mapping[str, Any], _context: object = None) -> dict[str, Any]:
        """FileResponse one HTTP request."""
        answer = self.answer(
            path=event["rawPath"],
            name=(event.get("pathParameters") or {}).get("proxy") or "",
            headers=event.get("headers") or {},
        )
        return {
            "statusCode": int(answer.status),
            "headers": {**self._guards, **answer.headers},
            "body": base64.b64encode(answer.body).decode("ascii"),
            "isBase64Encoded": True,
        }

    def answer(self, path: str, name: str, headers: Mapping[str, str]) -> FileResponse:
        """Return the file of a name; none is the page's.

        Args:
            path: The whole path, which may begin with a prefix that only the caller knows.
            name: The path below the dashboard's own, decoded.
            headers: The request's, with names in lower case.
        """
        if not name and not path.endswith("/"):
            # Relative, so that it holds under any prefix.
            target = f"{path.rpartition('/')[2]}/"
            return FileResponse(HTTPStatus.PERMANENT_REDIRECT, {"Location": target})
        file = self._file(name or PAGE)
        if file is None:
            kind = {"Content-Type": CONTENT_TYPES[".txt"], "Cache-Control": "no-store"}
            return FileResponse(HTTPStatus.NOT_FOUND, kind, b"This file does not exist.\n")
        return _answer_with(file, headers)

    def _file(self, name: str) -> File | None:
        if name == CONFIG:
            return File(CONFIG, self._sign_in.config())
        is_packed = name + PACKED in self._names
        stored_as = name + PACKED if is_packed else name
        if stored_as not in self._names or name.endswith(PACKED):
            return None
        return File(name, (self._folder / stored_as).read_bytes(), is_packed)

    @cached_property
    def _names(self) -> frozenset[str]:
        found = (path for path in self._folder.rglob("*") if path.is_file())
        return frozenset(path.relative_to(self._folder).as_posix() for path in found)

    @cached_property
    def _sign_in(self) -> SignIn:
        return self._given_sign_in or SignIn.from_environment(os.environ)

    @cached_property
    def _guards(self) -> Mapping[str, str]:
        """Headers of every answer (OWASP, "HTTP Headers Cheat Sheet").

        Styles may stand in the page, since the canvas moves its nodes by them; scripts may not.
        Pictures may come from anywhere by https: the preview of an e-mail shows a location's logo.
        """
        connect = " ".join(["'self'", *self._sign_in.origins()])
        return {
            "Content-Security-Policy": (
                "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; "
                f"connect-src {connect}; base-uri 'none'; form-action 'self'; "
                "frame-ancestors 'none'; object-src 'none'"
            ),
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            "Referrer-Policy": "no-referrer",
            "Strict-Transport-Security": "max-age=31536000",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
        }


def _answer_with(file: File, headers: Mapping[str, str]) -> FileResponse:
    about = {"ETag": file.etag, "Cache-Control": file.cache_control}
    if file.is_packed:
        about["Vary"] = "Accept-Encoding"
    if _is_known(file.etag, headers.get("if-none-match", "")):
        return FileResponse(HTTPStatus.NOT_MODIFIED, about)
    about["Content-Type"] = file.content_type
    if not file.is_packed:
        return FileResponse(HTTPStatus.OK, about, file.stored)
    if _takes_gzip(headers.get("accept-encoding", "")):
        return FileResponse(HTTPStatus.OK, {**about, "Content-Encoding": "gzip"}, file.stored)
    # Another representation, so without the validator of the packed one.
    del about["ETag"]
    return FileResponse(HTTPStatus.OK, about, file.plain)


def _is_known(etag: str, if_none_match: str) -> bool:
    """Compare weakly, as RFC 9110 (13.1.2) asks; caches on the way may have weakened it."""
    known = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return etag in known or "*" in known


def _takes_gzip(accept_encoding: str) -> bool:
    """Whether gzip is named with a weight above zero (RFC 9110, 12.5.3)."""
    for part in accept_encoding.lower().split(","):
        coding, _, weight = part.replace(" ", "").partition(";q=")
        if coding in ("gzip", "*"):
            return weight.rstrip("0.") != "" if weight else True
    return False


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
