"""What the people of a location do with their tasks: make, assign, complete, reopen."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from bookflow.domain.bookings.records import Location
from bookflow.domain.bookings.retention import kept_until
from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.records import StoredModel, new_id
from bookflow.domain.shared.values import Moment
from bookflow.domain.staff.tasks import Task
from bookflow.ports import Ports

DUE_IN = timedelta(hours=24)
"""When a task is due whose time nobody named, as with tasks of workflows."""


class NewTask(StoredModel):
    """A task as a person writes it."""

    title: Annotated[str, StringConstraints(strip_whitespace=True)] = Field(
        min_length=1, max_length=500
    )
    description: str = Field(default="", max_length=20_000)
    priority: Literal["low", "normal", "high"] = "normal"
    due_at: Moment | None = Field(default=None, description="Default: in 24 hours")
    assignee: str | None = Field(default=None, max_length=200, description="Null: not assigned")
    booking_id: Identifier | None = Field(default=None, description="The booking it is about")


class TaskManager:
    """The tasks of locations. Repeating a change that is made already changes nothing."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def create(self, location_id: str, content: NewTask, *, key: str | None = None) -> Task:
        """Store a task that a person wrote; a repeated creation of the same key returns the task.

        Raises:
            InvalidInputError: The location knows no such booking.
        """
        context = self._ports.bookings.context(location_id, content.booking_id)
        booking = context.booking if context else None
        if content.booking_id is not None and booking is None:
            raise InvalidInputError(
                "is not a booking of this location",
                field="booking_id",
                remedy="Choose a booking that the location knows, or leave it out.",
            )
        now = self._ports.clock.now()
        location = context.location if context else Location(id=location_id)
        return self._ports.tasks.add(
            Task(
                location_id=location_id,
                id=new_id("task", location_id, key),
                title=content.title,
                description=content.description,
                priority=content.priority,
                due_at=content.due_at or now + DUE_IN,
                assignee=_name(content.assignee),
                booking_id=content.booking_id,
                created_at=now,
                kept_until=kept_until(booking, location, now),
            )
        )

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
        """Say who does the task; None unassigns it.

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
        return self._change(location_id, task_id, based_on, assignee=_name(assignee))

    def _change(self, location_id: str, task_id: str, based_on: int | None, **changes: Any) -> Task:
        task = self._ports.tasks.get(location_id, task_id)
        key = "status" if "status" in changes else "assignee"
        if getattr(task, key) == changes[key]:
            return task
        changed = task.saved(based_on or task.revision, **changes)
        self._ports.tasks.save(changed)
        return changed


def _name(assignee: str | None) -> str | None:
    return (assignee or "").strip() or None
