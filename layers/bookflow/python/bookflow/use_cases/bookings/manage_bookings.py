"""Takes what the booking system states of bookings in bulk, and keeps notes on them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from bookflow.domain.bookings.records import BookingContext
from bookflow.domain.bookings.retention import kept_until
from bookflow.domain.bookings.search import matches
from bookflow.domain.events import Event, check_storable
from bookflow.domain.shared.errors import (
    BookflowError,
    InvalidInputError,
    NotFoundError,
    PermanentError,
    TransientError,
)
from bookflow.domain.shared.input_problems import InvalidField, invalid_fields, problems_of
from bookflow.domain.shared.pagination import Page, PageRequest
from bookflow.domain.shared.records import new_id
from bookflow.domain.shared.whole_characters import with_whole_characters
from bookflow.domain.staff.notes import Note
from bookflow.domain.workflows.workflow import Subscription
from bookflow.ports import BookedVisit, Ports
from bookflow.use_cases.reminders.follow_location import follow_location
from bookflow.use_cases.reminders.plan_reminders import ReminderPlanner

MAX_STATEMENTS = 100

TIME_BUDGET = timedelta(seconds=20)
"""How long one call begins on statements, so that it answers within the time of an HTTP request."""

_FROM_THE_START = "start"
"""Position of the first page that is looked through, after nothing was found by its code."""

_STATED = ("booking", "customer", "activity", "location")
_FIELDS = frozenset({*_STATED, "occurred_at"})


class StatementOutcome(StrEnum):
    """What became of one statement."""

    STORED = "stored"
    INVALID = "invalid"
    RETRY = "retry"


@dataclass(frozen=True)
class StatementResult:
    """What became of one statement.

    Attributes:
        index: Its place in the call.
        outcome: `retry` means that the same statement can be sent again.
        errors: Each names its field by its path in the call: `items[3].booking.start_time`.
    """

    index: int
    outcome: StatementOutcome
    booking_id: str | None = None
    errors: tuple[InvalidField, ...] = ()


class BookingManager:
    """The bookings of locations, as the booking system states them."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def get(self, location_id: str, booking_id: str) -> BookingContext:
        """Return a booking with its customer and activity.

        Raises:
            NotFoundError: The location knows no such booking.
        """
        context = self._ports.bookings.context(location_id, booking_id)
        if context is None or context.booking is None:
            raise NotFoundError("there is no such booking in this location", field="booking_id")
        return context

    def page(
        self, location_id: str, *, since: datetime, text: str, request: PageRequest
    ) -> Page[BookedVisit]:
        """Return a page of the bookings that start at or after `since`, the earliest first.

        With a text, those that have exactly this code or id are all there is, on one page,
        whenever they start. If there is none, each further page looks through as many bookings
        and holds those of which each word of the text is a part of the code, the customer's name
        or the id; it may hold none while more follow.
        """
        store, sought = self._ports.bookings, text.strip()
        if sought and request.position is None:
            named = store.find(location_id, sought)
            return Page(named, None if named else _FROM_THE_START)
        if request.position == _FROM_THE_START:
            request = PageRequest(request.limit)
        page = store.page(location_id, since=since, request=request)
        return page.holding([each for each in page.items if matches(sought, _known_by(each))])

    def upsert(
        self, location_id: str, statements: Sequence[Mapping[str, Any]]
    ) -> Sequence[StatementResult]:
        """Merge statements into the records in their order, and plan reminders as for events.

        No workflow starts by it. Each field keeps its latest statement, by `occurred_at`; a
        repeated call changes nothing. One that is refused does not keep back the others; those
        that are not reached within `TIME_BUDGET` are to be sent again.

        Args:
            location_id: The location of all of them.
            statements: Each with any of `booking`, `customer`, `activity` and `location`, and
                optionally `occurred_at` (RFC 3339), by default now.
        """
        subscriptions = self._ports.workflows.subscriptions(location_id)
        planner = ReminderPlanner(self._ports)
        until = self._ports.clock.now() + TIME_BUDGET
        return [
            self._state(location_id, index, statement, planner, subscriptions)
            if self._ports.clock.now() < until
            else _not_reached(index)
            for index, statement in enumerate(statements)
        ]

    def add_note(self, location_id: str, booking_id: str, text: str, *, author: str) -> Note:
        """Store a note that a person wrote.

        Raises:
            NotFoundError: The location knows no such booking.
        """
        context, now = self.get(location_id, booking_id), self._ports.clock.now()
        return self._ports.notes.add(
            Note(
                location_id=location_id,
                booking_id=booking_id,
                id=new_id("note"),
                text=text,
                author=author,
                created_at=now,
                kept_until=kept_until(context.booking, context.location, now),
            )
        )

    def _state(
        self,
        location_id: str,
        index: int,
        statement: Mapping[str, Any],
        planner: ReminderPlanner,
        subscriptions: Sequence[Subscription],
    ) -> StatementResult:
        place = f"items[{index}]"
        try:
            event = self._event(location_id, statement)
            follow_location(self._ports, event)
            now = self._ports.clock.now()
            if self._ports.bookings.record(event, received_at=now, now=now) is None:
                raise InvalidInputError(
                    "the location is not known yet",
                    field="location",
                    remedy="Send the location with one of the items, or save its settings, first.",
                )
            planner.follow(event, subscriptions)
        except ValidationError as error:
            return StatementResult(
                index,
                StatementOutcome.INVALID,
                errors=tuple(invalid_fields(problems_of(error), place)),
            )
        except (PermanentError, TransientError) as error:
            is_transient = isinstance(error, TransientError)
            return StatementResult(
                index,
                StatementOutcome.RETRY if is_transient else StatementOutcome.INVALID,
                errors=(_problem(error, place),),
            )
        return StatementResult(index, StatementOutcome.STORED, booking_id=event.booking_id)

    def _event(self, location_id: str, statement: Mapping[str, Any]) -> Event:
        """Return the statement as an event that nothing is started by.

        Raises:
            InvalidInputError: It holds something else, or nothing.
            ValidationError: A part of it breaks its model.
        """
        statement = with_whole_characters(dict(statement))
        unknown = sorted(set(statement) - _FIELDS)
        if unknown:
            raise InvalidInputError(
                "is not known here",
                field=unknown[0][:100],
                remedy=f"Use {', '.join(sorted(_FIELDS))}.",
            )
        stated = {name: statement[name] for name in _STATED if statement.get(name) is not None}
        if not stated:
            raise InvalidInputError(
                "states nothing", remedy=f"Send at least one of {', '.join(_STATED)}."
            )
        check_storable(dict(statement))
        booking = stated.get("booking")
        booking_id = booking.get("id") if isinstance(booking, Mapping) else None
        if isinstance(booking, Mapping) and booking_id is None:
            raise InvalidInputError(
                "is missing", field="booking.id", remedy="Say which booking it is."
            )
        occurred_at = statement.get("occurred_at") or self._ports.clock.now()
        return Event.model_validate(
            {
                **stated,
                "event_id": _event_id(statement),
                "location_id": location_id,
                "booking_id": booking_id,
                "occurred_at": occurred_at,
            }
        )


def _known_by(visit: BookedVisit) -> Iterator[str | None]:
    yield from (visit.booking.confirmation_code, visit.booking.id)
    if visit.customer is not None:
        yield from (visit.customer.first_name, visit.customer.last_name)


def _event_id(statement: Mapping[str, Any]) -> str:
    """Return the same id for the same statement: among equal times the larger one wins."""
    text = json.dumps(statement, sort_keys=True)
    return f"st_{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def _not_reached(index: int) -> StatementResult:
    problem = InvalidField(
        f"items[{index}]", "was not reached in the time of a call", "Send it again."
    )
    return StatementResult(index, StatementOutcome.RETRY, errors=(problem,))


def _problem(error: BookflowError, place: str) -> InvalidField:
    field = (error.field or "").removeprefix("detail").removeprefix(".")
    return InvalidField(f"{place}.{field}" if field else place, error.message, error.remedy)
