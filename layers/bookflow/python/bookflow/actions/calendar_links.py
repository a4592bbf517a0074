"""Makes the link to a booking's calendar entry for texts that name it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from bookflow.domain.messages.calendar.links import make_calendar_token
from bookflow.domain.messages.unsubscribe_links import KEY_BYTES
from bookflow.domain.shared.public_links import calendar_link

if TYPE_CHECKING:
    from bookflow.ports import Ports


def booking_calendar_url(ports: Ports, location_id: str, booking_id: str | None) -> str | None:
    """Return the address of a booking's calendar entry.

    None without a booking, and where Bookflow does not know its own public address.

    It is asked for when a text names it. The location's key of links is made then if it has none:
    that changes nothing but that the link works.
    """
    base_url = ports.public_base_url.rstrip("/")
    if not base_url or booking_id is None:
        return None
    key = ports.suppressions.link_key(location_id) or ports.suppressions.keep_link_key(
        location_id, secrets.token_bytes(KEY_BYTES)
    )
    return calendar_link(base_url, location_id, make_calendar_token(key, location_id, booking_id))
