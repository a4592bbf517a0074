"""Pages with a heading and a sentence only."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from bookflow.domain.messages.wording import Wording
from bookflow.pages.html import HtmlPage, make_page

RETRY_AFTER_SECONDS = 30


def message_page(
    key: str,
    status: HTTPStatus,
    say: Wording,
    *,
    location: str = "",
    content_language: str | None = None,
    extra_headers: Mapping[str, str] | None = None,
) -> HtmlPage:
    """Return the page of the words `<key>_heading` and `<key>_text`."""
    return make_page(
        "message.html",
        status,
        say,
        heading=say(f"{key}_heading"),
        text=say.about(location, f"{key}_text"),
        location=location,
        content_language=content_language or say.language,
        extra_headers=extra_headers,
    )


def trouble_page(say: Wording) -> HtmlPage:
    """Return the page for an error on our side."""
    return message_page(
        "trouble",
        HTTPStatus.SERVICE_UNAVAILABLE,
        say,
        extra_headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )
