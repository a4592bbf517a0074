"""Bookings: what the booking system states about them, notes on them, and their timeline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field, StringConstraints

from bookflow.api.auth.access import Access, MachineScope, Role
from bookflow.api.calls import (
    CallArg,
    CursorQuery,
    Id,
    Input,
    Limit,
    PageLimit,
    PageView,
    View,
    answer,
)
from bookflow.api.rates import BULK
from bookflow.api.routing import Audit, Resource
from bookflow.domain.bookings.records import Activity, Booking, Customer
from bookflow.domain.shared.values import Moment
from bookflow.domain.timeline import TimelineEntry
from bookflow.use_cases.bookings.known_values import known_values
from bookflow.use_cases.bookings.manage_bookings import (
    MAX_STATEMENTS,
    BookingManager,
    StatementOutcome,
    StatementResult,
)
from bookflow.use_cases.bookings.timeline import RUNS, BookingTimeline

resource = Resource("bookings")

VisitLimit = Annotated[int, Query(ge=1, le=50, description="Bookings of a page")]
ExecutionLimit = Annotated[int, Query(ge=1, le=50, description="Executions of a page")]


class Statements(Input):
    """What the booking system states, up to 100 items."""

    items: tuple[Mapping[str, Any], ...] = Field(
        min_length=1,
        max_length=MAX_STATEMENTS,
        description="Each with any of booking (with its id), customer, activity and location, in "
        "part or whole, as in events; and occurred_at (RFC 3339), by default now",
        examples=[
            [
                {
                    "occurred_at": "2026-12-01T09:00:00Z",
                    "booking": {
                        "id": "bk-4711",
                        "status": "confirmed",
                        "start_time": "2026-12-12T10:00:00+01:00",
                    },
                    "customer": {"id": "cus-2001", "first_name": "Ada"},
                }
            ]
        ],
    )


class StatementsView(View):
    """The result for each item, in the same order."""

    stored: int
    items: tuple[StatementResult, ...]


class BookingView(View):
    """A booking with its customer and activity; fields that Bookflow does not know are kept."""

    booking: Booking
    customer: Customer | None
    activity: Activity | None


class ValuesOfVariable(View):
    """Values that a variable has in the location's records."""

    path: str = Field(examples=["activity.name"])
    values: tuple[str, ...] = Field(description="Those that are used most first; at most 50")


class KnownValues(View):
    """Values to suggest; there may be more."""

    items: tuple[ValuesOfVariable, ...]


class VisitView(View):
    """A booking in a list."""

    booking: Booking
    customer: Customer | None


class BookingPage(PageView[VisitView]):
    """A page of bookings, the earliest first; with a text it may be empty while more follow."""


class NewNote(Input):
    """A note to add."""

    text: Annotated[str, StringConstraints(strip_whitespace=True)] = Field(
        min_length=1, max_length=20_000
    )


class NoteView(View):
    """A note on a booking."""

    id: str
    text: str
    author: str
    created_at: datetime


class NotePage(PageView[NoteView]):
    """A page of a booking's notes, oldest first."""


class TimelinePage(PageView[TimelineEntry]):
    """The entries of a page of executions by time; the next page holds earlier executions."""


@resource.post(
    "/bookings", Access(Role.EDITOR, MachineScope.BOOKINGS), audit=Audit.DEED, limit=BULK
)
def upsert_bookings(call: CallArg, location_id: Id, body: Statements) -> StatementsView:
    """Merge data of bookings, customers, activities and the location into the records.

    Reminders are planned as for events; no workflow starts. Each field keeps its latest statement
    by `occurred_at`, so a repeated call changes nothing. A rejected item does not stop
    the others: look at each outcome.
    """
    results = BookingManager(call.ports).upsert(location_id, body.items)
    return StatementsView(
        stored=sum(each.outcome is StatementOutcome.STORED for each in results),
        items=tuple(results),
    )


@resource.get("/bookings", Role.VIEWER)
def list_bookings(
    call: CallArg,
    location_id: Id,
    since: Annotated[
        Moment | None, Query(description="Bookings that start then or later; default: now")
    ] = None,
    text: Annotated[
        str,
        Query(max_length=200, description="Words of the code, the customer's name or the id"),
    ] = "",
    limit: VisitLimit = PageLimit,
    cursor: CursorQuery = None,
) -> BookingPage:
    """List upcoming bookings, the earliest first.

    A `text` that is the code or id of a booking finds that one at once, whenever it starts. Else
    each page looks through `limit` bookings and holds those that match: maybe none, while more
    follow.
    """
    page = BookingManager(call.ports).page(
        location_id,
        since=since or call.ports.clock.now(),
        text=text,
        request=call.wanted(limit, cursor),
    )
    return BookingPage.of_page(call, page)


@resource.get("/known-values", Role.VIEWER)
def list_known_values(call: CallArg, location_id: Id) -> KnownValues:
    """List values of variables, to suggest while a rule is written.

    They are of the activities, and of the first hundred bookings that begin from thirty days ago
    on: their guests' languages, and what at least two guests have in a field that the booking
    system adds, such as the source.
    """
    found = known_values(call.ports, location_id)
    return KnownValues(
        items=tuple(ValuesOfVariable(path=path, values=tuple(each)) for path, each in found.items())
    )


@resource.get("/bookings/<booking_id>", Role.VIEWER)
def read_booking(call: CallArg, location_id: Id, booking_id: Id) -> BookingView:
    """Return a booking with its customer and activity."""
    found = BookingManager(call.ports).get(location_id, booking_id)
    assert found.booking is not None  # noqa: S101 - `get` says so
    return BookingView(booking=found.booking, customer=found.customer, activity=found.activity)


@resource.get("/bookings/<booking_id>/notes", Role.VIEWER)
def list_notes(
    call: CallArg,
    location_id: Id,
    booking_id: Id,
    limit: Limit = PageLimit,
    cursor: CursorQuery = None,
) -> NotePage:
    """List the notes on a booking, of people and of workflows, oldest first."""
    page = call.ports.notes.list(location_id, booking_id, call.wanted(limit, cursor))
    return NotePage.of_page(call, page)


@resource.post("/bookings/<booking_id>/notes", Role.EDITOR, status=201, audit=Audit.DEED)
def add_note(call: CallArg, location_id: Id, booking_id: Id, body: NewNote) -> Response[NoteView]:
    """Add a note to a booking; the caller is its author."""
    note = BookingManager(call.ports).add_note(
        location_id, booking_id, body.text, author=call.caller.name
    )
    return answer(NoteView.of(note), status=201)


@resource.get("/bookings/<booking_id>/timeline", Role.VIEWER)
def read_timeline(
    call: CallArg,
    location_id: Id,
    booking_id: Id,
    limit: ExecutionLimit = RUNS,
    cursor: CursorQuery = None,
) -> TimelinePage:
    """Return what was sent for a booking, what is planned, what was skipped or failed, and why.

    The first page holds what is planned and the newest executions.
    """
    wanted = call.wanted(limit, cursor)
    return TimelinePage.of_page(
        call, BookingTimeline(call.ports).page(location_id, booking_id, wanted)
    )
