"""Workflows: draw, publish, switch, compare, copy and remove them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import BeforeValidator, Field, StringConstraints

from bookflow.api.auth import Role, anyone
from bookflow.api.calls import (
    ETAG,
    Call,
    CallArg,
    CursorQuery,
    Id,
    IfMatch,
    Input,
    Limit,
    PageLimit,
    View,
    answer,
    nothing,
)
from bookflow.api.etags import revision_of
from bookflow.api.rates import BULK, RENDERING
from bookflow.api.routing import Audit, Resource
from bookflow.domain.differences import GraphDifference
from bookflow.domain.exports import WorkflowExport
from bookflow.domain.graph import Graph
from bookflow.domain.reminder_jobs import JobState
from bookflow.domain.run_counts import COUNTED_DAYS
from bookflow.domain.validation import Problem, has_errors
from bookflow.domain.validation.reading import load
from bookflow.domain.values import Identifier
from bookflow.domain.workflows import Workflow, WorkflowVersion
from bookflow.use_cases.catalogue import check_graph
from bookflow.use_cases.dry_run import DryRun, DryRunner
from bookflow.use_cases.manage_executions import ExecutionManager
from bookflow.use_cases.manage_workflows import (
    Copied,
    ListedWorkflow,
    WorkflowFilter,
    WorkflowManager,
    trigger_of,
)
from bookflow.use_cases.publish import InvalidWorkflowError
from bookflow.use_cases.references import Reference, ReferenceKind

resource = Resource("workflows")


def _bounded(value: Any) -> Any:
    """Refuse a drawing beyond the limits of size and depth before it is looked at closely."""
    if isinstance(value, Mapping):
        _, problems = load(value)
        if problems:
            raise ValueError(f"{problems[0].reason} {problems[0].remedy}")
    return value


def _bounded_file(value: Any) -> Any:
    """Refuse a file whose drawing is beyond the limits."""
    if isinstance(value, Mapping):
        _bounded(value.get("graph"))
    return value


DrawnGraph = Annotated[Graph, BeforeValidator(_bounded)]
WorkflowFile = Annotated[WorkflowExport, BeforeValidator(_bounded_file)]
Name = Annotated[str, StringConstraints(strip_whitespace=True), Field(min_length=1, max_length=200)]
Description = Annotated[str, Field(max_length=4000)]
VersionNumber = Annotated[int, Field(ge=1, le=999_999)]
VersionPath = Annotated[int, Path(ge=1, le=999_999, description="A published version")]


class DayFigures(View):
    """The runs that ended on one day (UTC)."""

    day: date
    completed: int
    failed: int


class WorkflowSummary(View):
    """A workflow in a list."""

    id: str
    name: str
    description: str
    trigger: str | None = Field(description="The event that the draft starts by")
    enabled: bool
    revision: int
    published_version: int | None
    latest_version: int
    created_at: datetime
    updated_at: datetime
    last_run_at: datetime | None = Field(
        description=f"When a run ended last; the day counts if it is over {COUNTED_DAYS} days ago"
    )
    days: tuple[DayFigures, ...] = Field(
        description=f"Each of the last {COUNTED_DAYS} days, the oldest first"
    )


class WorkflowPage(View):
    """A page of workflows; it may hold fewer than `limit` while more follow."""

    items: tuple[WorkflowSummary, ...]
    next_cursor: str | None = None


class WorkflowView(View):
    """A workflow with its draft."""

    id: str
    name: str
    description: str
    enabled: bool
    draft: Graph
    revision: int
    published_version: int | None
    latest_version: int
    created_at: datetime
    updated_at: datetime


class NewWorkflow(Input):
    """A workflow to make; without a draft it begins empty."""

    name: Name
    description: Description = ""
    draft: DrawnGraph = Graph()


class SavedWorkflow(Input):
    """A workflow as it is to be saved."""

    name: Name
    description: Description = ""
    draft: DrawnGraph


class Draft(Input):
    """A drawing to check; without one, the stored draft is meant."""

    draft: DrawnGraph | None = None


class Checked(View):
    """What is wrong with a drawing."""

    publishable: bool
    problems: tuple[Problem, ...]


class Switch(Input):
    """On or off."""

    enabled: bool


class Rollback(Input):
    """The version that events shall run again."""

    version: VersionNumber


class VersionSummary(View):
    """A published version."""

    version: int
    name: str
    trigger: str
    published_at: datetime
    published_by: str


class VersionPage(View):
    """A page of published versions, newest first."""

    items: tuple[VersionSummary, ...]
    next_cursor: str | None = None


class VersionView(VersionSummary):
    """A published version with its drawing."""

    graph: Graph


class Published(View):
    """A workflow and the version that was made of its draft."""

    workflow: WorkflowView
    version: VersionSummary


class Duplicate(Input):
    """Where the copy goes, and its name."""

    location_id: Identifier | None = Field(default=None, description="Default: the same")
    name: Name | None = None


class Import(Input):
    """An exported workflow to take in."""

    workflow: WorkflowFile
    name: Name | None = None
    templates: Mapping[str, Identifier] = Field(
        default_factory=dict, max_length=200, description="Ids in the file -> ids of this location"
    )
    surveys: Mapping[str, Identifier] = Field(default_factory=dict, max_length=200)


class CopiedWorkflow(View):
    """A new workflow, and what it names that this location does not have."""

    workflow: WorkflowView
    location_id: str
    to_map: tuple[Reference, ...]


class DrainResult(View):
    """What a drain did."""

    cancelled: int = Field(description="Runs that this call cancelled")
    complete: bool = Field(description="Whether no run is under way any more; else drain again")
    reminders_withdrawn: int = Field(description="Planned reminders that were taken back so far")
    reminders_complete: bool = Field(description="Whether all of them were; no call is needed")


class DryRunRequest(Input):
    """The booking to try a drawing on."""

    booking_id: Identifier
    version: VersionNumber | None = Field(default=None, description="Default: the draft")
    event: Mapping[str, Any] = Field(
        default_factory=dict,
        max_length=100,
        description="Fields of the event, in the place of those made up from the booking",
    )


@resource.get("/workflows", access=anyone(Role.VIEWER))
def list_workflows(
    call: CallArg,
    location_id: Id,
    trigger: Annotated[str | None, Query(max_length=100, description="Only of this event")] = None,
    enabled: Annotated[bool | None, Query(description="Only enabled or disabled ones")] = None,
    text: Annotated[str, Query(max_length=200, description="Part of name or description")] = "",
    limit: Limit = PageLimit,
    cursor: CursorQuery = None,
) -> WorkflowPage:
    """List the location's workflows by name."""
    cursors = call.cursors(location_id, "workflows", trigger=trigger, enabled=enabled, text=text)
    page = _manager(call).page(
        location_id,
        WorkflowFilter(trigger=trigger, enabled=enabled, text=text),
        limit=limit,
        position=cursors.read(cursor),
    )
    today = call.ports.clock.now().date()
    return WorkflowPage(
        items=tuple(_summary(each, today) for each in page.items),
        next_cursor=cursors.write(page.position),
    )


