"""Reminders, schedules and the queue of planning jobs in memory."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from bookflow.adapters.dynamodb.base.keys import utc_text
from bookflow.adapters.memory.bookings import InMemoryBookings
from bookflow.adapters.memory.records import save_revision
from bookflow.domain.bookings.records import Booking
from bookflow.domain.events.booking_reminder import BookingReminder
from bookflow.domain.reminders.jobs import ReminderJob
from bookflow.domain.reminders.names import ReminderKey
from bookflow.domain.reminders.record import Reminder
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest
from bookflow.ports import PlannedReminder, ReminderSchedule, UpcomingBooking


class InMemorySchedules:
    """Schedules that a test lets fire.

    Attributes:
        requests: How many requests of the scheduler the calls would have been.
    """

    def __init__(self) -> None:
        self.stored: dict[str, ReminderSchedule] = {}
        self.requests = 0

    def put(self, schedule: ReminderSchedule, *, exists: bool) -> None:
        self.requests += 1 if exists == (schedule.name in self.stored) else 2
        detail = json.loads(json.dumps(schedule.detail))
        self.stored[schedule.name] = ReminderSchedule(schedule.name, schedule.at, detail)

    def delete(self, name: str) -> None:
        self.requests += 1
        self.stored.pop(name, None)

    def get(self, name: str) -> ReminderSchedule | None:
        self.requests += 1
        return self.stored.get(name)

    def names(self, prefix: str) -> Iterator[str]:
        return iter([name for name in self.stored if name.startswith(prefix)])

    def fire(self, now: datetime) -> list[dict[str, Any]]:
        """Take the schedules whose time has come and return their events, the earliest first."""
        due = sorted((s for s in self.stored.values() if s.at <= now), key=lambda s: (s.at, s.name))
        for schedule in due:
            del self.stored[schedule.name]
        return [{"detail-type": BookingReminder.detail_type, "detail": dict(s.detail)} for s in due]


class InMemoryReminders:
    def __init__(self, bookings: InMemoryBookings) -> None:
        self._bookings = bookings
        self.stored: dict[ReminderKey, Reminder] = {}
        self._workflows: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self.jobs: dict[tuple[str, str], ReminderJob] = {}
        self.known_locations: set[str] = set()

    def get(self, key: ReminderKey) -> Reminder | None:
        return self.stored.get(key)

    def of_booking(self, location_id: str, booking_id: str) -> Sequence[Reminder]:
        workflow_ids = sorted(self._workflows[location_id, booking_id])
        return [self.stored[ReminderKey(location_id, booking_id, each)] for each in workflow_ids]

    def save(self, reminder: Reminder) -> bool:
        if not save_revision(self.stored, reminder.key, reminder):
            return False
        self._workflows[reminder.location_id, reminder.booking_id].add(reminder.workflow_id)
        return True

    def settle(self, reminder: Reminder) -> Reminder | None:
        stored = self.stored.get(reminder.key)
        if stored is None or stored.revision != reminder.revision:
            return stored
        settled = stored.changed(settled=True, scheduled=stored.is_planned)
        self.stored[reminder.key] = settled
        return settled

    def planned(
        self, location_id: str, since: datetime, until: datetime, limit: int
    ) -> Sequence[PlannedReminder]:
        found = [
            PlannedReminder(each.fire_at, each.booking_id, each.workflow_id)
            for each in self.stored.values()
            if each.location_id == location_id
            and each.is_planned
            and each.fire_at is not None
            and since <= each.fire_at <= until
        ]
        return sorted(found)[:limit]

    def upcoming(
        self,
        location_id: str,
        workflow_ids: Iterable[str],
        *,
        since: datetime,
        request: PageRequest = FIRST_PAGE,
    ) -> Page[UpcomingBooking]:
        wanted = set(workflow_ids)
        starts = sorted(
            (f"{utc_text(kept.record.start_time)}#{record_id}", kept.record)
            for (location, model, record_id), kept in self._bookings.kept.items()
            if location == location_id and model is Booking and kept.record.start_time
        )
        low = request.position or utc_text(since)
        listed = list(islice((entry for entry in starts if entry[0] >= low), request.limit))
        bookings = [
            UpcomingBooking(
                booking,
                {
                    workflow_id: self.stored[key]
                    for workflow_id in wanted
                    if (key := ReminderKey(location_id, booking.id, workflow_id)) in self.stored
                },
            )
            for _, booking in listed
        ]
        return Page(bookings, f"{listed[-1][0]} " if len(listed) == request.limit else None)

    def job(self, location_id: str, workflow_id: str) -> ReminderJob | None:
        return self.jobs.get((location_id, workflow_id))

    def begin_job(self, job: ReminderJob) -> None:
        self.known_locations.add(job.location_id)
        self.jobs[job.location_id, job.workflow_id] = job

    def advance_job(self, job: ReminderJob) -> bool:
        stored = self.jobs[job.location_id, job.workflow_id]
        if (stored.id, stored.revision) != (job.id, job.revision - 1):
            return stored == job
        self.jobs[job.location_id, job.workflow_id] = job
        return True

    def locations(self) -> Iterator[str]:
        return iter(sorted(self.known_locations))


class InMemoryJobQueue:
    """Messages that a test hands over, each with its delay in seconds."""

    def __init__(self) -> None:
        self.messages: list[tuple[dict[str, Any], int]] = []

    def send(self, message: Mapping[str, Any], *, delay_seconds: int = 0) -> None:
        self.messages.append((json.loads(json.dumps(message)), delay_seconds))
