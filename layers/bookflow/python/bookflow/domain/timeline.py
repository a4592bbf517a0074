"""The timeline of a booking: what was sent, what is planned, what was skipped or failed, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from bookflow.domain.executions import Execution, ExecutionStatus, ReasonCode, Step, StepStatus
from bookflow.domain.graph import FLOW_NODES
from bookflow.domain.workflows import StoredModel


class EntryKind(StrEnum):
    """What an entry tells."""

    DONE = "done"
    PLANNED = "planned"
    WAITING = "waiting"
    RUNNING = "running"
    SKIPPED = "skipped"
    FAILED = "failed"


class TimelineEntry(StoredModel):
    """One line of a booking's timeline.

    Attributes:
        at: When it happened, or when it is planned to.
        what: The node type, or `execution` or `reminder` where no step tells.
        details: The step's output: message ids, masked recipients, status codes.
    """

    at: datetime
    kind: EntryKind
    workflow_id: str
    workflow_name: str = ""
    event_type: str = ""
    execution_id: str | None = None
    node_id: str | None = None
    node_name: str = ""
    what: str
    reason_code: ReasonCode | None = None
    reason: str | None = None
    details: Mapping[str, Any] = Field(default_factory=dict)


_STEP_KINDS: Mapping[StepStatus, EntryKind] = {
    StepStatus.COMPLETED: EntryKind.DONE,
    StepStatus.FAILED: EntryKind.FAILED,
    StepStatus.SKIPPED: EntryKind.SKIPPED,
    StepStatus.RUNNING: EntryKind.RUNNING,
    StepStatus.WAITING: EntryKind.WAITING,
}


def timeline(
    runs: Iterable[tuple[Execution, Sequence[Step]]],
    planned: Iterable[TimelineEntry],
    now: datetime,
) -> list[TimelineEntry]:
    """Return all entries of a booking, the earliest first.

    Args:
        runs: The booking's executions with their steps.
        planned: What is planned or was skipped before any run, from the reminder records.
        now: The present moment: a delay that has not passed is still waiting.
    """
    entries = [entry for execution, steps in runs for entry in _of_run(execution, steps, now)]
    return sorted((*entries, *planned), key=lambda entry: (entry.at, entry.what))


def _of_run(execution: Execution, steps: Sequence[Step], now: datetime) -> Iterator[TimelineEntry]:
    if execution.status is ExecutionStatus.SKIPPED:
        yield _entry(
            execution,
            at=execution.started_at,
            kind=EntryKind.SKIPPED,
            what="execution",
            reason_code=execution.reason_code,
            reason=execution.error_message,
        )
        return
    for step in steps:
        if step.node_type not in FLOW_NODES:
            yield _of_step(execution, step)
        elif waits_until := _waits_until(execution, step, now):
            yield _entry(
                execution,
                at=waits_until,
                kind=EntryKind.PLANNED,
                what="execution",
                node_id=step.node_id,
                node_name=step.node_name,
                reason="The run goes on after its delay.",
            )
        elif step.status in {StepStatus.FAILED, StepStatus.SKIPPED}:
            yield _of_step(execution, step)
    if execution.status is ExecutionStatus.FAILED and not steps:
        yield _entry(
            execution,
            at=execution.completed_at or execution.started_at,
            kind=EntryKind.FAILED,
            what="execution",
            reason_code=execution.reason_code,
            reason=execution.error_message,
        )


def _of_step(execution: Execution, step: Step) -> TimelineEntry:
    return _entry(
        execution,
        at=step.completed_at or step.started_at,
        kind=_STEP_KINDS[step.status],
        what=step.node_type,
        node_id=step.node_id,
        node_name=step.node_name,
        reason_code=step.reason_code,
        reason=step.error_message,
        details=step.output_data,
    )


def _waits_until(execution: Execution, step: Step, now: datetime) -> datetime | None:
    if execution.status.is_final or step.node_type != "delay":
        return None
    until = step.output_data.get("until")
    moment = datetime.fromisoformat(str(until)) if until else None
    return moment if moment and moment > now else None


def _entry(execution: Execution, **fields: Any) -> TimelineEntry:
    return TimelineEntry(
        workflow_id=execution.workflow_id,
        workflow_name=execution.workflow_name,
        event_type=execution.event_type,
        execution_id=execution.id,
        **fields,
    )
