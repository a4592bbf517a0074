"""Surveys of customers after a visit, and their results."""

from __future__ import annotations

from datetime import datetime

from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from bookflow.api.auth.access import Role
from bookflow.api.calls import (
    CHANGE,
    ETAG,
    STALE,
    Call,
    CallArg,
    CursorQuery,
    Id,
    IfMatch,
    Input,
    Limit,
    PageLimit,
    PageView,
    RepeatKey,
    View,
    answer,
    nothing,
)
from bookflow.api.etags import revision_of
from bookflow.api.routing import Resource
from bookflow.api.uses import UsePage, use_page
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.surveys.survey import Question, Survey, SurveyContent
from bookflow.use_cases.surveys.manage_surveys import SurveyManager
from bookflow.use_cases.surveys.survey_results import Comment, SurveyResults, SurveySummary

resource = Resource("surveys")


class SurveySummaryView(View):
    """A survey in a list."""

    id: str
    name: str
    active: bool
    revision: int
    updated_at: datetime | None


class SurveyPage(PageView[SurveySummaryView]):
    """A page of surveys."""


class SurveyView(SurveySummaryView):
    """A survey with its questions."""

    introduction: str
    questions: tuple[Question, ...]
    expiry_days: int


class NewSurvey(SurveyContent):
    """A survey to create."""

    id: Identifier | None = Field(
        default=None, description="For activities that name it; default: a new id"
    )


class SurveyActivation(Input):
    """Whether customers are asked."""

    active: bool


class CommentPage(PageView[Comment]):
    """The comments of a page of responses, newest first."""


@resource.get("/surveys", Role.VIEWER)
def list_surveys(
    call: CallArg, location_id: Id, limit: Limit = PageLimit, cursor: CursorQuery = None
) -> SurveyPage:
    """List the location's surveys by id."""
    page = call.ports.surveys.list(location_id, call.wanted(limit, cursor))
    return SurveyPage.of_page(call, page)


@resource.post("/surveys", Role.EDITOR, status=201, headers=ETAG, problems=(409,))
def create_survey(
    call: CallArg, location_id: Id, body: NewSurvey, idempotency_key: RepeatKey = None
) -> Response[SurveyView]:
    """Create a survey; customers get it when a workflow sends it."""
    content = SurveyContent(**body.model_dump(exclude={"id"}))
    key = call.key(idempotency_key)
    survey = _manager(call).create(location_id, content, record_id=body.id, key=key)
    return _saved(survey, status=201)


@resource.get("/surveys/<survey_id>", Role.VIEWER, headers=ETAG)
def read_survey(call: CallArg, location_id: Id, survey_id: Id) -> Response[SurveyView]:
    """Return a survey with its questions."""
    return _saved(_manager(call).get(location_id, survey_id))


@resource.put("/surveys/<survey_id>", Role.EDITOR, **CHANGE)
def save_survey(
    call: CallArg, location_id: Id, survey_id: Id, body: SurveyContent, if_match: IfMatch = None
) -> Response[SurveyView]:
    """Save a survey; a question that keeps its id keeps its results."""
    survey = _manager(call).update(location_id, survey_id, body, based_on=revision_of(if_match))
    return _saved(survey)


@resource.delete("/surveys/<survey_id>", Role.EDITOR, status=204, **STALE)
def delete_survey(
    call: CallArg, location_id: Id, survey_id: Id, if_match: IfMatch = None
) -> Response[None]:
    """Delete a survey that no enabled workflow sends and that is not the location's default.

    Results and comments stay readable under the same id. Links that
    were sent say that the survey is closed.
    """
    _manager(call).delete(location_id, survey_id, based_on=revision_of(if_match))
    return nothing()


@resource.get("/surveys/<survey_id>/uses", Role.VIEWER)
def list_survey_uses(
    call: CallArg,
    location_id: Id,
    survey_id: Id,
    limit: Limit = PageLimit,
    cursor: CursorQuery = None,
) -> UsePage:
    """List the workflows whose draft or published version names the survey, by name.

    `limit` counts the workflows that a page looks at. Activities and the settings of the location
    may name it as well.
    """
    return use_page(call, location_id, "survey", survey_id, call.wanted(limit, cursor))


@resource.put("/surveys/<survey_id>/active", Role.EDITOR, **CHANGE)
def activate_survey(
    call: CallArg,
    location_id: Id,
    survey_id: Id,
    body: SurveyActivation,
    if_match: IfMatch = None,
) -> Response[SurveyView]:
    """Turn a survey on or off; the links of one that is off say that it is closed."""
    survey = _manager(call).set_active(
        location_id, survey_id, body.active, based_on=revision_of(if_match)
    )
    return _saved(survey)


@resource.get("/surveys/<survey_id>/results", Role.VIEWER)
def read_survey_results(call: CallArg, location_id: Id, survey_id: Id) -> SurveySummary:
    """Return count, average and distribution of each question, also of a deleted survey."""
    return SurveyResults(call.ports).summary(location_id, survey_id)


@resource.get("/surveys/<survey_id>/comments", Role.VIEWER)
def list_survey_comments(
    call: CallArg,
    location_id: Id,
    survey_id: Id,
    limit: Limit = PageLimit,
    cursor: CursorQuery = None,
) -> CommentPage:
    """List the comments of customers, newest first; `limit` counts responses."""
    wanted = call.wanted(limit, cursor)
    page = SurveyResults(call.ports).comments(location_id, survey_id, wanted)
    return CommentPage.of_page(call, page)


def _manager(call: Call) -> SurveyManager:
    return SurveyManager(call.ports)


def _saved(survey: Survey, *, status: int = 200) -> Response[SurveyView]:
    return answer(SurveyView.of(survey), status=status, revision=survey.saves)
