"""What a row of an import states, as an event: of a booking that existed before, so it is no news."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from bookflow.domain.bookings.erased_guests import is_erased
from bookflow.domain.bookings.records import Booking
from bookflow.domain.bookings.search import contact_keys, folded
from bookflow.domain.bookings.stamps import Stamp
from bookflow.domain.events.base import BookingEvent, Event
from bookflow.domain.events.booking_created import BookingCreated
from bookflow.domain.imports.booking_import import BookingImport
from bookflow.domain.imports.rows import ImportRow
from bookflow.domain.shared.identifiers import is_identifier

_OF_BOOKING = (
    "confirmation_code",
    "status",
    "start_time",
    "end_time",
    "booked_at",
    "total_amount",
    "party_size",
    "notes",
)
_OF_GUEST = ("first_name", "last_name", "email", "phone", "locale", "marketing_opt_out")


class ImportedBooking(BookingEvent):
    """A row of an import. No workflow can wait for it, and what it states is no news.

    Attributes:
        is_announced: Whether Booking Created happens by it all the same.
    """

    detail_type: ClassVar[str] = "Booking Imported"
    description: ClassVar[str] = "A booking that existed already was imported."

    is_announced: bool = False

    def stamp(self, received_at: datetime | None = None) -> Stamp:
        """Return the row's place among all that state the same."""
        return replace(super().stamp(received_at), imports=True)

    def derived(self, booking: Booking | None) -> tuple[type[Event], ...]:
        """Return Booking Created where the operator wants it for visits to come."""
        return (BookingCreated,) if self.is_announced else ()


@dataclass(frozen=True)
class Activities:
    """The activities that a location knows: their ids by name, in a form without capitals."""

    by_name: Mapping[str, str]

    def id_of(self, row: ImportRow) -> str | None:
        """Return the id of a row's activity; None if the row names none."""
        if row.activity_id is not None or row.activity_name is None:
            return row.activity_id
        name = folded(row.activity_name)
        return self.by_name.get(name) or _digest("act", name)

    def are_missing(self, row: ImportRow) -> bool:
        """Whether a row names an activity that is not known."""
        return self.id_of(row) not in {None, *self.by_name.values()}


def booking_id_of(row: ImportRow) -> str:
    """Return the id of a row's booking that nobody knows yet: its own, or its code."""
    if row.booking_id is not None:
        return row.booking_id
    code = (row.confirmation_code or "").strip()
    return code if is_identifier(code) else _digest("bk", folded(code))


def imported_booking(
    row: ImportRow,
    booking_id: str,
    batch: BookingImport,
    stored: Booking | None,
    activities: Activities,
    *,
    is_announced: bool,
) -> ImportedBooking:
    """Return the event of a row.

    Args:
        row: The row.
        booking_id: Its booking.
        batch: The import.
        stored: The booking as Bookflow knows it, None if it does not.
        activities: The activities that are known: what one is called is not stated again.
        is_announced: Whether Booking Created happens by it.
    """
    booking: dict[str, Any] = {
        name: value for name in _OF_BOOKING if (value := getattr(row, name)) is not None
    }
    booking |= dict(row.more)
    if stored is None:
        booking["imported_at"] = batch.started_at
    activity_id = activities.id_of(row)
    detail: dict[str, Any] = {"booking": booking}
    if activity_id is not None:
        booking["activity_id"] = activity_id
    if activity_id is not None and activities.are_missing(row):
        detail["activity"] = {"id": activity_id, "name": row.activity_name or ""}
    guest = {name: value for name in _OF_GUEST if (value := getattr(row, name)) is not None}
    customer_id = _customer_id(row, booking_id, stored)
    if guest or row.customer_id:
        detail["customer"] = {"id": customer_id, **guest}
    return ImportedBooking.model_validate(
        {
            "event_id": batch.event_id(row.row),
            "location_id": batch.location_id,
            "occurred_at": min(row.changed_at or batch.as_of, batch.as_of),
            "booking_id": booking_id,
            "is_announced": is_announced,
            "sent_by": batch.sent_by,
            **detail,
        }
    )


def _customer_id(row: ImportRow, booking_id: str, stored: Booking | None) -> str:
    """Return the guest's id: the row's, the booking's, or one by address and name.

    Two people with one address stay two, so that neither is called by the other's name.
    """
    if row.customer_id is not None:
        return row.customer_id
    if stored is not None and stored.customer_id and not is_erased(stored.customer_id):
        return stored.customer_id
    address = next(iter(contact_keys(row.email or row.phone)), booking_id)
    return _digest("guest", address, folded(f"{row.first_name or ''} {row.last_name or ''}"))


def _digest(prefix: str, *parts: str) -> str:
    text = "\x1f".join(parts)
    return f"{prefix}_{hashlib.sha256(text.encode()).hexdigest()[:20]}"
