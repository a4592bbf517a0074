"""Requests and answers with workflows, for all routes about them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from pydantic import BeforeValidator, Field, StringConstraints

from bookflow.api.calls import Call, View, answer
from bookflow.domain.validation.reading import unfit
from bookflow.domain.workflows.graph import Graph
from bookflow.domain.workflows.workflow import Workflow
from bookflow.use_cases.workflows.manage_workflows import WorkflowManager


def bounded(value: Any) -> Any:
    """Reject a graph beyond the limits of size and depth before it is validated."""
    if isinstance(value, Mapping) and (problems := unfit(value)):
        raise ValueError(f"{problems[0].reason} {problems[0].remedy}")
    return value


GraphBody = Annotated[Graph, BeforeValidator(bounded)]
Name = Annotated[str, StringConstraints(strip_whitespace=True), Field(min_length=1, max_length=200)]
Description = Annotated[str, Field(max_length=4000)]
VersionNumber = Annotated[int, Field(ge=1, le=999_999)]


SendMissed = Annotated[
    bool,
    Field(
        description="Whether reminders that would have been due before are sent now; else they are "
        "skipped, with the reason enabled_later"
    ),
]


class WorkflowHead(View):
    """A workflow without its draft."""

    id: str
    name: str
    description: str
    tags: tuple[str, ...]
    enabled: bool
    revision: int
    published_version: int | None
    latest_version: int
    created_at: datetime
    updated_at: datetime


class WorkflowView(WorkflowHead):
    """A workflow with its draft."""

    draft: Graph


def manager(call: Call) -> WorkflowManager:
    """Return the use cases of workflows for a call."""
    return WorkflowManager(call.ports, call.publisher)


def saved(workflow: Workflow, *, status: int = 200) -> Response[WorkflowView]:
    """Answer with a workflow and its revision."""
    return answer(WorkflowView.of(workflow), status=status, revision=workflow.revision)
