"""Small records that workflows leave behind: notes, tasks and survey invitations."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

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


class Task(StoredModel):
    """Something that a person shall do, with a time until when."""

    location_id: Identifier
    id: Identifier
    title: str = Field(min_length=1, max_length=500)
    description: str = Field(default="", max_length=20_000)
    priority: Literal["low", "normal", "high"] = "normal"
    status: Literal["open", "completed"] = "open"
    due_at: datetime
    assignee: str | None = None
    booking_id: str | None = None
    execution_id: str | None = None
    created_at: datetime
    completed_at: datetime | None = None


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
