"""Requests as API Gateway's HTTP API sends them (payload format 2.0), and answers to read."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from bookflow.pages.app import PublicPages

FORM = "application/x-www-form-urlencoded"


def event(
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    return {
        "version": "2.0",
        "routeKey": f"{method} {path[:2]}/{{proxy+}}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": FORM, **(headers or {})},
        "requestContext": {"http": {"method": method, "path": path}, "stage": "$default"},
        "body": None if body is None else base64.b64encode(body).decode(),
        "isBase64Encoded": body is not None,
    }


def get(pages: PublicPages, path: str, **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return pages(event("GET", path, headers=named), None)


def post(pages: PublicPages, path: str, fields: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return pages(event("POST", path, urlencode(fields or {}, doseq=True).encode()), None)


class Elements(HTMLParser):
    """Every element of a page with its attributes, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]

    @property
    def ids(self) -> list[str]:
        return [str(attributes["id"]) for _, attributes in self.found if "id" in attributes]
