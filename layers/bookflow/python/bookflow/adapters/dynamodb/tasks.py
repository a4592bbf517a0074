"""Tasks of locations in DynamoDB: the port `TaskStore`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from bookflow.adapters.dynamodb.documents import decode_model, encode_model
from bookflow.adapters.dynamodb.keys import partition, utc_text
from bookflow.adapters.dynamodb.table import NEW, ConditionFailedError, Put, Table
from bookflow.domain.records import Task


class DynamoDBTasks:
    """Keeps tasks; the index holds the open ones only, so done ones never slow the list."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, task: Task) -> None:
        """Store the task; the same id again is no error and changes nothing."""
        item = {
            "PK": partition(task.location_id, "TASK", task.id),
            "SK": "TASK",
            "data": encode_model(task),
        }
        if task.status == "open":
            item["GSI1PK"] = _open_tasks(task.location_id)
            item["GSI1SK"] = f"{utc_text(task.due_at)}#{task.id}"
        with suppress(ConditionFailedError):
            self._table.put(Put(item, NEW))

    def list(self, location_id: str) -> Sequence[Task]:
        """Return the location's open tasks, the next due first; the newest may be missing."""
        items = self._table.query_index("GSI1", _open_tasks(location_id))
        return [decode_model(Task, item["data"]) for item in items]


def _open_tasks(location_id: str) -> str:
    return partition(location_id, "TASKS", "OPEN")
