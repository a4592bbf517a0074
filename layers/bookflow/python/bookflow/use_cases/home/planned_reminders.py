"""Counts the reminders that go out within the next day, by workflow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bookflow.domain.shared.errors import NotFoundError
from bookflow.ports import PlannedReminder, Ports

AHEAD = timedelta(hours=24)

LOOKED_AT = 1000
"""Reminders that are read: one query of keys."""


@dataclass(frozen=True)
class PlannedReminders:
    """The reminders of one workflow within the next 24 hours.

    Attributes:
        reminders: How many.
        next_booking_id: The booking of the first one.
    """

    workflow_id: str
    workflow_name: str
    reminders: int
    first_at: datetime
    last_at: datetime
    next_booking_id: str


def planned_reminders(ports: Ports, location_id: str) -> tuple[Sequence[PlannedReminders], bool]:
    """Return them by the time of their first one, and whether all were read."""
    now = ports.clock.now()
    planned = ports.reminders.planned(location_id, now, now + AHEAD, LOOKED_AT)
    by_workflow: dict[str, list[PlannedReminder]] = {}
    for each in planned:
        by_workflow.setdefault(each.workflow_id, []).append(each)
    groups = [
        PlannedReminders(
            workflow_id=workflow_id,
            workflow_name=_name(ports, location_id, workflow_id),
            reminders=len(those),
            first_at=those[0].fire_at,
            last_at=those[-1].fire_at,
            next_booking_id=those[0].booking_id,
        )
        for workflow_id, those in by_workflow.items()
    ]
    return groups, len(planned) < LOOKED_AT


def _name(ports: Ports, location_id: str, workflow_id: str) -> str:
    """Return the workflow's name; one that was just deleted has none any more."""
    try:
        return ports.workflows.get(location_id, workflow_id).name
    except NotFoundError:
        return ""
