"""The timeline of a booking: what was sent, what is planned, what was skipped or failed, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import Field

from bookflow.domain.events.booking_reminder import BookingReminder
from bookflow.domain.executions.execution import (
    Execution,
    ExecutionStatus,
    ReasonCode,
    Step,
    StepStatus,
)
from bookflow.domain.messages.sent.sent_message import ShownMessage
from bookflow.domain.shared.records import StoredModel
from bookflow.domain.workflows.graph import FLOW_NODES


class EntryKind(StrEnum):
    """What an entry says."""

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
        what: The node type, or `execution` or `reminder` where no step says.
        details: The step's output: message ids, masked recipients, status codes.
        messages: What the step sent, and what became of it.
        edited: Whether a person edited a message of a planned entry for this booking.
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
    messages: tuple[ShownMessage, ...] = ()
    edited: bool = False


_ONE_FIRING = timedelta(minutes=30)
"""A firing and what follows for its reminder's record lie within the tries of one queue message."""

_STEP_KINDS: Mapping[StepStatus, EntryKind] = {
    StepStatus.COMPLETED: EntryKind.DONE,
    StepStatus.FAILED: EntryKind.FAILED,
    StepStatus.SKIPPED: EntryKind.SKIPPED,
    StepStatus.RUNNING: EntryKind.RUNNING,
    StepStatus.WAITING: EntryKind.WAITING,
}


_MOVES: Mapping[str | None, str] = {
    ReasonCode.QUIET_HOURS: "It was moved out of the quiet hours.",
    ReasonCode.SENT_LATE: "Its own moment had passed when it was planned, so it is late.",
}


def stated_move(code: str | None) -> str | None:
    """Return why a reminder comes at another moment than its offset says, for people."""
    return _MOVES.get(code)


def timeline(
    executions: Iterable[tuple[Execution, Sequence[Step]]],
    planned: Iterable[TimelineEntry],
    now: datetime,
) -> list[TimelineEntry]:
    """Return all entries of a booking, the earliest first.

    Args:
        executions: The booking's executions with their steps.
        planned: What is planned or was skipped before any execution, from the reminder records.
        now: The present moment: a delay that has not passed is still waiting.
    """
    entries = [
        entry
        for execution, steps in executions
        for entry in _with_move(execution, sorted(_of_execution(execution, steps, now), key=_place))
    ]
    entries += [
        entry for entry in planned if not any(_states_same(firing, entry) for firing in entries)
    ]
    return sorted(entries, key=_place)


def _place(entry: TimelineEntry) -> tuple[datetime, str]:
    return entry.at, entry.what


def _with_move(execution: Execution, entries: Iterable[TimelineEntry]) -> Iterator[TimelineEntry]:
    """Let the first entry of a reminder's execution say why the reminder came when it came."""
    code = None
    if execution.event_type == BookingReminder.detail_type and execution.resumed_from is None:
        code = execution.event_data.get("moved_by")
    for entry in entries:
        if code in _MOVES and entry.reason is None:
            yield entry.changed(reason_code=code, reason=stated_move(code))
            code = None
        else:
            yield entry


def _states_same(firing: TimelineEntry, reminder: TimelineEntry) -> bool:
    """Whether a skipped firing already says why there is no reminder any more."""
    are_skips = firing.kind is EntryKind.SKIPPED is reminder.kind and firing.what == "execution"
    has_same_error = (firing.workflow_id, firing.reason_code) == (
        reminder.workflow_id,
        reminder.reason_code,
    )
    return are_skips and has_same_error and abs(firing.at - reminder.at) <= _ONE_FIRING


def _of_execution(
    execution: Execution, steps: Sequence[Step], now: datetime
) -> Iterator[TimelineEntry]:
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
        if waits_until := _waits_until(execution, step, now):
            yield _entry(
                execution,
                at=waits_until,
                kind=EntryKind.PLANNED,
                what="execution",
                node_id=step.node_id,
                node_name=step.node_name,
                reason="The execution continues after its delay.",
            )
        elif _is_shown(step) and not _is_of_earlier_execution(execution, step):
            yield _of_step(execution, step)
    if kind := _end_reported_by_no_step(execution, steps):
        yield _entry(
            execution,
            at=execution.completed_at or execution.started_at,
            kind=kind,
            what="execution",
            reason_code=execution.reason_code,
            reason=execution.error_message,
        )


def _is_shown(step: Step) -> bool:
    """Whether readers want to see the step: a flow node only where it ends the execution."""
    is_action = step.node_type not in FLOW_NODES
    return is_action or step.status in {StepStatus.FAILED, StepStatus.SKIPPED}


def _is_of_earlier_execution(execution: Execution, step: Step) -> bool:
    """Whether a resumed execution only keeps the step: the execution that did it shows it."""
    if execution.resumed_from is None or step.completed_at is None:
        return False
    return step.completed_at <= execution.started_at


def _end_reported_by_no_step(execution: Execution, steps: Sequence[Step]) -> EntryKind | None:
    """Return how an execution broke off where no step says so, such as during a delay."""
    if execution.status is ExecutionStatus.CANCELLED:
        return EntryKind.SKIPPED
    is_reported = any(step.status is StepStatus.FAILED for step in steps)
    if execution.status is ExecutionStatus.FAILED and not is_reported:
        return EntryKind.FAILED
    return None


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
