"""A clock that is set by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class SettableClock:
    """A clock that stands still until it is moved."""

    def __init__(self, moment: datetime = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def advance(self, **duration: float) -> None:
        """Move on by a duration, given as for `timedelta`."""
        self.moment += timedelta(**duration)
