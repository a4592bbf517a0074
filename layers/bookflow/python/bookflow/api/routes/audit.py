"""The audit log: who changed what, before and after."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from bookflow.api.auth import Role, anyone
from bookflow.api.calls import CallArg, CursorQuery, Id, IdQuery, Limit, PageLimit, View
from bookflow.api.routing import Resource
from bookflow.domain.audit import AuditEntry
from bookflow.domain.errors import InvalidInputError

resource = Resource("audit")

KindQuery = Annotated[
    str | None,
    Query(pattern=r"^[a-z]{1,40}$", description="Only of this kind, such as workflows"),
]


class AuditView(View):
    """One change; secrets and personal data are masked."""

    id: str
    at: datetime
    actor: str = Field(description="The issuer's id of who made it")
    actor_kind: Literal["person", "machine"]
    operation: str = Field(description="What was called, as this contract names it")
    kind: str
    resource_id: str | None
    before: Mapping[str, Any] | None = Field(description="Fields that changed, as they were")
    after: Mapping[str, Any] | None = Field(description="The same fields after the change")
    request_id: str


class AuditPage(View):
    """A page of changes, newest first."""

    items: tuple[AuditView, ...]
    next_cursor: str | None = None


@resource.get("/audit", access=anyone(Role.ADMIN))
def list_audit(
    call: CallArg,
    location_id: Id,
    kind: KindQuery = None,
    resource_id: IdQuery = None,
    limit: Limit = PageLimit,
    cursor: CursorQuery = None,
) -> AuditPage:
    """List the changes in the location, or those of one thing, newest first.

    `kind` and `resource_id` go together.
    """
    if (kind is None) != (resource_id is None):
        raise InvalidInputError("kind and resource_id go together", field="query.kind")
    of = (kind, resource_id) if kind is not None and resource_id is not None else None
    cursors = call.cursors(location_id, "audit", kind=kind, resource_id=resource_id)
    page = call.ports.audit.page(
        location_id, resource=of, limit=limit, position=cursors.read(cursor)
    )
    return AuditPage(items=tuple(map(_view, page.items)), next_cursor=cursors.write(page.position))


def _view(entry: AuditEntry) -> AuditView:
    return AuditView(**{name: getattr(entry, name) for name in AuditView.model_fields})
