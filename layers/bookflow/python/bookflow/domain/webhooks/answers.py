"""What a receiver's answer means: success or an error, and what of it the step's output keeps."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, NoReturn

from bookflow.domain.shared.errors import OutcomeUnknownError, PermanentError, TransientError
from bookflow.domain.shared.json_depth import nests_deeper
from bookflow.domain.webhooks import secrets
from bookflow.domain.webhooks.charsets import read_text
from bookflow.domain.webhooks.http_messages import HttpResponse

MAX_BODY_BYTES = 16 * 1024
"""Bytes of the response body that the step's output keeps."""

EXCERPT_CHARACTERS = 200
"""Length of the piece of a response body that an error shows."""

MAX_HEADER_CHARACTERS = 2048
"""Length up to which the step's output keeps a header of the answer: that of a URL."""

MAX_JSON_DEPTH = 24
"""Nesting up to which a response's JSON is handed on; stores nest no deeper than 32."""

TRANSIENT_STATUSES = frozenset({408, 429})
"""Answers below 500 that a later try may change (RFC 9110, 15.5.9; RFC 6585, 4)."""

REFUSED_STATUSES = frozenset({501, 505})
"""Answers above 500 by which a receiver says that it cannot act (RFC 9110, 15.6.2 and 15.6.6)."""

SAFE_METHODS = frozenset({"GET"})
"""Methods that ask a receiver for no effect, so that they may be repeated (RFC 9110, 9.2.1)."""

LOOK = (
    "Check at the receiver whether it acted on the request. Then choose It arrived or Send again."
)

STATUS_PATTERN = r"^([2-5]xx|[2-5][0-9]{2})$"
"""How a status that counts as success is written: `302`, or `2xx` for all from 200 to 299."""

_OUTPUT_HEADERS = ("content-type", "location")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

_SEE_ELSEWHERE = frozenset({301, 302, 303})
"""After a write, clients go on with a GET: the request itself was taken (RFC 9110, 15.4)."""

_ADVICE = {
    400: "Compare the body with what the receiver expects.",
    401: "Check the credentials in the step's headers.",
    403: "Check the credentials in the step's headers, and what they are allowed to do.",
    404: "Check the path of the URL.",
    405: "Check the method of the step.",
    409: "Check at the receiver what the request collides with. If this means that it exists "
    "already, add 409 to the step's successful statuses.",
    410: "The receiver has taken the address away: ask it for the new one.",
    413: "Send a smaller body: choose single variables in place of {{ eventData }}.",
    415: "Choose the body type that the receiver expects, or set its Content-Type header.",
    422: "Compare the body with what the receiver expects.",
}


class AnswerText(NamedTuple):
    """The text of an answer without secrets, and what was odd about its charset."""

    text: str
    note: str | None


def text_of(response: HttpResponse, confidential: Iterable[str]) -> AnswerText:
    """Return the text of an answer, without control characters and without secrets."""
    content_type = response.headers.get("content-type", "")
    read = read_text(response.body, content_type, is_cut=response.truncated)
    text = _CONTROL.sub("", read.text)
    return AnswerText(secrets.hidden(text, confidential, is_cut=response.truncated), read.note)


def is_success(status: int, success_statuses: Iterable[str]) -> bool:
    """Return whether one of the statuses, such as `2xx` and `302`, stands for this one."""
    return not {str(status), f"{status // 100}xx"}.isdisjoint(success_statuses)


def output_of(
    response: HttpResponse, answer: AnswerText, confidential: Iterable[str]
) -> Mapping[str, Any]:
    """Return what later steps may read of an answer."""
    stored = answer.text.encode()[:MAX_BODY_BYTES].decode("utf-8", "ignore")
    output: dict[str, Any] = {
        "status": response.status,
        "headers": {
            name: secrets.hidden(response.headers[name], confidential)[:MAX_HEADER_CHARACTERS]
            for name in _OUTPUT_HEADERS
            if name in response.headers
        },
        "body": stored,
        "truncated": response.truncated or len(stored) < len(answer.text),
        "elapsed_ms": response.elapsed_ms,
    }
    if answer.note:
        output["charset_note"] = secrets.hidden(answer.note, confidential)
    try:
        value = json.loads(stored, parse_constant=_no_constant)
        # Half a character pair, or a number beyond all bounds, could not be stored as it came.
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return output
    if nests_deeper(value, MAX_JSON_DEPTH):
        return output
    return {**output, "json": _hidden_in(value, confidential)}


def fail(method: str, response: HttpResponse, text: str, now: datetime) -> NoReturn:
    """Raise the error that an answer means whose status does not count as success.

    Args:
        method: The request's.
        response: The answer.
        text: Its text without secrets.
        now: The present, for a `Retry-After` that is a date.

    Raises:
        TransientError: The receiver is busy; `retry_after` holds the wait that it asks for.
        OutcomeUnknownError: The receiver may have acted on the request.
        PermanentError: The receiver rejects the request, or leads elsewhere.
    """
    status = response.status
    said = " ".join(text.split())[:EXCERPT_CHARACTERS]
    message = f"The receiver answered with status {status}" + (f": “{said}”." if said else ".")
    retry_after = _retry_after(response.headers.get("retry-after", ""), now)
    is_broken = status >= 500 and status not in REFUSED_STATUSES
    # A receiver that names a time for the next try has not acted on this one (RFC 9110, 10.2.3).
    asks_again = status == 503 and retry_after is not None
    if status in TRANSIENT_STATUSES or asks_again or (is_broken and method in SAFE_METHODS):
        raise TransientError(
            message,
            remedy="Check that the receiver is up and takes this many requests.",
            retry_after=retry_after,
        )
    if is_broken:
        raise OutcomeUnknownError(
            f"{message} It may have acted on the request all the same.", remedy=LOOK
        )
    if status in _SEE_ELSEWHERE and method not in SAFE_METHODS:
        raise OutcomeUnknownError(
            f"{message} It leads to another address, and may have acted on the request.",
            remedy=f"{LOOK} If it always answers so, as Google Apps Script does, add {status} to "
            "the step's successful statuses.",
        )
    if 300 <= status < 400:
        advice = "Redirects are not followed: enter the address that it leads to."
    else:
        advice = _ADVICE.get(status, "Check at the receiver why it refuses the request.")
    raise PermanentError(message, field="url", remedy=advice)


def _hidden_in(value: Any, confidential: Iterable[str]) -> Any:
    """Return a JSON value without secrets in its texts: there they may be spelt in further ways."""
    if isinstance(value, str):
        return secrets.hidden(value, confidential)
    if isinstance(value, list):
        return [_hidden_in(each, confidential) for each in value]
    if isinstance(value, dict):
        return {
            secrets.hidden(name, confidential): _hidden_in(each, confidential)
            for name, each in value.items()
        }
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _retry_after(value: str, now: datetime) -> float | None:
    """Read a Retry-After header, seconds or an HTTP date (RFC 9110, 10.2.3), as seconds."""
    text = value.strip()
    if re.fullmatch(r"\d{1,9}", text, re.ASCII):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
