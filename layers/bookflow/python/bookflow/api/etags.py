"""Conditional requests: the ETag of a saved record is its revision."""

from __future__ import annotations

import re

from bookflow.api.errors import MalformedRequestError, PreconditionRequiredError

_STRONG = re.compile(r'"([0-9]{1,18})"', re.ASCII)


def etag(revision: int) -> str:
    """Return the strong ETag of a revision, such as `"7"`."""
    return f'"{revision}"'


def revision_of(if_match: str | None) -> int:
    """Return the revision that an `If-Match` header names.

    Raises:
        PreconditionRequiredError: There is no such header.
        MalformedRequestError: It is not one ETag as this API gives it.
    """
    if if_match is None or not if_match.strip():
        raise PreconditionRequiredError(
            "is missing",
            field="If-Match",
            remedy="Send the ETag of the revision that the change is based on.",
        )
    found = _STRONG.fullmatch(if_match.strip())
    if not found:
        raise MalformedRequestError(
            "is not an ETag of this API", field="If-Match", remedy='Send it as given, such as "7".'
        )
    return int(found.group(1))
