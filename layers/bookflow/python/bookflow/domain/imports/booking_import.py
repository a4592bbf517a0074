"""The record of an import: the pages that were sent, how far its job is, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from bookflow.domain.events.sender import Sender
from bookflow.domain.shared.errors import ConflictError
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.records import PagedJob, StoredModel

PAGE_ROWS = 500
"""Rows of a page, at most."""

MOST_PAGES = 2000
"""Pages of an import: 100,000 rows of 5 KB."""

KEPT_FOR = timedelta(days=90)
"""Life of an import's record after its last change."""

PAGES_KEPT_FOR = timedelta(days=3)
"""Life of a page that is not imported; one that is, is deleted at once."""

KEPT_FAILURES = 100
"""Rows that a record names, of those that could not be imported."""


class ImportState(StrEnum):
    """The states of an import."""

    UPLOADING = "uploading"
    RUNNING = "running"
    COMPLETED = "completed"
    STOPPED = "stopped"
    FAILED = "failed"


class PageSummary(StoredModel):
    """What a page holds.

    Attributes:
        ready: Rows that can be imported.
        invalid: Rows that cannot.
        to_come: Of those that can, the visits that were still to come.
    """

    ready: int
    invalid: int
    to_come: int


class RowFailure(StoredModel):
    """A row that could be read and not be imported."""

    row: int
    reason: str


class BookingImport(PagedJob):
    """One import.

    Attributes:
        as_of: When the file showed the bookings as they are: what was stated later stays.
        left_out: Rows that the sender left out as they could not be sent.
        runs_created: Whether Booking Created happens for visits that are still to come.
        pages: What each page holds, by its number in decimal.
        page: The page that the job is at, from 1.
        offset: Rows of it that are done.
        counts: Bookings `created`, `updated` (they were known before) and `failed`; executions
            `started`.
        failures: The first rows that failed.
        sent_by: Who imports.
        started_at: When the job began.
    """

    default_remedy: ClassVar[str] = "Go on with it: what is imported stays so."

    id: Identifier
    state: ImportState = ImportState.UPLOADING
    as_of: datetime
    left_out: int = 0
    runs_created: bool = False
    pages: Mapping[str, PageSummary] = Field(default_factory=dict)
    page: int = 1
    offset: int = 0
    failures: tuple[RowFailure, ...] = ()
    sent_by: Sender
    created_at: datetime
    started_at: datetime | None = None

    @property
    def expires_at(self) -> datetime:
        """When the record may vanish."""
        return self.updated_at + KEPT_FOR

    @property
    def ready(self) -> int:
        """Rows that can be imported."""
        return sum(each.ready for each in self.pages.values())

    @property
    def invalid(self) -> int:
        """Rows that cannot be read, or were not sent for that."""
        return self.left_out + sum(each.invalid for each in self.pages.values())

    @property
    def to_come(self) -> int:
        """Visits that were still to come when their page was sent."""
        return sum(each.to_come for each in self.pages.values())

    @property
    def done(self) -> int:
        """Rows that the job is through with."""
        return sum(self.counts.get(name, 0) for name in ("created", "updated", "failed"))

    def event_id(self, row: int) -> str:
        """Return the id of a row's event, the same in each try."""
        return f"{self.id}:{row}"

    def with_page(self, number: int, summary: PageSummary, now: datetime) -> BookingImport:
        """Return the import with a page; the very same one if it has it.

        Raises:
            ConflictError: The import has begun.
        """
        if self.pages.get(str(number)) == summary:
            return self
        if self.state is not ImportState.UPLOADING:
            raise ConflictError(
                "has begun, and takes no more pages",
                field="import_id",
                remedy="Begin a new import for other bookings.",
            )
        return self.next(now, pages={**self.pages, str(number): summary})

    def begun(
        self, pages: int, runs_created: bool, now: datetime, *, left_out: int = 0
    ) -> BookingImport:
        """Return the import as its job begins, or goes on where it stopped or failed.

        Raises:
            ConflictError: A page was not sent.
        """
        missing = [number for number in range(1, pages + 1) if str(number) not in self.pages]
        if missing or len(self.pages) != pages:
            raise ConflictError(
                f"has {len(self.pages)} of {pages} pages",
                field="pages",
                remedy="Send each page, then start the import.",
            )
        is_first = self.state is ImportState.UPLOADING
        return self.next(
            now,
            state=ImportState.RUNNING,
            left_out=left_out if is_first else self.left_out,
            runs_created=runs_created if is_first else self.runs_created,
            started_at=now if is_first else self.started_at,
        )

    def advanced(
        self, rows: int, counts: Mapping[str, int], failures: Sequence[RowFailure], now: datetime
    ) -> BookingImport:
        """Return the import after more rows of its page; after the last of all it is complete."""
        page, offset = self.page, self.offset + rows
        if offset >= self.pages[str(page)].ready:
            page, offset = page + 1, 0
        return self.next(
            now,
            counts,
            state=ImportState.RUNNING if str(page) in self.pages else ImportState.COMPLETED,
            page=page,
            offset=offset,
            failures=(*self.failures, *failures)[:KEPT_FAILURES],
        )

    def stopped(self, now: datetime) -> BookingImport:
        """Return the import after a person stopped it: what is imported stays so."""
        return self.next(now, state=ImportState.STOPPED)
