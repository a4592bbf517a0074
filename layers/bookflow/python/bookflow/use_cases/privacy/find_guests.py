"""Finds guests by an address: the people of whom a location holds it."""

from __future__ import annotations

from collections.abc import Sequence

from bookflow.domain.bookings.records import Customer
from bookflow.domain.bookings.search import contact_keys
from bookflow.domain.shared.addresses import is_like_email, usable_phone
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
    if len(sought) != 1:
        raise InvalidInputError(
            "is not an e-mail address or a phone number",
            field="address",
            remedy="Write a phone number with its country prefix, such as +49.",
        )
    return [
        one
        for one in ports.bookings.customers_at(location_id, address)
        if sought <= _comparable(one.email, country) | _comparable(one.phone, country)
    ]


def _comparable(text: str | None, country: str | None) -> set[str]:
    if text is None or is_like_email(text):
        return set(contact_keys(text))
    number = usable_phone(text, country) or "".join(each for each in text if each.isdecimal())
    return {number} if number else set()
