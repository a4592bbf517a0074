"""Fills the local stack with a demo location: its records, texts and the example workflows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bookflow.bootstrap import Services
from bookflow.domain.errors import NotFoundError
from bookflow.domain.events import Event
from bookflow.domain.exports import WorkflowExport
from bookflow.domain.graph import Graph
from bookflow.domain.surveys import Survey
from bookflow.domain.templates import Template
from bookflow.domain.workflows import Workflow
from bookflow.gallery import ready_made
from bookflow.publish import Publisher

DATA = Path(__file__).parent / "demo_data"
LOCATION_ID = "spree-kayaks"


def seed(services: Services, receiver_url: str) -> None:
    """Store the demo location and publish its workflows; doing it again changes nothing.

    Args:
        services: The deployed stack's ports.
        receiver_url: Where the demo's webhooks go, in place of the examples' CRM.
    """
    _seed_records(services)
    now = services.clock.now()
    for template in _read("templates.json"):
        services.templates.put(Template(location_id=LOCATION_ID, updated_at=now, **template))
    for survey in _read("surveys.json"):
        services.surveys.put(Survey(location_id=LOCATION_ID, **survey))
    for workflow_id, export in _workflows():
        _seed_workflow(services, workflow_id, _to_receiver(export, receiver_url))


def _seed_records(services: Services) -> None:
    location = json.loads((DATA / "location.json").read_text(encoding="utf-8"))
    stated: list[Mapping[str, Any]] = [
        {"location": location},
        *({"activity": activity} for activity in _read("activities.json")),
        *(
            {**booking, "booking_id": booking["booking"]["id"]}
            for booking in _read("bookings.json")
        ),
    ]
    for number, records in enumerate(stated):
        services.bookings.record(
            Event.model_validate(
                {
                    **records,
                    "event_id": f"demo-{number}",
                    "location_id": LOCATION_ID,
                    "occurred_at": "2026-01-01T00:00:00Z",
                }
            )
        )


def _seed_workflow(services: Services, workflow_id: str, export: WorkflowExport) -> None:
    publisher = Publisher(services, services.machine_target)
    now = services.clock.now()
    try:
        stored = services.workflows.get(LOCATION_ID, workflow_id)
    except NotFoundError:
        stored = Workflow(
            location_id=LOCATION_ID,
            id=workflow_id,
            name=export.name,
            description=export.description,
            draft=export.graph,
            created_at=now,
            updated_at=now,
        )
        services.workflows.save(stored)
    else:
        if stored.draft == export.graph and stored.enabled:
            return
        stored = stored.saved(stored.revision, now, draft=export.graph)
        services.workflows.save(stored)
    publisher.publish(LOCATION_ID, workflow_id, based_on=stored.revision, published_by="demo")
    publisher.set_enabled(LOCATION_ID, workflow_id, True, based_on=stored.revision + 1)


def _workflows() -> Iterator[tuple[str, WorkflowExport]]:
    """The five examples of the product text; the confirmation in a form that shows more."""
    for name, export in ready_made().items():
        own = DATA / f"{name}.json"
        if own.exists():
            export = WorkflowExport.model_validate_json(own.read_text(encoding="utf-8"))
        yield name.replace("_", "-"), export


def _to_receiver(export: WorkflowExport, receiver_url: str) -> WorkflowExport:
    """Send the examples' webhooks to the local receiver."""
    text = export.graph.model_dump_json().replace("https://crm.example.com", receiver_url)
    return export.model_copy(update={"graph": Graph.model_validate_json(text)})


def _read(name: str) -> list[Mapping[str, Any]]:
    content: list[Mapping[str, Any]] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return content
