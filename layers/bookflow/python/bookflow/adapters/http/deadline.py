"""Keeps one budget of time for a whole exchange, however many operations it takes."""

from __future__ import annotations

import time


class Deadline:
    """A moment on the monotonic clock.

    Args:
        seconds: How far ahead it lies.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._started = time.monotonic()

    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    def remaining(self) -> float:
        """Seconds that are left, never 0, so that they work as a socket's timeout.

        Raises:
            TimeoutError: None are left.
        """
        left = self.seconds - self.elapsed()
        if left <= 0:
            raise TimeoutError("the time for the whole exchange is over")
        return left
