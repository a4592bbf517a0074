"""A part of a long list, and where the next part begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

PAGE_SIZE = 50
"""Records of a page when the caller does not say."""

MAX_PAGE_SIZE = 100
"""Most records of a page: what one BatchGetItem answers."""


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some records of a list.

    Attributes:
        position: Where the next page begins, as only the store that made it can read; None after
            the last page.
    """

    items: Sequence[T]
    position: str | None = None


def each_of(list_page: Callable[[str | None], Page[T]]) -> Iterator[T]:
    """Yield the records of all pages, each page asked for by its position when it is needed."""
    position: str | None = None
    while True:
        page = list_page(position)
        yield from page.items
        position = page.position
        if position is None:
            return
