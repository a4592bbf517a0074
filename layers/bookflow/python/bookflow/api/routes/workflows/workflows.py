"""Workflows: list, edit, check, enable, dry-run, drain and delete them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from bookflow.api.auth.access import Role
from bookflow.api.calls import (
    CHANGE,
    ETAG,
    SAVE,
    STALE,
    CallArg,
    CursorQuery,
    Id,
    IfMatch,
    Input,
    Limit,
    PageLimit,
    PageView,
    RepeatKey,
    View,
    nothing,
)
from bookflow.api.etags import revision_of
from bookflow.api.rates import BULK, RENDERING
from bookflow.api.routing import Audit, Resource
from bookflow.api.workflow_views import (
    Description,
    GraphBody,
    Name,
    SendMissed,
    VersionNumber,
    WorkflowHead,
    WorkflowView,
    manager,
    saved,
)
from bookflow.domain.executions.statistics import COUNTED_DAYS, DayCount
from bookflow.domain.reminders.jobs import JobState
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.validation.problems import Problem, has_errors
from bookflow.domain.workflows.graph import Graph
from bookflow.domain.workflows.tags import Tags
from bookflow.use_cases.executions.manage_executions import ExecutionManager
from bookflow.use_cases.preview.dry_run import DryRun, DryRunner
from bookflow.use_cases.workflows.check_graph import check_graph
from bookflow.use_cases.workflows.manage_workflows import ListedWorkflow, WorkflowFilter, trigger_of

resource = Resource("workflows")


class WorkflowSummary(WorkflowHead):
    """A workflow in a list."""

    trigger: str | None = Field(description="The event that starts the draft")
    has_changes: bool = Field(description="Whether the draft differs from the published version")
    last_execution_at: datetime | None = Field(description="When an execution ended last")
    days: tuple[DayCount, ...] = Field(
        description=f"Each of the last {COUNTED_DAYS} days, the oldest first"
    )


class WorkflowPage(PageView[WorkflowSummary]):
    """A page of workflows; it may hold fewer than `limit` while more follow."""


class NewWorkflow(Input):
    """A workflow to create; without a draft it is empty."""

    name: Name
    description: Description = ""
    tags: Tags = ()
    draft: GraphBody = Graph()


class SavedWorkflow(Input):
    """A workflow as it is to be saved."""

    name: Name
    description: Description = ""
    tags: Tags | None = Field(default=None, description="Left out: they stay as they are")
    draft: GraphBody


class Draft(Input):
    """A graph to check; by default the stored draft."""

    draft: GraphBody | None = None


class Checked(View):
    """The problems of a graph."""

    publishable: bool
    problems: tuple[Problem, ...]


class Switch(Input):
    """On or off."""

    enabled: bool
    send_missed: SendMissed = False


class DrainResult(View):
    """What a drain did."""

    cancelled: int = Field(description="Executions that this call cancelled")
    complete: bool = Field(description="Whether no execution is in progress; if false, drain again")
    reminders_withdrawn: int = Field(description="Planned reminders that were removed so far")
    reminders_complete: bool = Field(description="Whether all were removed; no call is needed")
    reminders_error: str | None = Field(
        description="Why removing them failed, and what to do about it"
    )


class DryRunRequest(Input):
    """The booking for a dry run."""

    booking_id: Identifier
    version: VersionNumber | None = Field(default=None, description="Default: the draft")
    event: Mapping[str, Any] = Field(
        default_factory=dict,
        max_length=100,
        description="Fields of the event, in the place of those made up from the booking",
    )
    locale: str | None = Field(
        default=None, max_length=35, description="The guest's; default: the booking's"
    )


@resource.get("/workflows", Role.VIEWER)
def list_workflows(
    call: CallArg,
    location_id: Id,
    trigger: Annotated[str | None, Query(max_length=100, description="Only of this event")] = None,
    enabled: Annotated[bool | None, Query(description="Only enabled or disabled ones")] = None,
    tag: Annotated[str, Query(max_length=40, description="Only with this tag")] = "",
    text: Annotated[
        str, Query(max_length=200, description="Part of name, description or a tag")
    ] = "",
    limit: Limit = PageLimit,
    cursor: CursorQuery = None,
) -> WorkflowPage:
    """List the location's workflows by name."""
    wanted = WorkflowFilter(trigger=trigger, enabled=enabled, tag=tag, text=text)
    page = manager(call).page(location_id, wanted, call.wanted(limit, cursor))
    today = call.ports.clock.now().date()
    return WorkflowPage.of_page(call, page.holding([_summary(each, today) for each in page.items]))


