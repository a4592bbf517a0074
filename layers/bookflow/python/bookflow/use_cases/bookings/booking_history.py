"""Rebuilds a booking's history: the events that were recorded, and those that are inferred.

Bookflow keeps no log of events. An event that started an execution is stored with the execution, as
long as the location keeps its executions. Of all others only their outcome is left: the booking as
it stands. So where the recorded events do not lead to that, events are made up that do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

from bookflow.domain.bookings.records import Booking, BookingContext, BookingFields, fields_set
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.events import Event, event_types
from bookflow.domain.events.booking_cancelled import BookingCancelled
from bookflow.domain.events.booking_created import BookingCreated
from bookflow.domain.events.booking_reminder import BookingReminder
from bookflow.domain.events.booking_rescheduled import BookingRescheduled
from bookflow.domain.events.booking_status_changed import BookingStatusChanged
from bookflow.domain.events.envelope import read_detail
from bookflow.domain.executions.execution import Execution, ReasonCode
from bookflow.domain.reminders.record import Reminder
from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.shared.pagination import pages
from bookflow.ports import ExecutionFilter, Ports
from bookflow.use_cases.runtime.step_scope import statuses_written

EXECUTIONS_READ = 500
"""The newest executions of a booking that are looked at; ordinary bookings have a few dozen."""

LEAD = timedelta(days=30)
"""How long before its start a booking is taken to have been made, where nothing says so."""

_TICK = timedelta(seconds=1)

_STATED_BY_STATUS: Mapping[BookingStatus, ReasonCode] = {
    BookingStatus.CANCELLED: ReasonCode.BOOKING_CANCELLED,
    BookingStatus.COMPLETED: ReasonCode.BOOKING_COMPLETED,
    BookingStatus.NO_SHOW: ReasonCode.BOOKING_NO_SHOW,
    BookingStatus.DRAFT: ReasonCode.BOOKING_DRAFT,
}

_BEFORE_THE_VISIT = frozenset({BookingStatus.DRAFT, BookingStatus.PENDING, BookingStatus.CONFIRMED})


_STATED_APART = frozenset(
    {
        "id",
        "status",
        "start_time",
        "end_time",
        "booked_at",
        "total_amount",
        "customer_id",
        "activity_id",
    }
)

_EventT = TypeVar("_EventT", bound=Event)


class Origin(StrEnum):
    """Where an event of a history comes from."""

    RECORDED = "recorded"
    RECONSTRUCTED = "reconstructed"


@dataclass(frozen=True)
class PastEvent:
    """One event of a history. Time and details of a reconstructed one are a guess."""

    event: Event
    origin: Origin


@dataclass(frozen=True)
class BookingHistory:
    """The events of a booking, the earliest first.

    Attributes:
        complete: Whether all executions of the booking were looked at.
    """

    events: Sequence[PastEvent]
    complete: bool


def booking_history(ports: Ports, context: BookingContext, *, workflow_id: str) -> BookingHistory:
    """Return what happened to a booking, without what one workflow itself has caused.

    Args:
        ports: Where the executions are.
        context: The booking as it stands.
        workflow_id: The workflow that the events are for: what its own executions caused is left
            out, since a replay of the events causes it again.

    Raises:
        InvalidInputError: Neither an event nor the booking says when the visit begins.
    """
    booking = _booking(context)
    location_id = context.location.id
    executions, complete = _executions(ports, location_id, booking.id)
    events = sorted(_recorded(executions), key=lambda event: event.occurred_at)
    recorded = [event for event in events if workflow_id not in event.causation_chain]
    reminders = ports.reminders.of_booking(location_id, booking.id)
    gap = _Gap(context, booking, recorded, reminders, ports.clock.now())
    created = gap.creation()
    past = [*created, *recorded]
    own = [event for event in events if workflow_id in event.causation_chain]
    changed = gap.changes(past, own)
    if changed and any(_states(event, "status") for event in changed):
        own_executions = [
            execution for execution in executions if execution.workflow_id == workflow_id
        ]
        if any(
            booking.status in statuses_written(ports, execution) for execution in own_executions
        ):
            changed = [event for event in changed if not _states(event, "status")]
    found = [
        *(PastEvent(event, Origin.RECONSTRUCTED) for event in created),
        *(PastEvent(event, Origin.RECORDED) for event in recorded),
        *(PastEvent(event, Origin.RECONSTRUCTED) for event in changed),
    ]
    return BookingHistory(sorted(found, key=lambda past: past.event.occurred_at), complete)


@dataclass(frozen=True)
class _Gap:
    """What lies between the recorded events and the booking as it stands."""

    context: BookingContext
    booking: Booking
    recorded: Sequence[Event]
    reminders: Sequence[Reminder]
    now: datetime

    def creation(self) -> list[Event]:
        """Return the making of the booking, unless it is recorded."""
        if any(isinstance(event, BookingCreated) for event in self.recorded):
            return []
        booking = self.booking
        moved = next(self._of(BookingRescheduled), None)
        start = moved.old_start_time if moved else booking.start_time
        if start is None:
            raise InvalidInputError(
                "has no start, and no event of it is recorded",
                field="booking_id",
                remedy="Choose a booking whose time is known.",
            )
        end = moved.old_end_time if moved else booking.end_time
        said = fields_set(booking)
        return [
            self._event(
                BookingCreated,
                "created",
                self._created_at(start),
                booking=BookingFields(**{k: v for k, v in said.items() if k not in _STATED_APART}),
                total_amount=booking.total_amount,
                start_time=start,
                end_time=max(start, end) if end else None,
                status=self._first_status(),
            )
        ]

    def changes(self, past: Sequence[Event], own: Sequence[Event]) -> list[Event]:
        """Return what leads from the events so far to the booking as it stands."""
        booking = self.booking
        stated = _stated(past)
        found: list[Event] = []
        start, end = booking.start_time, booking.end_time
        if start and (start, end) != (stated.start_time, stated.end_time):
            found.append(
                self._event(
                    BookingRescheduled,
                    "rescheduled",
                    self._moved_at(past, stated),
                    old_start_time=stated.start_time or start,
                    old_end_time=stated.end_time,
                    new_start_time=start,
                    new_end_time=max(start, end) if end else None,
                )
            )
        own_statuses = {event.stated_booking().status for event in own}
        if booking.status and booking.status not in {stated.status, *own_statuses}:
            stating = [event for event in past if _states(event, "status")]
            at = self._status_changed_at(booking.status, stating)
            found.append(self._status_event(stated.status, booking.status, at))
        return found

    def _status_event(self, old: BookingStatus | None, new: BookingStatus, at: datetime) -> Event:
        if new is BookingStatus.CANCELLED:
            return self._event(BookingCancelled, "cancelled", at, cancelled_at=at)
        return self._event(
            BookingStatusChanged,
            "status",
            at,
            old_status=old or BookingStatus.CONFIRMED,
            new_status=new,
        )

    def _created_at(self, start: datetime) -> datetime:
        moments = [self.booking.booked_at] if self.booking.booked_at else []
        moments += [event.occurred_at - _TICK for event in self.recorded[:1]]
        at = min(moments, default=self.now - _TICK)
        return at if at < start else min(at, start - LEAD)

    def _first_status(self) -> BookingStatus:
        changed = next(self._of(BookingStatusChanged), None)
        if changed is not None:
            return changed.old_status
        if not any(_states(event, "status") for event in self.recorded) and self.booking.status:
            is_early = self.booking.status in _BEFORE_THE_VISIT
            return self.booking.status if is_early else BookingStatus.CONFIRMED
        return BookingStatus.CONFIRMED

    def _moved_at(self, past: Sequence[Event], stated: BookingFields) -> datetime:
        timing = [event for event in past if _states(event, "start_time")]
        limits = [self.now, *(event.occurred_at for event in past if _ends(event))]
        return self._after(timing, min(limits) - _TICK, stated.start_time, self.booking.start_time)

    def _status_changed_at(self, status: BookingStatus, past: Sequence[Event]) -> datetime:
        reason = _STATED_BY_STATUS.get(status)
        moments = [
            each.changed_at for each in self.reminders if reason and each.reason_code is reason
        ]
        if moments and min(moments) > past[-1].occurred_at:
            return min(moments)
        visit = self.booking.start_time
        if status in {BookingStatus.COMPLETED, BookingStatus.NO_SHOW}:
            visit = self.booking.end_time or visit
        return self._after(past, visit)

    def _after(self, past: Sequence[Event], *limits: datetime | None) -> datetime:
        """Return the latest moment that it can have happened at: the events before are older."""
        latest = min(limit for limit in (self.now, *limits) if limit is not None)
        return max(latest, past[-1].occurred_at + _TICK)

    def _of(self, model: type[_EventT]) -> Iterator[_EventT]:
        return (event for event in self.recorded if isinstance(event, model))

    def _event(self, model: type[Event], name: str, at: datetime, **detail: Any) -> Event:
        booking = self.booking
        around = {
            "customer": self.context.customer or {"id": booking.customer_id or "unknown"},
            "activity": self.context.activity or {"id": booking.activity_id or "unknown"},
        }
        return model.model_validate(
            {
                "event_id": f"reconstructed-{name}",
                "location_id": self.context.location.id,
                "occurred_at": at,
                "booking_id": booking.id,
                **{key: value for key, value in around.items() if key in model.model_fields},
                **detail,
            }
        )


def _booking(context: BookingContext) -> Booking:
    if context.booking is None:
        raise ValueError("a history is of a booking")
    return context.booking


def _executions(
    ports: Ports, location_id: str, booking_id: str
) -> tuple[Sequence[Execution], bool]:
    """Return the newest executions of a booking, and whether those are all."""
    executions: list[Execution] = []
    wanted = ExecutionFilter(booking_id=booking_id)
    for page in pages(partial(ports.executions.page, location_id, wanted)):
        executions += page.items
        if page.position and len(executions) >= EXECUTIONS_READ:
            return executions, False
    return executions, True


def _recorded(executions: Iterable[Execution]) -> Sequence[Event]:
    """Return each event once; reminders are left out, as they are planned anew."""
    found: dict[str, Event] = {}
    for execution in executions:
        if execution.event_type == BookingReminder.detail_type:
            continue
        try:
            event = _event_of(execution)
        except InvalidInputError:
            continue  # recorded by a release with other rules
        found[event.event_id] = event
    return tuple(found.values())


def _event_of(execution: Execution) -> Event:
    """Return the event as it was sent, whatever the trigger's type was derived from it."""
    model = event_types()[execution.derived_from or execution.event_type]
    return read_detail(model, dict(execution.event_data))


def _stated(events: Iterable[Event]) -> BookingFields:
    """Return what the events, the latest last, say of the booking together."""
    said: dict[str, Any] = {}
    for event in events:
        said |= fields_set(event.stated_booking())
    return BookingFields(**said)


def _states(event: Event, field: str) -> bool:
    return field in event.stated_booking().model_fields_set


def _ends(event: Event) -> bool:
    """Whether nobody moves the booking after it."""
    status = event.stated_booking().status
    return status is not None and status not in _BEFORE_THE_VISIT
