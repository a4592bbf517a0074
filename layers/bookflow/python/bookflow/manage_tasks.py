"""What the people of a location do with their tasks: list, assign, complete, reopen."""

from __future__ import annotations

from typing import Any

from bookflow.domain.pages import PAGE_SIZE, Page
from bookflow.domain.records import Task, TaskStatus
from bookflow.ports import Ports


class TaskManager:
    """The tasks of locations. Repeating a change that is made already changes nothing."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def get(self, location_id: str, task_id: str) -> Task:
        """Return a task.

        Raises:
            NotFoundError: The location has no such task.
        """
        return self._ports.tasks.get(location_id, task_id)

    def list(
        self,
        location_id: str,
        *,
        status: TaskStatus = "open",
        limit: int = PAGE_SIZE,
        position: str | None = None,
    ) -> Page[Task]:
        """Return a page of tasks: open ones by their due time, completed ones newest first."""
        return self._ports.tasks.list(location_id, status=status, limit=limit, position=position)

    def complete(self, location_id: str, task_id: str, *, based_on: int | None = None) -> Task:
        """Mark a task as done; raises as `assign` does."""
        return self._change(
            location_id,
            task_id,
            based_on,
            status="completed",
            completed_at=self._ports.clock.now(),
        )

    def reopen(self, location_id: str, task_id: str, *, based_on: int | None = None) -> Task:
        """Put a task back among those to be done; raises as `assign` does."""
        return self._change(location_id, task_id, based_on, status="open", completed_at=None)

    def assign(
        self, location_id: str, task_id: str, assignee: str | None, *, based_on: int | None = None
    ) -> Task:
        """Say who does the task; None takes it from whoever has it.

        Args:
            location_id: Whose task it is.
            task_id: The task.
            assignee: As the location names its people, at most 200 characters.
            based_on: The revision that the caller has seen; without it any will do.

        Raises:
            NotFoundError: The location has no such task.
            StaleRevisionError: `based_on` is not the stored revision.
            ConflictError: Another save came in between.
        """
        name = (assignee or "").strip() or None
        return self._change(location_id, task_id, based_on, assignee=name)

    def _change(self, location_id: str, task_id: str, based_on: int | None, **changes: Any) -> Task:
        task = self._ports.tasks.get(location_id, task_id)
        key = "status" if "status" in changes else "assignee"
        if getattr(task, key) == changes[key]:
            return task
        changed = task.saved(based_on or task.revision, **changes)
        self._ports.tasks.save(changed)
        return changed
