"""Who a message goes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from bookflow.domain.bookings.records import BookingContext, Contact
from bookflow.domain.shared.addresses import usable_email, usable_phone

RecipientType = Literal["customer", "facilitator", "admin", "custom"]


@dataclass(frozen=True)
class Recipient:
    """Somebody a message goes to.

    Attributes:
        key: The recipient type; identifies a single recipient in every try of a step.
        is_listed: Whether it is one of several; their addresses identify them.
        label: Role and position, such as `facilitator 2`; no personal data.
        email: The address in the form that is sent to, or None without a usable one.
        phone: The number in E.164 form, or None without a usable one.
        locale: BCP 47 tag of the recipient's own language, where it is known.
    """

    key: str
    label: str
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    locale: str | None = None
    is_listed: bool = False


def recipients_of(
    kind: RecipientType, context: BookingContext, custom: str = ""
) -> tuple[Recipient, ...]:
    """Return whom a message of this kind goes to; addresses that cannot be used are None.

    Messages to admins go to the location's own e-mail and phone where it names no admins.

    Args:
        kind: A recipient type of the product text, "Send Template".
        context: The booking and what surrounds it.
        custom: For the kind `custom`: an e-mail address or a phone number.
    """
    country = context.location.country
    if kind == "custom":
        is_email = "@" in custom
        return (
            Recipient(
                key="custom",
                label="custom recipient",
                email=usable_email(custom) if is_email else None,
                phone=None if is_email else usable_phone(custom, country),
            ),
        )
    if kind == "customer":
        customer = context.customer
        if customer is None:
            return ()
        return (
            Recipient(
                key="customer",
                label="customer",
                email=usable_email(customer.email),
                phone=usable_phone(customer.phone, country),
                locale=customer.locale,
            ),
        )
    return tuple(_from_contacts(kind, _contacts(kind, context), country))


def _contacts(kind: str, context: BookingContext) -> Sequence[Contact]:
    if kind == "facilitator":
        return context.activity.facilitators if context.activity else ()
    location = context.location
    own = Contact(name=location.name, email=location.email, phone=location.phone)
    return location.admins or ((own,) if location.email or location.phone else ())


def _from_contacts(kind: str, contacts: Sequence[Contact], country: str | None) -> list[Recipient]:
    found: dict[tuple[str, str], Recipient] = {}
    for position, contact in enumerate(contacts, start=1):
        found.setdefault(
            ((contact.email or "").strip().lower(), (contact.phone or "").strip()),
            Recipient(
                key=kind,
                label=f"{kind} {position}",
                email=usable_email(contact.email),
                phone=usable_phone(contact.phone, country),
                is_listed=True,
            ),
        )
    return list(found.values())