@resource.post("/workflows", access=anyone(Role.EDITOR), status=201, headers=ETAG)
def create_workflow(call: CallArg, location_id: Id, body: NewWorkflow) -> Response[WorkflowView]:
    """Make a workflow, off and not published; the draft may have problems."""
    workflow = _manager(call).create(
        location_id, name=body.name, description=body.description, graph=body.draft
    )
    return _saved(workflow, status=201)


@resource.post("/workflows/import", access=anyone(Role.EDITOR), status=201, headers=ETAG)
def import_workflow(call: CallArg, location_id: Id, body: Import) -> Response[CopiedWorkflow]:
    """Take in an exported workflow, off and not published.

    `to_map` names the templates and surveys that the location does not have; choose others in
    the editor, or send the import again with a mapping.
    """
    ids: Mapping[ReferenceKind, Mapping[str, str]] = {
        "template": body.templates,
        "survey": body.surveys,
    }
    return _copied(_manager(call).take_in(location_id, body.workflow, name=body.name, ids=ids))


@resource.get("/workflows/<workflow_id>", access=anyone(Role.VIEWER), headers=ETAG)
def read_workflow(call: CallArg, location_id: Id, workflow_id: Id) -> Response[WorkflowView]:
    """Return a workflow with its draft."""
    return _saved(call.ports.workflows.get(location_id, workflow_id))


@resource.put(
    "/workflows/<workflow_id>", access=anyone(Role.EDITOR), headers=ETAG, problems=(412, 428)
)
def save_workflow(
    call: CallArg, location_id: Id, workflow_id: Id, body: SavedWorkflow, if_match: IfMatch = None
) -> Response[WorkflowView]:
    """Save name, description and draft; what is published stays as it is."""
    workflow = _manager(call).save(
        location_id,
        workflow_id,
        based_on=revision_of(if_match),
        name=body.name,
        description=body.description,
        graph=body.draft,
    )
    return _saved(workflow)


