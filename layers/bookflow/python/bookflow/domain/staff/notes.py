"""Notes on bookings."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.records import StoredModel

NOTE_PREFIX = "[Workflow] "
"""Distinguishes notes of workflows from manual ones (product text, "Add Booking Note")."""


class Note(StoredModel):
    """A note on a booking.

    Attributes:
        kept_until: When it may vanish; it moves on with its booking.
    """

    location_id: Identifier
    booking_id: Identifier
    id: Identifier
    text: str = Field(min_length=1, max_length=20_000)
    author: str = ""
    created_at: datetime
    kept_until: datetime | None = None
