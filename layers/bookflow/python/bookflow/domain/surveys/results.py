"""A survey's statistics: counted as answers arrive, so that a read is cheap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from pydantic import Field

from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.records import StoredModel
from bookflow.domain.surveys.answers import Answer
from bookflow.domain.surveys.records import AskingStep, SurveyResponse
from bookflow.domain.surveys.survey import ChoiceQuestion, Question, StarQuestion, Survey

ANSWER_DAYS_KEPT = timedelta(days=35)
"""How long it is counted how many answered a step's invitations on a day."""

STARS = ("1", "2", "3", "4", "5")


class QuestionTally(StoredModel):
    """The count of one question's answers.

    Attributes:
        question: The question as it was last asked.
        answered: How many answered it.
        counts: How often each star or option was chosen; empty for texts.
    """

    question_id: str
    question: str
    type: Literal["stars", "text", "choice"]
    answered: int = 0
    counts: Mapping[str, int] = Field(default_factory=dict)

    def counting(self, answer: Answer) -> QuestionTally:
        """Return the tally with one more answer."""
        counts = dict(self.counts)
        for choice in _choices(answer):
            counts[choice] = counts.get(choice, 0) + 1
        return self.changed(question=answer.question, answered=self.answered + 1, counts=counts)


class SurveyTally(StoredModel):
    """The counts of one survey.

    Attributes:
        revision: Count of stored changes, the optimistic lock.
        answered: How many answered what a step asked, by the step's key and the day (UTC).
    """

    location_id: Identifier
    survey_id: Identifier
    revision: int = 0
    responses: int = 0
    questions: tuple[QuestionTally, ...] = ()
    answered: Mapping[str, Mapping[date, int]] = Field(default_factory=dict)

    def counting(self, response: SurveyResponse) -> SurveyTally:
        """Return the tally with one more response.

        A question that keeps its id and becomes one of another type is counted anew.
        """
        tallies = {(one.question_id, one.type): one for one in self.questions}
        for answer in response.answers:
            key = (answer.question_id, answer.type)
            empty = QuestionTally(
                question_id=answer.question_id, question=answer.question, type=answer.type
            )
            tallies[key] = tallies.get(key, empty).counting(answer)
        return self.changed(
            revision=self.revision + 1,
            responses=self.responses + 1,
            questions=tuple(tallies.values()),
            answered=self._answered_with(response),
        )

    def answered_since(self, step: AskingStep, since: date) -> int:
        """Return how many answered what a step asked, from a day on."""
        days = self.answered.get(step.key, {})
        return sum(count for day, count in days.items() if day >= since)

    def _answered_with(self, response: SurveyResponse) -> Mapping[str, Mapping[date, int]]:
        today = response.submitted_at.astimezone(UTC).date()
        counted = {
            key: {day: count for day, count in days.items() if day >= today - ANSWER_DAYS_KEPT}
            for key, days in self.answered.items()
        }
        if response.step is not None:
            days = counted.setdefault(response.step.key, {})
            days[today] = days.get(today, 0) + 1
        return {key: days for key, days in counted.items() if days}


@dataclass(frozen=True)
class QuestionResult:
    """One question's result.

    Attributes:
        average: Mean of the stars with two digits; null for other questions or without answers.
        distribution: Count of each star or option, those never chosen included; empty for texts.
        asked: Whether the survey still asks it.
    """

    question_id: str
    question: str
    type: str
    answered: int
    average: Decimal | None
    distribution: Mapping[str, int]
    asked: bool


def results_of(survey: Survey, tally: SurveyTally) -> tuple[QuestionResult, ...]:
    """Return the results in the survey's order, then those of questions it asks no more."""
    counted = {(one.question_id, one.type): one for one in tally.questions}
    asked = [
        _result(
            counted.pop(
                (question.id, question.type),
                QuestionTally(question_id=question.id, question=question.text, type=question.type),
            ),
            _possible(question),
            question.text,
        )
        for question in survey.questions
    ]
    return (
        *asked,
        *(_result(one, STARS if one.type == "stars" else ()) for one in counted.values()),
    )


def _result(
    tally: QuestionTally, possible: Sequence[str], asked_as: str | None = None
) -> QuestionResult:
    return QuestionResult(
        question_id=tally.question_id,
        question=asked_as or tally.question,
        type=tally.type,
        answered=tally.answered,
        average=_average(tally) if tally.type == "stars" else None,
        distribution={**dict.fromkeys(possible, 0), **tally.counts},
        asked=asked_as is not None,
    )


def _average(tally: QuestionTally) -> Decimal | None:
    if not tally.answered:
        return None
    total = sum(int(stars) * count for stars, count in tally.counts.items())
    return (Decimal(total) / tally.answered).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _possible(question: Question) -> Sequence[str]:
    if isinstance(question, ChoiceQuestion):
        return question.options
    return STARS if isinstance(question, StarQuestion) else ()


def _choices(answer: Answer) -> tuple[str, ...]:
    if answer.type == "text":
        return ()
    return answer.answer if isinstance(answer.answer, tuple) else (str(answer.answer),)
