"""Versions of workflows: publish, roll back, read and compare them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import Field

from bookflow.api.auth.access import Role
from bookflow.api.calls import (
    SAVE,
    CallArg,
    CursorQuery,
    Id,
    IfMatch,
    Input,
    Limit,
    PageLimit,
    PageView,
    View,
    answer,
)
from bookflow.api.etags import revision_of
from bookflow.api.routing import Resource
from bookflow.api.workflow_views import SendMissed, VersionNumber, WorkflowView, manager, saved
from bookflow.domain.workflows.diff import GraphDifference
from bookflow.domain.workflows.graph import Graph
from bookflow.domain.workflows.workflow import WorkflowVersion

resource = Resource("workflows")

VersionPath = Annotated[int, Path(ge=1, le=999_999, description="A published version")]


class Rollback(Input):
    """The version to go back to."""

    version: VersionNumber
    send_missed: SendMissed = False


class VersionSummary(View):
    """A published version."""

    version: int
    name: str
    trigger: str
    published_at: datetime
    published_by: str


class VersionPage(PageView[VersionSummary]):
    """A page of published versions, newest first."""


class VersionView(VersionSummary):
    """A published version with its description and graph."""

    description: str | None = Field(description="As published; null if it was not stored")
    graph: Graph


class Published(View):
    """A workflow and its new version."""

    workflow: WorkflowView
    version: VersionSummary


@resource.post("/workflows/<workflow_id>/publish", Role.EDITOR, **SAVE)
def publish_workflow(
    call: CallArg,
    location_id: Id,
    workflow_id: Id,
    if_match: IfMatch = None,
    send_missed: Annotated[
        bool,
        Query(
            description="Whether reminders that would have been due before are sent now; else they "
            "are skipped, with the reason enabled_later"
        ),
    ] = False,
) -> Response[Published]:
    """Publish the draft as the next version; new events use it if the workflow is on.

    Executions in progress finish on their version. A draft with problems is an error that
    lists them in `problems`.
    """
    workflow, version = call.publisher.publish(
        location_id,
        workflow_id,
        based_on=revision_of(if_match),
        published_by=call.caller.name,
        send_missed=send_missed,
    )
    return answer(
        Published(workflow=WorkflowView.of(workflow), version=_version(version)),
        revision=workflow.revision,
    )


@resource.post("/workflows/<workflow_id>/rollback", Role.EDITOR, **SAVE)
def roll_back_workflow(
    call: CallArg, location_id: Id, workflow_id: Id, body: Rollback, if_match: IfMatch = None
) -> Response[WorkflowView]:
    """Let new events use an earlier version; the draft stays as it is.

    While the workflow is on, a version that has problems now is an error that lists them.
    """
    workflow = call.publisher.roll_back(
        location_id,
        workflow_id,
        body.version,
        based_on=revision_of(if_match),
        send_missed=body.send_missed,
    )
    return saved(workflow)


@resource.get("/workflows/<workflow_id>/versions", Role.VIEWER)
def list_versions(
    call: CallArg,
    location_id: Id,
    workflow_id: Id,
    limit: Limit = PageLimit,
    cursor: CursorQuery = None,
) -> VersionPage:
    """List the published versions, newest first."""
    page = manager(call).versions(location_id, workflow_id, call.wanted(limit, cursor))
    return VersionPage.of_page(call, page.holding([*map(_version, page.items)]))


@resource.get("/workflows/<workflow_id>/versions/<version>", Role.VIEWER)
def read_version(
    call: CallArg, location_id: Id, workflow_id: Id, version: VersionPath
) -> VersionView:
    """Return a published version with its graph; it never changes."""
    found = call.ports.workflows.version(location_id, workflow_id, version)
    return VersionView(**dict(_version(found)), description=found.description, graph=found.graph)


@resource.get("/workflows/<workflow_id>/difference", Role.VIEWER)
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
    return manager(call).difference(location_id, workflow_id, before, after)


def _version(version: WorkflowVersion) -> VersionSummary:
    return VersionSummary(
        version=version.version,
        name=version.name,
        trigger=version.trigger_type,
        published_at=version.published_at,
        published_by=version.published_by,
    )
