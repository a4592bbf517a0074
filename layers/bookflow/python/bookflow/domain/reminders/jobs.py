"""The record of planning a workflow's reminders for all bookings, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from bookflow.domain.events.booking_reminder import ReminderOffset
from bookflow.domain.reminders.rule import FOLLOW_UP_GRACE
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.records import PagedJob

LONGEST_BOOKING = timedelta(days=31)
"""Bookings are found by their start; a follow-up of a longer one is planned by its own events."""

_JUST_STARTED = timedelta(days=2)
"""Bookings that began since the last daily pass still have their records closed."""


class JobState(StrEnum):
    """The states of a job."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class ReminderJob(PagedJob):
    """One job: it brings the reminders of a workflow to what the workflow wants now.

    A newer job of the same workflow takes its place. One that failed continues where it stopped if
    its message comes again.

    Attributes:
        cursor: Where the next page begins.
        since: Bookings that start at or after this moment are planned.
        workflow_revision: Revision with which the workflow's change is stored, if one began the
            job.
        send_missed_of: Where the operator chose so: the moment of turning on whose missed reminders
            are sent now.
        settings_revision: The same for a change of the location's settings.
        counts: Bookings `seen`, reminders `gained`, `moved`, `lost`, `skipped`, and those that
            `failed`. A reminder whose planning broke off counts by what was left to do, so a job
            that met errors may have done a few more than it counts.
    """

    default_remedy: ClassVar[str] = (
        "The daily repair plans what is missing; turn the workflow off and on again to have it done now."
    )

    workflow_id: Identifier
    id: Identifier
    state: JobState = JobState.RUNNING
    since: datetime
    workflow_revision: int = 0
    settings_revision: int = 0
    send_missed_of: datetime | None = None
    cursor: str | None = None
    started_at: datetime

    def advanced(self, cursor: str | None, counts: Mapping[str, int], now: datetime) -> ReminderJob:
        """Return the job after a page; without a cursor it is complete."""
        state = JobState.RUNNING if cursor else JobState.COMPLETED
        return self.next(now, counts, state=state, cursor=cursor)

    def counted(self, counts: Mapping[str, int], now: datetime) -> ReminderJob:
        """Return the job after a part of a page that has to be done again."""
        return self.next(now, counts, reason=self.reason, remedy=self.remedy)

    @property
    def failure(self) -> str | None:
        """Why it failed and what to do about it; None where it did not."""
        if self.state is not JobState.FAILED:
            return None
        return " ".join(filter(None, (self.reason, self.remedy)))


def planned_since(now: datetime, offsets: Iterable[ReminderOffset | None]) -> datetime:
    """Return the earliest start of a booking that may still need a reminder, or a record closed."""
    back = [_JUST_STARTED]
    for offset in offsets:
        if offset is not None and offset.relative_to == "after_end":
            # A day of the calendar may be longer, and end at a later local time.
            most = timedelta(**{offset.offset_unit: offset.offset_value}) + timedelta(days=2)
            back.append(most + LONGEST_BOOKING + FOLLOW_UP_GRACE)
    return now - min(max(back), timedelta(days=3650))
