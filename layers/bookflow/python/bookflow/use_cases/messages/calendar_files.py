"""What the public link to a booking's calendar entry leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookflow.domain.messages.calendar.links import is_shown, read_calendar_token
from bookflow.domain.shared.public_links import calendar_link, is_location_id

if TYPE_CHECKING:
    from bookflow.domain.messages.calendar.entry import CalendarEntry
    from bookflow.ports import Ports


class CalendarFiles:
    """Answers what a link to a calendar entry leads to, as of now."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def entry(self, location_id: str, token: str) -> CalendarEntry | None:
        """Return the entry as the booking stands; None for a wrong or an expired link."""
        from bookflow.domain.messages.calendar.entry import publication

        if not is_location_id(location_id):
            return None
        key = self._ports.suppressions.link_key(location_id)
        booking_id = read_calendar_token(key, location_id, token) if key else None
        if booking_id is None:
            return None
        context = self._ports.bookings.context(location_id, booking_id)
        now = self._ports.clock.now()
        if context is None or context.booking is None or not is_shown(context.booking, now):
            return None
        url = calendar_link(self._ports.public_base_url.rstrip("/"), location_id, token)
        return publication(context, now=now, url=url)
