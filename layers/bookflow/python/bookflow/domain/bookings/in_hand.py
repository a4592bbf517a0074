"""What people decided of one booking's automatic messages: which are skipped, edited or off."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.records import StoredModel

MOST_SKIPPED = 200
"""Entries that a booking remembers as skipped; the oldest ones go."""

MOST_EDITED = 50
"""Messages that a booking remembers as edited; the oldest ones go."""


class EditedMessage(StoredModel):
    """One message that a person wrote anew for one booking; its text is kept apart.

    Attributes:
        entry_id: The planned entry that it belongs to, as in `InHand.skipped`.
        node_id: The step that sends it.
        template_id: What the step sent when it was edited; it holds for this template only.
        template_version: The template's version then.
        text_id: Id of the text, a new one with each edit.
        used_by: The first of the chain of executions that sent it; None until then.
    """

    entry_id: Identifier
    node_id: str
    template_id: Identifier
    template_version: int
    text_id: Identifier
    used_by: Identifier | None = None


class InHand(StoredModel):
    """The decisions about one booking; they stay when the booking moves.

    Attributes:
        no_reminders: No reminder goes out.
        no_marketing: No marketing message and no survey goes out.
        skipped: Entries of the timeline whose messages are not sent: the id of a workflow for its
            reminder, or of an execution for what it sends after its delay.
        edited: Messages that were edited, each for one use.
        revision: Count of writes, the optimistic lock.
        kept_until: When the record may vanish.
    """

    location_id: Identifier
    booking_id: Identifier
    no_reminders: bool = False
    no_marketing: bool = False
    skipped: tuple[Identifier, ...] = ()
    edited: tuple[EditedMessage, ...] = ()
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

    def edit_of(
        self, entry_ids: Collection[str], node_id: str, owner: str | None = None
    ) -> EditedMessage | None:
        """Return the edit that a step of an entry sends, or None.

        Args:
            entry_ids: What the entry is named by, the most telling one first.
            node_id: The step.
            owner: The first of the step's chain of executions; what it used stays its own.
        """
        mine = [each for each in self.edited if each.node_id == node_id]
        used = [each for each in mine if owner is not None and each.used_by == owner]
        unused = [
            each
            for entry_id in entry_ids
            for each in mine
            if each.used_by is None and each.entry_id == entry_id
        ]
        return next(iter((*used, *unused)), None)

    def with_edit(self, edit: EditedMessage) -> InHand:
        """Return the decisions with a message edited, in the place of an earlier edit of it."""
        kept = self.without_edit(edit.entry_id, edit.node_id).edited
        return self.changed(edited=(*kept, edit)[-MOST_EDITED:])

    def without_edit(self, entry_id: str, node_id: str) -> InHand:
        """Return the decisions without the edit of a message that was not sent yet."""
        kept = [
            each
            for each in self.edited
            if each.used_by is not None or (each.entry_id, each.node_id) != (entry_id, node_id)
        ]
        return self.changed(edited=tuple(kept))

    def with_use(self, text_id: str, owner: str) -> InHand | None:
        """Return the decisions with an edit used, or None if it is missing or was used by others."""
        found = next((each for each in self.edited if each.text_id == text_id), None)
        if found is None or found.used_by not in (None, owner):
            return None
        used = found.changed(used_by=owner)
        return self.changed(edited=tuple(used if each is found else each for each in self.edited))
