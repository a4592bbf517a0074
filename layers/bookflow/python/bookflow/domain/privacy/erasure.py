"""The record of a guest's erasure: its progress, and for 30 days the mark that each event meets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from bookflow.domain.shared.records import PagedJob

REFUSED_FOR = timedelta(days=30)
"""How long events bring nothing of the person in again: the booking system may still send some."""

LOOKED_AT_AGAIN_AFTER = timedelta(minutes=15)
"""When all is looked through once more: what was under way has ended by then. It is the longest
delay of a message (AWS, "Amazon SQS delay queues")."""

MOST_PASSES = 6
"""Passes in all: no function runs, and no message waits, for so long."""


class ErasureState(StrEnum):
    """The states of an erasure.

    `checking`: all was erased once, and will be looked through again for what was under way.
    """

    RUNNING = "running"
    CHECKING = "checking"
    COMPLETED = "completed"
    FAILED = "failed"


class Erasure(PagedJob):
    """The erasure of one guest; nothing in it says who that is.

    Attributes:
        guest: Digest of the customer's id (`guest_digest`).
        cursor: Where the next page of bookings begins.
        passes: How often all bookings were looked through.
        found: What this pass has found to erase so far.
        counts: What was erased in all: `bookings`, `executions`, `notes`, `tasks`, `answers`,
            `effects`, `messages` and `audit_entries`.
        erased_at: When the first pass came to its end.
        expires_at: When the record may vanish, and events may bring the person in again.
    """

    default_remedy: ClassVar[str] = "Erase the guest again: what is done stays done."

    guest: str
    state: ErasureState = ErasureState.RUNNING
    cursor: str | None = None
    passes: int = 0
    found: int = 0
    started_at: datetime
    erased_at: datetime | None = None
    expires_at: datetime

    def advanced(
        self, cursor: str | None, counts: Mapping[str, int], *, final: int, now: datetime
    ) -> Erasure:
        """Return the erasure after a page of bookings.

        It is complete after a pass, other than the first, that found nothing, or the last.

        Args:
            cursor: Where the next page begins; None after the last.
            counts: What was erased on the page.
            final: What was erased after the last page, beside the counts.
            now: The present moment.
        """
        found = self.found + sum(counts.values()) + final
        after = self.next(
            now,
            counts,
            state=ErasureState.CHECKING if self.passes else ErasureState.RUNNING,
            cursor=cursor,
            found=found,
            expires_at=now + REFUSED_FOR,
        )
        if cursor is not None:
            return after
        is_over = self.passes > 0 and (found == 0 or self.passes + 1 >= MOST_PASSES)
        return after.changed(
            state=ErasureState.COMPLETED if is_over else ErasureState.CHECKING,
            passes=self.passes + 1,
            found=0,
            erased_at=self.erased_at or now,
        )

    @property
    def is_under_way(self) -> bool:
        """Whether a message of it is on the queue."""
        return self.state in (ErasureState.RUNNING, ErasureState.CHECKING)
