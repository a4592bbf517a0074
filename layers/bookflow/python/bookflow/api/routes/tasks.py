"""Tasks: what people of the location shall do, who does it, and what is done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

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
)
from bookflow.api.etags import revision_of
from bookflow.api.routing import Resource
from bookflow.domain.records import Task, TaskStatus
from bookflow.manage_tasks import TaskManager

resource = Resource("tasks")

_CHANGE: Mapping[str, Any] = {
    "access": anyone(Role.EDITOR),
    "headers": ETAG,
    "problems": (409, 412, 428),
}


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
    execution_id: str | None
    created_at: datetime
    completed_at: datetime | None
    revision: int


class TaskPage(View):
    """A page of tasks; it may hold fewer than `limit` while more follow."""

    items: tuple[TaskView, ...]
    next_cursor: str | None = None


class Assignment(Input):
    """Who does the task."""

    assignee: str | None = Field(max_length=200, description="Null: nobody in particular")


@resource.get("/tasks", access=anyone(Role.VIEWER))
def list_tasks(
    call: CallArg,
    location_id: Id,
    status: Annotated[TaskStatus, Query(description="Which tasks")] = "open",
    limit: Limit = PageLimit,
    cursor: CursorQuery = None,
) -> TaskPage:
    """List tasks: open ones by their due time, completed ones newest first."""
    cursors = call.cursors(location_id, "tasks", status=status)
    page = _manager(call).list(
        location_id, status=status, limit=limit, position=cursors.read(cursor)
    )
    return TaskPage(items=tuple(map(_view, page.items)), next_cursor=cursors.write(page.position))


@resource.get("/tasks/<task_id>", access=anyone(Role.VIEWER), headers=ETAG)
def read_task(call: CallArg, location_id: Id, task_id: Id) -> Response[TaskView]:
    """Return a task."""
    return _saved(_manager(call).get(location_id, task_id))


@resource.post("/tasks/<task_id>/complete", **_CHANGE)
def complete_task(
    call: CallArg, location_id: Id, task_id: Id, if_match: IfMatch = None
) -> Response[TaskView]:
    """Mark a task as done."""
    based_on = revision_of(if_match)
    return _saved(_manager(call).complete(location_id, task_id, based_on=based_on))


@resource.post("/tasks/<task_id>/reopen", **_CHANGE)
def reopen_task(
    call: CallArg, location_id: Id, task_id: Id, if_match: IfMatch = None
) -> Response[TaskView]:
    """Put a task back among those to be done."""
    based_on = revision_of(if_match)
    return _saved(_manager(call).reopen(location_id, task_id, based_on=based_on))


@resource.put("/tasks/<task_id>/assignee", **_CHANGE)
def assign_task(
    call: CallArg, location_id: Id, task_id: Id, body: Assignment, if_match: IfMatch = None
) -> Response[TaskView]:
    """Say who does a task."""
    based_on = revision_of(if_match)
    task = _manager(call).assign(location_id, task_id, body.assignee, based_on=based_on)
    return _saved(task)


def _manager(call: Call) -> TaskManager:
    return TaskManager(call.ports)


def _saved(task: Task) -> Response[TaskView]:
    return answer(_view(task), revision=task.revision)


def _view(task: Task) -> TaskView:
    return TaskView(**{name: getattr(task, name) for name in TaskView.model_fields})
