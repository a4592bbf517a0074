"""Booking Confirmed: the customer can count on the visit; derived from what events state."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from bookflow.domain.bookings.facts import FactKind
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.events.base import BookingEvent, TriggerConfig, VisitTriggerConfig


class BookingConfirmed(BookingEvent):
    """Derived from a booking that is made as confirmed, and from a change of status to it.

    It happens once for each booking, and once more for each time that a cancelled booking is
    confirmed again.
    """

    detail_type: ClassVar[str] = "Booking Confirmed"
    description: ClassVar[str] = (
        "A booking was confirmed: when it was made, or later; again after a cancellation."
    )
    icon: ClassVar[str] = "confirmed"
    config: ClassVar[type[TriggerConfig]] = VisitTriggerConfig
    fact: ClassVar[FactKind] = FactKind.CONFIRMED
    announces_visit: ClassVar[bool] = True
    of_guest: ClassVar[frozenset[str]] = frozenset({"changed_by", "reason"})

    changed_by: str = Field(
        default="", description="Who or what confirmed it", examples=["Front desk"]
    )
    reason: str = Field(default="", description="Why", examples=["The deposit is paid"])

    def _stated(self) -> dict[str, Any]:
        return {"status": BookingStatus.CONFIRMED}
