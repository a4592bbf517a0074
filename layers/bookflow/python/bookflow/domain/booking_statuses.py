"""Which statuses a workflow may take a booking from and to."""

from __future__ import annotations

from collections.abc import Mapping

from bookflow.domain.values import BookingStatus

_TRANSITIONS: Mapping[BookingStatus, frozenset[BookingStatus]] = {
    BookingStatus.DRAFT: frozenset(
        {BookingStatus.PENDING, BookingStatus.CONFIRMED, BookingStatus.CANCELLED}
    ),
    BookingStatus.PENDING: frozenset(
        {
            BookingStatus.CONFIRMED,
            BookingStatus.CANCELLED,
            BookingStatus.COMPLETED,
            BookingStatus.NO_SHOW,
        }
    ),
    BookingStatus.CONFIRMED: frozenset(
        {
            BookingStatus.PENDING,
            BookingStatus.CANCELLED,
            BookingStatus.COMPLETED,
            BookingStatus.NO_SHOW,
        }
    ),
    # A cancelled booking may be taken up again, but a visit that was called off was not made.
    BookingStatus.CANCELLED: frozenset({BookingStatus.PENDING, BookingStatus.CONFIRMED}),
    # The two ends of a visit may be mistaken for one another; nothing else follows them.
    BookingStatus.COMPLETED: frozenset({BookingStatus.NO_SHOW}),
    BookingStatus.NO_SHOW: frozenset({BookingStatus.COMPLETED}),
}


def targets(status: BookingStatus) -> frozenset[BookingStatus]:
    """Return the statuses that may follow; no booking becomes a draft again."""
    return _TRANSITIONS[status]
