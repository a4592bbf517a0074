"""Where an erasure cannot reach, and when what is there is gone by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bookflow.domain.imports.booking_import import PAGES_KEPT_FOR

HISTORY_KEPT = timedelta(days=90)
"""AWS, "Step Functions service quotas": how long the history of an ended execution is kept."""

DEAD_LETTERS_KEPT = timedelta(days=14)
"""The queues' `MessageRetentionPeriod` (template.yaml)."""

BACKUPS_KEPT = timedelta(days=35)
"""AWS, "Point-in-time backups for DynamoDB": the default recovery period."""


@dataclass(frozen=True)
class BeyondReach:
    """A place that keeps something of an erased guest for a while.

    Attributes:
        gone_by: When that is gone by itself; None if somebody has to remove it.
    """

    place: str
    holds: str
    gone_by: datetime | None


def beyond_reach(erased_at: datetime, *, logs_kept: timedelta) -> tuple[BeyondReach, ...]:
    """Return each such place.

    Args:
        erased_at: When the guest was erased: all executions had ended by then.
        logs_kept: How long the stack keeps its logs.
    """
    return (
        BeyondReach(
            "Step Functions history",
            "Ids of executions, bookings, customers and activities",
            erased_at + HISTORY_KEPT,
        ),
        BeyondReach("Logs", "Ids and error types", erased_at + logs_kept),
        BeyondReach(
            "Queues and dead-letter queues",
            "Events and mail reports that could not be processed",
            erased_at + DEAD_LETTERS_KEPT,
        ),
        BeyondReach(
            "Files that were sent and not imported",
            "Rows of bookings",
            erased_at + PAGES_KEPT_FOR,
        ),
        BeyondReach(
            "Point-in-time backups of the tables",
            "All that was stored before",
            erased_at + BACKUPS_KEPT,
        ),
        BeyondReach(
            "Suppression list of Amazon SES",
            "The e-mail address, if it bounced or its owner complained",
            None,
        ),
        BeyondReach(
            "Opt-out list of Amazon SNS", "The phone number, if its owner answered STOP", None
        ),
        BeyondReach(
            "Other systems",
            "Messages that were delivered, what webhooks sent, and the booking system's own records",
            None,
        ),
    )
