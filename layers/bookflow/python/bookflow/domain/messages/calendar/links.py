"""The token in a link to a booking's calendar entry: it names the booking and cannot be guessed."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bookflow.domain.bookings.erased_guests import is_erased
from bookflow.domain.shared.identifiers import is_identifier

if TYPE_CHECKING:
    from bookflow.domain.bookings.records import Booking

SHOWN_AFTER = timedelta(days=30)
"""How long after a visit its link still leads to the entry."""

_MAC_BYTES = 16
"""128 bits of the MAC: guessing takes 2^127 requests to a throttled page."""


def make_calendar_token(key: bytes, location_id: str, booking_id: str) -> str:
    """Return the token for a booking, the same each time: short, as an SMS may hold it.

    Args:
        key: The location's key of links.
        location_id: The location.
        booking_id: The booking.
    """
    # Neither id has a byte 0x1f, so the parts cannot be cut differently.
    signed = "\x1f".join(("calendar", location_id, booking_id)).encode()
    mac = hmac.new(key, signed, hashlib.sha256).digest()[:_MAC_BYTES]
    return f"{booking_id}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def read_calendar_token(key: bytes, location_id: str, token: str) -> str | None:
    """Return the booking of a token, or None if it was not made with this key for the location."""
    booking_id, _, _ = token.rpartition(".")
    if not is_identifier(booking_id):
        return None
    made = make_calendar_token(key, location_id, booking_id)
    return (
        booking_id if hmac.compare_digest(made.encode(), token.encode(errors="replace")) else None
    )


def is_shown(booking: Booking, now: datetime) -> bool:
    """Whether a booking's link leads to its entry: until some time after the visit.

    An erased guest's leads nowhere.
    """
    over = booking.end_time or booking.start_time
    return over is not None and now < over + SHOWN_AFTER and not is_erased(booking.customer_id)
