"""Small records that workflows leave behind: notes, tasks, survey invitations and responses."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from bookflow.domain.errors import StaleRevisionError
from bookflow.domain.survey_answers import Answer
from bookflow.domain.values import Identifier
from bookflow.domain.workflows import StoredModel

NOTE_PREFIX = "[Workflow] "
"""Distinguishes notes of workflows from manual ones (product text, "Add Booking Note")."""


class Note(StoredModel):
    """A note on a booking."""

    location_id: Identifier
    booking_id: Identifier
    id: Identifier
    text: str = Field(min_length=1, max_length=20_000)
    author: str = ""
    created_at: datetime


TaskStatus = Literal["open", "completed"]


class Task(StoredModel):
    """Something that a person shall do, with a time until when.

    Attributes:
        assignee: Who does it, as the location names its people; None if nobody in particular.
        workflow_id: The workflow that made it; None if a person did.
        execution_id: The run that made it, likewise.
        revision: Count of saves, the optimistic lock.
    """

    location_id: Identifier
    id: Identifier
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
    revision: int = Field(default=1, ge=1)

    def saved(self, based_on: int, **changes: Any) -> Task:
        """Return the task after a save.

        Raises:
            StaleRevisionError: `based_on` is not the stored revision; both are named.
        """
        if based_on != self.revision:
            raise StaleRevisionError("task", based_on=based_on, stored=self.revision)
        return self.changed(**changes, revision=self.revision + 1)


class SurveyInvitation(StoredModel):
    """A customer's right to answer one survey once; the token itself is never stored.

    Attributes:
        token_hash: SHA-256 of the token, in hex.
    """

    location_id: Identifier
    token_hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    survey_id: Identifier
    booking_id: Identifier
    execution_id: Identifier
    created_at: datetime
    expires_at: datetime


class SurveyResponse(StoredModel):
    """A customer's answers to one survey about one booking; there is one for each invitation.

    Attributes:
        overall_rating: Answer to the survey's first star question.
        announced: Whether `Survey Submitted` is known to be on the bus.
    """

    location_id: Identifier
    token_hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    survey_id: Identifier
    booking_id: Identifier
    submitted_at: datetime
    overall_rating: int | None = Field(default=None, ge=1, le=5)
    answers: tuple[Answer, ...] = ()
    announced: bool = False

    @property
    def has_comment(self) -> bool:
        """Whether the customer wrote a text."""
        return any(answer.type == "text" for answer in self.answers)
