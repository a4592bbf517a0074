"""Deletes state machines that no enabled workflow runs on, safely, however many there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from bookflow.ports import MachineInfo, Ports

GRACE = timedelta(days=15)
"""How long a machine must be unused: dead letters are stored for 14 days, and redriving one starts
the execution that it claimed on the machine that was pinned then. A resumed execution needs no grace:
resuming makes its machine anew."""

ROUND = timedelta(minutes=12)
"""Time after which the sweep stops, to continue within the hour: a function has 15 minutes, and
AWS lets 2 machines a second be asked about and 1 be deleted."""


class Sweeper:
    """A daily pass over the stack's machines, in as many rounds as it takes.

    DeleteStateMachine ends running executions at their next transition (AWS Step Functions API
    reference), so a machine goes only when nothing has referenced it for the grace period and
    nothing runs on it. Step Functions is asked only about machines that are to be marked or
    deleted; the marks are Bookflow's own records.
    """

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._unused = ports.unused_machines
        self._ends_at = ports.clock.now() + ROUND

    def resume(self) -> Mapping[str, int]:
        """Continue a sweep that stopped when its time was over; return what `run` does."""
        return {} if self._unused.stopped_at() is None else self.run()

    def run(self) -> Mapping[str, int]:
        """Mark, unmark and delete machines; return how many of each.

        It begins where the last one stopped. A machine that fails keeps no other from its turn.

        Raises:
            Exception: The first failure, after all machines of this round had their turn.
        """
        done: Counter[str] = Counter()
        failures: list[Exception] = []
        begin_after = self._unused.stopped_at() or ""
        marks = self._unused.marks()
        # By name, as a page of AWS's list is good for a day only, and marks may outlive it.
        machines = sorted(self._ports.machines.inventory(), key=lambda machine: machine.name)
        for machine in machines:
            if machine.name <= begin_after:
                continue
            if self._ports.clock.now() >= self._ends_at:
                break
            try:
                done[self._visit(machine, marks.get(machine.name))] += 1
            except Exception as error:
                failures.append(error)
            begin_after = machine.name
        is_over = not machines or begin_after >= machines[-1].name
        self._unused.stop_at(None if is_over else begin_after)
        for outcome, count in done.items():
            self._ports.counter.count(f"Machines{outcome.title()}", count)
        if failures:
            raise failures[0]
        return dict(done)

    def _visit(self, machine: MachineInfo, unused_since: datetime | None) -> str:
        if self._ports.workflows.uses_machine(machine.arn):
            return self._keep(machine, unused_since)
        now = self._ports.clock.now()
        if unused_since is not None and now - unused_since < GRACE:
            return "waiting"
        if self._ports.machines.is_running(machine.arn):
            return self._keep(machine, unused_since)
        if unused_since is None:
            self._unused.mark(machine.name, now)
            return "marked"
        return self._delete(machine, unused_since)

    def _keep(self, machine: MachineInfo, unused_since: datetime | None) -> str:
        if unused_since is not None:
            self._unused.forget(machine.name)
        return "kept"

    def _delete(self, machine: MachineInfo, unused_since: datetime) -> str:
        """Delete the machine, unless a publish has taken it up since its mark was read.

        From the beginning of the deletion to its end, a publish of the same machine has to wait.
        """
        if not self._unused.begin_deletion(machine.name, unused_since, self._ports.clock.now()):
            return "kept"
        try:
            self._ports.machines.delete(machine.arn)
        except Exception:
            self._unused.mark(machine.name, unused_since)
            raise
        self._unused.forget(machine.name)
        return "deleted"
