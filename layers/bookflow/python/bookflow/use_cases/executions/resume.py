"""Resumes failed executions from the step that failed, and replays events."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bookflow.domain.events import event_types
from bookflow.domain.events.envelope import read_detail
from bookflow.domain.events.sender import SENT_BY, Sender
from bookflow.domain.executions.error_signature import error_signature
from bookflow.domain.executions.execution import (
    ENDED_BY_HAND,
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
from bookflow.use_cases.executions.cancel import cancel_execution
from bookflow.use_cases.executions.manage_executions import RESUMABLE
from bookflow.use_cases.runtime.start_input import decisions_at_start, start_input
from bookflow.use_cases.workflows.make_machine import MachineTarget, make_machine, on_machine

GOES_ON = "It goes on as another execution, by hand."
"""Why an execution that waited was cancelled, where another one continues it."""

DELAY = "delay"

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

    def end_wait(self, location_id: str, execution_id: str) -> Execution:
        """Let a waiting execution go on now, as a new one whose delay is over.

        Repeating it starts nothing more.

        Raises:
            ConflictError: It does not wait any more, or its guest was erased.
            NotFoundError: There is no such execution, or its location is deleted.
            TransientError: Something has to be retried.
        """
        return self._carry_over(location_id, execution_id, newest=False, ends_delay=True)

    def move_waiting(
        self, location_id: str, workflow_id: str, request: PageRequest
    ) -> Page[Resumption]:
        """Move waiting executions of older versions to the published one: those of one page.

        Each is cancelled and goes on as a new execution; what it did stays done, and its delay ends
        when it would have ended. Continue at the page's position until there is none.
        """
        number = self._ports.workflows.get(location_id, workflow_id).published_version
        waiting = ExecutionFilter(workflow_id=workflow_id, status=ExecutionStatus.WAITING)
        page = self._ports.executions.page(location_id, waiting, request)
        older = [each for each in page.items if each.version != number]
        return page.holding([self._try_moving(each) for each in older])

    def _try_moving(self, execution: Execution) -> Resumption:
        try:
            moved = self._carry_over(
                execution.location_id, execution.id, newest=True, ends_delay=False
            )
        except BookflowError as error:
            return Resumption(execution.id, None, str(error))
        return Resumption(execution.id, moved.id)

    def _carry_over(
        self, location_id: str, execution_id: str, *, newest: bool, ends_delay: bool
    ) -> Execution:
        """Claim the new execution, give it what the old one did, cancel that one, start the new.

        A crash before the old one is cancelled leaves it waiting, and the sweep ends the claim; one
        after it leaves a claim that the sweep reports as failed, to be resumed.
        """
        old = self._ports.executions.get(location_id, execution_id)
        _require_guest(old)
        is_repeated = (old.status, old.error_message) == (ExecutionStatus.CANCELLED, GOES_ON)
        if old.status is not ExecutionStatus.WAITING and not is_repeated:
            raise _waits_no_more(old)
        version = self._runnable(self._version(old, newest))
        claimed = self._ports.executions.claim(self._next(old, version))
        if claimed.launched or claimed.status.is_final:
            return claimed
        if claimed.version != version.version:
            version = self._runnable(
                self._ports.workflows.version(location_id, old.workflow_id, claimed.version)
            )
        if not is_repeated:
            if ends_delay:  # first: a step that has ended well is not replaced
                self._end_delays(old, claimed)
            self._keep_what_succeeded(old, claimed, version)
            try:
                cancel_execution(self._ports, location_id, execution_id, message=GOES_ON)
            except ConflictError:
                self._ports.executions.update(
                    claimed.changed(
                        status=ExecutionStatus.CANCELLED,
                        error_message="The execution that it should continue ended by itself.",
                        completed_at=self._ports.clock.now(),
                    )
                )
                raise
        self._start(claimed, version)
        return claimed

    def _end_delays(self, old: Execution, resumed: Execution) -> None:
        """Record the delays that still last as over."""
        now = self._ports.clock.now()
        for step in self._ports.executions.steps(old.location_id, old.id):
            until = step.output_data.get("until")
            if step.node_type == DELAY and until and datetime.fromisoformat(str(until)) > now:
                ended = step.changed(
                    status=StepStatus.COMPLETED,
                    output_data={
                        "until": now.astimezone(UTC)
                        .isoformat(timespec="seconds")
                        .replace("+00:00", "Z"),
                        ENDED_BY_HAND: True,
                    },
                    completed_at=now,
                )
                self._ports.executions.finish_step(_copied(ended, resumed))

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
            effects_of=old.owner,
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


def _waits_no_more(execution: Execution) -> ConflictError:
    return ConflictError(
        f"the execution is {execution.status}, and waits no more",
        field="execution_id",
        remedy="Load the timeline again.",
    )


def _copied(step: Step, resumed: Execution) -> Step:
    return step.changed(execution_id=resumed.id, expires_at=resumed.expires_at)
