"""Simulation of a booking's life: the draft compared with the published version."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import Field

from bookflow.api.auth.access import Role
from bookflow.api.calls import CallArg, Id, Input, View
from bookflow.api.rates import RENDERING
from bookflow.api.routing import Audit, Resource
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.values import Moment
from bookflow.domain.timeline import TimelineEntry
from bookflow.simulation.compare import DifferenceKind
from bookflow.use_cases.bookings.booking_history import Origin

if TYPE_CHECKING:
    from bookflow.simulation.simulate_workflow import Simulation

resource = Resource("simulation")


class SimulationRequest(Input):
    """The booking to replay."""

    booking_id: Identifier
    until: Moment | None = Field(
        default=None,
        description="Where to stop (RFC 3339); by default after the last step, also in the future",
    )


class PastEventView(View):
    """One event that was replayed."""

    event_type: str
    at: datetime
    origin: Origin = Field(
        description="`recorded` with an execution of the booking, or `reconstructed` from the booking "
        "as it stands, at a guessed time"
    )


class DraftTimeline(View):
    """What the draft does."""

    revision: int
    entries: tuple[TimelineEntry, ...]


class PublishedTimeline(View):
    """What the published version does."""

    version: int
    entries: tuple[TimelineEntry, ...]


class DifferenceView(View):
    """An entry with another time, outcome or content, or a missing entry."""

    kind: DifferenceKind
    draft: TimelineEntry | None
    published: TimelineEntry | None


class SimulationView(View):
    """Two timelines of one booking, each as if the workflow had been on all the time.

    The details of an entry hold what was not sent as `plan`: messages, requests and changes as a
    dry run shows them.
    """

    booking_id: str
    until: datetime = Field(description="As requested, or the time of the last step")
    history: tuple[PastEventView, ...] = Field(description="What was replayed, the earliest first")
    history_complete: bool = Field(description="Whether all executions of the booking were read")
    draft: DraftTimeline
    published: PublishedTimeline | None = Field(description="Null if nothing is published")
    differences: tuple[DifferenceView, ...] = Field(
        description="By time; empty if nothing is published"
    )


@resource.post(
    "/workflows/<workflow_id>/simulation", Role.EDITOR, audit=Audit.NOTHING, limit=RENDERING
)
def simulate_workflow(
    call: CallArg, location_id: Id, workflow_id: Id, body: SimulationRequest
) -> SimulationView:
    """Replay a booking's life on a virtual clock for the draft and for the published version.

    Nothing is sent and nothing is stored. Templates, surveys, opt-outs and settings are those of
    now. Other workflows do not run.
    """
    from bookflow.simulation.simulate_workflow import WorkflowSimulator

    simulator = WorkflowSimulator(call.ports, call.publisher)
    return _view(simulator.simulate(location_id, workflow_id, body.booking_id, body.until))


def _view(simulation: Simulation) -> SimulationView:
    return SimulationView(
        booking_id=simulation.booking_id,
        until=simulation.until,
        history=tuple(_past(simulation)),
        history_complete=simulation.history.complete,
        draft=DraftTimeline(revision=simulation.draft_revision, entries=tuple(simulation.draft)),
        published=PublishedTimeline(
            version=simulation.published_version, entries=tuple(simulation.published)
        )
        if simulation.published_version is not None
        else None,
        differences=tuple(
            DifferenceView(kind=each.kind, draft=each.draft, published=each.published)
            for each in simulation.differences
        ),
    )


def _past(simulation: Simulation) -> Iterable[PastEventView]:
    for past in simulation.history.events:
        yield PastEventView(
            event_type=past.event.detail_type, at=past.event.occurred_at, origin=past.origin
        )
