"""Pages of records that are kept in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from bookflow.domain.shared.pagination import MAX_PAGE_SIZE, Page

R = TypeVar("R")


def page_of(records: Sequence[R], limit: int, position: str | None) -> Page[R]:
    """Return a page of records; a position is the number of records before it."""
    start = int(position or 0)
    end = start + max(1, min(limit, MAX_PAGE_SIZE))
    return Page(records[start:end], str(end) if end < len(records) else None)
