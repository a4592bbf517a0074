"""Deletes unused state machines each day, and corrects records and renews machines each hour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bookflow.bootstrap import services
from bookflow.edge.steps import call
from bookflow.use_cases.sweeping.sweep_machines import Sweeper
from bookflow.use_cases.sweeping.sweep_records import RecordSweeper
from bookflow.use_cases.workflows.renew_machines import MachineRenewal


def handler(event: dict[str, Any], context: Any) -> Any:
    """Sweep and return the counts.

    `"only": "records"` in the event, which comes each hour, renews machines, corrects records, and
    then continues a sweep of machines that ran out of time; without it, that sweep begins, once a
    day.
    """

    def sweep() -> Mapping[str, int]:
        ports = services()
        sweeper = Sweeper(ports)
        if event.get("only") != "records":
            return sweeper.run()
        return _all_of(
            MachineRenewal(ports, ports.machine_target).run,
            RecordSweeper(ports).run,
            sweeper.resume,
        )

    return call(sweep)


def _all_of(*works: Callable[[], Mapping[str, int]]) -> Mapping[str, int]:
    """Do each work, and return all counts; one that fails keeps no other from its turn.

    Raises:
        Exception: The first failure, after all.
    """
    counts: dict[str, int] = {}
    failures: list[Exception] = []
    for work in works:
        try:
            counts |= work()
        except Exception as error:
            failures.append(error)
    if failures:
        raise failures[0]
    return counts
