"""Checks before a message is sent whether its readers want it, and lets them unsubscribe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from bookflow.domain.messages.suppression import address_hash
from bookflow.domain.messages.unsubscribe_links import make_token
from bookflow.domain.shared.errors import PermanentError
from bookflow.domain.shared.public_links import unsubscribe_link

if TYPE_CHECKING:
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

    @property
    def is_marketing(self) -> bool:
        """Whether the message may be unsubscribed from."""
        return self._category == "marketing"

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
        key = self._ports.suppressions.make_link_key(self._location_id)
        token = make_token(key, self._location_id, address, language)
        return unsubscribe_link(public_base_url(self._ports), self._location_id, token)


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
        )
    return base_url
