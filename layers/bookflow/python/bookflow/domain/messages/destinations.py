"""Where the messages of one step go: each address once, and who cannot be reached."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from bookflow.domain.messages.recipients import Recipient
from bookflow.domain.messages.suppression import masked


@dataclass(frozen=True)
class Unreached:
    """A recipient without an address that a channel could use.

    Attributes:
        reason: What the recipient has in its place: `has a landline number, which takes no SMS`.
    """

    recipient: str
    channel: str
    reason: str

    def __str__(self) -> str:
        return f"{self.recipient} {self.reason}"


@dataclass(frozen=True)
class Destination:
    """Where one message goes."""

    recipient: Recipient
    channel: str
    address: str = field(repr=False)

    @property
    def key(self) -> str:
        """Tells the message apart in every try of a step.

        People of a list are known by the address alone: the list may change between two tries,
        and one address may stand in it twice.
        """
        if not self.recipient.is_listed:
            return self.recipient.key
        digest = hashlib.sha256(self.address.lower().encode()).hexdigest()
        return f"{self.recipient.key}:{digest[:16]}"

    @property
    def effect(self) -> str:
        """Name of the effect, and part of the e-mail's tags: no personal data."""
        return f"{self.channel}:{self.key}"

    @property
    def masked(self) -> str:
        """The address as steps show it."""
        return masked(self.address)


def destinations_of(
    recipients: Iterable[Recipient], channel: str
) -> tuple[list[Destination], list[Unreached]]:
    """Return each address once, and who cannot be reached.

    Args:
        recipients: Whom the message is for.
        channel: `email`, `sms` or `both`, as of a template.
    """
    found: dict[tuple[str, str], Destination] = {}
    unreached: list[Unreached] = []
    for recipient in recipients:
        reached = {
            "email": (recipient.email, "has no usable e-mail address"),
            "sms": (recipient.phone, recipient.phone_problem),
        }
        for each, (address, lack) in reached.items():
            if channel not in (each, "both"):
                continue
            if address is None:
                unreached.append(Unreached(recipient.label, each, lack))
            else:
                found.setdefault((each, address.lower()), Destination(recipient, each, address))
    return list(found.values()), unreached
