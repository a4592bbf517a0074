"""Suppressions: addresses that the location sends nothing to."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from pydantic import Field

from bookflow.api.auth.access import Role
from bookflow.api.calls import (
    CallArg,
    CursorQuery,
    Id,
    Input,
    Limit,
    PageLimit,
    PageView,
    View,
    answer,
    nothing,
)
from bookflow.api.routing import Audit, Resource
from bookflow.domain.messages.suppression import SuppressionReason, SuppressionScope
from bookflow.use_cases.messages.suppress import SuppressionList

resource = Resource("suppressions")

AddressHash = Annotated[
    str, Path(min_length=64, max_length=64, pattern=r"^[0-9a-f]{64}$", description="As listed")
]


class SuppressionView(View):
    """A suppressed address; the address itself is not stored.

    For bounces and complaints, `execution_id` is the execution that sent the e-mail, and
    `detail` the mail service's own words.
    """

    id: str
    masked: str
    reason: SuppressionReason
    scope: SuppressionScope
    execution_id: str | None = None
    detail: str = ""
    created_at: datetime


class SuppressionPage(PageView[SuppressionView]):
    """A page of suppressions, newest first."""


class Address(Input):
    """An address to look for."""

    address: str = Field(
        min_length=1, max_length=320, description="An e-mail address or a phone number"
    )


class NewSuppression(Address):
    """An address to suppress."""

    scope: SuppressionScope = Field(
        default=SuppressionScope.ALL, description="`marketing` still allows messages about bookings"
    )


class FoundSuppression(View):
    """The suppression of an address, null if there is none."""

    suppression: SuppressionView | None


@resource.get("/suppressions", Role.ADMIN)
def list_suppressions(
    call: CallArg, location_id: Id, limit: Limit = PageLimit, cursor: CursorQuery = None
) -> SuppressionPage:
    """List the suppressed addresses, masked, newest first."""
    page = call.ports.suppressions.list(location_id, call.wanted(limit, cursor))
    return SuppressionPage.of_page(call, page)


@resource.post("/suppressions", Role.ADMIN, status=201)
def add_suppression(
    call: CallArg, location_id: Id, body: NewSuppression
) -> Response[SuppressionView]:
    """Suppress an address; a narrower scope than the stored one changes nothing."""
    found = SuppressionList(call.ports).add(location_id, body.address, scope=body.scope)
    return answer(SuppressionView.of(found), status=201)


@resource.post("/suppressions/find", Role.ADMIN, audit=Audit.NOTHING)
def find_suppression(call: CallArg, location_id: Id, body: Address) -> FoundSuppression:
    """Return the suppression of an address. The address is in the body: URLs are logged."""
    found = SuppressionList(call.ports).find(location_id, body.address)
    return FoundSuppression(suppression=SuppressionView.of(found) if found else None)


@resource.delete("/suppressions/<address_hash>", Role.ADMIN, status=204)
def remove_suppression(call: CallArg, location_id: Id, address_hash: AddressHash) -> Response[None]:
    """Remove a suppression; a missing one is no error."""
    call.ports.suppressions.remove(location_id, address_hash)
    return nothing()
