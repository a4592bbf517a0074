"""Notes on bookings in DynamoDB: the port `NoteStore`."""

from __future__ import annotations

from collections.abc import Sequence

from bookflow.adapters.dynamodb.documents import decode_model, encode_model
from bookflow.adapters.dynamodb.keys import booking_key
from bookflow.adapters.dynamodb.table import NEW, ConditionFailedError, Put, Table
from bookflow.domain.records import Note

_NOTE = "NOTE#"


class DynamoDBNotes:
    """Keeps notes beside their booking.

    The key holds the note's id and no time: a second try of the same note must find the first.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, note: Note) -> Note:
        """Store the note unless its id is taken; return the stored one either way."""
        item = {
            "PK": booking_key(note.location_id, note.booking_id).pk,
            "SK": f"{_NOTE}{note.id}",
            "data": encode_model(note),
        }
        try:
            self._table.put(Put(item, NEW))
        except ConditionFailedError as failure:
            return decode_model(Note, failure.found["data"]) if failure.found else note
        return note

    def list(self, location_id: str, booking_id: str) -> Sequence[Note]:
        """Return a booking's notes, oldest first."""
        items = self._table.query(booking_key(location_id, booking_id).pk, begins_with=_NOTE)
        notes = [decode_model(Note, item["data"]) for item in items]
        return sorted(notes, key=lambda note: (note.created_at, note.id))
