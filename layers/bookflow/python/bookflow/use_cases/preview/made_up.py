"""An event and an execution that never were, for what shows a workflow or tries it out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bookflow.domain.bookings.records import BookingContext
from bookflow.domain.catalogue.samples import sample_detail
from bookflow.domain.events import Event, event_types
from bookflow.domain.events.envelope import read_detail
from bookflow.domain.executions.execution import Execution
from bookflow.domain.workflows.workflow import Workflow


def made_up_event(
    event_type: str,
    workflow: Workflow,
    context: BookingContext,
    now: datetime,
    event_id: str,
    stated: Mapping[str, Any] | None = None,
) -> Event:
    """Return an event such as the booking system could send for a booking as it stands.

    Args:
        event_type: The trigger.
        workflow: The workflow that it is for.
        context: The booking and what surrounds it.
        now: When it happens.
        event_id: Its id.
        stated: Fields in the place of those that are made up.

    Raises:
        InvalidInputError: `stated` is invalid for the event.
    """
    own = {"event_id": event_id, "workflow_id": workflow.id}
    detail = sample_detail(event_type, context, now=now)
    made = {name: own.get(name, value) for name, value in detail.items()}
    return read_detail(event_types()[event_type], {**made, **(stated or {})})


def made_up_execution(
    workflow: Workflow, event: Event, context: BookingContext, now: datetime, execution_id: str
) -> Execution:
    """Return an execution of the workflow that the event would start."""
    return Execution(
        location_id=workflow.location_id,
        id=execution_id,
        workflow_id=workflow.id,
        workflow_name=workflow.name,
        version=max(workflow.latest_version, 1),
        event_id=event.event_id,
        event_type=event.detail_type,
        event_data=event.model_dump(mode="json", exclude_unset=True),
        booking_id=event.booking_id,
        booking_status=context.booking.status if context.booking else None,
        booking_start=context.booking.start_time if context.booking else None,
        started_at=now,
    )
