"""Imports the rows of an import, some by some.

Whatever is done may be done again: a row's event has the same id in each try, statements merge,
and an execution is claimed once. So rows that broke off are begun anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from bookflow.domain.bookings.search import folded
from bookflow.domain.executions.execution import ExecutionStatus
from bookflow.domain.imports.booking_import import (
    BookingImport,
    ImportState,
    RowFailure,
)
from bookflow.domain.imports.imported_booking import Activities, booking_id_of, imported_booking
from bookflow.domain.imports.rows import ImportRow
from bookflow.domain.shared.errors import (
    BookflowError,
    InvalidInputError,
    PermanentError,
    TransientError,
)
from bookflow.ports import Ports
from bookflow.use_cases.imports.manage_imports import import_message
from bookflow.use_cases.reminders.plan_reminders import tried
from bookflow.use_cases.runtime.dispatch import Dispatcher

ROWS = 100
"""Rows of a message."""

ANNOUNCED_ROWS = 10
"""Rows of a message where Booking Created happens: what was begun cannot be stopped."""


@dataclass(frozen=True)
class _Imported:
    """What became of a row."""

    is_new: bool
    started: int


class ImportRunner:
    """The work of imports.

    Args:
        ports: All ports.
        workers: Rows imported at the same time.
    """

    def __init__(self, ports: Ports, *, workers: int) -> None:
        self._ports = ports
        self._workers = workers

    def run_page(self, message: Mapping[str, Any]) -> BookingImport | None:
        """Import the next rows of a message's import; return the import, None if others did.

        Raises:
            TransientError: The rows have to be done again; what is imported stays so.
            InvalidInputError: The message names no import.
            PermanentError: The rows are not there any more.
        """
        batch = self._of(message)
        if batch is None:
            return None
        rows = self._rows(batch)
        results = self._import(batch, rows)
        postponed = [each for each in results if isinstance(each, TransientError)]
        if postponed:
            raise postponed[0]
        counts: Counter[str] = Counter()
        failures: list[RowFailure] = []
        for row, result in zip(rows, results, strict=True):
            if isinstance(result, _Imported):
                counts["created" if result.is_new else "updated"] += 1
                counts["started"] += result.started
            else:
                counts["failed"] += 1
                failures.append(RowFailure(row=row.row, reason=_sentences(result)))
        after = batch.advanced(len(rows), counts, failures, self._ports.clock.now())
        if not self._ports.imports.save(after):
            return None
        if after.page != batch.page:
            self._ports.imports.delete_page(batch, batch.page)
        self._go_on(after, ceil(counts["started"] / self._ports.messages_per_second))
        return after

    def fail(self, message: Mapping[str, Any], error: Exception) -> None:
        """Record that an import was given up, so that nobody waits for it.

        Raises:
            InvalidInputError: The message names no import.
        """
        batch = self._of(message)
        if batch is not None:
            self._ports.imports.save(batch.failed(error, self._ports.clock.now()))

    def _of(self, message: Mapping[str, Any]) -> BookingImport | None:
        """Return the import that a message is for, None if it is over or further."""
        location_id, import_id = message.get("location_id"), message.get("import")
        if not (isinstance(location_id, str) and isinstance(import_id, str)):
            raise InvalidInputError(
                "is missing", field="import", remedy="It is no message of an import."
            )
        batch = self._ports.imports.get(location_id, import_id)
        # One that failed goes on where it stopped, if its message comes again.
        if batch is None or batch.state not in (ImportState.RUNNING, ImportState.FAILED):
            return None
        at = (int(message.get("page", 0)), int(message.get("offset", 0)))
        if at == (batch.page, batch.offset):
            return batch
        if at < (batch.page, batch.offset) and batch.state is ImportState.RUNNING:
            # Its function may have died between the record and the message for the next rows.
            self._go_on(batch, 0)
        return None

    def _go_on(self, batch: BookingImport, pause: int) -> None:
        if batch.state is ImportState.RUNNING:
            self._ports.reminder_jobs.send(import_message(batch), delay_seconds=pause)

    def _rows(self, batch: BookingImport) -> Sequence[ImportRow]:
        """Return the next rows of the page that the import is at."""
        if not batch.pages[str(batch.page)].ready:
            return []
        page = self._ports.imports.page(batch, batch.page)
        if page is None:
            raise PermanentError(
                "The rows are not stored any more.",
                remedy="Import the file again: what is imported already stays as it is.",
            )
        size = ANNOUNCED_ROWS if batch.runs_created else ROWS
        return page[batch.offset : batch.offset + size]

    def _import(
        self, batch: BookingImport, rows: Sequence[ImportRow]
    ) -> Sequence[_Imported | BookflowError]:
        """Import rows, those first that name a new activity: others then only name it."""
        activities = self._activities(batch.location_id) if rows else Activities({})
        found: dict[int, _Imported | BookflowError] = {}
        for row in rows:
            if activities.are_missing(row):
                (found[row.row],) = self._tried(batch, [row], activities, workers=1)
                activities = self._activities(batch.location_id)
        _ = self._ports.schedules  # clients are not made in threads (boto3, "Multithreading")
        left = [row for row in rows if row.row not in found]
        results = self._tried(batch, left, activities, workers=self._workers)
        found |= {row.row: result for row, result in zip(left, results, strict=True)}
        return [found[row.row] for row in rows]

    def _tried(
        self,
        batch: BookingImport,
        rows: Sequence[ImportRow],
        activities: Activities,
        *,
        workers: int,
    ) -> Sequence[_Imported | BookflowError]:
        return tried(lambda row: self._import_row(batch, row, activities), rows, workers=workers)

    def _import_row(
        self, batch: BookingImport, row: ImportRow, activities: Activities
    ) -> _Imported:
        ports, location_id = self._ports, batch.location_id
        booking_id = self._booking_id(location_id, row)
        context = ports.bookings.context(location_id, booking_id)
        stored = context.booking if context else None
        event = imported_booking(
            row,
            booking_id,
            batch,
            stored,
            activities,
            is_announced=batch.runs_created and row.is_to_come(ports.clock.now()),
        )
        executions = Dispatcher(ports).dispatch(event)
        started = sum(each.status is not ExecutionStatus.SKIPPED for each in executions)
        # An earlier try may have stored it.
        is_new = stored is None or stored.imported_at == batch.started_at
        return _Imported(is_new, started)

    def _booking_id(self, location_id: str, row: ImportRow) -> str:
        """Return the id of a row's booking: its own, that of the booking with its code, or a new one."""
        if row.booking_id is None:
            found = self._ports.bookings.find(location_id, row.confirmation_code or "")
            if len(found) > 1:
                raise InvalidInputError(
                    "is the code of several bookings",
                    field="confirmation_code",
                    remedy="Import the booking's id as well.",
                )
            if found:
                return found[0].booking.id
        return booking_id_of(row)

    def _activities(self, location_id: str) -> Activities:
        known = self._ports.bookings.activities(location_id)
        return Activities({folded(each.name) or each.id: each.id for each in known})


def _sentences(error: BookflowError) -> str:
    remedy = error.remedy if isinstance(error, PermanentError) else None
    return " ".join(filter(None, (error.message, remedy)))
