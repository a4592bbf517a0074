"""What stands in the place of a guest who was erased: a pseudonym, and bookings without the person."""

from __future__ import annotations

import hashlib

from bookflow.domain.bookings.records import Booking, StoredValue

_PREFIX = "erased:"

KEPT_OF_BOOKING = frozenset(
    {
        "id",
        "status",
        "activity_id",
        "start_time",
        "end_time",
        "booked_at",
        "total_amount",
        "party_size",
        "survey_excluded",
        "imported_at",
    }
)
"""What of a booking says nothing of the person, and stays for lists and statistics."""


def guest_digest(location_id: str, customer_id: str) -> str:
    """Return what stands for a guest in keys: of the booking system's id, or of a pseudonym.

    Both give the same, so that an erased guest's bookings are found again. With the location in
    it, two locations cannot find out whom they have in common.
    """
    if is_erased(customer_id):
        return customer_id.removeprefix(_PREFIX)
    text = f"{location_id}\x1f{customer_id}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def pseudonym(location_id: str, customer_id: str) -> str:
    """Return the customer id that an erased guest's bookings have."""
    return _PREFIX + guest_digest(location_id, customer_id)


def is_erased(customer_id: str | None) -> bool:
    """Whether a customer id is the pseudonym of an erased guest."""
    return customer_id is not None and customer_id.startswith(_PREFIX)


def without_guest(stored: StoredValue[Booking], guest: str) -> StoredValue[Booking]:
    """Return a booking without what says who booked; the very same object where nothing does.

    Args:
        stored: The booking.
        guest: The pseudonym that it keeps.
    """
    booking = stored.record
    if booking.customer_id == guest and booking.model_fields_set <= {
        *KEPT_OF_BOOKING,
        "customer_id",
    }:
        return stored
    kept = {name: getattr(booking, name) for name in booking.model_fields_set & KEPT_OF_BOOKING}
    return StoredValue(
        record=Booking(**kept, customer_id=guest),
        revision=stored.revision + 1,
        stamps={name: stamp for name, stamp in stored.stamps.items() if name in kept},
        statements=stored.statements,
        calendar_sequence=stored.calendar_sequence,
    )
