"""Survey Submitted: a customer answered the survey about a visit."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from bookflow.domain.events.base import BookingEvent
from bookflow.domain.shared.identifiers import ExternalId


class SurveySubmitted(BookingEvent):
    """Comes from Bookflow's own survey page (design, "Events")."""

    detail_type: ClassVar[str] = "Survey Submitted"
    description: ClassVar[str] = "A customer answered a survey."
    icon: ClassVar[str] = "survey"
    is_own: ClassVar[bool] = True
    of_guest: ClassVar[frozenset[str]] = frozenset({"answers"})

    survey_id: ExternalId = Field(description="Id of the survey", examples=["after-tour"])
    overall_rating: int | None = Field(
        default=None, ge=1, le=5, description="Stars, from 1 to 5", examples=[5]
    )
    answers: tuple[dict[str, Any], ...] = Field(
        default=(),
        description="The answers, each with its question as it was asked; the type is stars, text "
        "or choice",
        examples=[
            [
                {
                    "question_id": "overall",
                    "question": "How was your tour?",
                    "type": "stars",
                    "answer": 5,
                }
            ]
        ],
    )
