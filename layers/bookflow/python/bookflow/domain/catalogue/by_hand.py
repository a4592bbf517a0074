"""Reads a start by hand as any trigger's event, where the records hold what the trigger needs."""

from __future__ import annotations

from functools import cache

from bookflow.domain.bookings.records import BookingContext
from bookflow.domain.events import Event, event_types
from bookflow.domain.events.started_by_hand import StartedByHand


def as_trigger(trigger_type: str, event: StartedByHand, context: BookingContext) -> Event | None:
    """Return the start as an event of the trigger, None if records lack what it needs.

    Args:
        trigger_type: The workflow's trigger.
        event: The start by hand.
        context: The booking and what surrounds it.
    """
    if trigger_type == StartedByHand.detail_type:
        return event
    return event_types()[trigger_type].derived_from(event, context)


@cache
def can_start_by_hand(trigger_type: str) -> bool:
    """Whether a full booking holds what the trigger needs; the sample booking does."""
    from bookflow.domain.catalogue.samples import sample_context, sample_event

    context, start = sample_context(), sample_event(StartedByHand.detail_type)
    return isinstance(start, StartedByHand) and as_trigger(trigger_type, start, context) is not None
