"""Records in memory that are saved over the save before, and pages of lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from bookflow.domain.shared.errors import NotFoundError, StaleRevisionError
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest
from bookflow.domain.shared.records import LibraryRecord, SavedRecord

R = TypeVar("R")
K = TypeVar("K")
SavedT = TypeVar("SavedT", bound=SavedRecord)
LibraryT = TypeVar("LibraryT", bound=LibraryRecord)
ListedT = TypeVar("ListedT", bound=LibraryRecord)


class InMemoryRecords(Generic[SavedT]):
    model: type[SavedT]

    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], SavedT] = {}

    def get(self, location_id: str, record_id: str) -> SavedT:
        what = self.model.kind()
        return stored_at(
            self.stored, (location_id, record_id), f"{what} in this location", f"{what}_id"
        )

    def save(self, record: SavedT) -> None:
        if self.stored.get((record.location_id, record.id)) != record:
            self.check_follows(record)
            self.stored[record.location_id, record.id] = record

    def check_follows(self, record: SavedT) -> None:
        stored = self.stored.get((record.location_id, record.id))
        saves = stored.saves if stored else 0
        if record.saves != saves + 1:
            raise StaleRevisionError(record.kind(), based_on=record.saves - 1, stored=saves)


class InMemoryLibrary(InMemoryRecords[LibraryT], Generic[LibraryT, ListedT]):
    def listed(self, record: LibraryT) -> ListedT:
        """Return what a list shows of a record."""
        raise NotImplementedError

    def list(self, location_id: str, request: PageRequest = FIRST_PAGE) -> Page[ListedT]:
        kept = [self.stored[key] for key in sorted(self.stored) if key[0] == location_id]
        page = page_of([self.listed(each) for each in kept], request)
        return page.holding([each for each in page.items if each.deleted_at is None])


class Revised(Protocol):
    """A record whose changes are counted, from 1."""

    @property
    def revision(self) -> int: ...


RevisedT = TypeVar("RevisedT", bound=Revised)


def save_revision(stored: dict[K, RevisedT], key: K, record: RevisedT) -> bool:
    """Keep a record if the stored revision is the one before it; say whether it is kept."""
    known = stored.get(key)
    if record.revision == (known.revision if known else 0) + 1:
        stored[key] = record
    return stored.get(key) == record


def stored_at(stored: Mapping[K, R], key: K, what: str, field: str) -> R:
    """Return what is stored.

    Raises:
        NotFoundError: There is none.
    """
    try:
        return stored[key]
    except KeyError:
        raise NotFoundError(f"there is no such {what}", field=field) from None


def page_of(records: Sequence[R], request: PageRequest) -> Page[R]:
    """Return a page of records; a position is the number of records before it."""
    start = int(request.position or 0)
    end = start + request.size
    return Page(records[start:end], str(end) if end < len(records) else None)
