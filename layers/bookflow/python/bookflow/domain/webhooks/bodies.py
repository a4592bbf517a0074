"""The kinds of body that a webhook sends, and the Content-Type that fits each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from bookflow.domain.validation.problems import Problem

BodyType = Literal["json", "form", "text"]

CONTENT_TYPES: Mapping[BodyType, str] = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "text": "text/plain; charset=utf-8",
}

BODY_NAMES: Mapping[BodyType, str] = {"json": "JSON", "form": "a form", "text": "text"}

_FORM = "application/x-www-form-urlencoded"
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_UTF_8 = frozenset({"utf-8", "utf8", "us-ascii"})


MISSING_BODY = Problem(
    field="body",
    reason="The body is empty.",
    remedy="Enter it, or choose the body type JSON to send the whole event.",
)


def content_type_problems(body_type: BodyType, headers: Mapping[str, str]) -> Iterator[Problem]:
    """Yield a problem for a Content-Type header that contradicts the body.

    A label of text for another body may be what a receiver asks for, so it is a warning. One with
    variables is not judged.
    """
    for name, value in headers.items():
        if name.lower() != "content-type" or "{" in value:
            continue
        media_type = value.partition(";")[0].strip().lower()
        charset = _CHARSET.search(value)
        if _contradicts(body_type, media_type):
            yield Problem(
                field=f"headers.{name}",
                reason=f"The header {name} says {media_type[:60]}, but the body is "
                f"{BODY_NAMES[body_type]}.",
                remedy="Remove the header: the body type sets it. Or choose another body type.",
                severity="warning" if media_type.startswith("text/") else "error",
            )
        elif charset and charset[1].lower() not in _UTF_8:
            yield Problem(
                field=f"headers.{name}",
                reason=f"The header {name} says {charset[1][:60]}, but the body is sent as UTF-8.",
                remedy="Write charset=utf-8, or remove the header.",
            )


def _contradicts(body_type: BodyType, media_type: str) -> bool:
    """Return whether a receiver that believes the label misreads the body."""
    if not media_type:
        return False
    is_json = media_type in ("application/json", "text/json") or media_type.endswith("+json")
    if body_type == "form":
        return media_type != _FORM
    if body_type == "text":
        return is_json or media_type == _FORM or media_type.startswith("multipart/")
    is_xml = media_type.endswith(("/xml", "+xml"))
    is_text = media_type.startswith("text/") and not is_json
    return media_type == _FORM or media_type.startswith("multipart/") or is_xml or is_text
