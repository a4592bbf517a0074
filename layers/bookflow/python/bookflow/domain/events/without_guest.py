"""An event without what it says of the guest, for guests who were erased."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from bookflow.domain.bookings.erased_guests import KEPT_OF_BOOKING
from bookflow.domain.events.base import Event

EventT = TypeVar("EventT", bound=Event)


def event_without_guest(event: EventT, guest: str) -> EventT:
    """Return the event as it stays when its guest is erased; `guest` is the pseudonym."""
    detail = event.model_dump(exclude_unset=True)
    return type(event).model_validate(detail_without_guest(type(event), detail, guest))


def detail_without_guest(
    model: type[Event], detail: Mapping[str, Any], guest: str
) -> dict[str, Any]:
    """Return an event's detail without the person: fields that no model knows may say anything.

    Args:
        model: The event's type.
        detail: Its detail, whole or as an execution stores it.
        guest: The pseudonym that stands in the customer's place.
    """
    names = model.model_fields.keys() - model.of_guest - {"booking", "customer"}
    kept = {name: value for name, value in detail.items() if name in names}
    if isinstance(booking := detail.get("booking"), Mapping):
        kept["booking"] = {name: booking[name] for name in booking if name in KEPT_OF_BOOKING}
        if booking.get("customer_id"):
            kept["booking"]["customer_id"] = guest
    if detail.get("customer"):
        kept["customer"] = {"id": guest}
    return kept
