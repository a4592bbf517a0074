"""Notes and tasks for the staff in DynamoDB: the ports `NoteStore` and `TaskStore`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookflow.adapters.dynamodb.base import records
from bookflow.adapters.dynamodb.base.documents import decode_model, encode_model
from bookflow.adapters.dynamodb.base.keys import (
    Key,
    booking_key,
    partition,
    text_digest,
    utc_text,
)
from bookflow.adapters.dynamodb.base.table import (
    NEW,
    ConditionFailedError,
    Delete,
    Item,
    Put,
    TableStore,
    time_to_live,
)
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest
from bookflow.domain.staff.notes import Note
from bookflow.domain.staff.tasks import Task
from bookflow.ports import OPEN_TASKS, TaskFilter

if TYPE_CHECKING:
    from bookflow.domain.staff.tasks import TaskStatus

_NOTE = "NOTE#"


class DynamoDBNotes(TableStore):
    """Keeps notes beside their booking.

    The key holds the note's id and no time: a second try of the same note must find the first.
    An index holds them by time.
    """

    def add(self, note: Note) -> Note:
        """Store the note unless its id is taken; return the stored one either way."""
        key = _note_key(note)
        item = {
            **key.attributes,
            "GSI1PK": _by_time(note.location_id, note.booking_id),
            "GSI1SK": f"{utc_text(note.created_at)}#{note.id}",
            "expires_at": time_to_live(note.kept_until),
            "data": encode_model(note),
        }
        try:
            self.table.put(Put(item, NEW))
        except ConditionFailedError as error:
            return decode_model(Note, error.found["data"]) if error.found else note
        return note

    def list(
        self, location_id: str, booking_id: str, request: PageRequest = FIRST_PAGE
    ) -> Page[Note]:
        """Return a page of a booking's notes, oldest first (two calls)."""
        pk = _by_time(location_id, booking_id)
        return records.decoded(Note, self.table.query_page(pk, request, index="GSI1"))

    def delete(self, note: Note) -> None:
        """Delete the note; a missing one is no error."""
        self.table.transact([Delete(_note_key(note))])


class DynamoDBTasks(TableStore):
    """Keeps tasks; open and done ones are listed apart, so the done never slow the open list."""

    def add(self, task: Task) -> Task:
        """Store the task unless its id is taken; return the stored one either way."""
        try:
            self.table.put(records.put_of(_item(task), task))
        except ConditionFailedError as error:
            return decode_model(Task, error.found["data"]) if error.found else task
        return task

    def get(self, location_id: str, task_id: str) -> Task:
        """Return the task.

        Raises:
            NotFoundError: The location has no such task.
        """
        return records.read(self.table, _key(location_id, task_id), Task)

    def save(self, task: Task) -> None:
        """Store the task if the stored revision is the one before it.

        Raises:
            ConflictError: Another save came first.
        """
        records.save(self.table, _item(task), task)

    def delete(self, task: Task) -> None:
        """Delete the task; a missing one is no error."""
        self.table.transact([Delete(_key(task.location_id, task.id))])

    def list(
        self,
        location_id: str,
        wanted: TaskFilter = OPEN_TASKS,
        request: PageRequest = FIRST_PAGE,
    ) -> Page[Task]:
        """Return a page of tasks: open ones by their due time, completed ones newest first."""
        index, pk = _narrowest_list(location_id, wanted)
        newest_first = wanted.status == "completed"
        page = self.table.query_page(pk, request, index=index, newest_first=newest_first)
        # The index may be a moment behind: what has changed its list meanwhile is left out.
        return page.holding([*filter(wanted.holds, records.decoded(Task, page).items)])


def _item(task: Task) -> Item:
    listed_at = task.due_at if task.status == "open" else task.completed_at or task.created_at
    place = f"{utc_text(listed_at)}#{task.id}"
    item = {
        **records.item_of(_key(task.location_id, task.id), task),
        "GSI1PK": _listed(task.location_id, task.status),
        "GSI1SK": place,
        "GSI3PK": _of_assignee(task.location_id, task.status, task.assignee or ""),
        "GSI3SK": place,
        "expires_at": time_to_live(task.kept_until),
    }
    if task.booking_id:
        item["GSI2PK"] = _of_booking(task.location_id, task.status, task.booking_id)
        item["GSI2SK"] = place
    return item


def _key(location_id: str, task_id: str) -> Key:
    return Key(partition(location_id, "TASK", task_id), "TASK")


def _narrowest_list(location_id: str, wanted: TaskFilter) -> tuple[str, str]:
    """Return the index and the partition of the narrowest list that holds what is wanted."""
    if wanted.booking_id is not None:
        return "GSI2", _of_booking(location_id, wanted.status, wanted.booking_id)
    if wanted.assignee is not None:
        return "GSI3", _of_assignee(location_id, wanted.status, wanted.assignee)
    return "GSI1", _listed(location_id, wanted.status)


def _listed(location_id: str, status: TaskStatus) -> str:
    return partition(location_id, "TASKS", status.upper())


def _of_booking(location_id: str, status: TaskStatus, booking_id: str) -> str:
    return partition(location_id, "BOOKING", booking_id, "TASKS", status.upper())


def _of_assignee(location_id: str, status: TaskStatus, assignee: str) -> str:
    return partition(location_id, "ASSIGNEE", text_digest(assignee), "TASKS", status.upper())


def _note_key(note: Note) -> Key:
    return Key(booking_key(note.location_id, note.booking_id).pk, f"{_NOTE}{note.id}")


def _by_time(location_id: str, booking_id: str) -> str:
    return partition(location_id, "BOOKING", booking_id, "NOTES")
