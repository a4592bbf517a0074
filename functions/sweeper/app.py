"""Deletes unused state machines each day, and corrects records and renews machines each hour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bookflow.bootstrap import services
from bookflow.edge.steps import call
from bookflow.use_cases.sweeping.sweep_machines import Sweeper
from bookflow.use_cases.sweeping.sweep_records import RecordSweeper
from bookflow.use_cases.workflows.renew_machines import MachineRenewal


def handler(event: dict[str, Any], context: Any) -> Any:
    """Sweep and return the counts; `"only": "records"` in the event deletes no machines."""

    def sweep() -> Mapping[str, int]:
        ports = services()
        renewed = MachineRenewal(ports, ports.machine_target).run()
        records = RecordSweeper(ports).run()
        machines = {} if event.get("only") == "records" else Sweeper(ports).run()
        return {**machines, **records, **renewed}

    return call(sweep)
