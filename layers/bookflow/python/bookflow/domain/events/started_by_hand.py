"""Started by hand: a person starts a workflow for a booking, alone or as one of many."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bookflow.domain.events.base import BookingEvent, TriggerConfig, VisitTriggerConfig
from bookflow.domain.shared.identifiers import ExternalId


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
