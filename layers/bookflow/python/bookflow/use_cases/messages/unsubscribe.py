"""Unsubscribing by a personal link, and undoing it by the same link."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bookflow.domain.bookings.records import Location
from bookflow.domain.messages.suppression import Suppression, SuppressionReason, SuppressionScope
from bookflow.domain.messages.unsubscribe_links import Subscriber, read_token
from bookflow.domain.shared.public_links import is_location_id
from bookflow.ports import Ports


class SubscriptionState(StrEnum):
    """Whether an address is subscribed."""

    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class MailSubscription:
    """An unsubscribe link and what surrounds it.

    Attributes:
        may_return: Whether the link can undo it: not what the location, a mail server or the
            telephone network said.
    """

    state: SubscriptionState
    location: Location | None = None
    subscriber: Subscriber | None = None
    may_return: bool = False


_UNKNOWN = MailSubscription(SubscriptionState.UNKNOWN)


class Unsubscribing:
    """Takes customers off a location's list of whom it may write offers and surveys to."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def look(self, location_id: str, token: str) -> MailSubscription:
        """Return how the link's address stands; changes nothing, as mail scanners open links."""
        subscriber = self._subscriber(location_id, token)
        if subscriber is None:
            return _UNKNOWN
        found = self._ports.suppressions.find(location_id, [subscriber.address_hash])
        return self._subscription(location_id, subscriber, found.get(subscriber.address_hash))

    def unsubscribe(self, location_id: str, token: str) -> MailSubscription:
        """Keep offers and surveys back from the link's address; a repeat changes nothing."""
        subscriber = self._subscriber(location_id, token)
        if subscriber is None:
            return _UNKNOWN
        self._ports.suppressions.add(
            Suppression(
                location_id=location_id,
                address_hash=subscriber.address_hash,
                masked=subscriber.masked,
                reason=SuppressionReason.UNSUBSCRIBED,
                scope=SuppressionScope.MARKETING,
                created_at=self._ports.clock.now(),
            )
        )
        return self.look(location_id, token)

    def resubscribe(self, location_id: str, token: str) -> MailSubscription:
        """Undo what the link itself did, and nothing else."""
        now = self.look(location_id, token)
        if now.subscriber is None or not now.may_return:
            return now
        self._ports.suppressions.remove(location_id, now.subscriber.address_hash)
        return MailSubscription(SubscriptionState.SUBSCRIBED, now.location, now.subscriber)

    def _subscriber(self, location_id: str, token: str) -> Subscriber | None:
        if not is_location_id(location_id):
            return None
        key = self._ports.suppressions.link_key(location_id)
        return read_token(key, location_id, token) if key else None

    def _subscription(
        self, location_id: str, subscriber: Subscriber, found: Suppression | None
    ) -> MailSubscription:
        context = self._ports.bookings.context(location_id, None)
        location = context.location if context else None
        if found is None:
            return MailSubscription(SubscriptionState.SUBSCRIBED, location, subscriber)
        by_link = found.reason is SuppressionReason.UNSUBSCRIBED
        return MailSubscription(
            SubscriptionState.UNSUBSCRIBED,
            location,
            subscriber,
            may_return=by_link and found.scope is SuppressionScope.MARKETING,
        )
