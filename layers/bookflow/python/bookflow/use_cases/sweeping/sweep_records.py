"""Corrects what lost events left open: unannounced answers, executions without an end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

from bookflow.domain.executions.execution import IN_PROGRESS, Execution, ExecutionStatus, ReasonCode
from bookflow.domain.executions.machine_status import StatusChange
from bookflow.domain.shared.pagination import MAX_PAGE_SIZE, pages
from bookflow.domain.surveys.records import SurveyResponse
from bookflow.ports import ExecutionFilter, MachineExecution, Ports
from bookflow.use_cases.runtime.track_execution import Tracker
from bookflow.use_cases.surveys.answer_survey import SurveyAnswering

IN_FLIGHT = timedelta(minutes=15)
"""How old a response must be: the request that stored it has ended long before."""

SETTLED = timedelta(hours=1)
"""How old an open execution must be to be looked at: the queue gives an event up after half an hour, and
status events come within seconds."""

MAX_ASKED = 250
"""Executions that one sweep asks Step Functions for, one by one: the burst of DescribeExecution in most
regions (AWS, "Step Functions service quotas"). The next sweep continues."""

_NEVER_STARTED = (
    "The execution never started: the last try to start it died, or the workflow was turned off in "
    "between. Resume the execution, or replay its event."
)
_LOST = (
    "Step Functions no longer knows the execution and did not report how it ended. Check in the "
    "steps what was done; then resume the execution, or replay its event."
)


class RecordSweeper:
    """An hourly pass over all locations; whatever it does may be done again."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._tracker = Tracker(ports)
        self._answering = SurveyAnswering(ports)
        self._running: dict[str, frozenset[str]] = {}
        self._asked = 0
        self._done: Counter[str] = Counter()
        self._failures: list[Exception] = []

    def run(self) -> Mapping[str, int]:
        """Announce and correct; return how many of each outcome.

        A record that fails keeps no other from its turn.

        Raises:
            Exception: The first failure, after all records had their turn.
        """
        for location_id in self._ports.bookings.locations():
            self._try(partial(self._announce_all, location_id))
            for status in IN_PROGRESS:
                self._try(partial(self._look_at_all, location_id, status))
        for outcome, count in self._done.items():
            self._ports.counter.count(f"Records{outcome.title().replace('_', '')}", count)
        if self._failures:
            raise self._failures[0]
        return dict(self._done)

    def _try(self, work: Callable[[], str | None]) -> None:
        try:
            if outcome := work():
                self._done[outcome] += 1
        except Exception as error:
            self._failures.append(error)

    def _announce_all(self, location_id: str) -> None:
        until = self._ports.clock.now() - IN_FLIGHT
        for response in self._ports.surveys.unannounced(
            location_id, until=until, limit=MAX_PAGE_SIZE
        ):
            self._try(partial(self._announce, response))

    def _announce(self, response: SurveyResponse) -> str:
        """Put on the bus what the page could not put there; its event's id stays the same."""
        self._answering.announce(response)
        return "announced"

    def _look_at_all(self, location_id: str, status: ExecutionStatus) -> None:
        until = self._ports.clock.now() - SETTLED
        wanted = ExecutionFilter(status=status, until=until)
        for page in pages(partial(self._ports.executions.page, location_id, wanted)):
            for execution in page.items:
                self._try(partial(self._look_at, execution))

    def _look_at(self, execution: Execution) -> str:
        if execution.id in self._running_on(execution.machine_arn):
            return "running"
        if self._asked == MAX_ASKED:
            return "postponed"
        self._asked += 1
        found = self._execution_of(execution)
        if found is not None:
            self._tracker.apply(_status_change(execution, found))
            return "running" if found.status in ("RUNNING", "PENDING_REDRIVE") else "corrected"
        now = self._ports.clock.now()
        if execution.launched:
            self._tracker.give_up(execution, ReasonCode.CRASHED, _LOST, now)
            return "lost"
        self._tracker.give_up(execution, ReasonCode.START_FAILED, _NEVER_STARTED, now)
        return "never_started"

    def _running_on(self, machine_arn: str) -> frozenset[str]:
        """Return what runs on a machine: a thousand a call, against one for each."""
        if not machine_arn:
            return frozenset()
        if machine_arn not in self._running:
            self._running[machine_arn] = frozenset(self._ports.machines.running(machine_arn))
        return self._running[machine_arn]

    def _execution_of(self, execution: Execution) -> MachineExecution | None:
        if not execution.machine_arn:
            return None
        return self._ports.machines.find(execution.machine_arn, execution.id)


def _status_change(execution: Execution, found: MachineExecution) -> StatusChange:
    return StatusChange(
        location_id=execution.location_id,
        execution_id=execution.id,
        status=found.status,
        at=found.at,
        error=found.error,
        cause=found.cause,
    )
