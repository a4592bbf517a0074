"""Who a message goes to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, Literal

from bookflow.domain.bookings.records import BookingContext, Contact
from bookflow.domain.shared.addresses import (
    emails_in,
    first_email,
    is_like_email,
    is_like_phone,
    read_sms_number,
    written_emails,
)
from bookflow.domain.shared.errors import PermanentError

MAX_CUSTOM_RECIPIENTS = 50
"""Addresses that one step writes to where they are listed in the step or in the booking."""

RecipientType = Literal["customer", "facilitator", "admin", "custom"]


@dataclass(frozen=True)
class Recipient:
    """Somebody a message goes to.

    Attributes:
        key: The recipient type; identifies a single recipient in every try of a step.
        is_listed: Whether it is one of several; their addresses identify them.
        label: Role and position, such as `facilitator 2`; no personal data.
        email: The address in the form that is sent to, or None without a usable one.
        has_more_emails: Whether its field has further addresses, which are not written to.
        phone: The number in E.164 form, or None without one that takes an SMS.
        phone_problem: What the recipient has in place of such a number.
        locale: BCP 47 tag of the recipient's own language, where it is known.
    """

    key: str
    label: str
    email: str | None = field(default=None, repr=False)
    has_more_emails: bool = False
    phone: str | None = field(default=None, repr=False)
    phone_problem: str = ""
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
        custom: For the kind `custom`: e-mail addresses and phone numbers, as `listed` reads them.

    Raises:
        PermanentError: More are listed than a step writes to.
    """
    country = context.location.country
    if kind == "custom":
        return tuple(_from_list(custom, country))
    if kind == "customer":
        customer = context.customer
        if customer is None:
            return ()
        found = _recipient(kind, "customer", customer.email, customer.phone, country)
        return (replace(found, locale=customer.locale),)
    return tuple(_from_contacts(kind, _contacts(kind, context), country))


def listed(text: str) -> Iterator[str | Mapping[str, Any]]:
    """Yield what a list of recipients names, each as it is written.

    Commas, semicolons and line breaks part them. A list among the variables stands in the text
    as JSON; its items are texts, or people with `email` and `phone`.
    """
    place, may_be_json = 0, True
    while (found := _PART.match(text, place)) is not None:
        if may_be_json and text.startswith("[", found.start("part")):
            try:
                items, place = json.JSONDecoder().raw_decode(text, found.start("part"))
            except ValueError:
                pass
            except RecursionError:
                may_be_json = False  # each of its brackets would be as costly to read
            else:
                yield from (item for item in items if item and isinstance(item, str | dict))
                continue
        yield found["part"].strip()
        place = found.end()


def require_usable(written: str) -> None:
    """Refuse a list, as it is written in a step, of anything but addresses and variables.

    Raises:
        ValueError: It names something else, or more than a step writes to.
    """
    recipients = [one for one in listed(_VARIABLES.sub(_VARIABLE, written)) if isinstance(one, str)]
    for one in recipients:
        is_address = first_email(one) if is_like_email(one) else is_like_phone(one)
        if _VARIABLE not in one and not is_address:
            which = f"; “{one}” is neither" if len(recipients) > 1 else ""
            raise ValueError(f"enter an e-mail address, a phone number, or a variable{which}")
    if len(recipients) > MAX_CUSTOM_RECIPIENTS:
        raise ValueError(
            f"{len(recipients)} recipients are listed; a step writes to {MAX_CUSTOM_RECIPIENTS}"
        )


_VARIABLES = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_VARIABLE = "{{}}"
"""Stands for a variable while a written list is checked: nobody knows its value yet."""

_PART = re.compile(r'[\s,;]*(?P<part>(?:"[^"\r\n]*"|[^\s,;])(?:"[^"\r\n]*"|[^,;\r\n])*)')


def _from_list(text: str, country: str | None) -> Iterator[Recipient]:
    """Yield each address once; they may be spelled in several ways."""
    found: dict[tuple[str, str], Recipient] = {}
    for email, phone in chain.from_iterable(map(_addresses, listed(text))):
        one = _recipient("custom", "", email, phone, country, is_listed=True)
        key = ((one.email or email or "").lower(), one.phone or phone or "")
        found.setdefault(key, one)
    if len(found) > MAX_CUSTOM_RECIPIENTS:
        raise PermanentError(
            f"The list has {len(found)} recipients; a step writes to {MAX_CUSTOM_RECIPIENTS}.",
            field="custom_recipient",
            remedy="Split the list over several steps.",
        )
    for place, one in enumerate(found.values(), start=1):
        number = f" {place}" if len(found) > 1 else ""
        yield replace(one, label=f"custom recipient{number}")


def _addresses(item: str | Mapping[str, Any]) -> Iterator[tuple[str | None, str | None]]:
    """Yield the e-mail address and the phone number of each whom an item names, as written."""
    if not isinstance(item, str):
        email, phone = item.get("email"), item.get("phone")
        yield email if isinstance(email, str) else None, phone if isinstance(phone, str) else None
    elif is_like_email(item):
        for email in written_emails(item) or [item]:
            yield email, None
    else:
        yield None, item


def _recipient(
    key: str,
    label: str,
    email: str | None,
    phone: str | None,
    country: str | None,
    *,
    is_listed: bool = False,
) -> Recipient:
    reading, emails = read_sms_number(phone, country), emails_in(email)
    return Recipient(
        key=key,
        label=label,
        email=next(iter(emails), None),
        has_more_emails=len(emails) > 1,
        phone=reading.number,
        phone_problem=reading.problem,
        is_listed=is_listed,
    )


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
            _recipient(
                kind, f"{kind} {position}", contact.email, contact.phone, country, is_listed=True
            ),
        )
    return list(found.values())
