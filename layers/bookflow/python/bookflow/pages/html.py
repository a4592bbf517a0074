"""Renders a page from a template: HTML, language and strict security headers."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

    from bookflow.domain.messages.wording import Wording


@dataclass(frozen=True)
class HtmlPage:
    """One answer to a browser."""

    status: HTTPStatus
    body: str
    language: str
    extra_headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def headers(self) -> Mapping[str, str]:
        """Return all headers.

        The address holds a secret, so nothing of it leaves: no referrer, no cache, no search
        engine. The style sheet is allowed by its hash; nothing else is loaded or run (OWASP,
        "HTTP Headers Cheat Sheet" and "Content Security Policy Cheat Sheet").
        """
        return {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Language": self.language,
            "Content-Security-Policy": (
                f"default-src 'none'; style-src '{_style().digest}'; form-action 'self'; "
                "base-uri 'none'; frame-ancestors 'none'"
            ),
            "Cache-Control": "no-store",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            "Referrer-Policy": "no-referrer",
            "Strict-Transport-Security": "max-age=31536000",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "X-Robots-Tag": "noindex, nofollow",
            **self.extra_headers,
        }


def make_page(
    template: str,
    status: HTTPStatus,
    say: Wording,
    *,
    extra_headers: Mapping[str, str] | None = None,
    **variables: Any,
) -> HtmlPage:
    """Return the page that a template makes; every variable is escaped.

    Args:
        template: A file of the folder `templates`.
        status: HTTP status.
        say: The page's words.
        extra_headers: Headers beside those of every page.
        variables: What the template names; `location` is the name that the page stands in, and
            `content_language` the language of what the location wrote.
    """
    values = {"location": "", "content_language": say.language, **variables}
    body = _environment().get_template(template).render(say=say, style=_style().text, **values)
    return HtmlPage(status, body, say.language, extra_headers or {})


@dataclass(frozen=True)
class _Style:
    text: str
    digest: str


@cache
def _style() -> _Style:
    from markupsafe import Markup

    source = (files("bookflow.pages") / "templates" / "style.css").read_text("utf-8").strip()
    digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
    return _Style(Markup(source), f"sha256-{digest}")  # noqa: S704 - our own file


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("bookflow.pages", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
