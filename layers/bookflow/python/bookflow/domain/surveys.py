"""Surveys: the questions that customers are asked after a visit."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bookflow.domain.bookings import Booking
from bookflow.domain.values import Identifier
from bookflow.domain.workflows import StoredModel


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


class Survey(StoredModel):
    """A survey definition of a location."""

    location_id: Identifier
    id: Identifier
    name: str = Field(min_length=1, max_length=200)
    introduction: str = Field(default="", max_length=2000)
    questions: tuple[Question, ...] = Field(min_length=1, max_length=30)
    active: bool = True
    expiry_days: int = Field(default=30, ge=1, le=365, description="Life of a link, in days")


def is_excluded(booking: Booking) -> bool:
    """Tell whether the booking system keeps a booking from surveys.

    It says so by the booking's field `survey_excluded`, as true.
    """
    return getattr(booking, "survey_excluded", None) is True
