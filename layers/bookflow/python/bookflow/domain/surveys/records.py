"""What is stored of asking one customer: the invitation, and the response to it."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.records import StoredModel
from bookflow.domain.surveys.answers import Answer


class AskingStep(StoredModel):
    """The step of a published workflow that asked."""

    workflow_id: Identifier
    version: int
    node_id: str

    @property
    def key(self) -> str:
        """The step in one text."""
        return f"{self.workflow_id}#{self.version}#{self.node_id}"


class SurveyInvitation(StoredModel):
    """A customer's right to answer one survey once; the token itself is never stored.

    Attributes:
        token_hash: SHA-256 of the token, in hex.
        kept_until: When it may be forgotten that the booking's customer was asked; it moves on
            with the booking.
        step: What asked; None in invitations that did not keep it.
    """

    location_id: Identifier
    token_hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    survey_id: Identifier
    booking_id: Identifier
    execution_id: Identifier
    step: AskingStep | None = None
    created_at: datetime
    expires_at: datetime
    kept_until: datetime | None = None


class SurveyResponse(StoredModel):
    """A customer's answers to one survey about one booking; there is one for each invitation.

    Attributes:
        overall_rating: Answer to the survey's first star question.
        kept_until: When it may vanish: with its booking, as that stood when it came.
        step: As in the invitation.
        announced: Whether `Survey Submitted` is known to be on the bus.
    """

    location_id: Identifier
    token_hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    survey_id: Identifier
    booking_id: Identifier
    step: AskingStep | None = None
    submitted_at: datetime
    overall_rating: int | None = Field(default=None, ge=1, le=5)
    answers: tuple[Answer, ...] = ()
    announced: bool = False
    kept_until: datetime | None = None

    @property
    def has_comment(self) -> bool:
        """Whether the customer wrote a text."""
        return any(answer.type == "text" for answer in self.answers)
