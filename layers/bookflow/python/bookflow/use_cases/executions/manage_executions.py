"""What operators do with executions: list, look into, cancel and drain them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from itertools import islice

from bookflow.domain.executions.execution import (
    Execution,
    ExecutionStatus,
    ReasonCode,
    Step,
    StepStatus,
    resumed_execution_id,
)
from bookflow.domain.executions.progress import with_decided_steps
from bookflow.domain.executions.step_statistics import StepStatistics, step_statistics
from bookflow.domain.reminders.jobs import ReminderJob
from bookflow.domain.shared.errors import BookflowError, ConflictError
from bookflow.domain.shared.pagination import Page, PageRequest
from bookflow.domain.workflows.workflow import WorkflowVersion
from bookflow.ports import ExecutionFilter, Ports
from bookflow.use_cases.executions.cancel import cancel_execution
from bookflow.use_cases.runtime.step_scope import version_of
from bookflow.use_cases.surveys.answered_by_step import answered_by_step
from bookflow.use_cases.workflows.open_executions import open_executions
from bookflow.use_cases.workflows.publish import Publisher

DRAINED_AT_ONCE = 200
"""Executions that one call cancels, so that it stays within the time of an HTTP request."""


@dataclass(frozen=True)
class ListedExecution:
    """An execution with the one that resumes it, if there is one."""

    execution: Execution
    resumed_by: str | None


@dataclass(frozen=True)
class ExecutionDetails(ListedExecution):
    """An execution with all that there is to see.

    Attributes:
        version: The version that it ran; None if its record has expired.
    """

    steps: Sequence[Step]
    version: WorkflowVersion | None


@dataclass(frozen=True)
class StepFilter:
    """Which executions of a workflow a list holds, by how their step at a node stands.

    Attributes:
        reason: None for any.
    """

    workflow_id: str
    node_id: str
    status: StepStatus
    reason: ReasonCode | None = None

    def holds(self, step: Step) -> bool:
        """Whether the list holds the execution of a step at the node."""
        return step.status is self.status and self.reason in {None, step.reason_code}


@dataclass(frozen=True)
class Drained:
    """What a drain did.

    Attributes:
        cancelled: Executions that were cancelled by this call.
        is_complete: Whether nothing is under way any more; otherwise drain again.
        reminders: The job that takes back the workflow's planned reminders, as far as it is; it
            continues by itself. None if none were ever planned.
    """

    cancelled: int
    is_complete: bool
    reminders: ReminderJob | None


class ExecutionManager:
    """The use cases of executions, each in one location."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def page(
        self, location_id: str, wanted: ExecutionFilter, request: PageRequest
    ) -> Page[ListedExecution]:
        """Return a page of executions, newest first; with filters it may hold fewer than there are."""
        page = self._ports.executions.page(location_id, wanted, request)
        return page.holding(self.listed(location_id, page.items))

    def listed(
        self, location_id: str, executions: Sequence[Execution]
    ) -> Sequence[ListedExecution]:
        """Return executions of a location with those that resume them."""
        next_ids = {
            each.id: resumed_execution_id(location_id, each.id)
            for each in executions
            if each.status in RESUMABLE
        }
        known: Mapping[str, Execution] = {}
        if next_ids:
            known = self._ports.executions.existing(location_id, list(next_ids.values()))
        following = {old: new for old, new in next_ids.items() if new in known}
        return [ListedExecution(each, following.get(each.id)) for each in executions]

    def step_statistics(
        self, location_id: str, workflow_id: str, version: int | None, days: int
    ) -> StepStatistics:
        """Return how a version's executions of the last days fared at each step.

        Args:
            location_id: The location.
            workflow_id: The workflow.
            version: The version; None for the published one.
            days: How many days (UTC), today included.

        Raises:
            NotFoundError: There is no such workflow.
        """
        workflow = self._ports.workflows.get(location_id, workflow_id)
        since = self._ports.clock.now().astimezone(UTC).date() - timedelta(days=days - 1)
        counted = self._ports.executions.step_days(location_id, workflow_id)
        found = step_statistics(counted, version or workflow.published_version or 0, since)
        answered = answered_by_step(self._ports, location_id, workflow_id, found.version, since)
        return replace(found, answered=answered)

    def page_at_step(
        self, location_id: str, wanted: StepFilter, request: PageRequest
    ) -> Page[ListedExecution]:
        """Return a page of a workflow's executions whose step at a node stands so, newest first.

        A page may hold fewer than there are.
        """
        store = self._ports.executions
        page = store.page(location_id, ExecutionFilter(workflow_id=wanted.workflow_id), request)
        steps = store.steps_at(location_id, wanted.node_id, [each.id for each in page.items])
        held = [each for each in page.items if each.id in steps and wanted.holds(steps[each.id])]
        return page.holding(self.listed(location_id, held))

    def details(self, location_id: str, execution_id: str) -> ExecutionDetails:
        """Return an execution with its steps and the graph that it followed.

        Raises:
            NotFoundError: There is no such execution.
        """
        store = self._ports.executions
        execution = store.get(location_id, execution_id)
        version = version_of(self._ports, execution)
        (listed,) = self.listed(location_id, [execution])
        return ExecutionDetails(
            execution=execution,
            resumed_by=listed.resumed_by,
            steps=self._steps(execution, version),
            version=version,
        )

    def _steps(self, execution: Execution, version: WorkflowVersion | None) -> Sequence[Step]:
        steps = self._ports.executions.steps(execution.location_id, execution.id)
        if version is None:
            return steps
        return with_decided_steps(execution, version.graph, steps, self._ports.clock.now())

    def cancel(self, location_id: str, execution_id: str) -> Execution:
        """Stop an execution; see `cancel_execution`."""
        return cancel_execution(self._ports, location_id, execution_id)

    def drain(self, location_id: str, workflow_id: str, publisher: Publisher) -> Drained:
        """Turn a workflow off and cancel what is under way, up to a bound.

        It may be called again at any time: what is done stays done. An error after something was
        done ends the walk and is reported as not complete, so that it is known what was done; if it
        lasts, the next call raises it.

        Raises:
            NotFoundError: There is no such workflow.
        """
        workflow = self._ports.workflows.get(location_id, workflow_id)
        if workflow.enabled:
            publisher.set_enabled(location_id, workflow_id, False, based_on=workflow.revision)
        cancelled, is_complete = 0, False
        try:
            for _ in islice(self._cancelling(location_id, workflow_id), DRAINED_AT_ONCE):
                cancelled += 1
            is_complete = cancelled < DRAINED_AT_ONCE
        except BookflowError:
            if not (workflow.enabled or cancelled):
                raise
        job = self._ports.reminders.job(location_id, workflow_id)
        return Drained(
            cancelled,
            is_complete,
            reminders=job.as_of_now(self._ports.clock.now()) if job else None,
        )

    def _cancelling(self, location_id: str, workflow_id: str) -> Iterator[Execution]:
        """Cancel a workflow's executions in progress, and yield each once it is."""
        is_any = True
        # Runs change their state meanwhile, so nothing is left once a walk finds nothing.
        while is_any:
            is_any = False
            for execution in open_executions(self._ports, location_id, workflow_id):
                with suppress(ConflictError):  # it came to its end meanwhile
                    yield self.cancel(location_id, execution.id)
                    is_any = True


RESUMABLE = frozenset({ExecutionStatus.FAILED, ExecutionStatus.CANCELLED})
"""How an execution must have ended to be resumed."""
