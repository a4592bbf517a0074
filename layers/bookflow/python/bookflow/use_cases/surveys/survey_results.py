"""A survey's results for the location's people: counts and averages at once, comments by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest
from bookflow.domain.surveys.records import SurveyResponse
from bookflow.domain.surveys.results import QuestionResult, results_of
from bookflow.ports import Ports


@dataclass(frozen=True)
class SurveySummary:
    """What all responses to a survey amount to."""

    survey_id: str
    name: str
    responses: int
    questions: Sequence[QuestionResult]


@dataclass(frozen=True)
class Comment:
    """A text that a customer wrote, with what helps to understand it."""

    question_id: str
    question: str
    text: str
    submitted_at: datetime
    booking_id: str
    overall_rating: int | None


class SurveyResults:
    """Reads results; the cost depends on the page and not on how many responses there are."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def summary(self, location_id: str, survey_id: str) -> SurveySummary:
        """Return each question's statistics, of a deleted survey too, in two reads.

        Raises:
            NotFoundError: The location has no such survey.
        """
        survey = self._ports.surveys.get(location_id, survey_id)
        tally = self._ports.surveys.tally(location_id, survey_id)
        return SurveySummary(survey.id, survey.name, tally.responses, results_of(survey, tally))

    def comments(
        self, location_id: str, survey_id: str, request: PageRequest = FIRST_PAGE
    ) -> Page[Comment]:
        """Return the texts of a page of responses, newest first.

        Args:
            location_id: The location that asks.
            survey_id: Its survey.
            request: How many responses; one with several texts gives several comments.

        Raises:
            InvalidInputError: The position is not one of this list.
        """
        page = self._ports.surveys.comments(location_id, survey_id, request)
        comments = [comment for response in page.items for comment in _comments(response)]
        return page.holding(comments)


def _comments(response: SurveyResponse) -> Sequence[Comment]:
    return [
        Comment(
            question_id=answer.question_id,
            question=answer.question,
            text=str(answer.answer),
            submitted_at=response.submitted_at,
            booking_id=response.booking_id,
            overall_rating=response.overall_rating,
        )
        for answer in response.answers
        if answer.type == "text"
    ]
