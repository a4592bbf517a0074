"""Tasks of the location's staff: list, create, assign, complete and reopen them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from bookflow.api.auth.access import Role
from bookflow.api.calls import (
    CHANGE,
    ETAG,
    Call,
    CallArg,
    CursorQuery,
    Id,
    IdQuery,
    IfMatch,
    Input,
    Limit,
    PageLimit,
    PageView,
    RepeatKey,
    View,
    answer,
)
from bookflow.api.etags import revision_of
from bookflow.api.routing import Resource
from bookflow.domain.staff.tasks import Task, TaskStatus
from bookflow.ports import TaskFilter
from bookflow.use_cases.staff.manage_tasks import NewTask, TaskManager

resource = Resource("tasks")


class TaskView(View):
    """A task."""

    id: str
    title: str
    description: str
    priority: Literal["low", "normal", "high"]
    status: TaskStatus
    due_at: datetime
    assignee: str | None
    booking_id: str | None
    workflow_id: str | None = Field(
        description="The workflow that created it; null if a person created it"
    )
    execution_id: str | None = Field(
        description="The execution that created it; null if a person created it"
    )
    created_at: datetime
    completed_at: datetime | None
    revision: int


class TaskPage(PageView[TaskView]):
    """A page of tasks; it may hold fewer than `limit` while more follow."""


class Assignment(Input):
    """The person to assign the task to."""

    assignee: str | None = Field(max_length=200, description="Null: not assigned")


@resource.get("/tasks", Role.VIEWER)
def list_tasks(
    call: CallArg,
    location_id: Id,
    status: Annotated[TaskStatus, Query(description="Which tasks")] = "open",
    assignee: Annotated[
        str | None,
        Query(
            max_length=200,
            description="Only of this person, as it was assigned; empty: unassigned tasks",
        ),
    ] = None,
    booking_id: IdQuery = None,
    limit: Limit = PageLimit,
    cursor: CursorQuery = None,
) -> TaskPage:
    """List tasks: open ones by their due time, completed ones newest first."""
    assignee = None if assignee is None else assignee.strip()
    wanted = TaskFilter(status, assignee, booking_id)
    page = call.ports.tasks.list(location_id, wanted, call.wanted(limit, cursor))
    return TaskPage.of_page(call, page)


@resource.post("/tasks", Role.EDITOR, status=201, headers=ETAG)
def create_task(
    call: CallArg, location_id: Id, body: NewTask, idempotency_key: RepeatKey = None
) -> Response[TaskView]:
    """Create a task."""
    task = _manager(call).create(location_id, body, key=call.key(idempotency_key))
    return _saved(task, status=201)


@resource.get("/tasks/<task_id>", Role.VIEWER, headers=ETAG)
def read_task(call: CallArg, location_id: Id, task_id: Id) -> Response[TaskView]:
    """Return a task."""
    return _saved(call.ports.tasks.get(location_id, task_id))


@resource.post("/tasks/<task_id>/complete", Role.EDITOR, **CHANGE)
def complete_task(
    call: CallArg, location_id: Id, task_id: Id, if_match: IfMatch = None
) -> Response[TaskView]:
    """Complete a task."""
    based_on = revision_of(if_match)
    return _saved(_manager(call).complete(location_id, task_id, based_on=based_on))


@resource.post("/tasks/<task_id>/reopen", Role.EDITOR, **CHANGE)
def reopen_task(
    call: CallArg, location_id: Id, task_id: Id, if_match: IfMatch = None
) -> Response[TaskView]:
    """Reopen a completed task."""
    based_on = revision_of(if_match)
    return _saved(_manager(call).reopen(location_id, task_id, based_on=based_on))


@resource.put("/tasks/<task_id>/assignee", Role.EDITOR, **CHANGE)
def assign_task(
    call: CallArg, location_id: Id, task_id: Id, body: Assignment, if_match: IfMatch = None
) -> Response[TaskView]:
    """Assign a task to a person, or to nobody."""
    based_on = revision_of(if_match)
    task = _manager(call).assign(location_id, task_id, body.assignee, based_on=based_on)
    return _saved(task)


def _manager(call: Call) -> TaskManager:
    return TaskManager(call.ports)


def _saved(task: Task, *, status: int = 200) -> Response[TaskView]:
    return answer(TaskView.of(task), status=status, revision=task.revision)
