"""Executions: list, read, cancel, resume and replay them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header, Query
from pydantic import Field

from bookflow.api.answer_size import body_bytes
from bookflow.api.auth.access import Role
from bookflow.api.calls import (
    Call,
    CallArg,
    CursorQuery,
    Id,
    IdQuery,
    Input,
    Limit,
    PageLimit,
    PageView,
    View,
    answer,
)
from bookflow.api.rates import SENDING
from bookflow.api.routing import Audit, Resource
from bookflow.domain.executions.error_signature import error_signature
from bookflow.domain.executions.execution import Execution, ExecutionStatus, ReasonCode, StepStatus
from bookflow.domain.shared.errors import LackKind
from bookflow.domain.shared.pagination import Page
from bookflow.domain.shared.values import Moment
from bookflow.domain.workflows.graph import Graph
from bookflow.ports import ExecutionFilter
from bookflow.use_cases.executions.manage_executions import (
    ExecutionDetails,
    ExecutionManager,
    ListedExecution,
)
from bookflow.use_cases.executions.resume import Resumer
from bookflow.use_cases.executions.settle_outcome import OutcomeSettler

resource = Resource("executions")

STEPS_BYTES = 4_000_000
"""Of an answer of 6 MB, beside the event and the graph."""

DATA_LEFT_OUT = {"left_out": "The data of all steps is more than one answer holds."}
"""Shown in the place of a step's data; the other fields of the step stay."""

ResumeVersion = Literal["same", "newest"]


class ExecutionSummary(View):
    """An execution in a list."""

    id: str
    workflow_id: str
    workflow_name: str
    version: int
    event_id: str
    event_type: str
    booking_id: str | None
    status: ExecutionStatus
    reason_code: ReasonCode | None
    error_message: str | None
    error_signature: str | None = Field(description="The same for executions with the same error")
    resumed_from: str | None = Field(description="The execution that this one continues")
    resumed_by: str | None = Field(description="The execution that continues this one")
    started_at: datetime
    completed_at: datetime | None


class ExecutionPage(PageView[ExecutionSummary]):
    """A page of executions; it may hold fewer than `limit` while more follow."""


class StepLackView(View):
    """What a failed step lacked."""

    kind: LackKind
    name: str = Field(description="Id or name of the one that is missing, such as crm_token")
    template_id: str | None = Field(
        description="The template whose text names it; null: the step's own configuration"
    )


class StepView(View):
    """One step of an execution."""

    node_id: str
    node_type: str
    node_name: str
    status: StepStatus
    reason_code: ReasonCode | None
    input_data: Mapping[str, Any]
    output_data: Mapping[str, Any]
    error_message: str | None
    lacks: StepLackView | None = Field(
        description="What has to be there before a retry can help, where the error says it"
    )
    attempts: int
    unknown_effects: tuple[str, ...] = Field(
        description="Effects of which it is not known whether they happened; see `settle_outcome`"
    )
    started_at: datetime
    completed_at: datetime | None


class ExecutionView(ExecutionSummary):
    """An execution with its event, its steps and the graph of its version."""

    event_data: Mapping[str, Any]
    steps: tuple[StepView, ...]
    graph: Graph | None = Field(description="Null if the workflow version no longer exists")


class Resume(Input):
    """The version on which an execution resumes."""

    version: ResumeVersion = "same"


class ResumeSameError(Input):
    """Which failed executions resume, and on which version."""

    error_signature: str = Field(min_length=16, max_length=16, pattern=r"^[0-9a-f]{16}$")
    version: ResumeVersion = "same"


class Outcome(Input):
    """What a person knows, or wants, of a step of unknown outcome."""

    node_id: str = Field(min_length=1, max_length=64, description="The step's node")
    outcome: Literal["arrived", "send_again"] = Field(
        description="`arrived`: it happened and is not repeated; `send_again`: the execution is "
        "resumed and does it again"
    )


