"""Keeps answers within what Lambda hands over: a list answers fewer entries, and a cursor."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping

from bookflow.api.routing import Endpoint

MAX_ANSWER_BYTES = 6_000_000
"""Lambda hands over 6,291,556 bytes at most, the body as a JSON text (AWS, "Lambda quotas"); the
headers need a little of it."""


def is_too_large(body: str | None) -> bool:
    """Say whether Lambda would refuse an answer with this body."""
    if body is None or len(body) * 6 < MAX_ANSWER_BYTES:  # no character takes more than six bytes
        return False
    return body_bytes(body) > MAX_ANSWER_BYTES


def fewer_entries(endpoint: Endpoint, query: Mapping[str, str], body: str) -> int | None:
    """Return the `limit` with which a list that is too large fits; None where none would.

    Entries differ in size, so the list may still be too large then: each time is smaller.

    Args:
        endpoint: The route that answered.
        query: The parameters of its call.
        body: What it answered.
    """
    parameter = inspect.signature(endpoint.handler).parameters.get("limit")
    if endpoint.method != "GET" or parameter is None:
        return None
    limit = int(query.get("limit", parameter.default))
    items = json.loads(body)["items"]
    share = len(items) * MAX_ANSWER_BYTES // body_bytes(body)
    if limit == 1:
        return None
    # A route may bound something else than its entries, such as the bookings that it looks through.
    return max(1, min(limit - 1, limit * share // max(1, len(items))))


def body_bytes(body: str) -> int:
    """Return how much of Lambda's answer a body takes, or a part of one."""
    return len(json.dumps(body, ensure_ascii=False).encode())
