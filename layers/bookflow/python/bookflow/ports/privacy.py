"""The erasures of guests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bookflow.domain.privacy.erasure import Erasure


class ErasureStore(Protocol):
    """The latest erasure of each guest, by the guest's digest."""

    def get(self, location_id: str, guest: str) -> Erasure | None:
        """Return the guest's erasure (consistent), or None."""
        ...

    def save(self, erasure: Erasure) -> bool:
        """Store the erasure if the stored revision is the one before it; say whether it was."""
        ...
