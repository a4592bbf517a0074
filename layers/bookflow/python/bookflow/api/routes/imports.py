"""Imports: bookings that exist already come in from a file, in pages, and start nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from pydantic import Field

from bookflow.api.auth.access import Role
from bookflow.api.calls import CallArg, Id, Input, RepeatKey, View, answer
from bookflow.api.rates import IMPORTS, RENDERING
from bookflow.api.routing import Audit, Resource
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.imports.booking_import import (
    MOST_PAGES,
    PAGE_ROWS,
    BookingImport,
    ImportState,
)
from bookflow.domain.imports.rows import RowProblem
from bookflow.domain.shared.values import Moment, Money
from bookflow.use_cases.imports.manage_imports import Imports

resource = Resource("imports")

MAX_PAGE_BYTES = 256 * 1024
"""The largest body of a page: its rows lie in one item, which may hold 400 KB."""

PREVIEWED = 50
"""Rows of a preview."""

PageNumber = Annotated[int, Path(ge=1, le=MOST_PAGES, description="Number of the page, from 1")]

Row = Mapping[str, Any]
"""A row as it came: what is wrong with one is said of it, and costs no other."""


class NewImport(Input):
    """What the file shows."""

    as_of: Moment | None = Field(
        default=None,
        description="When the file showed the bookings as they are: what was stated later stays. "
        "Without it, now",
    )


class ImportRows(Input):
    """Rows of a file; docs/api.md, "Import bookings", has their fields."""

    rows: tuple[Row, ...] = Field(min_length=1, max_length=PAGE_ROWS)


class PreviewRows(Input):
    """The first rows of a file."""

    rows: tuple[Row, ...] = Field(min_length=1, max_length=PREVIEWED)


class ImportStart(Input):
    """What was sent, and what shall happen."""

    pages: int = Field(ge=1, le=MOST_PAGES, description="How many pages were sent")
    left_out: int = Field(
        default=0, ge=0, le=10_000_000, description="Rows of the file that were not sent"
    )
    run_booking_created: bool = Field(
        default=False,
        description="Whether workflows that wait for Booking Created start for visits still to "
        "come; without it, the import starts no workflow",
    )


class RowView(View):
    """A row as it was read, with times in the location's zone."""

    row: int
    booking_id: str | None
    confirmation_code: str | None
    status: BookingStatus
    start_time: datetime
    end_time: datetime | None
    booked_at: datetime | None
    changed_at: datetime | None
    activity_id: str | None
    activity_name: str | None
    customer_id: str | None
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    locale: str | None
    marketing_opt_out: bool | None
    party_size: int | None
    total_amount: Money | None
    notes: str | None
    more: Mapping[str, str]


class RowsView(View):
    """How rows are read."""

    timezone: str = Field(description="Where local times are read")
    rows: tuple[RowView, ...]
    problems: tuple[RowProblem, ...]


class RowFailureView(View):
    """A row that could be read and not be imported."""

    row: int
    reason: str


class ImportView(View):
    """An import, and how far it is."""

    id: str
    state: ImportState
    as_of: datetime
    run_booking_created: bool
    pages: int = Field(description="Pages that were sent")
    ready: int = Field(description="Rows that can be imported")
    invalid: int = Field(description="Rows that cannot be read, or were not sent")
    to_come: int = Field(description="Visits that were still to come when they were sent")
    done: int = Field(description="Rows that are through")
    counts: Mapping[str, int] = Field(
        description="Bookings `created`, `updated` (they were known before) and `failed`; "
        "executions `started`"
    )
    failures: tuple[RowFailureView, ...] = Field(description="The first 100 rows that failed")
    reason: str | None = Field(description="Why it failed")
    remedy: str | None = Field(description="What to do about it")
    created_at: datetime
    started_at: datetime | None
    updated_at: datetime


class ImportList(View):
    """The imports of the last 90 days, the latest first; 50 at most."""

    items: tuple[ImportView, ...]


class ImportPageView(View):
    """The import with a page, and what is wrong with rows of the page."""

    booking_import: ImportView
    problems: tuple[RowProblem, ...]