@resource.delete(
    "/workflows/<workflow_id>", access=anyone(Role.ADMIN), status=204, problems=(409, 412, 428)
)
def delete_workflow(
    call: CallArg, location_id: Id, workflow_id: Id, if_match: IfMatch = None
) -> Response[None]:
    """Remove a workflow; the record of its runs stays for the location's retention.

    It is refused while runs are under way: wait for their end, or drain the workflow first.
    """
    _manager(call).delete(location_id, workflow_id, based_on=revision_of(if_match))
    return nothing()


@resource.post("/workflows/<workflow_id>/check", access=anyone(Role.VIEWER), audit=Audit.NOTHING)
def check_workflow(call: CallArg, location_id: Id, workflow_id: Id, body: Draft) -> Checked:
    """Return every problem of the stored draft, or of a drawing that is not saved yet."""
    workflow = call.ports.workflows.get(location_id, workflow_id)
    drawn = workflow if body.draft is None else workflow.changed(draft=body.draft)
    problems = check_graph(drawn, call.ports)
    return Checked(publishable=not has_errors(problems), problems=tuple(problems))


@resource.post(
    "/workflows/<workflow_id>/publish",
    access=anyone(Role.EDITOR),
    headers=ETAG,
    problems=(412, 428),
)
def publish_workflow(
    call: CallArg, location_id: Id, workflow_id: Id, if_match: IfMatch = None
) -> Response[Published]:
    """Publish the draft as the next version; enabled workflows run it from now on.

    Runs under way keep the version that they began with. A draft with problems is refused with
    all of them in `problems`.
    """
    workflow, version = _manager(call).publish(
        location_id,
        workflow_id,
        based_on=revision_of(if_match),
        published_by=call.caller.name,
    )
    return answer(
        Published(workflow=WorkflowView.of(workflow), version=_version(version)),
        revision=workflow.revision,
    )


@resource.put(
    "/workflows/<workflow_id>/enabled",
    access=anyone(Role.EDITOR),
    headers=ETAG,
    problems=(409, 412, 428),
)
def enable_workflow(
    call: CallArg, location_id: Id, workflow_id: Id, body: Switch, if_match: IfMatch = None
) -> Response[WorkflowView]:
    """Turn a workflow on or off; runs under way go on.

    Turning on checks the published version again, and is refused with all problems if it has any.
    """
    workflow = _manager(call).set_enabled(
        location_id, workflow_id, body.enabled, based_on=revision_of(if_match)
    )
    return _saved(workflow)


@resource.post(
    "/workflows/<workflow_id>/rollback",
    access=anyone(Role.EDITOR),
    headers=ETAG,
    problems=(412, 428),
)
def roll_back_workflow(
    call: CallArg, location_id: Id, workflow_id: Id, body: Rollback, if_match: IfMatch = None
) -> Response[WorkflowView]:
    """Let events run an earlier version again; the draft stays as it is.

    While the workflow is on, a version that has problems by now is refused with all of them.
    """
    workflow = _manager(call).roll_back(
        location_id, workflow_id, body.version, based_on=revision_of(if_match)
    )
    return _saved(workflow)


@resource.get("/workflows/<workflow_id>/versions", access=anyone(Role.VIEWER))
def list_versions(
    call: CallArg,
    location_id: Id,
    workflow_id: Id,
    limit: Limit = PageLimit,
    cursor: CursorQuery = None,
) -> VersionPage:
    """List the published versions, newest first."""
    cursors = call.cursors(location_id, "versions", workflow_id=workflow_id)
    page = _manager(call).versions(
        location_id, workflow_id, limit=limit, position=cursors.read(cursor)
    )
    return VersionPage(
        items=tuple(map(_version, page.items)), next_cursor=cursors.write(page.position)
    )


@resource.get("/workflows/<workflow_id>/versions/<version>", access=anyone(Role.VIEWER))
def read_version(
    call: CallArg, location_id: Id, workflow_id: Id, version: VersionPath
) -> VersionView:
    """Return a published version with its drawing; it never changes."""
    found = call.ports.workflows.version(location_id, workflow_id, version)
    return VersionView(**dict(_version(found)), graph=found.graph)


@resource.get("/workflows/<workflow_id>/difference", access=anyone(Role.VIEWER))
def compare_versions(
    call: CallArg,
    location_id: Id,
    workflow_id: Id,
    before: Annotated[int, Query(ge=1, le=999_999, description="A version")],
    after: Annotated[
        int | None, Query(ge=1, le=999_999, description="Another version; default: the draft")
    ] = None,
) -> GraphDifference:
    """Return what changed from one version to another, or to the draft."""
    return _manager(call).difference(location_id, workflow_id, before, after)


