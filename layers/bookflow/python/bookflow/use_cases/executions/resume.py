"""Resumes failed executions from the step that failed, and replays events."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from bookflow.domain.events import event_types
from bookflow.domain.events.envelope import read_detail
from bookflow.domain.events.sender import SENT_BY, Sender
from bookflow.domain.executions.error_signature import error_signature
from bookflow.domain.executions.execution import (
    Execution,
    ExecutionStatus,
    Step,
    StepStatus,
    resumed_execution_id,
)
from bookflow.domain.shared.errors import BookflowError, ConflictError, NotFoundError
from bookflow.domain.shared.pagination import Page, PageRequest
from bookflow.domain.workflows.workflow import WorkflowVersion
from bookflow.ports import ExecutionFilter, OutgoingEvent, Ports
from bookflow.use_cases.executions.manage_executions import RESUMABLE
from bookflow.use_cases.runtime.start_input import decisions_at_start, start_input
from bookflow.use_cases.workflows.make_machine import MachineTarget, make_machine, on_machine

_ENDED_WELL = frozenset({StepStatus.COMPLETED, StepStatus.SKIPPED})


@dataclass(frozen=True)
class Resumption:
    """What became of one execution that was to be resumed.

    Attributes:
        resumed: The new execution; None if it could not be started.
        problem: Why not.
    """

    execution_id: str
    resumed: str | None
    problem: str | None = None


class Resumer:
    """Goes on with executions that failed or were cancelled.

    A machine that has ended cannot continue by itself with another graph or after two weeks
    (AWS, "Redriving executions"), so a new execution is started. What succeeded in the old one is
    copied into its record first: each such step answers from the record and has no effect. The
    effects of all executions of a chain go by the first one's id, so nothing is sent twice. The
    machine is made anew where the sweeper has deleted it, or the stack makes another one by now.
    """

    def __init__(self, ports: Ports, target: MachineTarget) -> None:
        self._ports = ports
        self._target = target

    def resume(self, location_id: str, execution_id: str, *, newest: bool = False) -> Execution:
        """Resume an execution, on its own version or on the newest published one.

        Doing it again starts nothing more: an execution is deleted on with once, and then the
        execution that resumes it can be.

        Raises:
            ConflictError: The execution has not failed, its guest was erased, or the workflow is not published any more.
            NotFoundError: There is no such execution, or its workflow or location is deleted.
            PermanentError: The version gives no machine any more.
            TransientError: Something has to be retried.
        """
        old = self._ports.executions.get(location_id, execution_id)
        _require_guest(old)
        if old.status not in RESUMABLE:
            raise ConflictError(
                f"the execution is {old.status}; only failed or cancelled executions can be resumed",
                field="execution_id",
                remedy="Replay its event to run the workflow again from the start.",
            )
        version = self._runnable(self._version(old, newest))
        resumed = self._ports.executions.claim(self._next(old, version))
        if resumed.launched or (resumed.status.is_final and not resumed.never_started):
            return resumed
        if resumed.version != version.version:
            version = self._runnable(
                self._ports.workflows.version(location_id, resumed.workflow_id, resumed.version)
            )
        if resumed.status.is_final or resumed.machine_arn != version.machine_arn:
            resumed = self._reopened(resumed, old, version)
        self._keep_what_succeeded(old, resumed, version)
        self._start(resumed, version)
        return resumed

    def resume_same_error(
        self,
        location_id: str,
        workflow_id: str,
        signature: str,
        *,
        newest: bool,
        request: PageRequest,
    ) -> Page[Resumption]:
        """Resume the failed executions of one page that have an error signature.

        The page is one of the workflow's failed executions; continue at its position until there is
        none.
        """
        failed = ExecutionFilter(workflow_id=workflow_id, status=ExecutionStatus.FAILED)
        page = self._ports.executions.page(location_id, failed, request)
        same = [each for each in page.items if error_signature(each) == signature]
        return page.holding([self._try(each, newest) for each in same])

    def replay(
        self, location_id: str, execution_id: str, *, sent_by: Sender, key: str | None = None
    ) -> str:
        """Put an execution's event on the bus again under a new id, which is returned.

        It starts every workflow that waits for such an event now.

        Args:
            location_id: The location.
            execution_id: An execution of the event.
            sent_by: Who replays it.
            key: Makes a repeated call the same replay; without it each call is a new one.

        Raises:
            ConflictError: Its guest was erased, and with that what the event said.
            NotFoundError: There is no such execution.
            TransientError: The bus did not take the event.
        """
        execution = self._ports.executions.get(location_id, execution_id)
        _require_guest(execution)
        token = key or secrets.token_hex(8)
        text = "\x1f".join((location_id, execution.event_id, "replay", token))
        event_id = "rp_" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        detail = {
            **execution.event_data,
            "event_id": event_id,
            "location_id": location_id,
            "replay_of": execution.event_id,
            SENT_BY: sent_by.model_dump(),
        }
        self._ports.events.publish([OutgoingEvent(execution.event_type, detail)])
        return event_id

    def _try(self, execution: Execution, newest: bool) -> Resumption:
        try:
            resumed = self.resume(execution.location_id, execution.id, newest=newest)
        except BookflowError as error:
            return Resumption(execution.id, None, str(error))
        return Resumption(execution.id, resumed.id)

    def _version(self, old: Execution, newest: bool) -> WorkflowVersion:
        number = old.version
        if newest:
            workflow = self._ports.workflows.get(old.location_id, old.workflow_id)
            if workflow.published_version is None:
                raise ConflictError(
                    "the workflow has no published version",
                    field="version",
                    remedy="Publish it, or resume on the execution's own version.",
                )
            number = workflow.published_version
        return self._ports.workflows.version(old.location_id, old.workflow_id, number)

    def _runnable(self, version: WorkflowVersion) -> WorkflowVersion:
        machine = make_machine(version.graph, self._target.function_arn_prefix)
        return on_machine(version, machine, self._ports, self._target)

    def _next(self, old: Execution, version: WorkflowVersion) -> Execution:
        now = self._ports.clock.now()
        context = self._ports.bookings.context(old.location_id, old.booking_id)
        if context is None:
            raise NotFoundError("the location is not known any more", field="location_id")
        event = read_detail(event_types()[old.event_type], dict(old.event_data))
        return old.changed(
            id=resumed_execution_id(old.location_id, old.id),
            resumed_from=old.id,
            effects_of=old.effects_of or old.id,
            version=version.version,
            workflow_name=version.name,
            machine_arn=version.machine_arn,
            decisions=decisions_at_start(event, version, context),
            launched=False,
            status=ExecutionStatus.RUNNING,
            reason_code=None,
            error_message=None,
            started_at=now,
            completed_at=None,
            expires_at=now + timedelta(days=context.location.retention_days),
        )

    def _keep_what_succeeded(
        self, old: Execution, resumed: Execution, version: WorkflowVersion
    ) -> None:
        types = {node.id: node.type for node in version.graph.nodes}
        for step in self._ports.executions.steps(old.location_id, old.id):
            if step.status in _ENDED_WELL and types.get(step.node_id) == step.node_type:
                self._ports.executions.finish_step(_copied(step, resumed))

    def _start(self, resumed: Execution, version: WorkflowVersion) -> None:
        payload = start_input(resumed, version)
        try:
            self._ports.machines.start(resumed.machine_arn, resumed.id, payload)
        except BookflowError as error:
            # Reported as failed, so that no execution is under way for ever; the next call retries.
            failed = resumed.start_failed(error.message, self._ports.clock.now())
            self._ports.executions.update(failed)
            raise

    def _reopened(self, resumed: Execution, old: Execution, version: WorkflowVersion) -> Execution:
        reopened = self._next(old, version).changed(
            started_at=resumed.started_at, expires_at=resumed.expires_at
        )
        self._ports.executions.update(reopened)
        return reopened


def _require_guest(execution: Execution) -> None:
    if execution.erased_at is not None:
        raise ConflictError(
            "the guest of the execution was erased, and with that what its event said",
            field="execution_id",
            remedy="Nothing more can be done for this guest.",
        )


def _copied(step: Step, resumed: Execution) -> Step:
    return step.changed(execution_id=resumed.id, expires_at=resumed.expires_at)
