"""Finds the guests of today's bookings to whom messages are not sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bookflow.domain.bookings.records import Customer, Location
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.messages.suppression import (
    Suppression,
    SuppressionReason,
    SuppressionScope,
    address_hash,
)
from bookflow.domain.shared.addresses import first_email, usable_phone
from bookflow.domain.shared.pagination import PageRequest
from bookflow.ports import BookedVisit, Ports

PAGES, PAGE = 5, 50
"""Bookings that are read: the first 250 of the day."""

_NOBODY_COMES = frozenset({BookingStatus.DRAFT, BookingStatus.CANCELLED})


@dataclass(frozen=True)
class SuppressedGuest:
    """One address of a guest who comes today and gets no message, or no marketing, there.

    Attributes:
        address: Most of it hidden.
    """

    booking_id: str
    confirmation_code: str | None
    start_time: datetime
    guest: str
    address: str
    reason: SuppressionReason
    scope: SuppressionScope


def suppressed_guests(ports: Ports, location_id: str) -> tuple[Sequence[SuppressedGuest], bool]:
    """Return them by the start of their visit, and whether all bookings of the day were read."""
    location = ports.bookings.location(location_id).effective or Location(id=location_id)
    zone = ZoneInfo(location.timezone)
    today = ports.clock.now().astimezone(zone).date()
    begins = datetime.combine(today, time.min, zone)
    ends = datetime.combine(today + timedelta(days=1), time.min, zone)
    visits, is_complete = _visits(ports, location_id, begins, ends)
    addresses = {
        address_hash(location_id, address): (visit, address)
        for visit in visits
        for address in _addresses(visit.customer, location.country)
    }
    found = ports.suppressions.find(location_id, addresses) if addresses else {}
    # A guest of two bookings is named with each of them.
    return [
        _guest(visit, found[digest])
        for visit in visits
        for address in _addresses(visit.customer, location.country)
        if (digest := address_hash(location_id, address)) in found
    ], is_complete


def _visits(
    ports: Ports, location_id: str, begins: datetime, ends: datetime
) -> tuple[Sequence[BookedVisit], bool]:
    found: list[BookedVisit] = []
    position: str | None = None
    for _ in range(PAGES):
        page = ports.bookings.page(location_id, since=begins, request=PageRequest(PAGE, position))
        starts = [visit.booking.start_time for visit in page.items]
        found += [
            visit
            for visit, start in zip(page.items, starts, strict=True)
            if start and start < ends and visit.booking.status not in _NOBODY_COMES
        ]
        position = page.position
        if position is None or (starts and starts[-1] and starts[-1] >= ends):
            return found, True
    return found, False


def _addresses(customer: Customer | None, country: str | None) -> Sequence[str]:
    if customer is None:
        return []
    given = (first_email(customer.email), usable_phone(customer.phone, country))
    return [each for each in given if each]


def _guest(visit: BookedVisit, suppression: Suppression) -> SuppressedGuest:
    booking, customer = visit.booking, visit.customer
    start = booking.start_time
    if start is None or customer is None:
        raise ValueError("a guest of today has a visit and an address")
    names = (customer.first_name, customer.last_name)
    return SuppressedGuest(
        booking_id=booking.id,
        confirmation_code=booking.confirmation_code,
        start_time=start,
        guest=" ".join(filter(None, names)),
        address=suppression.masked,
        reason=suppression.reason,
        scope=suppression.scope,
    )
