"""Converts errors to HTTP answers: problem details (RFC 9457)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as NoRouteError
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
)
from pydantic import BaseModel, ConfigDict, Field

from bookflow.api.errors import (
    BodyTooLargeError,
    ForbiddenError,
    MalformedRequestError,
    MethodNotAllowedError,
    PreconditionRequiredError,
    TooManyCallsError,
    UnauthenticatedError,
)
from bookflow.domain.compiler import GraphNotCompilableError
from bookflow.domain.shared.errors import (
    BookflowError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
    StaleRevisionError,
    TransientError,
)
from bookflow.domain.shared.input_problems import (
    InvalidField,
    InvalidFieldsError,
    invalid_fields,
    problems_among,
)
from bookflow.domain.validation.problems import Problem as GraphProblem
from bookflow.use_cases.messages.manage_templates import InvalidTemplateError
from bookflow.use_cases.preview.preview_template import TemplatePartProblem
from bookflow.use_cases.workflows.publish import InvalidWorkflowError

CONTENT_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 2
MAX_FIELD_PROBLEMS = 50


class FieldProblem(BaseModel):
    """One thing that is wrong with a request."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    field: str = Field(description="Path of the invalid input, such as events[3].detail")
    reason: str = Field(description="What is wrong")
    remedy: str | None = Field(default=None, description="What to do about it")


