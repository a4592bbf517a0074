"""Simulates what a workflow does for a booking over its life: the draft beside what is published."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bookflow.domain.bookings.records import BookingContext
from bookflow.domain.shared.errors import NotFoundError
from bookflow.domain.timeline import TimelineEntry
from bookflow.domain.validation.problems import has_errors
from bookflow.domain.workflows.workflow import Workflow, WorkflowVersion
from bookflow.ports import Ports
from bookflow.simulation.compare import Difference, differences
from bookflow.simulation.locations import StoredLocation
from bookflow.simulation.world import World
from bookflow.use_cases.bookings.booking_history import BookingHistory, booking_history
from bookflow.use_cases.workflows.publish import InvalidWorkflowError, Publisher
from bookflow.use_cases.workflows.republish import published_version

MAX_MOMENTS = 5_000
"""Steps, events and firings of one simulation, so that it fits into one request of the API."""

_TOKEN = re.compile(
    r"(/s/[A-Za-z0-9._:@-]+/|/c/[A-Za-z0-9._:@-]+/[A-Za-z0-9._:@-]+\.)[A-Za-z0-9_-]{16,}"
)


@dataclass(frozen=True)
class Simulation:
    """What the draft and the published version of a workflow do for one booking.

    Attributes:
        until: The moment that the simulation went up to: as asked, or the last event.
        history: The events that were replayed.
        draft_revision: The draft's revision.
        published_version: Number of the published version; None if there is none.
        published: Its entries; empty if there is none.
        differences: What is not the same in both; empty without a published version.
    """

    booking_id: str
    until: datetime
    history: BookingHistory
    draft_revision: int
    draft: Sequence[TimelineEntry]
    published_version: int | None
    published: Sequence[TimelineEntry]
    differences: Sequence[Difference]


class WorkflowSimulator:
    """Replays a booking's history on a virtual clock; nothing is sent, nothing is stored."""

    def __init__(self, ports: Ports, publisher: Publisher) -> None:
        self._ports = ports
        self._publisher = publisher

    def simulate(
        self, location_id: str, workflow_id: str, booking_id: str, until: datetime | None = None
    ) -> Simulation:
        """Return what the workflow does, taken to be on for as long as the booking exists.

        Events that the workflow causes are part of it; other workflows do not run, what they
        caused is in the history.

        Args:
            location_id: Whose workflow and booking are meant.
            workflow_id: The workflow.
            booking_id: The booking.
            until: Where to stop; without it all that follows happens, in the future as well.

        Raises:
            NotFoundError: There is no such workflow or booking.
            InvalidWorkflowError: The draft has problems.
            InvalidInputError: The booking has no start, or there is no end of what happens.
        """
        workflow = self._ports.workflows.get(location_id, workflow_id)
        context = self._ports.bookings.context(location_id, booking_id)
        if context is None or context.booking is None:
            raise NotFoundError("there is no such booking in this location", field="booking_id")
        problems = self._publisher.check(workflow)
        if has_errors(problems):
            raise InvalidWorkflowError(problems)
        history = booking_history(self._ports, context, workflow_id=workflow_id)
        version = published_version(self._ports, workflow)
        draft, draft_end = self._replay(context, workflow, None, history, until)
        published, published_end = (
            self._replay(context, workflow, version, history, until) if version else ([], draft_end)
        )
        found = differences(draft, published) if version else ()
        return Simulation(
            booking_id=booking_id,
            until=max(draft_end, published_end),
            history=history,
            draft_revision=workflow.revision,
            draft=[*map(_unlinked, draft)],
            published_version=version.version if version else None,
            published=[*map(_unlinked, published)],
            differences=[_unlinked_difference(each) for each in found],
        )

    def _replay(
        self,
        context: BookingContext,
        workflow: Workflow,
        version: WorkflowVersion | None,
        history: BookingHistory,
        until: datetime | None,
    ) -> tuple[Sequence[TimelineEntry], datetime]:
        """Return the booking's timeline and the moment that it goes up to."""
        world = World(StoredLocation(self._ports, context, workflow, version), limit=MAX_MOMENTS)
        world.replay([past.event for past in history.events], until)
        booking_id = context.booking.id if context.booking else ""
        entries = world.timeline().get((workflow.location_id, booking_id), ())
        end = until or world.now or self._ports.clock.now()
        return [*map(_without_tokens, entries)], end


def _without_tokens(entry: TimelineEntry) -> TimelineEntry:
    """Return the entry without the random part of links to surveys and calendar entries, which lead nowhere."""
    return entry.changed(details=_masked(entry.details))


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return _TOKEN.sub(r"\1***", value)
    if isinstance(value, dict):
        return {name: _masked(item) for name, item in value.items() if name != "token_hash"}
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return value


def _unlinked(entry: TimelineEntry) -> TimelineEntry:
    """Return the entry without the id of its execution, which is stored nowhere."""
    return entry.changed(execution_id=None)


def _unlinked_difference(difference: Difference) -> Difference:
    return Difference(
        difference.kind,
        _unlinked(difference.draft) if difference.draft else None,
        _unlinked(difference.published) if difference.published else None,
    )
