"""How a workflow's executions fared at each step, and which ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import Field

from bookflow.api.auth.access import Role
from bookflow.api.calls import CallArg, CursorQuery, Id, Limit, PageLimit, View
from bookflow.api.routes.executions import ExecutionPage, execution_page
from bookflow.api.routing import Resource
from bookflow.domain.executions.execution import ReasonCode, StepStatus
from bookflow.domain.executions.step_statistics import STEP_DAYS
from bookflow.use_cases.executions.manage_executions import ExecutionManager, StepFilter

resource = Resource("workflows")


class StepCountsView(View):
    """What executions did at one step."""

    node_id: str
    came: int
    completed: int
    failed: int
    skipped: Mapping[str, int] = Field(description="Counts by the reason")


class StepStatisticsView(View):
    """The executions of a version that ended in the last days."""

    version: int = Field(description="0 where no version is published")
    ended: Mapping[str, int] = Field(description="Executions by their status")
    steps: tuple[StepCountsView, ...] = Field(description="Only steps that an execution came to")
    answered: Mapping[str, int] = Field(
        description="Surveys that were answered on these days, by the step that sent them"
    )


@resource.get("/workflows/<workflow_id>/step_statistics", Role.VIEWER)
def read_step_statistics(
    call: CallArg,
    location_id: Id,
    workflow_id: Id,
    days: Annotated[int, Query(ge=1, le=STEP_DAYS, description="Days (UTC), today included")] = 7,
    version: Annotated[
        int | None, Query(ge=1, le=999_999, description="Default: the published version")
    ] = None,
) -> StepStatisticsView:
    """Return how many executions came to each step, completed, skipped or failed it.

    An execution is counted when it has ended, on that day; an answer of a survey on the day that it
    came.
    """
    found = ExecutionManager(call.ports).step_statistics(location_id, workflow_id, version, days)
    return StepStatisticsView(
        version=found.version,
        ended=found.ended,
        steps=tuple(StepCountsView.of(each) for each in found.steps),
        answered=found.answered,
    )


@resource.get("/workflows/<workflow_id>/steps/<node_id>/executions", Role.VIEWER)
def list_executions_at_step(
    call: CallArg,
    location_id: Id,
    workflow_id: Id,
    node_id: Annotated[str, Path(min_length=1, max_length=64, description="The step's node")],
    status: Annotated[StepStatus, Query(description="How the step stands")],
    reason: Annotated[ReasonCode | None, Query(description="Why it was skipped")] = None,
    limit: Limit = PageLimit,
    cursor: CursorQuery = None,
) -> ExecutionPage:
    """List the workflow's executions whose step stands so, newest first."""
    wanted = StepFilter(workflow_id, node_id, status, reason)
    page = ExecutionManager(call.ports).page_at_step(
        location_id, wanted, call.wanted(limit, cursor)
    )
    return execution_page(call, page)
