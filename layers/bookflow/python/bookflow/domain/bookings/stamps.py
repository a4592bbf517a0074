"""The order of what events state: when, then the sender's number, the status and the event id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bookflow.domain.bookings.statuses import BookingStatus

MAX_CLOCK_ERROR = timedelta(minutes=5)
"""A stored stamp that is further ahead of now comes from a wrong clock: anything later replaces it."""

_YEAR_ONE = datetime(1, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TIME_DIGITS = 18

_RANKS = {
    status: rank
    for rank, status in enumerate(
        (
            BookingStatus.DRAFT,
            BookingStatus.PENDING,
            BookingStatus.CONFIRMED,
            BookingStatus.COMPLETED,
            BookingStatus.NO_SHOW,
            BookingStatus.CANCELLED,
        ),
        start=1,
    )
}
"""Of two statuses that are stated for one moment, the more final one holds."""


@dataclass(frozen=True)
class Stamp:
    """The place of an event among all that state the same (ADR 0051).

    Attributes:
        at: When it happened, or when it was received if that was earlier: a sender's clock may
            be ahead, but no event is received before it happens.
        event_id: Its id. Digits in it count as numbers: `evt-10` comes after `evt-9`.
        sequence: The sender's number, which decides between events of one moment.
        begins: Whether a booking begins with it, so that all else of that moment came later.
        imports: Whether an import states it: what it says is no news to anybody.
    """

    at: datetime
    event_id: str
    sequence: int = 0
    begins: bool = False
    imports: bool = False

    def of(self, field: str, value: Any) -> str:
        """Return a text that sorts as the statement of a field does."""
        rank = _RANKS.get(value, 0) if field == "status" else 0
        micros = (self.at.astimezone(UTC) - _YEAR_ONE) // _MICROSECOND
        begins = 0 if self.begins else 1
        place = f"{micros:0{_TIME_DIGITS}d}#{self.sequence:016d}#{rank}{begins}"
        return f"{place}#{_by_number(self.event_id)}#{self.event_id}"


def time_of(stamp: str) -> datetime:
    """Return the time in the text of a stamp."""
    return _YEAR_ONE + int(stamp[:_TIME_DIGITS]) * _MICROSECOND


def is_later(stamp: str, known: str | None, now: datetime | None) -> bool:
    """Whether a statement replaces the known one.

    Args:
        stamp: Text of the statement's stamp.
        known: Text of the known one's, None if nothing is known.
        now: The present moment; without it no stamp counts as ahead of it.
    """
    if known is None or stamp > known:
        return True
    is_ahead = now is not None and time_of(known) - now > MAX_CLOCK_ERROR
    return is_ahead and stamp != known


def _by_number(event_id: str) -> str:
    """Return an id with each run of digits after its length, so that texts sort by number."""

    def sized(digits: re.Match[str]) -> str:
        number = digits.group().lstrip("0") or "0"
        return f"{len(number):03d}{number}"

    return re.sub(r"[0-9]+", sized, event_id)
