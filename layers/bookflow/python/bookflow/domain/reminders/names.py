"""Whose reminder it is, and what its event and its schedules are called."""

from __future__ import annotations

import hashlib
from typing import NamedTuple


class ReminderKey(NamedTuple):
    """Whose reminder it is."""

    location_id: str
    booking_id: str
    workflow_id: str


def event_id(key: ReminderKey, mark: str) -> str:
    """Return the id of the event of a reminder: one for each anchor."""
    return f"rem_{_digest(*key, mark)[:40]}"


def location_prefix(location_id: str) -> str:
    """Return how the names of a location's schedules begin."""
    return f"{_digest(location_id)[:12]}-"


def _workflow_prefix(location_id: str, workflow_id: str) -> str:
    """Return how the names of a workflow's schedules begin."""
    return f"{location_prefix(location_id)}{_digest(location_id, workflow_id)[:16]}-"


def schedule_name(key: ReminderKey, turn: int) -> str:
    """Return the name of a reminder's schedule: 62 of the 64 characters that AWS allows."""
    prefix = _workflow_prefix(key.location_id, key.workflow_id)
    return f"{prefix}{_digest(*key, str(turn))[:32]}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
