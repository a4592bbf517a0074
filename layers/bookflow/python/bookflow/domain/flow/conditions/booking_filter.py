"""Whether a booking may still meet a filter, before the event that asks is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bookflow.domain.bookings.records import Booking
from bookflow.domain.flow.conditions.evaluation import evaluate, variables
from bookflow.domain.flow.conditions.operators import RELATIVE_TO_NOW
from bookflow.domain.flow.conditions.outcomes import outcomes
from bookflow.domain.flow.conditions.rules import Comparison


def may_be_met(rule: Mapping[str, Any], booking: Booking, zone: ZoneInfo) -> bool:
    """Return whether a rule may be met when the time comes, as far as the booking alone says it.

    What a rule asks of the event, the customer, the activity or the location, or of the present
    moment, is open until then: a change of these plans no reminder anew.
    """
    scope = {"booking": booking.model_dump()}

    def decide(comparison: Comparison) -> bool | None:
        reads = variables(comparison)
        if comparison.operator in RELATIVE_TO_NOW:
            return None
        if not all(path.startswith("booking.") for path in reads):
            return None
        return evaluate(comparison, scope, zone)

    return True in outcomes(rule, decide)


def booking_fields(rule: Mapping[str, Any] | None) -> frozenset[str]:
    """Return the names of the booking's fields that a rule reads."""
    paths = variables(rule) if rule is not None else ()
    return frozenset(path.split(".")[1] for path in paths if path.startswith("booking."))
