"""Does what a message of the jobs' queue asks for; a transient error delays it a minute."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from bookflow.domain.shared.errors import TransientError
from bookflow.ports import Ports
from bookflow.use_cases.executions.run_batch import BatchRunner
from bookflow.use_cases.imports.run_import import ImportRunner
from bookflow.use_cases.privacy.erase_guest import GuestEraser
from bookflow.use_cases.reminders.reconcile_reminders import ReminderReconciler
from bookflow.use_cases.reminders.reminder_jobs import ReminderJobs

PUT_OFF_SECONDS = 60
"""Wait before a message that met a transient error is worked on again. The queue itself would hold
it back for its visibility timeout, which is six times the function's own: 15 minutes."""

PUT_OFF_TIMES = 10
"""How often a message is put off, before the queue's own redelivery and its dead-letter queue."""


class _Job(Protocol):
    """What is done in pages."""

    def run_page(self, message: Mapping[str, Any]) -> object: ...
    def fail(self, message: Mapping[str, Any], error: Exception) -> None: ...


class JobRunner:
    """The work of the function `reminders`: reminders of many bookings, erasures, batches, imports.

    Args:
        ports: What the work needs.
        workers: Reminders planned, or rows imported, at the same time.
    """

    def __init__(self, ports: Ports, *, workers: int = 1) -> None:
        self._ports = ports
        self._reminders = ReminderJobs(ports, workers=workers)
        self._reconciler = ReminderReconciler(ports, workers=workers)
        self._others: Mapping[str, _Job] = {
            "erase": GuestEraser(ports),
            "batch": BatchRunner(ports),
            "import": ImportRunner(ports, workers=workers),
        }

    def do(self, message: Mapping[str, Any]) -> TransientError | None:
        """Do the page, the location, or the next bookings of a guest, batch or import, of a message.

        Returns:
            The transient error for which the message comes again in a minute, None without one.

        Raises:
            BookflowError: It cannot be done, or was put off too often; its job says why.
        """
        location_id = message.get("reconcile")
        others = (job for name, job in self._others.items() if name in message)
        job: _Job = next(others, self._reminders)
        try:
            if isinstance(location_id, str):
                self._reconciler.run(location_id, _moment(message, "looked_at_until"))
            else:
                job.run_page(message)
        except Exception as error:
            if isinstance(error, TransientError) and self._put_off(message):
                return error
            if location_id is None:
                job.fail(message, error)
            raise
        return None

    def _put_off(self, message: Mapping[str, Any]) -> bool:
        """Ask for a message again in a minute; say whether that was done, or was done too often."""
        times = int(message.get("put_off", 0)) + 1
        if times > PUT_OFF_TIMES:
            return False
        again = {**message, "put_off": times}
        self._ports.reminder_jobs.send(again, delay_seconds=PUT_OFF_SECONDS)
        return True


def _moment(message: Mapping[str, Any], name: str) -> datetime | None:
    value = message.get(name)
    return datetime.fromisoformat(value) if isinstance(value, str) else None
