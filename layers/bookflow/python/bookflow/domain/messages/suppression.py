"""Suppression: addresses of a location's customers that are not to be written to."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from bookflow.domain.bookings.records import BookingContext, Customer
from bookflow.domain.shared.addresses import (
    emails_in,
    is_like_email,
    masked_email,
    masked_phone,
    usable_phone,
)
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.records import StoredModel

Category = Literal["transactional", "marketing"]
"""Of a message: it belongs to a booking, or it may be unsubscribed from; surveys are marketing."""


SMS_STOP = "SMS STOP"
"""`detail` of a suppression that only shows what the network knows: the number answered STOP."""


class SuppressionReason(StrEnum):
    """Why nothing is sent to an address."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    MANUAL = "manual"


class SuppressionScope(StrEnum):
    """What is not sent: `marketing` covers surveys too; `all` covers every message."""

    MARKETING = "marketing"
    ALL = "all"

    def blocks(self, category: Category) -> bool:
        """Return whether messages of a category are suppressed."""
        return self is SuppressionScope.ALL or category == "marketing"


class Suppression(StoredModel):
    """One address that is not to be written to; the address itself is not stored.

    Attributes:
        address_hash: See `address_hash`.
        masked: The address as people may see it: `a…@example.com`, `+49…67`.
        execution_id: For what the mail service or the telephone network said: the execution that
            sent the message.
        detail: For these too: their own words, such as `Permanent NoEmail`.
        created_at: When it was said: by a person, or to the mail service.
    """

    location_id: Identifier
    address_hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    masked: str = Field(max_length=400)
    reason: SuppressionReason
    scope: SuppressionScope
    execution_id: Identifier | None = None
    detail: str = Field(default="", max_length=250)
    created_at: datetime

    @classmethod
    def of(cls, location_id: str, address: str, **fields: Any) -> Suppression:
        """Return the suppression of an address as `usable_address` returns it."""
        return cls(
            location_id=location_id,
            address_hash=address_hash(location_id, address),
            masked=masked(address),
            **fields,
        )

    @property
    def id(self) -> str:
        """What it is known by to those who may not know the address."""
        return self.address_hash

    @property
    def is_sms_stop(self) -> bool:
        """Whether it only shows that the number has answered STOP.

        It keeps nothing back by itself: before each SMS the network is asked whether that still
        holds, as a number may opt in again.
        """
        return self.reason is SuppressionReason.UNSUBSCRIBED and self.detail == SMS_STOP

    def yields_to(self, other: Suppression) -> bool:
        """Return whether another one replaces this: only one that keeps back more.

        An answer of STOP keeps back nothing by itself, so it yields to all and replaces none.
        """
        if self.is_sms_stop or other.is_sms_stop:
            return not other.is_sms_stop
        return self.scope is SuppressionScope.MARKETING and other.scope is SuppressionScope.ALL


def sms_stop(location_id: str, number: str, execution_id: str, at: datetime) -> Suppression:
    """Return the suppression of a number that has answered STOP.

    Args:
        location_id: Whose list it joins.
        number: As `usable_phone` returns it.
        execution_id: The execution that wrote to the number.
        at: When that became known.
    """
    return Suppression.of(
        location_id,
        number,
        reason=SuppressionReason.UNSUBSCRIBED,
        scope=SuppressionScope.ALL,
        execution_id=execution_id,
        detail=SMS_STOP,
        created_at=at,
    )


def address_hash(location_id: str, address: str) -> str:
    """Return what is stored for an address: SHA-256 in hex, of the location and the address.

    Addresses are compared without regard to the case of letters. RFC 5321 lets a mail server
    distinguish `Ada@` from `ada@`; none that matters does, and a person who unsubscribes means both. With
    the location in it, two locations cannot find out whom they have in common.

    Args:
        location_id: Whose list it is.
        address: As `usable_email` or `usable_phone` return it.
    """
    return hashlib.sha256(f"{location_id}\x1f{address.lower()}".encode()).hexdigest()


def masked(address: str) -> str:
    """Return an e-mail address or phone number as people may see it."""
    return masked_email(address) if "@" in address else masked_phone(address)


def usable_address(text: str, country: str | None) -> str | None:
    """Return the one e-mail address or phone number of a text in the form that is sent to, or None."""
    if not is_like_email(text):
        return usable_phone(text, country)
    emails = emails_in(text)
    return emails[0] if len(emails) == 1 else None


def addresses_of(customer: Customer, country: str | None) -> Sequence[str]:
    """Return all addresses of a customer that can be used, those that are not written to as well."""
    number = usable_phone(customer.phone, country)
    return [*emails_in(customer.email), *([number] if number else [])]


def opted_out(customer: Customer | None) -> bool:
    """Return whether the booking system says that a customer wants no marketing."""
    return customer is not None and customer.marketing_opt_out is True


def own_addresses_opted_out(context: BookingContext) -> frozenset[str]:
    """Return the customer's addresses, in small letters, if they want no marketing.

    What the booking system says of the customer holds for these, whatever way a message comes
    to them.
    """
    customer = context.customer
    if customer is None or not opted_out(customer):
        return frozenset()
    return frozenset(map(str.lower, addresses_of(customer, context.location.country)))
