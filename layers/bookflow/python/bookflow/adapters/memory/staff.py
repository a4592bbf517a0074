"""Notes, tasks and the audit log in memory."""

from __future__ import annotations

from bookflow.adapters.memory.records import InMemoryRecords, page_of
from bookflow.domain.audit import AuditEntry
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest
from bookflow.domain.staff.notes import Note
from bookflow.domain.staff.tasks import Task
from bookflow.ports import OPEN_TASKS, TaskFilter


class InMemoryNotes:
    def __init__(self) -> None:
        self.stored: dict[tuple[str, str, str], Note] = {}

    def add(self, note: Note) -> Note:
        return self.stored.setdefault((note.location_id, note.booking_id, note.id), note)

    def delete(self, note: Note) -> None:
        self.stored.pop((note.location_id, note.booking_id, note.id), None)

    def list(
        self, location_id: str, booking_id: str, request: PageRequest = FIRST_PAGE
    ) -> Page[Note]:
        found = sorted(
            (note for key, note in self.stored.items() if key[:2] == (location_id, booking_id)),
            key=lambda note: (note.created_at, note.id),
        )
        return page_of(found, request)


class InMemoryTasks(InMemoryRecords[Task]):
    model = Task

    def add(self, task: Task) -> Task:
        return self.stored.setdefault((task.location_id, task.id), task)

    def delete(self, task: Task) -> None:
        self.stored.pop((task.location_id, task.id), None)

    def list(
        self,
        location_id: str,
        wanted: TaskFilter = OPEN_TASKS,
        request: PageRequest = FIRST_PAGE,
    ) -> Page[Task]:
        is_open = wanted.status == "open"
        found = sorted(
            (
                task
                for task in self.stored.values()
                if task.location_id == location_id and wanted.holds(task)
            ),
            key=lambda task: (task.due_at if is_open else task.completed_at, task.id),
            reverse=not is_open,
        )
        return page_of(found, request)


class InMemoryAuditLog:
    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], AuditEntry] = {}

    def append(self, entry: AuditEntry) -> None:
        self.stored.setdefault((entry.location_id, entry.id), entry)

    def withdraw(self, entry: AuditEntry) -> None:
        self.stored.pop((entry.location_id, entry.id), None)

    def overwrite(self, entry: AuditEntry) -> None:
        if (entry.location_id, entry.id) in self.stored:
            self.stored[entry.location_id, entry.id] = entry

    def page(
        self,
        location_id: str,
        *,
        kind: str | None = None,
        resource_id: str | None = None,
        request: PageRequest = FIRST_PAGE,
    ) -> Page[AuditEntry]:
        found = [
            entry
            for entry in self.stored.values()
            if entry.location_id == location_id
            and kind in (None, entry.kind)
            and resource_id in (None, entry.resource_id)
        ]
        found.sort(key=lambda entry: (entry.at, entry.id), reverse=True)
        return page_of(found, request)
