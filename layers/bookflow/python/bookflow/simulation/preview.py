"""Renders a template's file for an event, as a workflow would send it; nothing is sent."""

from __future__ import annotations

from collections.abc import Sequence

from bookflow.adapters.memory.bundle import InMemoryPorts
from bookflow.domain.bookings.records import BookingContext, Location
from bookflow.domain.events import Event
from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.templates import TemplateContent
from bookflow.simulation.locations import SampleLocation
from bookflow.use_cases.preview.preview_template import Preview, render_preview


def preview_for(
    content: TemplateContent,
    events: Sequence[Event],
    location: Location | None = None,
    *,
    reader_locale: str | None = None,
) -> Preview:
    """Return how the template comes out for the last of the events; the others tell of the booking.

    Args:
        content: The template.
        events: At least one, all of one location and of one booking.
        location: The location's record; by default all that is known is its id, which is
            its name as well.
        reader_locale: The guest's; by default what the events state of the customer.

    Raises:
        InvalidInputError: The events are about several bookings or locations.
    """
    if len({(event.location_id, event.booking_id) for event in events}) != 1:
        raise InvalidInputError(
            "The events are about several bookings.", remedy="Give those of one booking."
        )
    ordered = sorted(events, key=lambda event: event.occurred_at)
    last = ordered[-1]
    context = _context(ordered, location)
    return render_preview(
        content, last.detail_type, context, event=last, reader_locale=reader_locale
    )


def _context(events: Sequence[Event], location: Location | None) -> BookingContext:
    """Return what Bookflow would know of the booking after the events."""
    ports = InMemoryPorts()
    location_id = events[0].location_id
    location = location or Location(id=location_id, name=location_id)
    SampleLocation({}, {location_id: location}).fill(ports, location_id)
    for event in events:
        recorded = ports.bookings.record(
            event, received_at=event.occurred_at, now=event.occurred_at
        )
    if recorded is None:
        raise InvalidInputError("is not a location that Bookflow knows", field="location_id")
    return recorded.context
