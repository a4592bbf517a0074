"""Deletes unused state machines each day, and corrects records each hour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bookflow.bootstrap import services
from bookflow.edge.steps import call
from bookflow.use_cases.sweeping.sweep_machines import Sweeper
from bookflow.use_cases.sweeping.sweep_records import RecordSweeper


def handler(event: dict[str, Any], context: Any) -> Any:
    """Sweep and return the counts; `"only": "records"` in the event leaves the machines out."""

    def sweep() -> Mapping[str, int]:
        machines = {} if event.get("only") == "records" else Sweeper(services()).run()
        return {**machines, **RecordSweeper(services()).run()}

    return call(sweep)
