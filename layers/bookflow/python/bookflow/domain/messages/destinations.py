"""Where the messages of one step go, who cannot be reached, and what could not be sent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bookflow.domain.messages.recipients import Recipient
from bookflow.domain.messages.suppression import masked
from bookflow.domain.shared.errors import (
    BookflowError,
    OutcomeUnknownError,
    PermanentError,
    TransientError,
)

MORE_EMAILS = "has several e-mail addresses in one field; the first is written to, the others not"


@dataclass(frozen=True)
class Unreached:
    """A recipient without an address that a channel could use, or with too many.

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
        if recipient.has_more_emails and channel != "sms":
            unreached.append(Unreached(recipient.label, "email", MORE_EMAILS))
    return list(found.values()), unreached


@dataclass(frozen=True)
class Failure:
    """A message that was not sent."""

    to: Destination
    error: BookflowError

    @property
    def is_refusal(self) -> bool:
        """Whether the message was not sent and never will be."""
        return not isinstance(self.error, TransientError | OutcomeUnknownError)


def joined_error(failures: Sequence[Failure], output: Mapping[str, Any]) -> BookflowError:
    """Return one error for all messages that failed.

    What may get through at the next try goes before what is not known, and that before what is
    refused.

    Args:
        failures: At least one.
        output: Of the step, which lists the messages that did not fail.
    """
    joined = failures[0].error if len(failures) == 1 else _joined(failures)
    joined.output = output
    joined.lacks = next((one.error.lacks for one in failures if one.error.lacks), None)
    return joined


def _joined(failures: Sequence[Failure]) -> BookflowError:
    errors = [failure.error for failure in failures]
    transient = [error for error in errors if isinstance(error, TransientError)]
    unknown = any(isinstance(error, OutcomeUnknownError) for error in errors)
    message = " ".join(
        dict.fromkeys(f"To {one.to.masked}: {one.error.message}" for one in failures)
    )
    remedy = " ".join(dict.fromkeys(error.remedy for error in errors if error.remedy)) or None
    field = next((error.field for error in errors if error.field), None)
    if not transient:
        kind = OutcomeUnknownError if unknown else PermanentError
        return kind(message, field=field, remedy=remedy)
    waits = [error.retry_after for error in transient if error.retry_after is not None]
    return TransientError(
        message,
        field=field,
        remedy=remedy,
        retry_after=max(waits, default=None),
        outcome_unknown=unknown or any(error.outcome_unknown for error in transient),
    )
