"""What people decided of one booking's automatic messages: which are skipped, and which kinds are off."""

from __future__ import annotations

from datetime import datetime

from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.records import StoredModel

MOST_SKIPPED = 200
"""Entries that a booking remembers as skipped; the oldest ones go."""


class InHand(StoredModel):
    """The decisions about one booking; they stay when the booking moves.

    Attributes:
        no_reminders: No reminder goes out.
        no_marketing: No marketing message and no survey goes out.
        skipped: Entries of the timeline whose messages are not sent: the id of a workflow for its
            reminder, or of an execution for what it sends after its delay.
        revision: Count of writes, the optimistic lock.
        kept_until: When the record may vanish.
    """

    location_id: Identifier
    booking_id: Identifier
    no_reminders: bool = False
    no_marketing: bool = False
    skipped: tuple[Identifier, ...] = ()
    revision: int = 0
    kept_until: datetime | None = None

    def skips_reminder(self, workflow_id: str) -> bool:
        """Whether the reminder of a workflow is not sent."""
        return self.no_reminders or workflow_id in self.skipped

    def with_entry(self, entry_id: str, *, skipped: bool) -> InHand:
        """Return the decisions with an entry skipped, or taken back."""
        others = [each for each in self.skipped if each != entry_id]
        entries = [*others, entry_id][-MOST_SKIPPED:] if skipped else others
        return self.changed(skipped=tuple(entries))
