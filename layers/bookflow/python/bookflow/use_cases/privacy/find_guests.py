"""Finds guests by an address: the people of whom a location holds it."""

from __future__ import annotations

from collections.abc import Sequence

from bookflow.domain.bookings.records import Customer
from bookflow.domain.messages.suppression import usable_address
from bookflow.domain.shared.errors import InvalidInputError
from bookflow.ports import Ports


def find_guests(ports: Ports, location_id: str, address: str) -> Sequence[Customer]:
    """Return those whose e-mail address or phone number it is.

    One guest may have several ids: some booking systems give one for each booking.

    Raises:
        InvalidInputError: It is no e-mail address and no phone number.
    """
    location = ports.bookings.location(location_id).effective
    country = location.country if location else None
    sought = _comparable(address, country)
    if not sought:
        raise InvalidInputError(
            "is not an e-mail address or a phone number",
            field="address",
            remedy="Write a phone number with its country prefix, such as +49.",
        )
    return [
        one
        for one in ports.bookings.customers_at(location_id, address)
        if sought in {_comparable(text, country) for text in (one.email, one.phone) if text}
    ]


def _comparable(text: str, country: str | None) -> str:
    if "@" in text:
        return text.strip().lower()
    return usable_address(text, country) or "".join(each for each in text if each.isdecimal())
