"""Imports as a person makes them: read the rows, send the pages, start, watch, stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from bookflow.domain.bookings.records import Location
from bookflow.domain.events.sender import Sender
from bookflow.domain.imports.booking_import import (
    PAGES_KEPT_FOR,
    BookingImport,
    ImportState,
    PageSummary,
)
from bookflow.domain.imports.rows import MOST_ROWS, RowsRead, read_rows
from bookflow.domain.shared.errors import ConflictError, InvalidInputError, NotFoundError
from bookflow.domain.shared.records import new_id
from bookflow.domain.shared.wall_time import to_utc, zone_named
from bookflow.ports import Ports
from bookflow.use_cases.begin_job import begin_job

TRIES = 5
"""Writes that others overtake, before the caller is asked to come again."""

SETTLING_SECONDS = 3
"""Wait before the job begins: the import is stored by then."""


class Imports:
    """The imports of a location's bookings."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def read(self, location_id: str, raw: Sequence[Mapping[str, Any]]) -> tuple[RowsRead, str]:
        """Return how rows are read, and the zone of their local times; nothing is stored.

        Raises:
            NotFoundError: The location is not known.
        """
        zone = self._location(location_id).timezone
        return read_rows(raw, zone_named(zone)), zone

    def begin(
        self,
        location_id: str,
        *,
        as_of: datetime | None,
        sent_by: Sender,
        key: str | None = None,
    ) -> BookingImport:
        """Make an import, which takes pages; a repeated call of the same key returns it.

        Args:
            location_id: The location.
            as_of: When the file showed the bookings as they are; now, without it or if it is later.
            sent_by: Who imports.
            key: Names the call.

        Raises:
            NotFoundError: The location is not known.
        """
        self._location(location_id)
        now = self._ports.clock.now()
        made = BookingImport(
            location_id=location_id,
            id=new_id("import", location_id, key),
            as_of=min(to_utc(as_of), now) if as_of else now,
            sent_by=sent_by,
            created_at=now,
            updated_at=now,
        )
        if self._ports.imports.save(made):
            return made
        return self.get(location_id, made.id)

    def put_page(
        self, location_id: str, import_id: str, number: int, raw: Sequence[Mapping[str, Any]]
    ) -> tuple[BookingImport, RowsRead]:
        """Keep the rows of a page that can be imported; return the import and what was read.

        It may be sent again, and changed, until the import starts. The rows are stored before the
        import names them: a crash in between leaves a page that is sent again.

        Raises:
            NotFoundError: There is no such import.
            ConflictError: The import has started without this page.
        """
        read, _ = self.read(location_id, raw)
        now = self._ports.clock.now()
        to_come = sum(each.is_to_come(now) for each in read.rows)
        summary = PageSummary(ready=len(read.rows), invalid=read.invalid, to_come=to_come)
        is_stored = False
        for _ in range(TRIES):
            batch = self.get(location_id, import_id)
            if batch.state is not ImportState.UPLOADING and str(number) in batch.pages:
                return batch, read  # its answer was lost, and the rows may be imported by now
            after = batch.with_page(number, summary, now)
            if not is_stored:
                until = now + PAGES_KEPT_FOR
                self._ports.imports.put_page(batch, number, read.rows, until=until)
                is_stored = True
            if after is batch or self._ports.imports.save(after):
                return after, read
        raise _busy()

    def start(
        self,
        location_id: str,
        import_id: str,
        *,
        pages: int,
        runs_created: bool,
        left_out: int = 0,
    ) -> BookingImport:
        """Start the import's job, or let it go on where it stopped or failed.

        A repeated call while it runs, or after it, changes nothing.

        Args:
            location_id: The location.
            import_id: The import.
            pages: How many pages were sent.
            runs_created: Whether Booking Created happens for visits that are still to come.
            left_out: Rows of the file that were not sent, for the count.

        Raises:
            NotFoundError: There is no such import.
            ConflictError: A page is missing.
            InvalidInputError: No row can be imported, or there are too many.
        """
        for _ in range(TRIES):
            batch = self.get(location_id, import_id)
            if batch.state in (ImportState.RUNNING, ImportState.COMPLETED):
                return batch
            if not 0 < batch.ready + batch.invalid <= MOST_ROWS or not batch.ready:
                raise InvalidInputError(
                    f"has {batch.ready:,} rows that can be imported",
                    field="import_id",
                    remedy=f"Send between 1 and {MOST_ROWS:,} rows.",
                )
            after = batch.begun(pages, runs_created, self._ports.clock.now(), left_out=left_out)
            if begin_job(
                self._ports,
                import_message(after),
                partial(self._ports.imports.save, after),
                settling=SETTLING_SECONDS,
            ):
                return after
        raise _busy()

    def stop(self, location_id: str, import_id: str) -> BookingImport:
        """Import no more rows; those that are imported stay so.

        One that failed is stopped too: the queue may deliver its message again.

        Raises:
            NotFoundError: There is no such import.
            ConflictError: Rows of it were imported at the same moment, several times.
        """
        for _ in range(TRIES):
            batch = self.get(location_id, import_id)
            if batch.state not in (ImportState.RUNNING, ImportState.FAILED):
                return batch
            after = batch.stopped(self._ports.clock.now())
            if self._ports.imports.save(after):
                return after
        raise _busy()

    def get(self, location_id: str, import_id: str) -> BookingImport:
        """Return an import and how far it is.

        Raises:
            NotFoundError: There is no such import.
        """
        found = self._ports.imports.get(location_id, import_id)
        if found is None:
            raise NotFoundError("there is no such import in this location", field="import_id")
        return found.as_of_now(self._ports.clock.now())

    def latest(self, location_id: str) -> Sequence[BookingImport]:
        """Return the imports of the last 90 days, the latest first."""
        now = self._ports.clock.now()
        return [each.as_of_now(now) for each in self._ports.imports.latest(location_id)]

    def _location(self, location_id: str) -> Location:
        context = self._ports.bookings.context(location_id, None)
        if context is None:
            raise NotFoundError(
                "is not a location that Bookflow knows",
                field="location_id",
                remedy="Save the location's settings first.",
            )
        return context.location


def import_message(batch: BookingImport) -> dict[str, Any]:
    """Return the message that asks for the next rows of an import."""
    return {
        "import": batch.id,
        "location_id": batch.location_id,
        "page": batch.page,
        "offset": batch.offset,
    }


def _busy() -> ConflictError:
    return ConflictError(
        "the import changed at the same moment, several times",
        field="import_id",
        remedy="Try again.",
    )
