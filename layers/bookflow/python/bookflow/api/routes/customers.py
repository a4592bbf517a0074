"""Customers: what the location holds of a guest, as a whole, and its erasure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from bookflow.api.auth.access import Role
from bookflow.api.calls import CallArg, CursorQuery, Id, Input, View, answer
from bookflow.api.rates import BULK
from bookflow.api.routing import Audit, Resource
from bookflow.domain.bookings.records import Customer
from bookflow.domain.privacy.beyond_reach import BeyondReach, beyond_reach
from bookflow.domain.privacy.erasure import Erasure, ErasureState
from bookflow.use_cases.privacy.erase_guest import GuestEraser
from bookflow.use_cases.privacy.export_guest import export_guest
from bookflow.use_cases.privacy.find_guests import find_guests

resource = Resource("customers")

BookingLimit = Annotated[int, Query(ge=1, le=10, description="Bookings of a page")]


class GuestAddress(Input):
    """An address to look for."""

    address: str = Field(
        min_length=1, max_length=320, description="An e-mail address or a phone number"
    )


class FoundCustomers(View):
    """Those who have the address; some booking systems give one guest several ids."""

    items: tuple[Customer, ...]


class BeyondReachView(View):
    """A place that an erasure cannot reach; without a date, somebody has to remove what is there."""

    place: str
    holds: str
    gone_by: datetime | None = Field(description="When it is gone by itself")


class ErasureView(View):
    """An erasure and how far it is; `checking` looks through all once more, 15 minutes later.

    Until `refused_until`, events bring nothing of the guest in again.
    """

    guest: str = Field(description="Stands for the guest in the audit log")
    state: ErasureState
    counts: Mapping[str, int] = Field(
        description="What was erased: bookings, executions, notes, tasks, answers, effects and "
        "audit_entries"
    )
    started_at: datetime
    erased_at: datetime | None
    refused_until: datetime
    reason: str | None
    remedy: str | None
    beyond_reach: tuple[BeyondReachView, ...]


class CustomerExport(View):
    """What the location holds of a guest: the person, and a page of bookings with all around each."""

    customer: Mapping[str, Any] | None
    suppressions: tuple[Mapping[str, Any], ...]
    erasure: ErasureView | None
    items: tuple[Mapping[str, Any], ...]
    next_cursor: str | None = None


@resource.post("/customers/find", Role.ADMIN, audit=Audit.NOTHING)
def find_customers(call: CallArg, location_id: Id, body: GuestAddress) -> FoundCustomers:
    """List the customers who have an address. It is in the body: URLs are logged."""
    return FoundCustomers(items=tuple(find_guests(call.ports, location_id, body.address)))


@resource.get("/customers/<customer_id>/export", Role.ADMIN, limit=BULK)
def export_customer(
    call: CallArg,
    location_id: Id,
    customer_id: Id,
    limit: BookingLimit = 5,
    cursor: CursorQuery = None,
) -> CustomerExport:
    """Export all that the location holds of a guest, in pages of bookings.

    Each booking comes with its notes, tasks, survey answers, reminders, and executions with their
    steps and effects.
    """
    found = export_guest(call.ports, location_id, customer_id, call.wanted(limit, cursor))
    customer = found.customer
    return CustomerExport(
        customer=customer.model_dump(mode="json", exclude_unset=True) if customer else None,
        suppressions=tuple(each.model_dump(mode="json") for each in found.suppressions),
        erasure=_view(call, found.erasure) if found.erasure else None,
        items=tuple(found.bookings.items),
        next_cursor=call.cursors.write(found.bookings.position),
    )


@resource.post(
    "/customers/<customer_id>/erase",
    Role.ADMIN,
    status=202,
    problems=(409,),
    audit=Audit.DEED,
    audited_id="guest",
    limit=BULK,
)
def erase_customer(call: CallArg, location_id: Id, customer_id: Id) -> Response[ErasureView]:
    """Erase a guest: the person, and in bookings and all around them what says who it was.

    What is planned or waits for the guest ends. It goes on by itself; ask for its progress. Doing
    it again while it runs changes nothing.
    """
    erasure = GuestEraser(call.ports).request(location_id, customer_id)
    return answer(_view(call, erasure), status=202)


@resource.get("/customers/<customer_id>/erasure", Role.ADMIN)
def read_erasure(call: CallArg, location_id: Id, customer_id: Id) -> ErasureView:
    """Return how far the erasure of a guest is, for 30 days after it."""
    return _view(call, GuestEraser(call.ports).get(location_id, customer_id))


def _view(call: CallArg, erasure: Erasure) -> ErasureView:
    places = beyond_reach(erasure.erased_at or erasure.started_at, logs_kept=call.logs_kept)
    return ErasureView(
        guest=erasure.guest,
        state=erasure.state,
        counts=erasure.counts,
        started_at=erasure.started_at,
        erased_at=erasure.erased_at,
        refused_until=erasure.expires_at,
        reason=erasure.reason,
        remedy=erasure.remedy,
        beyond_reach=tuple(map(_place, places)),
    )


def _place(place: BeyondReach) -> BeyondReachView:
    return BeyondReachView(place=place.place, holds=place.holds, gone_by=place.gone_by)
