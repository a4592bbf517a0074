"""The record of planning a workflow's reminders for all bookings, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from bookflow.domain.events.booking_reminder import ReminderOffset
from bookflow.domain.reminders import FOLLOW_UP_GRACE
from bookflow.domain.values import Identifier
from bookflow.domain.workflows import StoredModel

LONGEST_BOOKING = timedelta(days=31)
"""Bookings are found by their start; a follow-up of a longer one is planned by its own events."""

_JUST_STARTED = timedelta(days=2)
"""Bookings that began since the last daily run still have their records closed."""


class JobState(StrEnum):
    """The states of a job."""

    RUNNING = "running"
    COMPLETED = "completed"


class ReminderJob(StoredModel):
    """One job: it brings the reminders of a workflow to what the workflow wants now.

    A newer job of the same workflow takes its place.

    Attributes:
        cursor: Where the next page begins.
        since: Bookings that start at or after this moment are planned.
        counts: Bookings `seen`, reminders `gained`, `moved`, `lost`, `skipped`, and those that
            `failed`. A page that is repeated after a crash counts what was left to do.
        revision: Count of writes, the optimistic lock.
    """

    location_id: Identifier
    workflow_id: Identifier
    id: Identifier
    state: JobState = JobState.RUNNING
    since: datetime
    cursor: str | None = None
    counts: Mapping[str, int] = {}
    started_at: datetime
    updated_at: datetime
    revision: int = 1

    def advanced(self, cursor: str | None, counts: Mapping[str, int], now: datetime) -> ReminderJob:
        """Return the job after a page; without a cursor it is complete."""
        names = self.counts.keys() | counts.keys()
        return self.changed(
            state=JobState.RUNNING if cursor else JobState.COMPLETED,
            cursor=cursor,
            counts={name: self.counts.get(name, 0) + counts.get(name, 0) for name in names},
            updated_at=now,
            revision=self.revision + 1,
        )


def planned_since(now: datetime, offsets: Iterable[ReminderOffset | None]) -> datetime:
    """Return the earliest start of a booking that may still need a reminder, or a record closed."""
    back = [_JUST_STARTED]
    for offset in offsets:
        if offset is not None and offset.relative_to == "after_end":
            elapsed = timedelta(**{offset.offset_unit: offset.offset_value})
            back.append(elapsed + LONGEST_BOOKING + FOLLOW_UP_GRACE)
    return now - min(max(back), timedelta(days=3650))
