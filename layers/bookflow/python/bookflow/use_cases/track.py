"""Keeps executions true to what Step Functions says of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bookflow.domain.executions import (
    Execution,
    ExecutionStatus,
    ReasonCode,
    Step,
    StepStatus,
)
from bookflow.domain.status_changes import StatusChange
from bookflow.ports import Ports

_ENDS: dict[str, tuple[ExecutionStatus, ReasonCode | None]] = {
    "SUCCEEDED": (ExecutionStatus.COMPLETED, None),
    "FAILED": (ExecutionStatus.FAILED, ReasonCode.STEP_FAILED),
    "TIMED_OUT": (ExecutionStatus.FAILED, ReasonCode.TIMED_OUT),
    "ABORTED": (ExecutionStatus.FAILED, ReasonCode.ABORTED),
}


class Tracker:
    """Applies status changes, whatever their order and however often they come."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def apply(self, change: StatusChange) -> None:
        """Bring the execution's record in line with a status change.

        Raises:
            NotFoundError: There is no such execution.
        """
        execution = self._ports.executions.get(change.location_id, change.execution_id)
        if execution.status.is_final and not execution.never_started:
            return
        if change.status not in _ENDS:
            self._launch(execution)
            return
        steps = self._close_open_steps(execution, change.at)
        self._end(_ended(execution, steps, change))

    def _launch(self, execution: Execution) -> None:
        """Note that the run is under way, and leave the status to the steps, which know it."""
        store = self._ports.executions
        if execution.launched:
            return
        if not store.mark_launched(execution.location_id, execution.id):
            # Its start was recorded as failed and happened all the same, or it has just ended.
            store.update(_started(execution))

    def give_up(self, execution: Execution, reason: ReasonCode, message: str, at: datetime) -> None:
        """End a run as failed of which nothing more will be told.

        A claim that never started stays open to a later delivery of its event.
        """
        self._close_open_steps(execution, at)
        self._end(
            execution.changed(
                status=ExecutionStatus.FAILED,
                reason_code=reason,
                error_message=message,
                completed_at=at,
            )
        )

    def _end(self, ended: Execution) -> None:
        if not self._ports.executions.update(ended):
            return
        if ended.launched:
            self._ports.executions.count_end(ended)
        if ended.status is ExecutionStatus.FAILED:
            self._ports.counter.count("ExecutionsFailed")

    def _close_open_steps(self, execution: Execution, at: datetime) -> Sequence[Step]:
        """A step that never reported its end crashed, timed out or was stopped with the run."""
        steps = self._ports.executions.steps(execution.location_id, execution.id)
        closed = [step if step.status.is_final else _closed(step, at) for step in steps]
        for before, after in zip(steps, closed, strict=True):
            if before is not after:
                self._ports.executions.finish_step(after)
        return closed


def _started(execution: Execution) -> Execution:
    return execution.changed(
        launched=True,
        status=ExecutionStatus.RUNNING,
        reason_code=None,
        error_message=None,
        completed_at=None,
    )


def _closed(step: Step, at: datetime) -> Step:
    return step.changed(
        status=StepStatus.FAILED,
        reason_code=step.reason_code or ReasonCode.CRASHED,
        error_message=step.error_message
        or "The step began and did not report its end. Look at the function's log, and check "
        "outside whether its effect happened before you resume.",
        completed_at=at,
    )


def _ended(execution: Execution, steps: Sequence[Step], change: StatusChange) -> Execution:
    status, reason = _ENDS[change.status]
    return execution.changed(
        launched=True,
        status=status,
        reason_code=reason,
        error_message=_message(steps, change) if reason else None,
        completed_at=change.at,
    )


def _message(steps: Sequence[Step], change: StatusChange) -> str:
    told = [
        f"Step {step.node_name or step.node_id} ({step.node_type}) failed: "
        f"{step.error_message or 'no reason was recorded.'}"
        for step in steps
        if step.status is StepStatus.FAILED
    ]
    if change.status == "ABORTED":
        told.insert(0, f"The run was stopped. {change.cause or ''}".strip())
    elif change.status == "TIMED_OUT":
        told.insert(0, "The run took longer than the workflow may take.")
    elif not told:
        told.append(f"The run failed outside of its steps: {change.error or 'unknown error'}.")
    return " ".join(told)
