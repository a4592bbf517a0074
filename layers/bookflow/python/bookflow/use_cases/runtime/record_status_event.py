"""Records what Step Functions reports about its executions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bookflow.domain.executions.machine_status import read_status_change
from bookflow.ports import Ports
from bookflow.use_cases.runtime.track_execution import Tracker

if TYPE_CHECKING:
    from bookflow.domain.executions.execution import Execution


class StatusEventRecorder:
    """Reads status events, asking Step Functions for what large ones leave out."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def take(self, envelope: Mapping[str, Any]) -> None:
        """Apply the status event of an EventBridge envelope.

        Raises:
            InvalidInputError: It is not one of ours.
            NotFoundError: There is no such execution.
        """
        tracker = Tracker(self._ports, on_failure=self._alert)
        tracker.apply(read_status_change(envelope, self._payload_of))

    def _alert(self, failed: Execution) -> None:
        # Here and not above: most executions complete.
        from bookflow.use_cases.runtime.alert_admins import alert_admins

        alert_admins(self._ports, failed)

    def _payload_of(self, machine_arn: str, name: str) -> str | None:
        run = self._ports.machines.find(machine_arn, name)
        return run.payload if run else None
