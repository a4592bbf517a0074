"""Deletes unused state machines each day, and corrects records each hour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bookflow.bootstrap import services
from bookflow.edge.steps import call
from bookflow.use_cases.sweeping.sweep_machines import Sweeper
from bookflow.use_cases.sweeping.sweep_records import RecordSweeper


def handler(event: dict[str, Any], context: Any) -> Any:
    """Sweep and return the counts.

    `"only": "records"` in the event, which comes each hour, corrects records, and then continues a
    sweep of machines that ran out of time; without it, the daily sweep of machines begins.
    """

    def sweep() -> Mapping[str, int]:
        machines = Sweeper(services())
        if event.get("only") != "records":
            return machines.run()
        try:
            records = RecordSweeper(services()).run()
        finally:
            continued = machines.resume()
        return {**records, **continued}

    return call(sweep)
