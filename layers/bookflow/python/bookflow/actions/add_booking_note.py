"""Add Booking Note: writes a note on the booking's record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bookflow.actions.base import Action, ActionConfig, TextField
from bookflow.actions.texts import cut, rendered, require_filled
from bookflow.domain.bookings.retention import kept_until
from bookflow.domain.catalogue.variables import Variable
from bookflow.domain.executions.authorship import author, effect_id
from bookflow.domain.rendering import Mode
from bookflow.domain.shared.errors import PermanentError
from bookflow.domain.staff.notes import NOTE_PREFIX, Note

if TYPE_CHECKING:
    from bookflow.domain.catalogue.step_scope import Scope
    from bookflow.ports import Once

MAX_NOTE_CHARACTERS = 20_000
"""Longest note with its prefix; what is longer is cut, as a long value is no reason to fail."""


class AddBookingNoteConfig(ActionConfig):
    """What the note says."""

    note: str = Field(
        min_length=1,
        max_length=10_000,
        title="Note",
        description="The note's text; variables allowed",
        examples=["Moved from {{ event.old_start_time }} to {{ event.new_start_time }}"],
        json_schema_extra={"format": "variables-text"},
    )


class AddBookingNote(Action[AddBookingNoteConfig, Note]):
    """Adds a note that is marked as a workflow's (product text, "Add Booking Note")."""

    type = "add_booking_note"
    title = "Add booking note"
    description = "Adds a note to the booking, marked as coming from a workflow."
    icon = "note"
    summary = "{note}"
    config_model = AddBookingNoteConfig
    outputs = (
        Variable("output.note_id", "string", "Id of the note", "note_3f2a"),
        Variable("output.booking_id", "string", "Id of the booking", "bk-4711"),
        Variable("output.text", "string", "Text as it came out", "Moved to 4 June"),
    )

    def plan(self, config: AddBookingNoteConfig, scope: Scope) -> Note:
        """Render the note.

        Raises:
            PermanentError: There is no booking, or the note comes out empty.
        """
        booking = scope.context.booking
        if booking is None:
            raise PermanentError(
                "A note needs a booking, and this event has no known booking.",
                remedy="Start the workflow by an event about a booking.",
            )
        text = rendered(config.note, scope, "note", Mode.TEXT).strip()
        require_filled(text, "note")
        return Note(
            location_id=scope.context.location.id,
            booking_id=booking.id,
            id=effect_id("note", scope.effect_key),
            text=cut(NOTE_PREFIX + text, MAX_NOTE_CHARACTERS),
            author=author(scope.execution),
            created_at=scope.now,
            kept_until=kept_until(booking, scope.context.location, scope.now),
        )

    def perform(self, plan: Note, once: Once) -> Mapping[str, Any]:
        """Store the note; its id is the same in every try, so the first one stays."""
        stored = self.ports.notes.add(plan)
        return {"note_id": stored.id, "booking_id": stored.booking_id, "text": stored.text}

    def planned_output(self, plan: Note) -> Mapping[str, Any]:
        """Return the output with this note's text."""
        return {**super().planned_output(plan), "text": plan.text}

    @classmethod
    def texts(cls, config: AddBookingNoteConfig) -> Iterable[TextField]:
        """Return the note."""
        yield TextField("note", config.note, "text")
