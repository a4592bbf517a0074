"""The audit log: who changed what, before and after."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from bookflow.api.auth.access import Role
from bookflow.api.calls import CallArg, CursorQuery, Id, IdQuery, Limit, PageLimit, PageView, View
from bookflow.api.routing import Resource
from bookflow.domain.shared.errors import InvalidInputError

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
    actor_name: str = Field(description="Their name or e-mail address at that time")
    actor_kind: Literal["person", "machine"]
    operation: str = Field(description="What was called, as this contract names it")
    kind: str
    resource_id: str | None
    before: Mapping[str, Any] | None = Field(description="Fields that changed, as they were")
    after: Mapping[str, Any] | None = Field(description="The same fields after the change")
    request_id: str
    outcome: Literal["made", "unknown"] = Field(
        description="unknown: the call did not end properly; compare `before` with the record"
    )


class AuditPage(PageView[AuditView]):
    """A page of changes, newest first."""


@resource.get("/audit", Role.ADMIN)
def list_audit(
    call: CallArg,
    location_id: Id,
    kind: KindQuery = None,
    resource_id: IdQuery = None,
    limit: Limit = PageLimit,
    cursor: CursorQuery = None,
) -> AuditPage:
    """List the changes in the location, of one kind of thing or of one thing, newest first.

    `resource_id` needs `kind`.
    """
    if kind is None and resource_id is not None:
        raise InvalidInputError(
            "is needed with resource_id",
            field="query.kind",
            remedy="Name the kind of the record, such as workflows.",
        )
    page = call.ports.audit.page(
        location_id, kind=kind, resource_id=resource_id, request=call.wanted(limit, cursor)
    )
    return AuditPage.of_page(call, page)