class ProblemDetails(BaseModel):
    """Why a call failed (RFC 9457)."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    type: str = Field(description="Names the kind of problem", examples=["urn:bookflow:not-found"])
    title: str = Field(description="The kind of problem in words, the same for each type")
    status: int = Field(description="The HTTP status")
    detail: str = Field(description="What went wrong in this call, and what to do")
    errors: tuple[FieldProblem, ...] = Field(default=(), description="Each invalid field")
    problems: tuple[GraphProblem, ...] = Field(
        default=(), description="Problems of a graph that forbid publishing"
    )
    based_on: int | None = Field(default=None, description="Revision that the save was based on")
    stored: int | None = Field(default=None, description="Revision that is stored")
    request_id: str = Field(default="", description="Id of the call in the log")


@dataclass(frozen=True)
class _Kind:
    """The problem type, title and status of one family of errors."""

    status: int
    name: str
    title: str

    def problem(self, detail: str, **more: Any) -> ProblemDetails:
        return ProblemDetails(
            type=f"urn:bookflow:{self.name}",
            title=self.title,
            status=self.status,
            detail=detail,
            **more,
        )


_MEDIA = _Kind(415, "media-type", "The body must be JSON")
_MALFORMED = _Kind(400, "malformed", "The request cannot be read")
_NOT_FOUND = _Kind(404, "not-found", "It does not exist")
_INVALID = _Kind(422, "invalid", "The request breaks the contract")
_NOT_READY = _Kind(422, "not-publishable", "The graph has problems")
_UNEXPECTED = _Kind(500, "unexpected", "Bookflow hit an unexpected error")

_KINDS: Mapping[type[BookflowError], _Kind] = {
    MalformedRequestError: _MALFORMED,
    UnauthenticatedError: _Kind(401, "unauthenticated", "A valid token is needed"),
    ForbiddenError: _Kind(403, "forbidden", "The caller may not do this"),
    NotFoundError: _NOT_FOUND,
    MethodNotAllowedError: _Kind(405, "method", "The method is not supported here"),
    ConflictError: _Kind(409, "conflict", "The stored state forbids this"),
    StaleRevisionError: _Kind(412, "stale", "Another save came first"),
    BodyTooLargeError: _Kind(413, "too-large", "The body is too large"),
    GraphNotCompilableError: _NOT_READY,
    InvalidInputError: _INVALID,
    InvalidTemplateError: _INVALID,
    PreconditionRequiredError: _Kind(428, "precondition", "The change must name its revision"),
    TooManyCallsError: _Kind(429, "too-many", "The location has made too many calls of this kind"),
    TransientError: _Kind(503, "unavailable", "Bookflow cannot answer at the moment"),
}

TITLES: Mapping[int, str] = {
    kind.status: kind.title for kind in (*_KINDS.values(), _MEDIA, _UNEXPECTED)
}
"""What each status means, for the contract; of the two kinds of 422, that of any input."""


@dataclass(frozen=True)
class Reported:
    """A problem with the headers that belong to it."""

    problem: ProblemDetails
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self, request_id: str) -> Response[str]:
        """Return the answer."""
        body = self.problem.model_copy(update={"request_id": request_id})
        return Response(
            status_code=self.problem.status,
            content_type=CONTENT_TYPE,
            body=body.model_dump_json(exclude_none=True, exclude_defaults=False),
            headers=dict(self.headers),
        )


def to_problem(error: Exception) -> Reported:
    """Convert an error to its problem; an unknown one shows nothing but that it happened."""
    if isinstance(error, RequestValidationError):
        return Reported(_of_request(error))
    if isinstance(error, RequestUnsupportedContentType):
        return Reported(_MEDIA.problem("Send the body as application/json."))
    if isinstance(error, NoRouteError):
        return Reported(_NOT_FOUND.problem("There is nothing at this address. See /v1/docs."))
    if isinstance(error, InvalidWorkflowError):
        # The place in the graph is among the problems; a person who reads the sentence knows no ids.
        detail = _sentence(error.message, error.remedy)
        detail = detail[:1].upper() + detail[1:]
        return Reported(_NOT_READY.problem(detail, problems=error.problems))
    if isinstance(error, InvalidFieldsError):
        return Reported(_invalid(error.problems))
    if isinstance(error, BookflowError):
        return _of_ours(error)
    return _unexpected()


def _of_ours(error: BookflowError) -> Reported:
    kind = next((_KINDS[each] for each in type(error).__mro__ if each in _KINDS), None)
    if kind is None:
        return _unexpected()
    more: dict[str, Any] = {}
    if error.field:
        more["errors"] = (
            FieldProblem(field=error.field, reason=error.message, remedy=error.remedy),
        )
    if isinstance(error, InvalidTemplateError):
        more["errors"] = tuple(map(_template_problem, error.problems[:MAX_FIELD_PROBLEMS]))
    if isinstance(error, StaleRevisionError):
        more |= {"based_on": error.based_on, "stored": error.stored}
    return Reported(kind.problem(_with_place(error), **more), _headers(error))


def _template_problem(problem: TemplatePartProblem) -> FieldProblem:
    line = f" (line {problem.line})" if problem.line else ""
    return FieldProblem(
        field=f"body.{problem.field}", reason=problem.message + line, remedy=problem.remedy
    )


def _headers(error: BookflowError) -> Mapping[str, str]:
    if isinstance(error, TransientError):
        return {"Retry-After": str(math.ceil(error.retry_after or RETRY_AFTER_SECONDS))}
    if isinstance(error, UnauthenticatedError):
        return {"WWW-Authenticate": 'Bearer realm="bookflow", error="invalid_token"'}
    if isinstance(error, MethodNotAllowedError):
        return {"Allow": ", ".join(error.allowed)}
    return {}


def _of_request(error: RequestValidationError) -> ProblemDetails:
    found = list(error.errors())
    if any(each["type"] == "json_invalid" for each in found):
        return _MALFORMED.problem("The body is not valid JSON in UTF-8.")
    return _invalid(invalid_fields(problems_among(found)))


def _invalid(problems: Sequence[InvalidField]) -> ProblemDetails:
    shown = (FieldProblem(**asdict(each)) for each in problems[:MAX_FIELD_PROBLEMS])
    return _INVALID.problem("Correct the fields that `errors` names.", errors=tuple(shown))


def _unexpected() -> Reported:
    return Reported(_UNEXPECTED.problem("Try again; if it continues, report the request_id."))


def _with_place(error: BookflowError) -> str:
    place = f"{error.field}: " if error.field else ""
    return _sentence(f"{place}{error.message}", error.remedy)


def _sentence(message: str, remedy: str | None) -> str:
    ended = message if message.endswith((".", "!", "?")) else f"{message}."
    return f"{ended} {remedy}" if remedy else ended
