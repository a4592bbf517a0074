"""Copies of workflows: duplicate, export and import them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BeforeValidator, Field

from bookflow.api.auth.access import Role
from bookflow.api.calls import ETAG, CallArg, Id, Input, RepeatKey, View, answer
from bookflow.api.routing import Resource
from bookflow.api.workflow_views import Name, WorkflowView, bounded, manager
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.workflows.export import WorkflowExport
from bookflow.use_cases.workflows.manage_workflows import Copied
from bookflow.use_cases.workflows.references import Reference, ReferenceKind

resource = Resource("workflows")


def _bounded_file(value: Any) -> Any:
    """Reject a file whose graph is beyond the limits."""
    if isinstance(value, Mapping):
        bounded(value.get("graph"))
    return value


WorkflowFile = Annotated[WorkflowExport, BeforeValidator(_bounded_file)]


class Duplicate(Input):
    """Where the copy goes, and its name."""

    location_id: Identifier | None = Field(default=None, description="Default: the same")
    name: Name | None = None


class Import(Input):
    """An exported workflow to import."""

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


@resource.post("/workflows/import", Role.EDITOR, status=201, headers=ETAG)
def import_workflow(
    call: CallArg, location_id: Id, body: Import, idempotency_key: RepeatKey = None
) -> Response[CopiedWorkflow]:
    """Import an exported workflow, turned off and not published.

    `to_map` names the templates and surveys that the location does not have; choose others in
    the editor, or send the import again with a mapping.
    """
    ids: Mapping[ReferenceKind, Mapping[str, str]] = {
        "template": body.templates,
        "survey": body.surveys,
    }
    return _copied(
        manager(call).import_workflow(
            location_id, body.workflow, name=body.name, ids=ids, key=call.key(idempotency_key)
        )
    )


@resource.post("/workflows/<workflow_id>/duplicate", Role.EDITOR, status=201)
def duplicate_workflow(
    call: CallArg,
    location_id: Id,
    workflow_id: Id,
    body: Duplicate,
    idempotency_key: RepeatKey = None,
) -> Response[CopiedWorkflow]:
    """Copy a workflow's draft, here or to another location where the caller is an editor."""
    target = body.location_id or location_id
    if target != location_id:
        call.require(Role.EDITOR, target)
    copied = manager(call).duplicate(
        location_id,
        workflow_id,
        to_location=target,
        name=body.name,
        key=call.key(idempotency_key),
    )
    return _copied(copied)


@resource.get("/workflows/<workflow_id>/export", Role.VIEWER)
def export_workflow(
    call: CallArg,
    location_id: Id,
    workflow_id: Id,
    version: Annotated[
        int | None, Query(ge=1, le=999_999, description="Default: the draft")
    ] = None,
) -> WorkflowExport:
    """Return a workflow as a file, without its location, ids and history."""
    return manager(call).export(location_id, workflow_id, version)


def _copied(copied: Copied) -> Response[CopiedWorkflow]:
    view = CopiedWorkflow(
        workflow=WorkflowView.of(copied.workflow),
        location_id=copied.workflow.location_id,
        to_map=copied.to_map,
    )
    return answer(view, status=201, revision=copied.workflow.revision)
