"""Updates executions from what Step Functions reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from bookflow.domain.executions.execution import (
    Execution,
    ExecutionStatus,
    ReasonCode,
    Step,
    StepStatus,
)
from bookflow.domain.executions.machine_input import parse_failure_cause
from bookflow.domain.executions.machine_status import StatusChange
from bookflow.domain.executions.outcomes import is_unsettled
from bookflow.domain.executions.progress import reached_nodes, with_decided_steps
from bookflow.domain.workflows.graph import Node
from bookflow.domain.workflows.workflow import WorkflowVersion
from bookflow.ports import Ports
from bookflow.use_cases.runtime.step_scope import version_of

_ENDS: dict[str, tuple[ExecutionStatus, ReasonCode | None]] = {
    "SUCCEEDED": (ExecutionStatus.COMPLETED, None),
    "FAILED": (ExecutionStatus.FAILED, ReasonCode.STEP_FAILED),
    "TIMED_OUT": (ExecutionStatus.FAILED, ReasonCode.TIMED_OUT),
    "ABORTED": (ExecutionStatus.FAILED, ReasonCode.ABORTED),
}


class Tracker:
    """Applies status changes, whatever their order and however often they come.

    Args:
        ports: All ports.
        on_failure: Called with each execution that failed, once it is recorded and counted; for a
            report that is delivered again, after a crash between, it is not called.
    """

    def __init__(self, ports: Ports, on_failure: Callable[[Execution], None] | None = None) -> None:
        self._ports = ports
        self._on_failure = on_failure

    def apply(self, change: StatusChange) -> None:
        """Bring the execution's record in line with a status change.

        Raises:
            NotFoundError: There is no such execution.
        """
        if change.status not in _ENDS:
            self._launch(change.location_id, change.execution_id)
            return
        execution, steps = self._ports.executions.with_steps(
            change.location_id, change.execution_id
        )
        if execution.status.is_final and not execution.never_started:
            if execution.completed_at == change.at:
                # An earlier delivery of this very report may have broken off before it counted.
                self._count(execution, steps)
            return
        steps = self._close_open_steps(steps, change.at)
        status, reason = _ENDS[change.status]
        if reason is ReasonCode.STEP_FAILED and any(map(is_unsettled, steps)):
            reason = ReasonCode.OUTCOME_UNKNOWN
        self._end(
            execution.changed(
                launched=True,
                status=status,
                reason_code=reason,
                error_message=self._message(execution, steps, change) if reason else None,
                completed_at=change.at,
            ),
            steps,
        )

    def _launch(self, location_id: str, execution_id: str) -> None:
        """Note that the execution is under way, and leave the status to the steps."""
        store = self._ports.executions
        if store.mark_launched(location_id, execution_id):
            return
        execution = store.get(location_id, execution_id)
        if execution.never_started:
            # Its start was recorded as failed and happened all the same.
            store.update(_started(execution))

    def give_up(self, execution: Execution, reason: ReasonCode, message: str, at: datetime) -> None:
        """End an execution as failed of which nothing more will be reported.

        A claim that never started stays open to a later delivery of its event.
        """
        steps = self._ports.executions.steps(execution.location_id, execution.id)
        steps = self._close_open_steps(steps, at)
        self._end(
            execution.changed(
                status=ExecutionStatus.FAILED,
                reason_code=reason,
                error_message=message,
                completed_at=at,
            ),
            steps,
        )

    def _end(self, ended: Execution, steps: Sequence[Step]) -> None:
        if not self._ports.executions.update(ended):
            return
        if ended.launched:
            self._count(ended, steps)
        if ended.status is ExecutionStatus.FAILED:
            self._ports.counter.count("ExecutionsFailed")
            if self._on_failure:
                self._on_failure(ended)

    def _count(self, ended: Execution, steps: Sequence[Step]) -> None:
        if ended.decisions and not ended.resumed_from:
            version = version_of(self._ports, ended)
            if version:
                now = ended.completed_at or ended.started_at
                steps = with_decided_steps(ended, version.graph, steps, now)
        self._ports.executions.count_end(ended, steps)

    def _message(self, execution: Execution, steps: Sequence[Step], change: StatusChange) -> str:
        """Say which failures ended the execution; those that the graph deals with did not."""
        version = version_of(self._ports, execution)
        handled = version.graph.dealing_with_failure() if version else frozenset()
        failed = [
            step
            for step in steps
            if step.status is StepStatus.FAILED and step.node_id not in handled
        ]
        messages = [
            f'"{step.node_name or step.node_id}" failed: '
            f"{_sentence(step.error_message or 'no reason was recorded')}"
            for step in failed
        ]
        if change.status == "ABORTED":
            messages.insert(0, f"The execution was stopped. {change.cause or ''}".strip())
        elif change.status == "TIMED_OUT":
            messages.insert(0, "The execution took longer than the workflow may take.")
        elif not messages:
            messages.append(_unreported(execution, version, steps, change))
        return " ".join(messages)

    def _close_open_steps(self, steps: Sequence[Step], at: datetime) -> Sequence[Step]:
        """A step that never reported its end crashed, timed out or was stopped with the execution."""
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


def _unreported(
    execution: Execution,
    version: WorkflowVersion | None,
    steps: Sequence[Step],
    change: StatusChange,
) -> str:
    """Say what no step says: a Task failed before its function recorded anything, or the machine."""
    node, error = None, change.error
    caught = parse_failure_cause(change.cause or "")
    if version and caught:
        node, error = _node_at(caught.slot, execution, version), caught.error
    elif version and error and _is_of_task(error):
        reached = reached_nodes(execution, version.graph, steps, change.at)
        recorded = {*execution.decisions, *(step.node_id for step in steps)}
        node = next((each for each in reached if each.id not in recorded), None)
    if node is None:
        return f"The execution failed outside of its steps: {change.error or 'unknown error'}."
    return (
        f'"{node.name or node.id}" failed before it recorded anything: '
        f"{error or 'unknown error'}. Look at the function's log."
    )


def _is_of_task(error: str) -> bool:
    """Tell a Task's own error from the machine's (Amazon States Language, "Reserved error codes")."""
    return not error.startswith("States.") or error in ("States.Timeout", "States.TaskFailed")


def _node_at(slot: str, execution: Execution, version: WorkflowVersion) -> Node | None:
    """Return the node of a slot; None on a machine other than the version's, whose slots differ."""
    entry = version.input_nodes.get(slot)
    if entry is None or execution.machine_arn != version.machine_arn:
        return None
    return version.graph.node(entry["id"])


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
