"""The events that start workflows: one file per trigger, found by looking into this folder."""

from bookflow.domain.events.base import BookingEvent, Event, TriggerConfig
from bookflow.domain.events.catalogue import event_types
from bookflow.domain.events.envelope import check_storable, parse_event
