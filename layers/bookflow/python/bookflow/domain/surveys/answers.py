"""Reads a customer's answers against their survey: every problem at once, or answers to keep."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.shared.records import StoredModel
from bookflow.domain.surveys.survey import ChoiceQuestion, Question, StarQuestion, Survey

MAX_TEXT_CHARACTERS = 4000
"""Longest free answer."""

MAX_ANSWERS_BYTES = 60_000
"""All answers as JSON: with the questions' own texts they fit an event's 128 KiB."""

Given = Mapping[str, Sequence[str]]
"""What was sent for each question's id, as HTML forms send it: any number of texts."""


class AnswerProblemKind(StrEnum):
    """What can be wrong with an answer."""

    REQUIRED = "required"
    NOT_A_RATING = "not_a_rating"
    NOT_AN_OPTION = "not_an_option"
    TOO_MANY = "too_many"
    TOO_LONG = "too_long"
    TOO_LONG_IN_ALL = "too_long_in_all"


_MEANING: Mapping[AnswerProblemKind, str] = {
    AnswerProblemKind.REQUIRED: "needs an answer",
    AnswerProblemKind.NOT_A_RATING: "takes whole stars from 1 to 5",
    AnswerProblemKind.NOT_AN_OPTION: "takes the given options only",
    AnswerProblemKind.TOO_MANY: "takes one answer",
    AnswerProblemKind.TOO_LONG: f"takes at most {MAX_TEXT_CHARACTERS} characters",
    AnswerProblemKind.TOO_LONG_IN_ALL: "is too long together with the other answers",
}


@dataclass(frozen=True)
class AnswerProblem:
    """One problem: which question, and what is wrong with its answer."""

    question_id: str
    kind: AnswerProblemKind


class InvalidAnswersError(InvalidInputError):
    """At least one answer breaks the survey's rules; all problems are in `problems`."""

    def __init__(self, problems: Sequence[AnswerProblem]) -> None:
        super().__init__(
            "; ".join(f"{one.question_id} {_MEANING[one.kind]}" for one in problems),
            field=f"answers.{problems[0].question_id}",
            remedy="Fix these answers and send all of them again.",
        )
        self.problems = tuple(problems)


class Answer(StoredModel):
    """One answer, with the question as it was asked: a survey may be edited later.

    Attributes:
        answer: Stars as a number, a text, an option, or several options in the survey's order.
    """

    question_id: str
    question: str
    type: Literal["stars", "text", "choice"]
    answer: int | str | tuple[str, ...]


def read_answers(survey: Survey, given: Given) -> tuple[Answer, ...]:
    """Return the answers in the survey's order; questions left open are left out.

    Answers to questions that the survey does not ask are passed over: it may have been edited
    while the page was open, and the customer could do nothing about it.

    Raises:
        InvalidAnswersError: With every problem of every answer.
    """
    answers: list[Answer] = []
    problems: list[AnswerProblem] = []
    for question in survey.questions:
        values = [text for text in map(_clean, given.get(question.id, ())) if text]
        found = _read(question, values)
        if isinstance(found, AnswerProblemKind):
            problems.append(AnswerProblem(question.id, found))
        elif found is not None:
            answers.append(
                Answer(
                    question_id=question.id,
                    question=question.text,
                    type=question.type,
                    answer=found,
                )
            )
    if not problems and _size(answers) > MAX_ANSWERS_BYTES:
        longest = max(answers, key=lambda answer: _size([answer]))
        problems.append(AnswerProblem(longest.question_id, AnswerProblemKind.TOO_LONG_IN_ALL))
    if problems:
        raise InvalidAnswersError(problems)
    return tuple(answers)


def overall_rating(survey: Survey, answers: Sequence[Answer]) -> int | None:
    """Return the answer to the survey's first star question: the one that stands for all."""
    first = next((one.id for one in survey.questions if isinstance(one, StarQuestion)), None)
    for answer in answers:
        if answer.question_id == first and isinstance(answer.answer, int):
            return answer.answer
    return None


def _read(
    question: Question, values: Sequence[str]
) -> int | str | tuple[str, ...] | AnswerProblemKind | None:
    if not values:
        return AnswerProblemKind.REQUIRED if question.required else None
    if isinstance(question, ChoiceQuestion):
        return _options(question, values)
    if len(values) > 1:
        return AnswerProblemKind.TOO_MANY
    value = values[0]
    if isinstance(question, StarQuestion):
        return int(value) if value in {"1", "2", "3", "4", "5"} else AnswerProblemKind.NOT_A_RATING
    return value if len(value) <= MAX_TEXT_CHARACTERS else AnswerProblemKind.TOO_LONG


def _options(
    question: ChoiceQuestion, values: Sequence[str]
) -> str | tuple[str, ...] | AnswerProblemKind:
    chosen = set(map(_one_line, values))
    known = tuple(option for option in question.options if _one_line(option) in chosen)
    if len({*map(_one_line, known)}) != len(chosen):
        return AnswerProblemKind.NOT_AN_OPTION
    if question.several:
        return known
    return known[0] if len(chosen) == 1 else AnswerProblemKind.TOO_MANY


def _one_line(text: str) -> str:
    """Return an option without what browsers change in transit: the kind of its line breaks."""
    return " ".join(text.split())


def _clean(text: str) -> str:
    """Return a text with plain line breaks and without control characters or broken pairs."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        character
        for character in plain
        if character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cs"}
    ).strip()


def _size(answers: Sequence[Answer]) -> int:
    values = [answer.model_dump(mode="json")["answer"] for answer in answers]
    return len(json.dumps(values, ensure_ascii=False).encode())