class SettledOutcome(View):
    """A step whose outcome is settled."""

    execution_id: str
    node_id: str
    outcome: Literal["arrived", "send_again"]
    status: StepStatus
    resumed_by: str | None = Field(description="The execution that does it again")


class ResumedOne(View):
    """The result for one execution."""

    execution_id: str
    resumed: str | None = Field(description="The new execution; null if it could not start")
    problem: str | None


class ResumedMany(PageView[ResumedOne]):
    """The result of one call; repeat with `next_cursor` until there is none."""


class Replayed(View):
    """The event that was put on the bus."""

    event_id: str


@resource.get("/executions", Role.VIEWER)
def list_executions(
    call: CallArg,
    location_id: Id,
    workflow_id: IdQuery = None,
    booking_id: IdQuery = None,
    status: Annotated[ExecutionStatus | None, Query(description="Only in this state")] = None,
    since: Annotated[Moment | None, Query(description="Began then or later")] = None,
    until: Annotated[Moment | None, Query(description="Began then or earlier")] = None,
    limit: Limit = PageLimit,
    cursor: CursorQuery = None,
) -> ExecutionPage:
    """List the executions of the location, of a workflow, of a booking or of both, newest first."""
    page = ExecutionManager(call.ports).page(
        location_id,
        ExecutionFilter(workflow_id, booking_id, status, since, until),
        call.wanted(limit, cursor),
    )
    return execution_page(call, page)


def execution_page(call: Call, page: Page[ListedExecution]) -> ExecutionPage:
    """Return a page of executions as an answer."""
    return ExecutionPage.of_page(call, page.holding([_summary(each) for each in page.items]))


@resource.get("/executions/<execution_id>", Role.VIEWER)
def read_execution(call: CallArg, location_id: Id, execution_id: Id) -> ExecutionView:
    """Return an execution with its steps, their input and output, and the graph of its version."""
    return _details(ExecutionManager(call.ports).details(location_id, execution_id))


@resource.post("/executions/<execution_id>/cancel", Role.EDITOR, problems=(409,))
def cancel_execution(call: CallArg, location_id: Id, execution_id: Id) -> ExecutionSummary:
    """Cancel an execution. Completed steps are kept; remaining steps are cancelled."""
    manager = ExecutionManager(call.ports)
    return _one(manager, manager.cancel(location_id, execution_id))


@resource.post(
    "/executions/<execution_id>/resume", Role.EDITOR, status=202, problems=(409,), limit=SENDING
)
def resume_execution(
    call: CallArg, location_id: Id, execution_id: Id, body: Resume
) -> Response[ExecutionSummary]:
    """Resume a failed or cancelled execution from the step that failed, as a new execution.

    Completed steps are kept, and nothing is sent twice. Repeating the call starts nothing more.
    """
    resumed = Resumer(call.ports, call.target).resume(
        location_id, execution_id, newest=body.version == "newest"
    )
    return answer(_one(ExecutionManager(call.ports), resumed), status=202)


@resource.post(
    "/executions/<execution_id>/outcomes",
    Role.EDITOR,
    problems=(409,),
    audit=Audit.RESULT,
    limit=SENDING,
)
def settle_outcome(
    call: CallArg, location_id: Id, execution_id: Id, body: Outcome
) -> SettledOutcome:
    """Say whether the effect of a step of unknown outcome arrived, or send it again.

    What arrived is never repeated, by a resumed execution neither. Sending again resumes the
    execution, so it has to have failed or been cancelled.
    """
    settler = OutcomeSettler(call.ports)
    resumed_by = None
    if body.outcome == "arrived":
        status = settler.arrived(location_id, execution_id, body.node_id).status
    else:
        resumer = Resumer(call.ports, call.target)
        resumed_by = settler.send_again(location_id, execution_id, body.node_id, resumer).id
        status = StepStatus.FAILED
    return SettledOutcome(
        execution_id=execution_id,
        node_id=body.node_id,
        outcome=body.outcome,
        status=status,
        resumed_by=resumed_by,
    )


