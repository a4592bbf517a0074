"""What operators do with surveys: write, change, turn on and off, delete."""

from __future__ import annotations

from typing import Any

from bookflow.domain.shared.errors import ConflictError, InvalidInputError, NotFoundError
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest
from bookflow.domain.shared.records import new_id
from bookflow.domain.surveys.survey import ChoiceQuestion, Survey, SurveyContent
from bookflow.ports import Ports
from bookflow.use_cases.workflows.references import require_unused


class SurveyManager:
    """The surveys of locations."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def get(self, location_id: str, survey_id: str) -> Survey:
        """Return a survey.

        Raises:
            NotFoundError: The location has no such survey, or it is deleted.
        """
        survey = self._ports.surveys.get(location_id, survey_id)
        if survey.deleted_at is not None:
            raise NotFoundError("the survey is deleted", field="survey_id")
        return survey

    def list(self, location_id: str, request: PageRequest = FIRST_PAGE) -> Page[Survey]:
        """Return a page of surveys by id."""
        return self._ports.surveys.list(location_id, request)

    def create(
        self, location_id: str, content: SurveyContent, *, survey_id: Identifier | None = None
    ) -> Survey:
        """Store a new survey.

        Args:
            location_id: Whose survey it is.
            content: What it asks.
            survey_id: Its id, for activities that name it; a fresh one by default. The id of a
                deleted survey stays taken, as its answers are stored under it.

        Raises:
            InvalidInputError: Two questions have one id, or two options are the same.
            ConflictError: The id is taken.
        """
        _check(content)
        survey = Survey(
            **dict(content),
            location_id=location_id,
            id=survey_id or new_id("srv"),
            updated_at=self._ports.clock.now(),
        )
        try:
            self._ports.surveys.save(survey)
        except ConflictError:
            raise ConflictError(
                "is the id of another survey, or of a deleted one",
                field="id",
                remedy="Choose another id, or leave it out.",
            ) from None
        return survey

    def update(
        self, location_id: str, survey_id: str, content: SurveyContent, *, based_on: int
    ) -> Survey:
        """Store the survey anew; links that were sent ask the new questions.

        Results are counted by the ids of questions: one that keeps its id keeps its count.

        Raises:
            InvalidInputError: Two questions have one id, or two options are the same.
            NotFoundError: The location has no such survey.
            StaleRevisionError: `based_on` is not the stored revision.
            ConflictError: Another save came in between.
        """
        _check(content)
        return self._save(location_id, survey_id, based_on, **dict(content))

    def set_active(
        self, location_id: str, survey_id: str, active: bool, *, based_on: int
    ) -> Survey:
        """Turn a survey on or off; raises as `update` does."""
        return self._save(location_id, survey_id, based_on, active=active)

    def delete(self, location_id: str, survey_id: str, *, based_on: int) -> None:
        """Delete a survey; results and comments stay readable, links say that it is closed.

        Raises:
            InUseError: Enabled workflows send it.
            ConflictError: It is the survey that the location asks by default, or another save
                came in between.
            NotFoundError: The location has no such survey.
            StaleRevisionError: `based_on` is not the stored revision.
        """
        require_unused("survey", survey_id, location_id, self._ports)
        location = self._ports.bookings.location(location_id).effective
        if location is not None and location.survey_id == survey_id:
            raise ConflictError(
                "the survey is the one that the location asks by default",
                field="survey_id",
                remedy="Choose another or none in the settings, and delete it then.",
            )
        now = self._ports.clock.now()
        self._save(location_id, survey_id, based_on, active=False, deleted_at=now)

    def _save(self, location_id: str, survey_id: str, based_on: int, **changes: Any) -> Survey:
        stored = self.get(location_id, survey_id)
        saved = stored.saved(based_on, self._ports.clock.now(), **changes)
        self._ports.surveys.save(saved)
        return saved


def _check(content: SurveyContent) -> None:
    seen: set[str] = set()
    for index, question in enumerate(content.questions):
        if question.id in seen:
            raise InvalidInputError(
                "is the id of an earlier question",
                field=f"questions[{index}].id",
                remedy="Give each question an id of its own.",
            )
        seen.add(question.id)
        if isinstance(question, ChoiceQuestion) and len(set(question.options)) < len(
            question.options
        ):
            raise InvalidInputError(
                "holds the same option twice",
                field=f"questions[{index}].options",
                remedy="Leave one of them out.",
            )
