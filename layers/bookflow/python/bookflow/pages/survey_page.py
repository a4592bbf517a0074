"""The survey page in each of its states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from bookflow.domain.messages.wording import Wording, wording_for
from bookflow.domain.surveys.answers import (
    MAX_TEXT_CHARACTERS,
    AnswerProblemKind,
    InvalidAnswersError,
)
from bookflow.domain.surveys.survey import ChoiceQuestion, Question, Survey
from bookflow.pages.html import HtmlPage, make_page
from bookflow.pages.messages import message_page
from bookflow.ports import Ports
from bookflow.use_cases.surveys.answer_survey import LinkState, SurveyAnswering, SurveyLink

Form = Mapping[str, Sequence[str]]

NAME_PREFIX = "q."
"""Begins the name of each question's field; its id follows."""

_STATUS: Mapping[LinkState, HTTPStatus] = {
    LinkState.THANKS: HTTPStatus.OK,
    LinkState.ANSWERED: HTTPStatus.OK,
    LinkState.EXPIRED: HTTPStatus.GONE,
    LinkState.CLOSED: HTTPStatus.GONE,
    LinkState.UNKNOWN: HTTPStatus.NOT_FOUND,
}


@dataclass(frozen=True)
class Field:
    """One question as the form shows it."""

    id: str
    name: str
    type: str
    text: str
    required: bool
    options: Sequence[str]
    several: bool
    given: Sequence[str]
    error: str | None

    @property
    def first_id(self) -> str:
        """Where a link to the question leads: its first control."""
        return self.id if self.type == "text" else f"{self.id}-1"


class PublicSurveyPage:
    """Shows a survey and takes its answers."""

    def __init__(self, ports: Ports) -> None:
        self._answering = SurveyAnswering(ports)

    def show(self, location_id: str, token: str, accept_language: str) -> HtmlPage:
        """Return the form, or why there is none."""
        link = self._answering.look(location_id, token)
        return survey_page(link, accept_language)

    def submit(self, location_id: str, token: str, form: Form, accept_language: str) -> HtmlPage:
        """Return the thanks, the form with its problems, or why nothing was stored."""
        given = {
            name.removeprefix(NAME_PREFIX): values
            for name, values in form.items()
            if name.startswith(NAME_PREFIX)
        }
        try:
            link = self._answering.submit(location_id, token, given)
        except InvalidAnswersError as invalid:
            problems = {problem.question_id: problem.kind for problem in invalid.problems}
            link = self._answering.look(location_id, token)
            return survey_page(link, accept_language, given, problems)
        if link.state is LinkState.ANSWERED:
            return survey_page(link, accept_language, status=HTTPStatus.CONFLICT)
        return survey_page(link, accept_language, given)


def survey_page(
    link: SurveyLink,
    accept_language: str,
    given: Form | None = None,
    problems: Mapping[str, AnswerProblemKind] | None = None,
    status: HTTPStatus | None = None,
) -> HtmlPage:
    """Return the page of a link: the form with what was given, or why there is none.

    Args:
        link: What the link is worth.
        accept_language: The browser's languages, for a link that nothing is known of.
        given: Answers by the names of their fields.
        problems: What is wrong with them, by question.
        status: In place of that of the link's state.
    """
    say = _wording(link, accept_language)
    location = link.context.location if link.context else None
    name = location.name if location else ""
    language = location.locale if location else say.language
    if link.survey is None:
        key = link.state.value
        return message_page(
            key, status or _STATUS[link.state], say, location=name, content_language=language
        )
    return make_page(
        "survey.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        say,
        location=name,
        content_language=language,
        heading=_heading(link, say),
        introduction=link.survey.introduction,
        fields=_fields(link.survey, given or {}, problems or {}, say),
        problems=bool(problems),
        max_characters=MAX_TEXT_CHARACTERS,
    )


def _wording(link: SurveyLink, accept_language: str) -> Wording:
    if link.context is None:
        return wording_for([accept_language])
    customer, location = link.context.customer, link.context.location
    return wording_for([customer.locale if customer else None, location.locale], location.wordings)


def _heading(link: SurveyLink, say: Wording) -> str:
    activity = link.context.activity if link.context else None
    if activity is None or not activity.name:
        return say("survey_heading_plain")
    return say("survey_heading", activity=activity.name)


def _fields(
    survey: Survey, given: Form, problems: Mapping[str, AnswerProblemKind], say: Wording
) -> Sequence[Field]:
    return [
        _field(number, question, given.get(question.id, ()), problems.get(question.id), say)
        for number, question in enumerate(survey.questions, start=1)
    ]


def _field(
    number: int,
    question: Question,
    given: Sequence[str],
    problem: AnswerProblemKind | None,
    say: Wording,
) -> Field:
    choice = question if isinstance(question, ChoiceQuestion) else None
    error = say(f"problem_{problem.value}", characters=MAX_TEXT_CHARACTERS) if problem else None
    return Field(
        id=f"q{number}",
        name=f"{NAME_PREFIX}{question.id}",
        type=question.type,
        text=question.text,
        required=question.required,
        options=choice.options if choice else (),
        several=choice is not None and choice.several,
        given=[value for value in given if value],
        error=error,
    )
