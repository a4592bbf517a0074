"""Spreads the events of a location that sends very many, so that those of others come between them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SHARE = 0.25
"""Of a process's time that a location has while it floods."""

AT_ONCE_SECONDS = 2.0
"""Work for a location that a process does as it comes, some forty events: most never send more."""

USUAL_SECONDS = 0.05
"""What an event takes, until a process has measured it."""

LONGEST_WAIT = 900
"""Seconds (AWS, "SendMessage": `DelaySeconds`)."""

LOCATIONS_KEPT = 1000
"""Locations that a process remembers, before it forgets those that wait for nothing."""


class FairShare:
    """Says when the event of a location has its turn.

    Each process keeps for itself what it works for each location, so it asks nobody, and a slow
    machine takes fewer events than a fast one. An event that has to wait reserves its turn: when
    it comes back, it is taken.

    Args:
        monotonic: Seconds of a clock that never goes back.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._paid_at: dict[str, float] = {}
        self._event_seconds = USUAL_SECONDS
        self._is_cold = True

    def __len__(self) -> int:
        """Return how many locations it remembers."""
        return len(self._paid_at)

    def seconds_to_wait(self, location_id: str) -> int:
        """Return in how many seconds the location's next event has its turn; 0 for now."""
        now = self._monotonic()
        wait = self._owed(location_id, now) - AT_ONCE_SECONDS / SHARE
        if wait <= 0:
            return 0
        if wait < LONGEST_WAIT:
            self._work(location_id, self._event_seconds, now)
        return min(math.ceil(wait), LONGEST_WAIT)

    @contextmanager
    def working(self, location_id: str, *, reserved: bool) -> Iterator[None]:
        """Measure the work for an event; what had waited has its time reserved already.

        The first event of a process makes clients and connections, which is no work of its own.
        """
        began = self._monotonic()
        yield
        ended = self._monotonic()
        seconds = USUAL_SECONDS if self._is_cold else ended - began
        self._is_cold = False
        self._event_seconds += (seconds - self._event_seconds) / 8
        if not reserved:
            self._work(location_id, seconds, ended)

    def _owed(self, location_id: str, now: float) -> float:
        return max(self._paid_at.get(location_id, now) - now, 0)

    def _work(self, location_id: str, seconds: float, now: float) -> None:
        if len(self._paid_at) > LOCATIONS_KEPT:
            self._paid_at = {each: at for each, at in self._paid_at.items() if at > now}
        self._paid_at[location_id] = now + self._owed(location_id, now) + seconds / SHARE
