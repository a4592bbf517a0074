"""A request to a receiver outside, its response, and how a delivery can fail."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bookflow.domain.shared.errors import InvalidInputError, TransientError

METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH"})
"""Methods that a request may use (product text, "Webhook")."""

DEFAULT_TOTAL_TIMEOUT_SECONDS = 30.0
"""Product text: "Webhooks have a 30-second timeout". It spans the whole exchange."""

DEFAULT_MAX_RESPONSE_BYTES = 65_536
"""A quarter of what a step of Step Functions may hand on (262,144 bytes)."""

_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")

# These belong to the connection, not to the message (RFC 9110, 7.6.1), or are derived from the
# URL and the body; a value of one's own would let a request be read as two, or as another's.
_RESERVED_HEADERS = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "http2-settings",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request. Its text form shows the method only, as all else may hold secrets.

    Attributes:
        method: One of `METHODS`.
        url: Any URL; the sender judges it.
        headers: Names and values; see `check_headers`.
        body: What goes out as it is, or None.
        total_timeout_seconds: Seconds for everything: name, connection, TLS, sending, reading.
        max_response_bytes: Bytes of the decoded response body that are stored.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    total_timeout_seconds: float = DEFAULT_TOTAL_TIMEOUT_SECONDS
    max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What the receiver answered, whatever its status.

    Attributes:
        status: The HTTP status; redirects are answers too, and are not followed.
        headers: Lower-case names; values of a repeated name are joined by a comma and a space.
        body: The first bytes of the body, with gzip and deflate undone.
        truncated: True if `body` is not the whole body: it is longer than the limit, or its
            compression is broken.
        elapsed_ms: Milliseconds from the start of the sending to the end of the reading.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    truncated: bool
    elapsed_ms: int


class DeliveryUncertain(TransientError):  # noqa: N818 - a doubt, it may have arrived
    """The request was sent at least in part, and its whole answer never came.

    The receiver may have acted on it, so its outcome is unknown unless a retry is answered. Where
    nothing of a request was sent, the failure is a plain `TransientError`: a retry cannot make the
    receiver act twice.

    Args:
        message: What went wrong.
        status: The status, if the receiver got as far as naming one before its answer broke off.
        remedy: What the reader can do about it.
    """

    def __init__(
        self, message: str, *, status: int | None = None, remedy: str | None = None
    ) -> None:
        super().__init__(message, remedy=remedy, outcome_unknown=True)
        self.status = status


def check_method(method: str) -> str:
    """Return the method in capitals.

    Raises:
        InvalidInputError: It is not one of `METHODS`.
    """
    if method.upper() not in METHODS:
        raise InvalidInputError(
            "The method is not one that a request may use.",
            field="method",
            remedy=f"Use one of {', '.join(sorted(METHODS))}.",
        )
    return method.upper()


def check_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers with lower-case names and without blanks around the values.

    Raises:
        InvalidInputError: A name is not a token or is given twice, a value holds a line break,
            another control character or a letter outside Latin-1, or the header is one that the
            sender itself sets. `field` names the header; its value is never shown.
    """
    checked: dict[str, str] = {}
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise InvalidInputError(
                f"The header name {name[:60]!a} is not valid.",
                field="headers",
                remedy="Use letters, digits and hyphens.",
            )
        where, key = f"headers.{name}", name.lower()
        if key in _RESERVED_HEADERS:
            raise InvalidInputError(
                f"The header {name} is set by the sender.", field=where, remedy="Take it out."
            )
        if key in checked:
            raise InvalidInputError(
                f"The header {name} is given twice.", field=where, remedy="Take one of them out."
            )
        if not _HEADER_VALUE.fullmatch(value):
            raise InvalidInputError(
                f"The value of the header {name} holds a line break, a control character or a "
                "letter that headers cannot carry.",
                field=where,
                remedy="Keep headers to one line of Latin letters; put other text in the body.",
            )
        checked[key] = value.strip(" \t")
    return checked
