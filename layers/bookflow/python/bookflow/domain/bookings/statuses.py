"""The statuses of a booking, and which changes of status a workflow may make."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator


class BookingStatus(StrEnum):
    """The states of a booking (design, "Events")."""

    DRAFT = "draft"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    NO_SHOW = "no_show"


LIVE = frozenset({BookingStatus.PENDING, BookingStatus.CONFIRMED})
"""The statuses of a booking whose visit is still to come."""


def _british_status(value: Any) -> Any:
    """Read `canceled` as `cancelled`, in any case of letters."""
    if isinstance(value, str):
        spelt = value.strip().lower().replace("-", "_").replace(" ", "_")
        return "cancelled" if spelt == "canceled" else spelt
    return value


Status = Annotated[BookingStatus, BeforeValidator(_british_status)]
"""A booking's status as input: both spellings of cancelled, any case of letters."""

_ENDS = frozenset({BookingStatus.CANCELLED, BookingStatus.COMPLETED, BookingStatus.NO_SHOW})

_TRANSITIONS: Mapping[BookingStatus, frozenset[BookingStatus]] = {
    BookingStatus.DRAFT: LIVE | {BookingStatus.CANCELLED},
    BookingStatus.PENDING: _ENDS | {BookingStatus.CONFIRMED},
    BookingStatus.CONFIRMED: _ENDS | {BookingStatus.PENDING},
    # A cancelled booking may be taken up again, but a visit that was called off was not made.
    BookingStatus.CANCELLED: LIVE,
    # The two ends of a visit may be mistaken for one another; nothing else follows them.
    BookingStatus.COMPLETED: frozenset({BookingStatus.NO_SHOW}),
    BookingStatus.NO_SHOW: frozenset({BookingStatus.COMPLETED}),
}


def targets(status: BookingStatus) -> frozenset[BookingStatus]:
    """Return the statuses that may follow; no booking becomes a draft again."""
    return _TRANSITIONS[status]
