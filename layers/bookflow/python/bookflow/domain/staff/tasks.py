"""Tasks: what people shall do about a booking, and until when."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from bookflow.domain.shared.records import SavedRecord

TaskStatus = Literal["open", "completed"]


class Task(SavedRecord):
    """Something that a person shall do, with a time until when.

    Attributes:
        assignee: Who does it, as the location names its people; None if nobody in particular.
        workflow_id: The workflow that made it; None if a person did.
        execution_id: The execution that made it, likewise.
        kept_until: When it may vanish: with its booking, as that stood when the task was made.
        revision: Count of saves, the optimistic lock.
    """

    title: str = Field(min_length=1, max_length=500)
    description: str = Field(default="", max_length=20_000)
    priority: Literal["low", "normal", "high"] = "normal"
    status: TaskStatus = "open"
    due_at: datetime
    assignee: str | None = Field(default=None, min_length=1, max_length=200)
    booking_id: str | None = None
    workflow_id: str | None = None
    execution_id: str | None = None
    created_at: datetime
    completed_at: datetime | None = None
    kept_until: datetime | None = None
    revision: int = Field(default=1, ge=1)
