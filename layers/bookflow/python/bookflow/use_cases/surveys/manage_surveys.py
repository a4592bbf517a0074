"""What operators do with surveys: write, change, turn on and off, delete."""

from __future__ import annotations

from bookflow.domain.shared.errors import ConflictError, InvalidInputError
from bookflow.domain.surveys.survey import ChoiceQuestion, Survey, SurveyContent
from bookflow.ports import Ports
from bookflow.use_cases.library import LibraryManager


class SurveyManager(LibraryManager[SurveyContent, Survey]):
    """The surveys of locations.

    Results are counted by the ids of questions: one that keeps its id keeps its count. The id of a
    deleted survey stays taken, as its answers are stored under it.
    """

    kind = "survey"
    model = Survey
    id_prefix = "srv"
    id_taken = "is the id of another survey, or of a deleted one"

    def __init__(self, ports: Ports) -> None:
        super().__init__(ports, ports.surveys)

    def check(self, content: SurveyContent) -> None:
        """Check a content before it is saved.

        Raises:
            InvalidInputError: Two questions have one id, or two options are the same.
        """
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

    def require_deletable(self, location_id: str, record_id: str) -> None:
        """Check that no enabled workflow sends the survey, nor the location by default."""
        super().require_deletable(location_id, record_id)
        location = self.ports.bookings.location(location_id).effective
        if location is not None and location.survey_id == record_id:
            raise ConflictError(
                "the survey is the one that the location asks by default",
                field="survey_id",
                remedy="Choose another or none in the settings, and delete it then.",
            )
