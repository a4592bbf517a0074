"""Notes on bookings in DynamoDB: the port `NoteStore`."""

from __future__ import annotations

from bookflow.adapters.dynamodb.base import records
from bookflow.adapters.dynamodb.base.documents import decode_model, encode_model
from bookflow.adapters.dynamodb.base.keys import booking_key, partition, utc_text
from bookflow.adapters.dynamodb.base.table import NEW, ConditionFailedError, Put, TableStore
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest
from bookflow.domain.staff.notes import Note

_NOTE = "NOTE#"


class DynamoDBNotes(TableStore):
    """Keeps notes beside their booking.

    The key holds the note's id and no time: a second try of the same note must find the first.
    An index holds them by time.
    """

    def add(self, note: Note) -> Note:
        """Store the note unless its id is taken; return the stored one either way."""
        item = {
            "PK": booking_key(note.location_id, note.booking_id).pk,
            "SK": f"{_NOTE}{note.id}",
            "GSI1PK": _by_time(note.location_id, note.booking_id),
            "GSI1SK": f"{utc_text(note.created_at)}#{note.id}",
            "data": encode_model(note),
        }
        try:
            self._table.put(Put(item, NEW))
        except ConditionFailedError as error:
            return decode_model(Note, error.found["data"]) if error.found else note
        return note

    def list(
        self, location_id: str, booking_id: str, request: PageRequest = FIRST_PAGE
    ) -> Page[Note]:
        """Return a page of a booking's notes, oldest first (two calls)."""
        pk = _by_time(location_id, booking_id)
        return records.decoded(Note, self._table.query_page(pk, request, index="GSI1"))


def _by_time(location_id: str, booking_id: str) -> str:
    return partition(location_id, "BOOKING", booking_id, "NOTES")
