"""Notes on bookings in DynamoDB: the port `NoteStore`."""

from __future__ import annotations

from bookflow.adapters.dynamodb.base.documents import decode_model, encode_model
from bookflow.adapters.dynamodb.base.keys import Key, booking_key, partition, utc_text
from bookflow.adapters.dynamodb.base.table import (
    NEW,
    ConditionFailedError,
    Delete,
    Put,
    Table,
    time_to_live,
)
from bookflow.domain.shared.pagination import PAGE_SIZE, Page
from bookflow.domain.staff.notes import Note

_NOTE = "NOTE#"


class DynamoDBNotes:
    """Keeps notes beside their booking.

    The key holds the note's id and no time: a second try of the same note must find the first.
    An index holds them by time.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, note: Note) -> Note:
        """Store the note unless its id is taken; return the stored one either way."""
        key = _key(note)
        item = {
            "PK": key.pk,
            "SK": key.sk,
            "GSI1PK": _by_time(note.location_id, note.booking_id),
            "GSI1SK": f"{utc_text(note.created_at)}#{note.id}",
            "expires_at": time_to_live(note.kept_until),
            "data": encode_model(note),
        }
        try:
            self._table.put(Put(item, NEW))
        except ConditionFailedError as error:
            return decode_model(Note, error.found["data"]) if error.found else note
        return note

    def list(
        self,
        location_id: str,
        booking_id: str,
        *,
        limit: int = PAGE_SIZE,
        position: str | None = None,
    ) -> Page[Note]:
        """Return a page of a booking's notes, oldest first (two calls)."""
        pk = _by_time(location_id, booking_id)
        page = self._table.query_page(pk, index="GSI1", limit=limit, position=position)
        return Page([decode_model(Note, item["data"]) for item in page.items], page.position)

    def delete(self, note: Note) -> None:
        """Delete the note; a missing one is no error."""
        self._table.transact([Delete(_key(note))])


def _key(note: Note) -> Key:
    return Key(booking_key(note.location_id, note.booking_id).pk, f"{_NOTE}{note.id}")


def _by_time(location_id: str, booking_id: str) -> str:
    return partition(location_id, "BOOKING", booking_id, "NOTES")
