"""Graphs and calls that the tests of the routes share."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from bookflow.domain.events import Event
from tests.api import Answer, Client
from tests.fakes import FakePorts

LOCATION = "/v1/locations/loc-1"
WORKFLOWS = f"{LOCATION}/workflows"

NOTE = {"id": "note", "type": "add_booking_note", "config": {"note": "Hello"}}
WEBHOOK = {
    "id": "hook",
    "type": "webhook",
    "config": {"url": "https://crm.example.com/hook", "headers": {"X-Api-Key": "top-secret-key"}},
}


def graph_of(*nodes: dict[str, Any], trigger: str = "Booking Created") -> dict[str, Any]:
    """Return nodes in a row behind a trigger."""
    row = [{"id": "trigger", "type": "trigger", "config": {"event": trigger}}, *nodes]
    return {
        "nodes": row,
        "edges": [
            {"id": f"e{place}", "source": a["id"], "target": b["id"]}
            for place, (a, b) in enumerate(pairwise(row))
        ],
    }


def know_location(ports: Any, location_id: str = "loc-1") -> None:
    """Store a location with a booking."""
    ports.bookings.record(
        Event.model_validate(
            {
                "event_id": "known-0",
                "location_id": location_id,
                "occurred_at": "2026-01-01T00:00:00Z",
                "booking_id": "b-1",
                "booking": {
                    "id": "b-1",
                    "status": "confirmed",
                    "start_time": "2026-12-12T10:00:00+01:00",
                    "end_time": "2026-12-12T12:00:00+01:00",
                },
                "customer": {"id": "c-1", "first_name": "Ada", "email": "ada@example.com"},
                "activity": {"id": "a-1", "name": "Sunset tour"},
                "location": {"id": location_id, "name": "Kayaks", "timezone": "Europe/Berlin"},
            }
        )
    )


def create(client: Client, draft: dict[str, Any], name: str = "Welcome") -> str:
    """Make a workflow and return its address."""
    answer = client.post(WORKFLOWS, {"name": name, "draft": draft})
    assert answer.status == 201, answer.text
    return f"{WORKFLOWS}/{answer.json['id']}"


def publish(client: Client, address: str) -> Answer:
    """Publish the draft and turn the workflow on."""
    published = client.post(f"{address}/publish", None, if_match=client.get(address).etag)
    assert published.status == 200, published.text
    answer = client.put(f"{address}/enabled", {"enabled": True}, if_match=published.etag)
    assert answer.status == 200, answer.text
    return answer


def created_event(event_id: str = "e-1") -> dict[str, Any]:
    """Return a Booking Created as the booking system posts it."""
    return {
        "detail-type": "Booking Created",
        "detail": {
            "event_id": event_id,
            "occurred_at": "2026-12-01T09:00:00Z",
            "booking_id": "b-1",
            "customer": {"id": "c-1", "first_name": "Ada", "email": "ada@example.com"},
            "activity": {"id": "a-1", "name": "Sunset tour"},
            "total_amount": {"amount": "120.10", "currency": "EUR"},
            "start_time": "2026-12-12T10:00:00+01:00",
            "end_time": "2026-12-12T12:00:00+01:00",
        },
    }


__all__ = ["FakePorts", "create", "created_event", "graph_of", "know_location", "publish"]
