"""Runs daily: asks for a comparison of planned and actual reminders of each location."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bookflow.bootstrap import services
from bookflow.edge.steps import call
from bookflow.use_cases.reminders.reconcile_reminders import ReminderReconciler


def handler(event: dict[str, Any], context: Any) -> Any:
    """Ask for the comparisons and return how many; with `location_id`, for that location only."""
    reconciler = ReminderReconciler(services())

    def ask() -> Mapping[str, int]:
        location_id = event.get("location_id")
        if not isinstance(location_id, str):
            return {"locations": reconciler.request_all()}
        reconciler.request(location_id)
        return {"locations": 1}

    return call(ask)
