"""A batch: a workflow that a person started for a booking, or for a set of them, and its progress."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import ClassVar

from pydantic import Field

from bookflow.domain.bookings.erased_guests import is_erased
from bookflow.domain.bookings.records import Booking
from bookflow.domain.bookings.statuses import LIVE, BookingStatus
from bookflow.domain.events.sender import Sender
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.records import PagedJob, StoredModel
from bookflow.domain.shared.values import Moment
from bookflow.domain.shared.wall_time import is_within

TAKEN_UP_FOR = timedelta(hours=24)
"""So long a batch is taken up by the next start of its workflow: a booking that has it gets no second one."""

KEPT_FOR = timedelta(days=90)
"""Life of a batch's record after its last change."""


class Audience(StoredModel):
    """For which bookings a workflow is started; drafts and erased guests are never among them.

    Attributes:
        booking_id: This booking alone; the other fields then say nothing.
        since: Bookings that start then or later.
        until: And before this moment.
        activity_id: Of this activity alone.
        without_activity: Of no activity alone.
        statuses: In one of these states.
        party_min: With so many people at least; a booking of unknown size is left out.
        party_max: With so many people at most, likewise.
    """

    booking_id: Identifier | None = None
    since: Moment | None = None
    until: Moment | None = None
    activity_id: Identifier | None = None
    without_activity: bool = False
    statuses: tuple[BookingStatus, ...] = Field(default=tuple(sorted(LIVE)), max_length=6)
    party_min: int | None = Field(default=None, ge=0, le=100_000)
    party_max: int | None = Field(default=None, ge=0, le=100_000)

    def holds(self, booking: Booking) -> bool:
        """Whether the booking, as it stands, is one of them."""
        if booking.status is BookingStatus.DRAFT or is_erased(booking.customer_id):
            return False
        if self.booking_id is not None:
            return booking.id == self.booking_id
        start, size = booking.start_time, booking.party_size
        return (
            is_within(start, self.since, self.until)
            and self.activity_id in (None, booking.activity_id)
            and not (self.without_activity and booking.activity_id)
            and booking.status in self.statuses
            and (self.party_min is None or (size is not None and size >= self.party_min))
            and (self.party_max is None or (size is not None and size <= self.party_max))
        )


class BatchState(StrEnum):
    """The states of a batch."""

    RUNNING = "running"
    COMPLETED = "completed"
    STOPPED = "stopped"
    FAILED = "failed"


class Batch(PagedJob):
    """The latest batch of a workflow: in one batch it runs once for a booking.

    Attributes:
        run: Counts how often it was taken up, for other bookings or for those that were left.
        version: The version that runs.
        machine_arn: The version's machine.
        messages_each: Messages that an execution may send to guests: the pace goes by them.
        audience: The bookings of this run.
        total: How many they were when it began; None if that were too many to count.
        cursor: Where the next page of bookings begins.
        counts: Bookings of this run: `started`; `over`, started while the visit is over, so that
            nothing goes to the guest; `already`, which have it by an earlier run;
            `unsuited`, whose records lack what the trigger needs; `filtered`, which the trigger's
            filter leaves out; `failed`.
        sent_by: Who started this run.
        started_at: When the batch began.
        run_started_at: When this run began.
    """

    default_remedy: ClassVar[str] = "Start it again: who has it already gets no second one."

    workflow_id: Identifier
    id: Identifier
    run: int = 1
    version: int
    machine_arn: str
    messages_each: int = 1
    audience: Audience
    total: int | None = None
    state: BatchState = BatchState.RUNNING
    cursor: str | None = None
    sent_by: Sender
    started_at: datetime
    run_started_at: datetime

    @property
    def expires_at(self) -> datetime:
        """When the record may vanish."""
        return self.updated_at + KEPT_FOR

    def is_taken_up(self, now: datetime) -> bool:
        """Whether the next start of the workflow goes on with it."""
        return now - self.started_at < TAKEN_UP_FOR

    def event_id(self, booking_id: str) -> str:
        """Return the id of its event for a booking, the same in each run."""
        text = "\x1f".join((self.id, booking_id))
        return f"bh_{hashlib.sha256(text.encode()).hexdigest()[:32]}"

    def pause(self, bookings: int, per_second: int) -> int:
        """Return the seconds in which as many bookings' messages may be sent."""
        return ceil(bookings * self.messages_each / per_second)

    def advanced(self, cursor: str | None, counts: Mapping[str, int], now: datetime) -> Batch:
        """Return the batch after a page; without a cursor this run is complete."""
        state = BatchState.RUNNING if cursor else BatchState.COMPLETED
        return self.next(now, counts, state=state, cursor=cursor)

    def stopped(self, now: datetime) -> Batch:
        """Return the batch after a person stopped it: what was started goes on."""
        return self.next(now, state=BatchState.STOPPED)
