"""Workflows started by hand: for whom it would be, start, progress, stop; and the departures to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from bookflow.api.auth.access import Role
from bookflow.api.calls import CallArg, Id, Input, View, answer
from bookflow.api.rates import RENDERING, SENDING
from bookflow.api.routes.bookings import VisitView
from bookflow.api.routing import Audit, Resource
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.executions.batch import Audience, BatchState
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.values import Moment
from bookflow.use_cases.bookings.departures import Departure, departures
from bookflow.use_cases.executions.begin_batch import Batches

resource = Resource("batches")


class AudienceQuestion(Input):
    """For whom a start by hand would be."""

    audience: Audience
    workflow_id: Identifier | None = Field(
        default=None, description="Those who have it by its last batch are not left"
    )


class BatchStart(Input):
    """For which bookings the workflow is started."""

    audience: Audience
    again_after: Identifier | None = Field(
        default=None,
        description="Id of the last batch: everybody gets it again. Without it, the last batch is "
        "taken up if it began within 24 hours, and only those who are left get it",
    )
    left_of: Identifier | None = Field(
        default=None,
        description="Id of the last batch, as the count named it: only those who are left get it, "
        "also if its 24 hours ended since",
    )


class AudienceView(View):
    """The bookings as they were chosen."""

    booking_id: str | None
    since: datetime | None
    until: datetime | None
    activity_id: str | None
    without_activity: bool
    statuses: tuple[BookingStatus, ...]
    party_min: int | None
    party_max: int | None


class BatchView(View):
    """The latest batch of a workflow, and how far it is."""

    id: str
    workflow_id: str
    version: int
    run: int = Field(description="Counts how often the batch was taken up")
    state: BatchState
    audience: AudienceView
    total: int | None = Field(
        description="Bookings of this run; null if they were too many to count"
    )
    counts: Mapping[str, int] = Field(
        description="Bookings `started`, `over` (started, and nothing goes to the guest, as the visit "
        "is over), `already` (they have it), `unsuited` (their records lack what the trigger needs), "
        "`filtered` and `failed`"
    )
    reason: str | None = Field(description="Why it failed")
    remedy: str | None = Field(description="What to do about it")
    started_at: datetime
    run_started_at: datetime
    updated_at: datetime


class AudienceCountView(View):
    """For whom a start would be."""

    bookings: int
    left: int = Field(description="Those who do not have it by the last batch")
    named: tuple[VisitView, ...] = Field(description="The first 100 who are left")
    complete: bool = Field(description="Whether all bookings were read")
    batch: BatchView | None = Field(description="The batch that would be taken up")


class DepartureList(View):
    """The departures of some time, the earliest first."""

    items: tuple[Departure, ...]
    complete: bool = Field(description="Whether all bookings were read")


@resource.get("/departures", Role.VIEWER, limit=RENDERING)
def list_departures(
    call: CallArg,
    location_id: Id,
    since: Annotated[Moment, Query(description="Start then or later")],
    until: Annotated[Moment, Query(description="Start before then")],
) -> DepartureList:
    """List what leaves in some time: activity and start, with the bookings that are not cancelled."""
    found, complete = departures(call.ports, location_id, since, until)
    return DepartureList(items=tuple(found), complete=complete)


@resource.post("/audience", Role.EDITOR, audit=Audit.NOTHING, limit=RENDERING)
def count_audience(call: CallArg, location_id: Id, body: AudienceQuestion) -> AudienceCountView:
    """Count and name the bookings that a start by hand would be for; nothing changes."""
    count = _batches(call).count(location_id, body.workflow_id, body.audience)
    return AudienceCountView.of(count)


@resource.post(
    "/workflows/<workflow_id>/batch",
    Role.EDITOR,
    status=202,
    problems=(409,),
    audit=Audit.RESULT,
    limit=SENDING,
)
def start_batch(
    call: CallArg, location_id: Id, workflow_id: Id, body: BatchStart
) -> Response[BatchView]:
    """Start the published version of a workflow for a booking, or for many.

    It goes on by itself, within the sending rate; ask for its progress. In a batch the workflow
    runs once for a booking, so doing it again sends nothing twice. The workflow need not be on.
    """
    batch = _batches(call).begin(
        location_id,
        workflow_id,
        body.audience,
        sent_by=call.caller.sender,
        again_after=body.again_after,
        left_of=body.left_of,
    )
    return answer(BatchView.of(batch), status=202)


@resource.get("/workflows/<workflow_id>/batch", Role.VIEWER)
def read_batch(call: CallArg, location_id: Id, workflow_id: Id) -> BatchView:
    """Return how far the latest batch of a workflow is."""
    return BatchView.of(_batches(call).get(location_id, workflow_id))


@resource.post(
    "/workflows/<workflow_id>/batch/stop", Role.EDITOR, problems=(409,), audit=Audit.RESULT
)
def stop_batch(call: CallArg, location_id: Id, workflow_id: Id) -> BatchView:
    """Start no more executions of the latest batch; those that were started go on."""
    return BatchView.of(_batches(call).stop(location_id, workflow_id))


def _batches(call: CallArg) -> Batches:
    return Batches(call.ports, call.target)
