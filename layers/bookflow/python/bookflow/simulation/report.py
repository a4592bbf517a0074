"""Prints timelines: as text for people, as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bookflow.domain.shared.input_problems import counted
from bookflow.domain.timeline import TimelineEntry
from bookflow.simulation.world import BookingKey, SimulatedEvent, World


def as_text(world: World) -> str:
    """Return the timelines as text, times in the zone of each booking's location."""
    timelines = world.timeline()
    blocks = [
        _block(key, timelines.get(key, ()), events, ZoneInfo(world.timezone_of(key[0])))
        for key, events in sorted(world.events.items())
    ]
    return "\n\n".join(blocks) or "nothing happened"


def as_json(world: World) -> str:
    """Return the timelines as a JSON list, one object a booking."""
    timelines = world.timeline()
    return json.dumps(
        [
            {
                "location_id": key[0],
                "booking_id": key[1] or None,
                "events": [
                    {
                        "at": each.at.isoformat(),
                        "event_type": each.event_type,
                        "filtered": each.filtered,
                    }
                    for each in events
                ],
                "entries": [entry.model_dump(mode="json") for entry in timelines.get(key, ())],
            }
            for key, events in sorted(world.events.items())
        ],
        indent=2,
    )


def _block(
    key: BookingKey,
    entries: Sequence[TimelineEntry],
    events: Sequence[SimulatedEvent],
    zone: ZoneInfo,
) -> str:
    title = f"{key[0]}  {key[1] or '(no booking)'}  ({zone.key})"
    # An event stands before what it leads to in the same moment.
    lines = [(each.at, 0, _event_line(each, zone)) for each in events]
    lines += [(each.at, 1, _line(each, zone)) for each in entries]
    return "\n".join([title, *(line for _, _, line in sorted(lines, key=lambda one: one[:2]))])


def _event_line(event: SimulatedEvent, zone: ZoneInfo) -> str:
    line = f"  {_local(event.at, zone)}  event    {event.event_type}"
    return f"{line} - filtered by {counted(event.filtered, 'workflow')}" if event.filtered else line


def _line(entry: TimelineEntry, zone: ZoneInfo) -> str:
    name = entry.node_name or entry.node_id or entry.event_type
    line = f"  {_local(entry.at, zone)}  {entry.kind:<8} {entry.what:<18} {entry.workflow_name}: {name}"
    summary = entry.reason or ", ".join(_destinations(entry.details.get("plan", {})))
    return f"{line} - {summary}" if summary else line


def _destinations(plan: Mapping[str, Any]) -> Iterator[str]:
    """Yield where the messages and requests of a step would go."""
    for kind, name in (("e-mail", "emails"), ("SMS", "texts")):
        for _, message in plan.get(name, ()):
            yield f"{kind} to {message['to']}"
    if isinstance(plan.get("email"), dict):
        yield f"e-mail to {plan['email']['to']}"
    if "method" in plan and "url" in plan:
        yield f"{plan['method']} {plan['url']}"


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%a %Y-%m-%d %H:%M:%S %z")
