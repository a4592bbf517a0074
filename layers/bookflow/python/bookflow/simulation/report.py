"""Prints timelines: as text for people, as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

from bookflow.domain.timeline import TimelineEntry

Timelines = Mapping[tuple[str, str], Sequence[TimelineEntry]]
"""Entries by location and booking."""


def as_text(timelines: Timelines, timezone_of: Callable[[str], str]) -> str:
    """Return the timelines as text, times in the zone of each booking's location."""
    blocks = []
    for (location_id, booking_id), entries in timelines.items():
        zone = ZoneInfo(timezone_of(location_id))
        title = f"{location_id}  {booking_id or '(no booking)'}  ({zone.key})"
        blocks.append("\n".join([title, *(_line(entry, zone) for entry in entries)]))
    return "\n\n".join(blocks) or "nothing happened"


def as_json(timelines: Timelines) -> str:
    """Return the timelines as a JSON list, one object a booking."""
    return json.dumps(
        [
            {
                "location_id": location_id,
                "booking_id": booking_id or None,
                "entries": [entry.model_dump(mode="json") for entry in entries],
            }
            for (location_id, booking_id), entries in timelines.items()
        ],
        indent=2,
    )


def _line(entry: TimelineEntry, zone: ZoneInfo) -> str:
    local = entry.at.astimezone(zone).strftime("%a %Y-%m-%d %H:%M:%S %z")
    name = entry.node_name or entry.node_id or entry.event_type
    line = f"  {local}  {entry.kind:<8} {entry.what:<18} {entry.workflow_name}: {name}"
    return f"{line} - {entry.reason}" if entry.reason else line
