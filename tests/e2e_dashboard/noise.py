"""What goes wrong in a browser during a test: console errors, failed requests and answers, uncaught errors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request, Response

_OF_ANSWERS = "Failed to load resource"
"""How the console begins to repeat a failed answer or request, which are listened to themselves."""


class Noise:
    """Collects the noise of a browser's pages.

    Args:
        expected: Patterns of what is expected, each for lines such as `404 GET /v1/…`,
            `failed GET /v1/…`, `console: …` or `error: …`.
    """

    def __init__(self, expected: Sequence[str] = ()) -> None:
        self._expected = [re.compile(each) for each in expected]
        self._lines: list[str] = []

    def listen_to(self, page: Page) -> None:
        """Collect from now on what goes wrong on a page."""
        page.on("pageerror", lambda error: self._lines.append(f"error: {error}"))
        page.on("console", self._console)
        page.on("response", self._response)
        page.on("requestfailed", self._failed)

    @property
    def unexpected(self) -> list[str]:
        """Return what went wrong though no pattern expects it."""
        return [
            line for line in self._lines if not any(each.search(line) for each in self._expected)
        ]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_OF_ANSWERS):
            self._lines.append(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        name = _named(response.request)
        if response.status >= 400:
            self._lines.append(f"{response.status} {name}")
        else:
            # An error of the server that was made good by asking again is none for the reader.
            self._lines = [line for line in self._lines if not _is_made_good(line, name)]

    def _failed(self, request: Request) -> None:
        # A page that is left, or asks anew, gives up what it had asked for.
        if request.failure != "net::ERR_ABORTED":
            self._lines.append(f"failed {_named(request)}: {request.failure}")


def _is_made_good(line: str, name: str) -> bool:
    return line.startswith("5") and line.endswith(f" {name}")


def _named(request: Request) -> str:
    return f"{request.method} {urlsplit(request.url).path}"
