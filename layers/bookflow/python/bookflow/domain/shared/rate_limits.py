"""How often costly calls may be made: a token bucket, stored as the moment at which it is full."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RateLimit:
    """A bucket of calls for each location.

    It is stored as one number, the moment at which the bucket is full again ("generic cell rate
    algorithm"; ITU-T I.371, A.1): each call moves that moment on.

    Attributes:
        name: Part of the bucket's key; limits of one name share a bucket.
        burst: Calls that a rested bucket gives at once.
        per_minute: Calls that come back each minute.
        minutes: Time in which that many come back, where it is not one minute.
    """

    name: str
    burst: int
    per_minute: int
    minutes: int = 1

    @property
    def interval(self) -> int:
        """Milliseconds in which one call comes back."""
        return 60_000 * self.minutes // self.per_minute

    @property
    def window(self) -> int:
        """Milliseconds in which an empty bucket fills."""
        return self.interval * self.burst

    def wait(self, full_at: int, now: int) -> int:
        """Return the milliseconds until a call may be made, 0 if it may be now.

        Args:
            full_at: When the bucket is full again, in epoch milliseconds.
            now: The present moment, likewise.
        """
        return max(0, max(full_at, now) + self.interval - now - self.window)
