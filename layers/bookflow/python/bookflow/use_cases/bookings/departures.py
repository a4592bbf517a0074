"""Lists the departures of some time: which activity starts when, and how many come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bookflow.domain.bookings.records import Booking
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.shared.pagination import pages
from bookflow.ports import Ports

LOOKED_AT = 2000
"""Bookings that are read, so that it fits into one call of the API."""

_NOBODY_COMES = frozenset({None, BookingStatus.DRAFT, BookingStatus.CANCELLED})


@dataclass(frozen=True)
class Departure:
    """The bookings of one activity at one time.

    Attributes:
        people: Their party sizes together, as far as they are known.
    """

    start_time: datetime
    activity_id: str | None
    activity_name: str
    bookings: int
    people: int


def departures(
    ports: Ports, location_id: str, since: datetime, until: datetime
) -> tuple[Sequence[Departure], bool]:
    """Return the departures from `since` to before `until`, and whether all bookings were read."""
    groups: dict[tuple[datetime, str | None], list[Booking]] = {}
    seen, complete = 0, True
    for page in pages(
        lambda request: ports.bookings.page(location_id, since=since, request=request)
    ):
        bookings = [each.booking for each in page.items]
        for booking in bookings:
            start = booking.start_time
            if start and start < until and booking.status not in _NOBODY_COMES:
                groups.setdefault((start, booking.activity_id), []).append(booking)
        seen += len(bookings)
        last = bookings[-1].start_time if bookings else None
        if last is not None and last >= until:
            break
        if seen >= LOOKED_AT and page.position is not None:
            complete = False
            break
    names: dict[str | None, str] = {}
    for (_, activity_id), bookings in groups.items():
        if activity_id not in names:
            context = ports.bookings.context(location_id, bookings[0].id)
            activity = context.activity if context else None
            names[activity_id] = activity.name if activity else ""
    return [
        Departure(
            start,
            activity_id,
            names[activity_id],
            len(those),
            sum(b.party_size or 0 for b in those),
        )
        for (start, activity_id), those in groups.items()
    ], complete
