"""How much marketing a guest gets: a number a day, and none on the location's pause dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bookflow.domain.bookings.erased_guests import guest_digest
from bookflow.domain.bookings.records import BookingContext, DatePause
from bookflow.domain.shared.wall_time import zone_named


@dataclass(frozen=True)
class MarketingShare:
    """One step's marketing in a guest's day; it counts once, however many channels and tries.

    Attributes:
        guest: Digest of the customer's id (`guest_digest`).
        day: The local date of the location.
        effect: Key of the step's effect, the same in every try and resumed execution.
        most: How many steps may write in a day.
    """

    location_id: str
    guest: str
    day: date
    effect: str
    most: int


def pause_at(context: BookingContext, now: datetime) -> DatePause | None:
    """Return the pause that holds on the location's date of a moment, if one does."""
    today = _local_date(context, now)
    pauses = context.location.marketing_pauses
    return next((each for each in pauses if each.first <= today <= each.last), None)


def share_of(context: BookingContext, now: datetime, effect: str) -> MarketingShare | None:
    """Return what a step with marketing takes of its guest's day; None where nothing limits it."""
    location, customer = context.location, context.customer
    if location.marketing_per_day is None or customer is None:
        return None
    return MarketingShare(
        location_id=location.id,
        guest=guest_digest(location.id, customer.id),
        day=_local_date(context, now),
        effect=effect,
        most=location.marketing_per_day,
    )


def _local_date(context: BookingContext, now: datetime) -> date:
    return now.astimezone(zone_named(context.location.timezone)).date()