@resource.post("/workflows", Role.EDITOR, status=201, headers=ETAG)
def create_workflow(
    call: CallArg, location_id: Id, body: NewWorkflow, idempotency_key: RepeatKey = None
) -> Response[WorkflowView]:
    """Create a workflow, turned off and not published; the draft may have problems."""
    workflow = manager(call).create(
        location_id,
        name=body.name,
        description=body.description,
        tags=body.tags,
        graph=body.draft,
        key=call.key(idempotency_key),
    )
    return saved(workflow, status=201)


@resource.get("/workflows/<workflow_id>", Role.VIEWER, headers=ETAG)
def read_workflow(call: CallArg, location_id: Id, workflow_id: Id) -> Response[WorkflowView]:
    """Return a workflow with its draft."""
    return saved(call.ports.workflows.get(location_id, workflow_id))


@resource.put("/workflows/<workflow_id>", Role.EDITOR, **SAVE)
def save_workflow(
    call: CallArg, location_id: Id, workflow_id: Id, body: SavedWorkflow, if_match: IfMatch = None
) -> Response[WorkflowView]:
    """Save name, description, tags and draft; the published version stays as it is."""
    workflow = manager(call).save(
        location_id,
        workflow_id,
        based_on=revision_of(if_match),
        name=body.name,
        description=body.description,
        tags=body.tags,
        graph=body.draft,
    )
    return saved(workflow)


@resource.delete("/workflows/<workflow_id>", Role.ADMIN, status=204, **STALE)
def delete_workflow(
    call: CallArg, location_id: Id, workflow_id: Id, if_match: IfMatch = None
) -> Response[None]:
    """Delete a workflow; its executions stay for the location's retention period.

    It is an error while executions are in progress: wait, or drain the workflow first.
    """
    manager(call).delete(location_id, workflow_id, based_on=revision_of(if_match))
    return nothing()


@resource.post("/workflows/<workflow_id>/check", Role.VIEWER, audit=Audit.NOTHING)
def check_workflow(call: CallArg, location_id: Id, workflow_id: Id, body: Draft) -> Checked:
    """Return every problem of the stored draft, or of a graph that is not saved yet."""
    workflow = call.ports.workflows.get(location_id, workflow_id)
    checked = workflow if body.draft is None else workflow.changed(draft=body.draft)
    problems = check_graph(checked, call.ports)
    return Checked(publishable=not has_errors(problems), problems=tuple(problems))


@resource.put("/workflows/<workflow_id>/enabled", Role.EDITOR, **CHANGE)
def enable_workflow(
    call: CallArg, location_id: Id, workflow_id: Id, body: Switch, if_match: IfMatch = None
) -> Response[WorkflowView]:
    """Turn a workflow on or off; executions in progress finish.

    Turning on checks the published version again; its problems are an error that lists them all.
    """
    workflow = call.publisher.set_enabled(
        location_id,
        workflow_id,
        body.enabled,
        based_on=revision_of(if_match),
        send_missed=body.send_missed,
    )
    return saved(workflow)


@resource.post("/workflows/<workflow_id>/drain", Role.EDITOR, audit=Audit.RESULT, limit=BULK)
def drain_workflow(call: CallArg, location_id: Id, workflow_id: Id) -> DrainResult:
    """Turn a workflow off and cancel its executions in progress, 200 a call.

    Repeat the call until `complete`. A job in the background removes its planned reminders.
    """
    drained = ExecutionManager(call.ports).drain(location_id, workflow_id, call.publisher)
    job = drained.reminders
    return DrainResult(
        cancelled=drained.cancelled,
        complete=drained.is_complete,
        reminders_withdrawn=job.counts.get("lost", 0) if job else 0,
        reminders_complete=job is None or job.state is JobState.COMPLETED,
        reminders_error=job.failure if job else None,
    )


@resource.post(
    "/workflows/<workflow_id>/dry-run", Role.EDITOR, audit=Audit.NOTHING, limit=RENDERING
)
def dry_run_workflow(
    call: CallArg, location_id: Id, workflow_id: Id, body: DryRunRequest
) -> DryRun:
    """Return what the workflow would do for a booking: everything is rendered, nothing is sent."""
    return DryRunner(call.ports).dry_run_stored(
        location_id, workflow_id, body.version, body.booking_id, body.event, locale=body.locale
    )


def _summary(listed: ListedWorkflow, today: date) -> WorkflowSummary:
    workflow = listed.workflow
    statistics = listed.statistics
    by_day = {each.day: each for each in statistics.days} if statistics else {}
    days = [today - timedelta(days=back) for back in range(COUNTED_DAYS - 1, -1, -1)]
    return WorkflowSummary(
        **dict(WorkflowHead.of(workflow)),
        trigger=trigger_of(workflow.draft),
        has_changes=workflow.has_changes,
        last_execution_at=statistics.last_ended_at if statistics else None,
        days=tuple(by_day.get(day, DayCount(day)) for day in days),
    )
