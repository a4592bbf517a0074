"""Deletes state machines that no enabled workflow runs on, safely."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from bookflow.ports import MachineInfo, Ports

GRACE = timedelta(days=15)
"""How long a machine must be unused: dead letters are stored for 14 days, and redriving one starts
the execution that it claimed on the machine that was pinned then. A resumed execution needs no grace:
resuming makes its machine anew."""


class Sweeper:
    """A daily pass over the stack's machines.

    DeleteStateMachine ends running executions at their next transition (AWS Step Functions API
    reference), so a machine goes only when nothing references it, nothing runs on it, and both
    have been so for the grace period.
    """

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def run(self) -> Mapping[str, int]:
        """Mark, unmark and delete machines; return how many of each.

        A machine that fails keeps no other from its turn.

        Raises:
            Exception: The first failure, after all machines had their turn.
        """
        done: Counter[str] = Counter()
        failures: list[Exception] = []
        for machine in self._ports.machines.inventory():
            try:
                done[self._visit(machine)] += 1
            except Exception as error:
                failures.append(error)
        for outcome, count in done.items():
            self._ports.counter.count(f"Machines{outcome.title()}", count)
        if failures:
            raise failures[0]
        return dict(done)

    def _visit(self, machine: MachineInfo) -> str:
        machines = self._ports.machines
        if self._is_used(machine):
            if machine.unused_since is not None:
                machines.mark_unused(machine.arn, None)
            return "kept"
        now = self._ports.clock.now()
        if machine.unused_since is None:
            machines.mark_unused(machine.arn, now)
            return "marked"
        if now - machine.unused_since < GRACE:
            return "waiting"
        if machines.marked_unused(machine.arn) is None:
            return "kept"  # a publish, whose subscription is not seen yet, has just taken it up
        machines.delete(machine.arn)
        return "deleted"

    def _is_used(self, machine: MachineInfo) -> bool:
        return self._ports.workflows.uses_machine(machine.arn) or self._ports.machines.is_running(
            machine.arn
        )