@resource.post("/imports/preview", Role.EDITOR, audit=Audit.NOTHING, limit=RENDERING)
def preview_import(call: CallArg, location_id: Id, body: PreviewRows) -> RowsView:
    """Return how rows are read, and what is wrong with those that cannot be; nothing is stored."""
    read, zone = Imports(call.ports).read(location_id, body.rows)
    rows = tuple(RowView.of(each) for each in read.rows)
    return RowsView(timezone=zone, rows=rows, problems=tuple(read.problems))


@resource.post("/imports", Role.EDITOR, status=201, limit=IMPORTS)
def create_import(
    call: CallArg, location_id: Id, body: NewImport, idempotency_key: RepeatKey = None
) -> Response[ImportView]:
    """Make an import, which takes pages of rows; no booking is imported yet."""
    made = Imports(call.ports).begin(
        location_id,
        as_of=body.as_of,
        sent_by=call.caller.sender,
        key=call.key(idempotency_key),
    )
    return answer(_view(made), status=201)


@resource.get("/imports", Role.VIEWER)
def list_imports(call: CallArg, location_id: Id) -> ImportList:
    """List the imports of the last 90 days, the latest first."""
    return ImportList(items=tuple(map(_view, Imports(call.ports).latest(location_id))))


@resource.get("/imports/<import_id>", Role.VIEWER)
def read_import(call: CallArg, location_id: Id, import_id: Id) -> ImportView:
    """Return an import and how far it is."""
    return _view(Imports(call.ports).get(location_id, import_id))


@resource.put(
    "/imports/<import_id>/pages/<page>",
    Role.EDITOR,
    problems=(409,),
    audit=Audit.NOTHING,
    limit=IMPORTS,
    max_body_bytes=MAX_PAGE_BYTES,
)
def put_import_page(
    call: CallArg, location_id: Id, import_id: Id, page: PageNumber, body: ImportRows
) -> ImportPageView:
    """Send a page of rows, which are imported once the import is started.

    The answer says what is wrong with rows that cannot be read; they are left out. A page may be
    sent again. Its rows are deleted as they are imported, or after three days.
    """
    batch, read = Imports(call.ports).put_page(location_id, import_id, page, body.rows)
    return ImportPageView(booking_import=_view(batch), problems=tuple(read.problems))


@resource.post(
    "/imports/<import_id>/start", Role.EDITOR, status=202, problems=(409,), audit=Audit.RESULT
)
def start_import(
    call: CallArg, location_id: Id, import_id: Id, body: ImportStart
) -> Response[ImportView]:
    """Import the rows that were sent, or go on where it stopped or failed.

    It goes on by itself; ask for its progress. No workflow starts unless that is asked for, and an
    event that later states what a row said starts nothing either. Reminders are planned for
    moments that are still to come.
    """
    batch = Imports(call.ports).start(
        location_id,
        import_id,
        pages=body.pages,
        runs_created=body.run_booking_created,
        left_out=body.left_out,
    )
    return answer(_view(batch), status=202)


@resource.post("/imports/<import_id>/stop", Role.EDITOR, problems=(409,), audit=Audit.RESULT)
def stop_import(call: CallArg, location_id: Id, import_id: Id) -> ImportView:
    """Import no more rows; those that are imported stay so."""
    return _view(Imports(call.ports).stop(location_id, import_id))


def _view(batch: BookingImport) -> ImportView:
    return ImportView(
        id=batch.id,
        state=batch.state,
        as_of=batch.as_of,
        run_booking_created=batch.runs_created,
        pages=len(batch.pages),
        ready=batch.ready,
        invalid=batch.invalid,
        to_come=batch.to_come,
        done=batch.done,
        counts=batch.counts,
        failures=tuple(RowFailureView.of(each) for each in batch.failures),
        reason=batch.reason,
        remedy=batch.remedy,
        created_at=batch.created_at,
        started_at=batch.started_at,
        updated_at=batch.updated_at,
    )
