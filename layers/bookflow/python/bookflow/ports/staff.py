"""Notes and tasks for the staff, and the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bookflow.domain.shared.pagination import FIRST_PAGE

if TYPE_CHECKING:
    from bookflow.domain.audit import AuditEntry
    from bookflow.domain.shared.pagination import Page, PageRequest
    from bookflow.domain.staff.notes import Note
    from bookflow.domain.staff.tasks import Task, TaskStatus


class NoteStore(Protocol):
    """Notes on bookings."""

    def add(self, note: Note) -> Note:
        """Store the note unless its id is taken; return the stored one either way."""

    def list(
        self, location_id: str, booking_id: str, request: PageRequest = FIRST_PAGE
    ) -> Page[Note]:
        """Return a page of a booking's notes, oldest first; one of a moment ago may be missing."""

    def delete(self, note: Note) -> None:
        """Delete the note; a missing one is no error."""


@dataclass(frozen=True)
class TaskFilter:
    """Which tasks a list holds; None means any.

    Attributes:
        assignee: Only those of this person, named as when they were assigned; empty means those
            of nobody in particular.
    """

    status: TaskStatus = "open"
    assignee: str | None = None
    booking_id: str | None = None

    def holds(self, task: Task) -> bool:
        """Whether the task belongs to the list."""
        return (
            task.status == self.status
            and self.assignee in (None, task.assignee or "")
            and self.booking_id in (None, task.booking_id)
        )


OPEN_TASKS = TaskFilter()


class TaskStore(Protocol):
    """Tasks of a location."""

    def add(self, task: Task) -> Task:
        """Store the task unless its id is taken; return the stored one either way."""

    def get(self, location_id: str, task_id: str) -> Task:
        """Return the task.

        Raises:
            NotFoundError: The location has no such task.
        """

    def save(self, task: Task) -> None:
        """Store the task if the stored revision is the one before it.

        Raises:
            StaleRevisionError: Another save came first.
        """

    def delete(self, task: Task) -> None:
        """Delete the task; a missing one is no error."""

    def list(
        self,
        location_id: str,
        wanted: TaskFilter = OPEN_TASKS,
        request: PageRequest = FIRST_PAGE,
    ) -> Page[Task]:
        """Return a page of tasks: open ones by their due time, completed ones newest first.

        With an assignee and a booking, a page may hold fewer than there are. A change made a moment
        ago may be missing.
        """


class AuditLog(Protocol):
    """Who changed what."""

    def append(self, entry: AuditEntry) -> None:
        """Keep the entry; the same one again changes nothing."""

    def page(
        self,
        location_id: str,
        *,
        kind: str | None = None,
        resource_id: str | None = None,
        request: PageRequest = FIRST_PAGE,
    ) -> Page[AuditEntry]:
        """Return a page of the location's entries, newest first.

        `kind` narrows it to one kind of thing, and `resource_id`, which needs it, to one thing; an
        entry made a moment ago may then be missing.
        """

    def withdraw(self, entry: AuditEntry) -> None:
        """Remove the entry of a change that was not made; a missing one is no error."""

    def overwrite(self, entry: AuditEntry) -> None:
        """Store an entry anew that is kept already."""
