"""Notes, tasks and the audit log in memory."""

from __future__ import annotations

from bookflow.adapters.memory.paging import page_of
from bookflow.domain.audit import AuditEntry
from bookflow.domain.shared.errors import ConflictError, NotFoundError
from bookflow.domain.shared.pagination import PAGE_SIZE, Page
from bookflow.domain.staff.notes import Note
from bookflow.domain.staff.tasks import Task, TaskStatus


class InMemoryNotes:
    def __init__(self) -> None:
        self.stored: dict[tuple[str, str, str], Note] = {}

    def add(self, note: Note) -> Note:
        return self.stored.setdefault((note.location_id, note.booking_id, note.id), note)

    def delete(self, note: Note) -> None:
        self.stored.pop((note.location_id, note.booking_id, note.id), None)

    def list(
        self,
        location_id: str,
        booking_id: str,
        *,
        limit: int = PAGE_SIZE,
        position: str | None = None,
    ) -> Page[Note]:
        found = sorted(
            (note for key, note in self.stored.items() if key[:2] == (location_id, booking_id)),
            key=lambda note: (note.created_at, note.id),
        )
        return page_of(found, limit, position)


class InMemoryTasks:
    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], Task] = {}

    def add(self, task: Task) -> Task:
        return self.stored.setdefault((task.location_id, task.id), task)

    def get(self, location_id: str, task_id: str) -> Task:
        try:
            return self.stored[location_id, task_id]
        except KeyError:
            raise NotFoundError("there is no such task in this location", field="task_id") from None

    def save(self, task: Task) -> None:
        key = (task.location_id, task.id)
        stored = self.stored.get(key)
        if stored == task:
            return
        if task.revision != (stored.revision if stored else 0) + 1:
            raise ConflictError("another save of the task came first", field="revision")
        self.stored[key] = task

    def delete(self, task: Task) -> None:
        self.stored.pop((task.location_id, task.id), None)

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
        is_open = status == "open"
        found = sorted(
            (
                task
                for task in self.stored.values()
                if (task.location_id, task.status) == (location_id, status)
                and assignee in (None, task.assignee or "")
                and booking_id in (None, task.booking_id)
            ),
            key=lambda task: (task.due_at if is_open else task.completed_at, task.id),
            reverse=not is_open,
        )
        return page_of(found, limit, position)


class InMemoryAuditLog:
    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], AuditEntry] = {}

    def append(self, entry: AuditEntry) -> None:
        self.stored.setdefault((entry.location_id, entry.id), entry)

    def overwrite(self, entry: AuditEntry) -> None:
        if (entry.location_id, entry.id) in self.stored:
            self.stored[entry.location_id, entry.id] = entry

    def page(
        self,
        location_id: str,
        *,
        kind: str | None = None,
        resource_id: str | None = None,
        limit: int = PAGE_SIZE,
        position: str | None = None,
    ) -> Page[AuditEntry]:
        found = [
            entry
            for entry in self.stored.values()
            if entry.location_id == location_id
            and kind in (None, entry.kind)
            and resource_id in (None, entry.resource_id)
        ]
        found.sort(key=lambda entry: (entry.at, entry.id), reverse=True)
        return page_of(found, limit, position)
