"""Planned reminders, their schedules, and the jobs that plan many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from bookflow.domain.shared.pagination import FIRST_PAGE

if TYPE_CHECKING:
    from datetime import datetime

    from bookflow.domain.bookings.records import Booking
    from bookflow.domain.reminders.jobs import ReminderJob
    from bookflow.domain.reminders.names import ReminderKey
    from bookflow.domain.reminders.record import Reminder
    from bookflow.domain.shared.pagination import Page, PageRequest


@dataclass(frozen=True)
class ReminderSchedule:
    """A one-time schedule.

    Attributes:
        at: When it fires, in UTC.
        detail: The `detail` of the event Booking Reminder that it puts on the event queue.
    """

    name: str
    at: datetime
    detail: Mapping[str, Any]


class Schedules(Protocol):
    """One-time schedules of the stack's group: EventBridge Scheduler."""

    def put(self, schedule: ReminderSchedule, *, exists: bool) -> None:
        """Create the schedule or move it; `exists` says which of the two to try first."""

    def delete(self, name: str) -> None:
        """Delete the schedule; a missing one is no error."""

    def get(self, name: str) -> ReminderSchedule | None:
        """Return the schedule as it stands, with an empty detail if it is none of ours."""

    def names(self, prefix: str) -> Iterator[str]:
        """Return the names that begin so."""


class UpcomingBooking(NamedTuple):
    """A booking with the records of its reminders by workflow; it was read after them."""

    booking: Booking
    reminders: Mapping[str, Reminder]


class PlannedReminder(NamedTuple):
    """When a reminder is planned to go out, and for what."""

    fire_at: datetime
    booking_id: str
    workflow_id: str


class ReminderStore(Protocol):
    """The records of reminders, the jobs that plan them, and the locations that have any."""

    def get(self, key: ReminderKey) -> Reminder | None:
        """Return the record (consistent)."""

    def of_booking(self, location_id: str, booking_id: str) -> Sequence[Reminder]:
        """Return the records of a booking (consistent)."""

    def save(self, reminder: Reminder) -> bool:
        """Store the record if the stored revision is the one before it; say whether it was."""

    def settle(self, reminder: Reminder) -> Reminder | None:
        """Note that the schedule is as this record wants it, unless the record has changed.

        Returns the stored record: of the same revision if it was settled.
        """

    def upcoming(
        self,
        location_id: str,
        workflow_ids: Iterable[str],
        *,
        since: datetime,
        request: PageRequest = FIRST_PAGE,
    ) -> Page[UpcomingBooking]:
        """Return bookings that start at or after `since`, the earliest first.

        A booking that was recorded a moment ago may be missing.
        """

    def planned(
        self, location_id: str, since: datetime, until: datetime, limit: int
    ) -> Sequence[PlannedReminder]:
        """Return the reminders planned for that time, the earliest first, so many at most.

        A change made a moment ago may be missing.
        """

    def job(self, location_id: str, workflow_id: str) -> ReminderJob | None:
        """Return the workflow's latest job."""

    def begin_job(self, job: ReminderJob) -> None:
        """Store a new job in place of the workflow's earlier one, and remember the location."""

    def advance_job(self, job: ReminderJob) -> bool:
        """Store the progress if this job's stored revision is the one before it."""

    def locations(self) -> Iterator[str]:
        """Return the locations that have ever had a reminder workflow."""


SETTLING_SECONDS = 10
"""Wait before the first page of a job of reminders: the change is mostly stored by then, and the index
of bookings shows what was recorded before it."""


class JobQueue(Protocol):
    """The queue of work that is done in pages."""

    def send(self, message: Mapping[str, Any], *, delay_seconds: int = 0) -> None:
        """Put a message on the queue; it may arrive more than once.

        Args:
            message: A JSON object.
            delay_seconds: Wait before it arrives; a longer one than 15 minutes is cut to that.
        """
