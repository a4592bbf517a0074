"""Cancels an execution: the record first, then its machine, then the steps that were under way."""

from __future__ import annotations

from bookflow.domain.executions.execution import (
    Execution,
    ExecutionStatus,
    ReasonCode,
    StepStatus,
)
from bookflow.domain.shared.errors import ConflictError
from bookflow.ports import Ports

CANCELLED_MESSAGE = "An operator cancelled the execution."


def cancel_execution(
    ports: Ports, location_id: str, execution_id: str, *, message: str = CANCELLED_MESSAGE
) -> Execution:
    """Stop an execution; what it has done stays done. Cancelling again is no error.

    Args:
        ports: The outside world.
        location_id: Whose execution it is.
        execution_id: The execution.
        message: Why, for people.

    Raises:
        ConflictError: The execution has ended otherwise.
        NotFoundError: There is no such execution.
    """
    execution = ports.executions.get(location_id, execution_id)
    if execution.status is not ExecutionStatus.CANCELLED:
        execution = _recorded_as_cancelled(ports, execution, message)
    if execution.machine_arn:
        ports.machines.stop(execution.machine_arn, execution.id, message)
    _close_steps(ports, execution)
    return execution


def _recorded_as_cancelled(ports: Ports, execution: Execution, message: str) -> Execution:
    """Record first: the machine's own end would be reported as a failure."""
    cancelled = execution.changed(
        status=ExecutionStatus.CANCELLED,
        reason_code=ReasonCode.ABORTED,
        error_message=message,
        completed_at=ports.clock.now(),
    )
    if execution.status.is_final or not ports.executions.update(cancelled):
        raise ConflictError(
            "the execution has already ended",
            field="execution_id",
            remedy="Nothing is left to stop.",
        )
    return cancelled


def _close_steps(ports: Ports, execution: Execution) -> None:
    for step in ports.executions.steps(execution.location_id, execution.id):
        if not step.status.is_final:
            ports.executions.finish_step(
                step.changed(
                    status=StepStatus.FAILED,
                    reason_code=ReasonCode.ABORTED,
                    error_message="The execution was cancelled while the step was under way. Check "
                    "outside whether its effect happened.",
                    completed_at=execution.completed_at,
                )
            )
