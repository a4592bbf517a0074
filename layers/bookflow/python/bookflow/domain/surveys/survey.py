"""Surveys: the questions that customers are asked after a visit."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bookflow.domain.bookings.records import Booking
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.records import LibraryRecord, StoredModel


class _Question(StoredModel):
    id: Identifier
    text: str = Field(min_length=1, max_length=500)
    required: bool = True


class StarQuestion(_Question):
    """A rating from 1 (poor) to 5 (excellent) stars."""

    type: Literal["stars"] = "stars"


class TextQuestion(_Question):
    """A free answer."""

    type: Literal["text"] = "text"


class ChoiceQuestion(_Question):
    """One or several of the given options."""

    type: Literal["choice"] = "choice"
    options: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = Field(
        min_length=2, max_length=20
    )
    several: bool = False


Question = Annotated[StarQuestion | TextQuestion | ChoiceQuestion, Field(discriminator="type")]


class SurveyContent(StoredModel):
    """What an operator writes of a survey."""

    name: str = Field(min_length=1, max_length=200)
    introduction: str = Field(default="", max_length=2000)
    questions: tuple[Question, ...] = Field(min_length=1, max_length=30)
    expiry_days: int = Field(default=30, ge=1, le=365, description="Link expires after (days)")


class Survey(SurveyContent, LibraryRecord):
    """A survey definition of a location; links that were sent go by `active` too.

    Attributes:
        revision: Count of saves, the optimistic lock.
    """

    revision: int = Field(default=1, ge=1)


def is_excluded(booking: Booking) -> bool:
    """Return whether the booking system keeps a booking from surveys."""
    return booking.survey_excluded is True