@resource.post("/workflows/<workflow_id>/duplicate", access=anyone(Role.EDITOR), status=201)
def duplicate_workflow(
    call: CallArg, location_id: Id, workflow_id: Id, body: Duplicate
) -> Response[CopiedWorkflow]:
    """Copy a workflow's draft, here or to another location where the caller is an editor."""
    target = body.location_id or location_id
    if target != location_id:
        call.require(Role.EDITOR, target)
    copied = _manager(call).duplicate(location_id, workflow_id, to_location=target, name=body.name)
    return _copied(copied)


@resource.get("/workflows/<workflow_id>/export", access=anyone(Role.VIEWER))
def export_workflow(
    call: CallArg,
    location_id: Id,
    workflow_id: Id,
    version: Annotated[
        int | None, Query(ge=1, le=999_999, description="Default: the draft")
    ] = None,
) -> WorkflowExport:
    """Return a workflow as a file: no location, no ids of its own, no history."""
    return _manager(call).export(location_id, workflow_id, version)


@resource.post(
    "/workflows/<workflow_id>/drain", access=anyone(Role.EDITOR), audit=Audit.RESULT, limit=BULK
)
def drain_workflow(call: CallArg, location_id: Id, workflow_id: Id) -> DrainResult:
    """Turn a workflow off and cancel its runs under way, 200 a call.

    Call it until `complete`. Its planned reminders are taken back by a job that goes on by itself.
    """
    drained = ExecutionManager(call.ports).drain(location_id, workflow_id, call.publisher)
    job = drained.reminders
    return DrainResult(
        cancelled=drained.cancelled,
        complete=drained.is_complete,
        reminders_withdrawn=job.counts.get("lost", 0) if job else 0,
        reminders_complete=job is None or job.state is JobState.COMPLETED,
    )


@resource.post(
    "/workflows/<workflow_id>/dry-run",
    access=anyone(Role.EDITOR),
    audit=Audit.NOTHING,
    limit=RENDERING,
)
def dry_run_workflow(
    call: CallArg, location_id: Id, workflow_id: Id, body: DryRunRequest
) -> DryRun:
    """Show what the workflow would do for a booking: everything is rendered, nothing is sent."""
    workflow = call.ports.workflows.get(location_id, workflow_id)
    if body.version is not None:
        graph = call.ports.workflows.version(location_id, workflow_id, body.version).graph
    else:
        graph = workflow.draft
        problems = check_graph(workflow, call.ports)
        if has_errors(problems):
            raise InvalidWorkflowError(problems)
    return DryRunner(call.ports).run(workflow, graph, body.booking_id, body.event)


def _manager(call: Call) -> WorkflowManager:
    return WorkflowManager(call.ports, call.publisher)


def _saved(workflow: Workflow, *, status: int = 200) -> Response[WorkflowView]:
    return answer(WorkflowView.of(workflow), status=status, revision=workflow.revision)


def _copied(copied: Copied) -> Response[CopiedWorkflow]:
    view = CopiedWorkflow(
        workflow=WorkflowView.of(copied.workflow),
        location_id=copied.workflow.location_id,
        to_map=copied.to_map,
    )
    return answer(view, status=201, revision=copied.workflow.revision)


def _version(version: WorkflowVersion) -> VersionSummary:
    return VersionSummary(
        version=version.version,
        name=version.name,
        trigger=version.trigger_type,
        published_at=version.published_at,
        published_by=version.published_by,
    )


def _summary(listed: ListedWorkflow, today: date) -> WorkflowSummary:
    workflow = listed.workflow
    by_day = {each.day: each for each in listed.days}
    days = [today - timedelta(days=back) for back in range(COUNTED_DAYS - 1, -1, -1)]
    return WorkflowSummary(
        id=workflow.id,
        name=workflow.name,
        description=workflow.description,
        trigger=trigger_of(workflow.draft),
        enabled=workflow.enabled,
        revision=workflow.revision,
        published_version=workflow.published_version,
        latest_version=workflow.latest_version,
        created_at=workflow.created_at,
        updated_at=workflow.updated_at,
        last_run_at=listed.last_run_at,
        days=tuple(
            DayFigures(
                day=day,
                completed=by_day[day].completed if day in by_day else 0,
                failed=by_day[day].failed if day in by_day else 0,
            )
            for day in days
        ),
    )
