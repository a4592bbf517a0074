"""The virtual clock: what happens next, one moment after the other."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime

from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.shared.input_problems import counted

MAX_MOMENTS = 100_000
"""Bound of one simulation, so that a mistake cannot run for ever."""

Action = Callable[[], None]


class VirtualTime:
    """Events in the order of their time; those of one moment in the order of their planning.

    Args:
        set_clock: Reported each moment before its events run.
        limit: How many may happen.
    """

    def __init__(self, set_clock: Callable[[datetime], None], limit: int = MAX_MOMENTS) -> None:
        self._set_clock = set_clock
        self._due: list[tuple[datetime, int, Action]] = []
        self._planned = 0
        self._left = limit
        self._limit = limit
        self.now: datetime | None = None

    def plan(self, at: datetime, action: Action) -> None:
        """Let something happen at a moment; a moment that is past is now."""
        moment = max(at, self.now) if self.now else at
        heapq.heappush(self._due, (moment, self._planned, action))
        self._planned += 1

    def run(self, until: datetime | None = None) -> None:
        """Let everything happen that is due by `until`, or all there is.

        Raises:
            InvalidInputError: There is no end of it.
        """
        while self._due and (until is None or self._due[0][0] <= until):
            if self._left == 0:
                raise InvalidInputError(
                    f"leaves room for more than {counted(self._limit, 'event')}",
                    field="until",
                    remedy="Choose an earlier time.",
                )
            self._left -= 1
            self.now, _, action = heapq.heappop(self._due)
            self._set_clock(self.now)
            action()
        if until is not None and (self.now is None or self.now < until):
            self.now = until
            self._set_clock(until)
