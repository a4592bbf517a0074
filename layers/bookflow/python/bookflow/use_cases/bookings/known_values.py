"""The values that a location's records have, so that nobody has to know by heart how one is spelt."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from bookflow.domain.bookings.records import Activity, Booking
from bookflow.domain.shared.pagination import PageRequest
from bookflow.ports import Ports

LOOKED_BACK = timedelta(days=30)
LOOKED_AT = 100
"""Bookings that are read, the earliest of that time first: one page of the list."""

MOST_VALUES = 50
LONGEST = 60
"""Characters of a value that is offered; a longer one is a text."""

SHARED_BY = 2
"""Guests whose bookings have a value of a field of their own; one of a single guest may name the guest."""


def known_values(ports: Ports, location_id: str) -> Mapping[str, Sequence[str]]:
    """Return values of the location's records by their variables, those that are used most first.

    They are suggestions: there may be more, and whatever is typed counts.
    """
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for activity in ports.bookings.activities(location_id):
        for path, value in _of_activity(activity):
            found[path][value] += 1
    since = ports.clock.now() - LOOKED_BACK
    visits = ports.bookings.page(location_id, since=since, request=PageRequest(LOOKED_AT))
    guests: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for visit in visits.items:
        if visit.customer is not None:
            found["customer.locale"][visit.customer.locale or ""] += 1
        for path, value in _of_booking(visit.booking):
            guests[path, value].add(visit.booking.customer_id or visit.booking.id)
    for (path, value), whose in guests.items():
        if len(whose) >= SHARED_BY:
            found[path][value] += len(whose)
    usable = {path: list(_usable(counts)) for path, counts in sorted(found.items())}
    return {path: values for path, values in usable.items() if values}


def _of_activity(activity: Activity) -> Iterator[tuple[str, str]]:
    yield "activity.id", activity.id
    yield "booking.activity_id", activity.id
    yield "activity.name", activity.name
    for person in activity.facilitators:
        yield "activity.facilitators.name", person.name or ""


def _of_booking(booking: Booking) -> Iterator[tuple[str, str]]:
    """Yield the fields that the booking system adds, such as the source."""
    for name, value in (booking.model_extra or {}).items():
        if isinstance(value, str):
            yield f"booking.{name}", value


def _usable(counts: Counter[str]) -> Iterator[str]:
    usable = [each for each, _ in counts.most_common() if 0 < len(each.strip()) <= LONGEST]
    yield from usable[:MOST_VALUES]
