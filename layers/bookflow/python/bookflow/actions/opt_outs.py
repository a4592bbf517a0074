"""Checks before a message is sent whether its readers want it, and lets them unsubscribe."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from bookflow.actions.base import StepSkipped
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.messages.marketing_limits import pause_at
from bookflow.domain.messages.suppression import address_hash
from bookflow.domain.messages.unsubscribe_links import KEY_BYTES, make_token
from bookflow.domain.shared.errors import PermanentError, TransientError
from bookflow.domain.shared.public_links import unsubscribe_link

if TYPE_CHECKING:
    from datetime import datetime

    from bookflow.domain.bookings.in_hand import InHand
    from bookflow.domain.bookings.records import BookingContext
    from bookflow.domain.messages.marketing_limits import MarketingShare
    from bookflow.domain.messages.suppression import Category, Suppression
    from bookflow.ports import Ports


class OptOuts:
    """The suppressed addresses of a location, seen from one message.

    Args:
        ports: All ports.
        location_id: Who sends.
        category: Of the message. Surveys are marketing.
    """

    def __init__(self, ports: Ports, location_id: str, category: Category) -> None:
        self._ports = ports
        self._location_id = location_id
        self._category: Category = category
        self._fresh_key: bytes | None = None

    @property
    def is_marketing(self) -> bool:
        """Whether the message may be unsubscribed from."""
        return self._category == "marketing"

    def require_wanted(self, in_hand: InHand | None) -> None:
        """Check that people have not turned such messages off for the booking.

        Raises:
            StepSkipped: They have.
        """
        if self.is_marketing and in_hand is not None and in_hand.no_marketing:
            raise StepSkipped(
                ReasonCode.MESSAGES_OFF, "Marketing and surveys are turned off for this booking."
            )

    def require_no_pause(self, context: BookingContext, now: datetime) -> None:
        """Check that the location has not paused such messages today.

        Raises:
            StepSkipped: It has.
        """
        pause = pause_at(context, now) if self.is_marketing else None
        if pause is not None:
            raise StepSkipped(
                ReasonCode.MARKETING_PAUSED,
                "The location sends no marketing and surveys from "
                f"{pause.first.isoformat()} to {pause.last.isoformat()}.",
            )

    def blocked(self, addresses: Iterable[str]) -> frozenset[str]:
        """Return those of the addresses that the message is suppressed from."""
        found = self.listed(addresses)
        return frozenset(address for address, one in found.items() if self.blocks(one))

    def blocks(self, suppression: Suppression) -> bool:
        """Return whether it suppresses this message.

        An answer of STOP does not: the network says before each SMS whether it still holds.
        """
        return not suppression.is_sms_stop and suppression.scope.blocks(self._category)

    def listed(self, addresses: Iterable[str]) -> Mapping[str, Suppression]:
        """Return the suppressions of these addresses, by address."""
        by_hash = {address_hash(self._location_id, address): address for address in addresses}
        if not by_hash:
            return {}
        found = self._ports.suppressions.find(self._location_id, by_hash)
        return {by_hash[digest]: suppression for digest, suppression in found.items()}

    def link(self, address: str, language: str) -> str | None:
        """Return the address's own unsubscribe link; None for what cannot be unsubscribed from.

        Raises:
            PermanentError: Bookflow does not know its own public address.
        """
        if not self.is_marketing:
            return None
        key = self._fresh_key or self._ports.suppressions.link_key(self._location_id)
        if key is None:
            key = self._fresh_key = secrets.token_bytes(KEY_BYTES)
        token = make_token(key, self._location_id, address, language)
        return unsubscribe_link(public_base_url(self._ports), self._location_id, token)

    @property
    def fresh_key(self) -> bytes | None:
        """The key that signed the links if the location has none yet; `keep_key` stores it."""
        return self._fresh_key


def take_share(ports: Ports, share: MarketingShare | None) -> None:
    """Count a step that is about to write in its guest's day, unless nothing limits it.

    Raises:
        StepSkipped: The guest got as much marketing today as the location allows.
    """
    if share is not None and not ports.marketing_counts.take(share):
        raise StepSkipped(
            ReasonCode.MARKETING_LIMIT,
            "The customer already got the location's most marketing messages and surveys for a "
            f"day: {share.most}.",
        )


def give_back_share(ports: Ports, share: MarketingShare | None) -> None:
    """Take a step that turned out to send nothing out of its guest's day."""
    if share is not None:
        ports.marketing_counts.give_back(share)


def keep_key(ports: Ports, location_id: str, fresh_key: bytes | None) -> None:
    """Store the key of links before they are sent: planning made it, and changes nothing.

    Raises:
        TransientError: Another step stored the location's first key meanwhile. The next try signs
            with that one.
    """
    if fresh_key is None:
        return
    if ports.suppressions.keep_link_key(location_id, fresh_key) != fresh_key:
        raise TransientError(
            "Another step made the key of this location's unsubscribe links at the same moment.",
            remedy="Resume the execution.",
        )


def public_base_url(ports: Ports) -> str:
    """Return the start of the public pages' addresses, without a slash at its end.

    Raises:
        PermanentError: Bookflow does not know it.
    """
    base_url = ports.public_base_url.rstrip("/")
    if not base_url:
        raise PermanentError(
            "Bookflow does not know the public address of its pages.",
            remedy="Set the public base URL in the stack's settings and deploy again.",
        ).lacking("public_url")
    return base_url
