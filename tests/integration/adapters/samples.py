"""Records for the tests of the adapters, each with only what a test does not care about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bookflow.domain.events import Event, parse_event
from bookflow.domain.executions.execution import Execution, Step
from bookflow.domain.workflows.graph import Graph
from bookflow.domain.workflows.workflow import Subscription, Workflow, WorkflowVersion

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
LOCATION = {"id": "loc-1", "name": "Spree Kayaks", "timezone": "Europe/Berlin"}


def created(event_id: str = "e-1", minute: int = 0, **changes: Any) -> Event:
    """Return a Booking Created at some minute after nine."""
    detail = {
        "event_id": event_id,
        "location_id": "loc-1",
        "occurred_at": f"2026-12-01T09:{minute:02d}:00Z",
        "booking_id": "b-1",
        "customer": {"id": "c-1", "first_name": "Ada", "email": "ada@example.com"},
        "activity": {"id": "a-1", "name": "Sunset tour"},
        "location": LOCATION,
        "total_amount": {"amount": "120.10", "currency": "EUR"},
        "start_time": "2026-12-12T10:00:00.123456+01:00",
        "end_time": "2026-12-12T12:00:00+01:00",
        **changes,
    }
    return parse_event({"detail-type": "Booking Created", "detail": detail})


def status_changed(event_id: str, minute: int, new_status: str, **changes: Any) -> Event:
    """Return a Booking Status Changed that names nothing but the booking."""
    detail = {
        "event_id": event_id,
        "location_id": "loc-1",
        "occurred_at": f"2026-12-01T09:{minute:02d}:00Z",
        "booking_id": "b-1",
        "old_status": "pending",
        "new_status": new_status,
        **changes,
    }
    return parse_event({"detail-type": "Booking Status Changed", "detail": detail})


def workflow(**changes: Any) -> Workflow:
    """Return a new workflow."""
    return Workflow(
        **{
            "location_id": "loc-1",
            "id": "wf-1",
            "name": "Welcome",
            "draft": graph(),
            "created_at": NOW,
            "updated_at": NOW,
            **changes,
        }
    )


def graph(**config: Any) -> Graph:
    """Return a graph of a trigger alone."""
    settings = {"event": "Booking Created", **config}
    return Graph.model_validate({"nodes": [{"id": "t", "type": "trigger", "config": settings}]})


def version(number: int, **changes: Any) -> WorkflowVersion:
    """Return a published version of `workflow()`."""
    return WorkflowVersion(
        **{
            "location_id": "loc-1",
            "workflow_id": "wf-1",
            "version": number,
            "name": "Welcome",
            "trigger_type": "Booking Created",
            "graph": graph(),
            "machine_arn": f"arn:machine:{number}",
            "decided_at_start": frozenset({"c-1", "c-2"}),
            "published_at": NOW,
            **changes,
        }
    )


def subscription(number: int, **changes: Any) -> Subscription:
    """Return what starts that version."""
    return Subscription(
        **{
            "location_id": "loc-1",
            "trigger_type": "Booking Created",
            "workflow_id": "wf-1",
            "version": number,
            "machine_arn": f"arn:machine:{number}",
            **changes,
        }
    )


def execution(**changes: Any) -> Execution:
    """Return a run that has just been claimed."""
    return Execution(
        **{
            "location_id": "loc-1",
            "id": "ex-1",
            "workflow_id": "wf-1",
            "version": 3,
            "event_id": "e-1",
            "event_type": "Booking Created",
            "event_data": {"party": {"size": 3}, "note": "grün"},
            "booking_id": "b-1",
            "booking_start": NOW + timedelta(days=11, microseconds=7),
            "machine_arn": "arn:machine:3",
            "started_at": NOW,
            "expires_at": NOW + timedelta(days=90),
            **changes,
        }
    )


def step(**changes: Any) -> Step:
    """Return a step that begins now."""
    return Step(
        **{
            "location_id": "loc-1",
            "execution_id": "ex-1",
            "node_id": "n-1",
            "node_type": "send_template",
            "input_data": {"template_id": "t-1"},
            "started_at": NOW,
            "expires_at": NOW + timedelta(days=90),
            **changes,
        }
    )