@resource.post("/executions/<execution_id>/replay", Role.EDITOR, status=202, limit=SENDING)
def replay_event(
    call: CallArg,
    location_id: Id,
    execution_id: Id,
    idempotency_key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            max_length=200,
            description="Makes a repeated call the same replay",
        ),
    ] = None,
) -> Response[Replayed]:
    """Put an execution's event on the bus again, with a new id; every matching workflow runs."""
    event_id = Resumer(call.ports, call.target).replay(
        location_id, execution_id, sent_by=call.caller.sender, key=idempotency_key
    )
    return answer(Replayed(event_id=event_id), status=202)


@resource.post(
    "/workflows/<workflow_id>/resume-failed",
    Role.EDITOR,
    status=202,
    audit=Audit.RESULT,
    limit=SENDING,
)
def resume_failed_executions(
    call: CallArg,
    location_id: Id,
    workflow_id: Id,
    body: ResumeSameError,
    cursor: CursorQuery = None,
) -> Response[ResumedMany]:
    """Resume the failed executions of a workflow that have the same error.

    Each call looks through 25 failed executions, newest first.
    """
    call.ports.workflows.get(location_id, workflow_id)
    page = Resumer(call.ports, call.target).resume_same_error(
        location_id,
        workflow_id,
        body.error_signature,
        newest=body.version == "newest",
        request=call.wanted(PageLimit, cursor),
    )
    return answer(ResumedMany.of_page(call, page), status=202)


@resource.post(
    "/workflows/<workflow_id>/move-waiting",
    Role.EDITOR,
    status=202,
    audit=Audit.RESULT,
    limit=SENDING,
)
def move_waiting_executions(
    call: CallArg, location_id: Id, workflow_id: Id, cursor: CursorQuery = None
) -> Response[ResumedMany]:
    """Move executions of older versions that wait to the published version.

    Each goes on as a new execution: what it did stays done, and its delay ends when it would have
    ended. Each call looks through 25 waiting executions, newest first.
    """
    page = Resumer(call.ports, call.target).move_waiting(
        location_id, workflow_id, call.wanted(PageLimit, cursor)
    )
    return answer(ResumedMany.of_page(call, page), status=202)


def _one(manager: ExecutionManager, execution: Execution) -> ExecutionSummary:
    (listed,) = manager.listed(execution.location_id, [execution])
    return _summary(listed)


def _summary(listed: ListedExecution) -> ExecutionSummary:
    return ExecutionSummary(**_fields(listed))


def _fields(listed: ListedExecution) -> dict[str, Any]:
    added = {
        "error_signature": error_signature(listed.execution),
        "resumed_by": listed.resumed_by,
    }
    stored = set(ExecutionSummary.model_fields) - set(added)
    return {name: getattr(listed.execution, name) for name in stored} | added


def _details(details: ExecutionDetails) -> ExecutionView:
    return ExecutionView(
        **_fields(details),
        event_data=details.execution.event_data,
        steps=_within_answer(
            tuple(StepView.of(step.showing_deliveries()) for step in details.steps)
        ),
        graph=details.version.graph if details.version else None,
    )


def _within_answer(steps: tuple[StepView, ...]) -> tuple[StepView, ...]:
    """Return the steps with less data where all of it would be more than Lambda hands over.

    A few hundred webhooks may hold more; the largest of them go first.
    """
    sizes = {step.node_id: body_bytes(step.model_dump_json()) for step in steps}
    left_out: set[str] = set()
    for node_id in sorted(sizes, key=lambda each: sizes[each], reverse=True):
        if sum(sizes.values()) <= STEPS_BYTES:
            break
        left_out.add(node_id)
        sizes[node_id] = 0
    without_data = {"input_data": DATA_LEFT_OUT, "output_data": DATA_LEFT_OUT}
    return tuple(
        step.model_copy(update=without_data) if step.node_id in left_out else step for step in steps
    )
