"""Started by hand: a person starts a workflow for a booking, alone or as one of many."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from bookflow.domain.events.base import BookingEvent, TriggerConfig, VisitTriggerConfig
from bookflow.domain.shared.identifiers import ExternalId
from bookflow.domain.shared.values import Moment
from bookflow.domain.shared.wall_time import is_within


class StartedByHand(BookingEvent):
    """Comes from Bookflow itself, for one workflow and one booking of a batch."""

    detail_type: ClassVar[str] = "Started by hand"
    description: ClassVar[str] = "A person starts it, for one booking or for many."
    icon: ClassVar[str] = "hand"
    is_own: ClassVar[bool] = True
    config: ClassVar[type[TriggerConfig]] = VisitTriggerConfig

    workflow_id: ExternalId = Field(
        description="The only workflow that it starts", examples=["wf-storm"]
    )
    batch_id: ExternalId = Field(
        description="Id of the batch: in each, the workflow runs once for a booking",
        examples=["batch-1"],
    )
    since: Moment | None = Field(
        default=None,
        description="When the visits begin that it was started for, if it was for many bookings",
        examples=["2027-06-12T18:30:00+02:00"],
    )
    until: Moment | None = Field(
        default=None,
        description="Before which moment they begin",
        examples=["2027-06-12T18:31:00+02:00"],
    )

    def is_for(self, start: datetime | None) -> bool:
        """Whether it was started for a visit that begins then."""
        return is_within(start, self.since, self.until)
