"""Groups the failed executions of a location that nobody has dealt with by their error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bookflow.domain.executions.error_signature import error_signature
from bookflow.domain.executions.execution import Execution, ExecutionStatus, ReasonCode
from bookflow.domain.shared.pagination import Page, PageRequest
from bookflow.ports import ExecutionFilter, Ports
from bookflow.use_cases.executions.manage_executions import ExecutionManager, ListedExecution

LOOKED_BACK = timedelta(days=30)
PAGES, PAGE = 3, 100
"""Failed executions that are read: the newest 300."""


@dataclass(frozen=True)
class FailureGroup:
    """Failed executions of one workflow with the same error that nobody has resumed.

    Attributes:
        error_signature: For `resume-failed` of the workflow.
        error_message: Of the newest of them.
        execution_id: The newest of them.
        is_unknown: Whether it is not known of one whether its message or request arrived.
    """

    error_signature: str
    workflow_id: str
    workflow_name: str
    error_message: str
    execution_id: str
    executions: int
    first_at: datetime
    last_at: datetime
    is_unknown: bool


def failures(ports: Ports, location_id: str) -> tuple[Sequence[FailureGroup], bool]:
    """Return the groups, the newest first, and whether all of the last 30 days were read."""
    manager = ExecutionManager(ports)
    wanted = ExecutionFilter(status=ExecutionStatus.FAILED, since=ports.clock.now() - LOOKED_BACK)
    groups: dict[str, list[Execution]] = {}
    position: str | None = None
    for _ in range(PAGES):
        page: Page[ListedExecution] = manager.page(location_id, wanted, PageRequest(PAGE, position))
        for listed in page.items:
            signature = error_signature(listed.execution)
            if signature is not None and listed.resumed_by is None:
                groups.setdefault(signature, []).append(listed.execution)
        position = page.position
        if position is None:
            break
    found = [_group(signature, each) for signature, each in groups.items()]
    return sorted(found, key=lambda group: group.last_at, reverse=True), position is None


def _group(signature: str, executions: Sequence[Execution]) -> FailureGroup:
    times = [each.completed_at or each.started_at for each in executions]
    newest = executions[times.index(max(times))]
    return FailureGroup(
        error_signature=signature,
        workflow_id=newest.workflow_id,
        workflow_name=newest.workflow_name,
        error_message=newest.error_message or "",
        execution_id=newest.id,
        executions=len(executions),
        first_at=min(times),
        last_at=max(times),
        is_unknown=any(each.reason_code is ReasonCode.OUTCOME_UNKNOWN for each in executions),
    )
