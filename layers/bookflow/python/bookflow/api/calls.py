"""What every route handler uses: the ports, the caller, common parameters and answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Generic, Self, TypeVar

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.openapi.params import Header, Path, Query
from aws_lambda_powertools.event_handler.request import Request
from pydantic import BaseModel, ConfigDict

from bookflow.api.auth.access import Access, Caller, Role, authorize
from bookflow.api.etags import etag
from bookflow.api.pagination import DEFAULT_PAGE, MAX_CURSOR_CHARACTERS, MAX_PAGE, Cursors
from bookflow.domain.shared.identifiers import IDENTIFIER_PATTERN
from bookflow.domain.shared.pagination import Page, PageRequest
from bookflow.ports import Ports
from bookflow.use_cases.workflows.make_machine import MachineTarget
from bookflow.use_cases.workflows.publish import Publisher

JSON = "application/json"
BodyT = TypeVar("BodyT")
ViewT = TypeVar("ViewT")

Id = Annotated[str, Path(min_length=1, max_length=128, pattern=IDENTIFIER_PATTERN)]
"""An id in the path."""

IdQuery = Annotated[
    str | None,
    Query(min_length=1, max_length=128, pattern=IDENTIFIER_PATTERN, description="Only of this id"),
]
"""An id by which a list is filtered."""

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match", description='Required: ETag of the revision the change is based on, "7"'
    ),
]
"""The precondition of a save."""

RepeatKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="A repeated call with the same key creates nothing again: it answers with what "
        "the first one created, as it is now",
    ),
]
"""Names a creation, so that a client whose answer was lost can ask again."""

Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Entries of a page")]
PageLimit = DEFAULT_PAGE

CursorQuery = Annotated[
    str | None,
    Query(max_length=MAX_CURSOR_CHARACTERS, description="`next_cursor` of the page before"),
]
"""Where a page begins."""

ETAG = {"ETag": "The revision, for If-Match"}

STALE: Mapping[str, Any] = {"problems": (409, 412, 428)}
"""Of a route that changes a saved thing, as a part of its declaration."""

CHANGE: Mapping[str, Any] = {"headers": ETAG, **STALE}
"""Of a route that answers with what it changed."""

OVERTAKEN: Mapping[str, Any] = {"problems": (412, 428)}
"""Of a route that changes a saved thing whatever its state."""

SAVE: Mapping[str, Any] = {"headers": ETAG, **OVERTAKEN}
"""Of a route that answers with what it changed so."""


class View(BaseModel):
    """Base of what the API answers."""

    model_config = ConfigDict(frozen=True, defer_build=True, from_attributes=True)

    @classmethod
    def of(cls, thing: object) -> Self:
        """Return the view of a thing that has its fields as attributes; what else it has stays."""
        return cls.model_validate(thing)


class Input(BaseModel):
    """Base of what the API takes: unknown fields are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


@dataclass(frozen=True)
class Call:
    """One authorized call.

    Attributes:
        ports: The outside world.
        caller: Who calls.
        target: Where publishing puts machines.
        cursors: Makes and reads the cursors of the list that is called.
        logs_kept: How long the stack keeps its logs.
    """

    ports: Ports
    caller: Caller
    target: MachineTarget
    cursors: Cursors
    logs_kept: timedelta

    @property
    def publisher(self) -> Publisher:
        """The use cases of publishing."""
        return Publisher(self.ports, self.target)

    def key(self, repeated: str | None) -> str | None:
        """Return the key of a creation, which is the caller's own."""
        return None if repeated is None else f"{self.caller.subject}\n{repeated}"

    def require(self, role: Role, location_id: str) -> None:
        """Check the caller's role in another location than that of the path.

        Raises:
            NotFoundError: The caller has no role in it.
            ForbiddenError: The role is too small.
        """
        authorize(Access(role=role), self.caller, location_id)

    def wanted(self, limit: int, cursor: str | None) -> PageRequest:
        """Return which part of the list is wanted.

        Raises:
            InvalidInputError: It is not a cursor of this very list.
        """
        return PageRequest(limit, self.cursors.read(cursor))


class PageView(View, Generic[ViewT]):
    """Base of an answer with a page of a list."""

    items: tuple[ViewT, ...]
    next_cursor: str | None = None

    @classmethod
    def of_page(cls, call: Call, page: Page[Any]) -> Self:
        """Return the answer with a page of things, each in its view; see `View.of`."""
        return cls.of({"items": page.items, "next_cursor": call.cursors.write(page.position)})


def _call(request: Request) -> Call:
    call: Call = request.context["call"]
    return call


CallArg = Annotated[Call, Depends(_call)]
"""The parameter by which a handler gets its call."""


def answer(
    body: BodyT,
    *,
    status: int = 200,
    revision: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response[BodyT]:
    """Return a JSON answer, with the ETag of a saved thing."""
    tags = {"ETag": etag(revision)} if revision is not None else {}
    return Response(
        status_code=status, content_type=JSON, body=body, headers={**tags, **(headers or {})}
    )


def nothing() -> Response[None]:
    """Return an answer without content."""
    return Response(status_code=204, body=None)
