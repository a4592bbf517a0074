"""Spreads the events of a location that sends very many, so that those of others come between them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

AT_ONCE = 50
"""Events of a location that a process takes as they come; ordinary locations never send more."""

A_SECOND = 10
"""Events of it that a process takes each second after those."""

LONGEST_WAIT = 900
"""Seconds (AWS, "SendMessage": `DelaySeconds`)."""

LOCATIONS_KEPT = 1000
"""Locations that a process remembers, before it forgets those that wait for nothing."""


class FairShare:
    """Says when the event of a location has its turn.

    Each location has a bucket of turns in each process, so it asks nobody. An event that has to
    wait reserves its turn: when it comes back, it is taken.

    Args:
        monotonic: Seconds of a clock that never goes back.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._full_at: dict[str, float] = {}

    def __len__(self) -> int:
        """Return how many locations it remembers."""
        return len(self._full_at)

    def seconds_to_wait(self, location_id: str) -> int:
        """Return in how many seconds the location's next event has its turn; 0 for now."""
        now = self._monotonic()
        if len(self._full_at) > LOCATIONS_KEPT:
            self._full_at = {each: at for each, at in self._full_at.items() if at > now}
        full_at = max(self._full_at.get(location_id, now), now)
        wait = full_at - now - (AT_ONCE - 1) / A_SECOND
        self._full_at[location_id] = min(full_at + 1 / A_SECOND, now + 2 * LONGEST_WAIT)
        return min(max(math.ceil(wait - 1e-6), 0), LONGEST_WAIT)
