"""Tasks of locations in DynamoDB: the port `TaskStore`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookflow.adapters.dynamodb.base import records
from bookflow.adapters.dynamodb.base.documents import decode_model, encode_model
from bookflow.adapters.dynamodb.base.keys import Key, partition, text_digest, utc_text
from bookflow.adapters.dynamodb.base.table import (
    ConditionFailedError,
    Delete,
    Put,
    Table,
    time_to_live,
    unchanged_since,
)
from bookflow.domain.shared.pagination import PAGE_SIZE, Page
from bookflow.domain.staff.tasks import Task

if TYPE_CHECKING:
    from bookflow.domain.staff.tasks import TaskStatus


class DynamoDBTasks:
    """Keeps tasks; open and done ones are listed apart, so the done never slow the open list."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, task: Task) -> Task:
        """Store the task unless its id is taken; return the stored one either way."""
        try:
            self._table.put(_put(task))
        except ConditionFailedError as error:
            return decode_model(Task, error.found["data"]) if error.found else task
        return task

    def get(self, location_id: str, task_id: str) -> Task:
        """Return the task.

        Raises:
            NotFoundError: The location has no such task.
        """
        return records.read(self._table, _key(location_id, task_id), Task)

    def save(self, task: Task) -> None:
        """Store the task if the stored revision is the one before it.

        Raises:
            ConflictError: Another save came first.
        """
        records.save(self._table, _put(task), task)

    def delete(self, task: Task) -> None:
        """Delete the task; a missing one is no error."""
        self._table.transact([Delete(_key(task.location_id, task.id))])

    def list(
        self,
        location_id: str,
        *,
        status: TaskStatus = "open",
        assignee: str | None = None,
        booking_id: str | None = None,
        limit: int = PAGE_SIZE,
        position: str | None = None,
    ) -> Page[Task]:
        """Return a page of tasks: open ones by their due time, completed ones newest first."""
        index, pk = _narrowest_list(location_id, status, assignee, booking_id)
        page = self._table.query_page(
            pk,
            index=index,
            limit=limit,
            position=position,
            newest_first=status == "completed",
        )
        tasks = [decode_model(Task, item["data"]) for item in page.items]
        # The index may be a moment behind: what has changed its list meanwhile is left out.
        found = [
            task
            for task in tasks
            if task.status == status
            and assignee in (None, task.assignee or "")
            and booking_id in (None, task.booking_id)
        ]
        return Page(found, page.position)


def _put(task: Task) -> Put:
    key = _key(task.location_id, task.id)
    listed_at = task.due_at if task.status == "open" else task.completed_at or task.created_at
    place = f"{utc_text(listed_at)}#{task.id}"
    item = {
        "PK": key.pk,
        "SK": key.sk,
        "GSI1PK": _listed(task.location_id, task.status),
        "GSI1SK": place,
        "GSI3PK": _of_assignee(task.location_id, task.status, task.assignee or ""),
        "GSI3SK": place,
        "revision": task.revision,
        "expires_at": time_to_live(task.kept_until),
        "data": encode_model(task),
    }
    if task.booking_id:
        item["GSI2PK"] = _of_booking(task.location_id, task.status, task.booking_id)
        item["GSI2SK"] = place
    return Put(item, unchanged_since(task.revision - 1))


def _key(location_id: str, task_id: str) -> Key:
    return Key(partition(location_id, "TASK", task_id), "TASK")


def _narrowest_list(
    location_id: str, status: TaskStatus, assignee: str | None, booking_id: str | None
) -> tuple[str, str]:
    """Return the index and the partition of the narrowest list that holds what is wanted."""
    if booking_id is not None:
        return "GSI2", _of_booking(location_id, status, booking_id)
    if assignee is not None:
        return "GSI3", _of_assignee(location_id, status, assignee)
    return "GSI1", _listed(location_id, status)


def _listed(location_id: str, status: TaskStatus) -> str:
    return partition(location_id, "TASKS", status.upper())


def _of_booking(location_id: str, status: TaskStatus, booking_id: str) -> str:
    return partition(location_id, "BOOKING", booking_id, "TASKS", status.upper())


def _of_assignee(location_id: str, status: TaskStatus, assignee: str) -> str:
    return partition(location_id, "ASSIGNEE", text_digest(assignee), "TASKS", status.upper())
