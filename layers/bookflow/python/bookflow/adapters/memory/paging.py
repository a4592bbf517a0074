"""Pages of records that are kept in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from bookflow.domain.shared.pagination import Page, PageRequest

R = TypeVar("R")


def page_of(records: Sequence[R], request: PageRequest) -> Page[R]:
    """Return a page of records; a position is the number of records before it."""
    start = int(request.position or 0)
    end = start + request.size
    return Page(records[start:end], str(end) if end < len(records) else None)
