"""The location's list of addresses that are not written to, as its people read and change it."""

from __future__ import annotations

from bookflow.domain.messages.suppression import (
    Suppression,
    SuppressionReason,
    SuppressionScope,
    address_hash,
    usable_address,
)
from bookflow.domain.shared.errors import InvalidInputError
from bookflow.ports import Ports


class SuppressionList:
    """Adds, finds and removes; bounces and complaints enter by `add` as well."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def add(
        self,
        location_id: str,
        address: str,
        *,
        reason: SuppressionReason = SuppressionReason.MANUAL,
        scope: SuppressionScope = SuppressionScope.ALL,
    ) -> Suppression:
        """Suppress an address, and return its state.

        Args:
            location_id: Whose messages.
            address: An e-mail address, or a phone number as people of the location write it.
            reason: Why.
            scope: What is suppressed; a narrower scope than the stored one changes nothing.

        Raises:
            InvalidInputError: It is neither; the message does not repeat it.
        """
        suppression = Suppression.of(
            location_id,
            self._usable(location_id, address),
            reason=reason,
            scope=scope,
            created_at=self._ports.clock.now(),
        )
        self._ports.suppressions.add(suppression)
        found = self._ports.suppressions.find(location_id, [suppression.id])
        return found.get(suppression.id, suppression)

    def find(self, location_id: str, address: str) -> Suppression | None:
        """Return the suppression of an address, if there is one.

        Raises:
            InvalidInputError: It is no address.
        """
        digest = address_hash(location_id, self._usable(location_id, address))
        return self._ports.suppressions.find(location_id, [digest]).get(digest)

    def _usable(self, location_id: str, address: str) -> str:
        context = self._ports.bookings.context(location_id, None)
        usable = usable_address(address, context.location.country if context else None)
        if usable is None:
            raise InvalidInputError(
                "is neither an e-mail address nor a phone number",
                field="address",
                remedy="Write a phone number with its country prefix, such as +49.",
            )
        return usable
