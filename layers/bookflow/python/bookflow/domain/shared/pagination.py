"""A part of a long list, how it is asked for, and where the next part begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")

PAGE_SIZE = 50
"""Records of a page when the caller does not say."""

MAX_PAGE_SIZE = 100
"""Most records of a page: what one BatchGetItem answers."""


@dataclass(frozen=True)
class PageRequest:
    """Which part of a list is wanted.

    Attributes:
        limit: Records that the page holds at most; a store gives 1 to `MAX_PAGE_SIZE`.
        position: What the page before gave, None for the first page. A store raises
            `InvalidInputError` if the position is not one of the list.
    """

    limit: int = PAGE_SIZE
    position: str | None = None

    @property
    def size(self) -> int:
        """The records that a store gives at most."""
        return max(1, min(self.limit, MAX_PAGE_SIZE))


FIRST_PAGE = PageRequest()
"""What is wanted when the caller does not say."""


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some records of a list.

    Attributes:
        position: Where the next page begins, as only the store that made it can read; None after
            the last page.
    """

    items: Sequence[T]
    position: str | None = None

    def holding(self, items: Sequence[U]) -> Page[U]:
        """Return the same place of the list with other items: fewer, or in another form."""
        return Page(items, self.position)


def pages(read: Callable[[PageRequest], Page[T]]) -> Iterator[Page[T]]:
    """Yield the pages of a list, each as large as a store gives."""
    position: str | None = None
    while True:
        page = read(PageRequest(MAX_PAGE_SIZE, position))
        yield page
        position = page.position
        if position is None:
            return
