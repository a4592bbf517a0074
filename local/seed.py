"""Fills the local stack with a demo location: its records, texts and the example workflows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from bookflow.bootstrap import Services
from bookflow.domain.bookings.location_settings import LocationSettings
from bookflow.domain.events import Event
from bookflow.domain.surveys.survey import Survey
from bookflow.domain.templates import Template
from bookflow.domain.workflows.export import WorkflowExport
from bookflow.domain.workflows.graph import Graph
from bookflow.domain.workflows.workflow import Workflow
from bookflow.gallery import EXAMPLES, ready_made
from bookflow.gallery.templates import ready_made_templates
from bookflow.use_cases.bookings.add_location import add_location
from bookflow.use_cases.workflows.publish import Publisher
from local.samples import ahead_of_now

DATA = Path(__file__).parent / "demo_data"
LOCATION_ID = "spree-kayaks"
SECOND_LOCATION_ID = "valle-rafting"
"""Elsewhere: another zone, language and currency."""


def seed(services: Services, receiver_url: str) -> None:
    """Store the demo locations and publish their workflows, on a stack that has none.

    Args:
        services: The deployed stack's ports.
        receiver_url: Where the demo's webhooks go, in place of the examples' CRM.
    """
    seed_location(services, LOCATION_ID)
    for workflow_id, export in _workflows():
        add_workflow(services, LOCATION_ID, workflow_id, to_receiver(export, receiver_url))
    _seed_second(services)


def _seed_second(services: Services) -> None:
    """Store a small location as its admin adds it, with a booking and a reminder."""
    settings = LocationSettings.model_validate(_read_object("second_location.json"))
    add_location(services, SECOND_LOCATION_ID, settings)
    now = services.clock.now()
    for number, booking in enumerate(ahead_of_now(_read("second_bookings.json"), now)):
        event = {
            **booking,
            "booking_id": booking["booking"]["id"],
            "event_id": f"demo-second-{number}",
            "location_id": SECOND_LOCATION_ID,
            "occurred_at": "2026-01-01T00:00:00Z",
        }
        services.bookings.record(Event.model_validate(event))
    ready = ready_made_templates()["visit-reminder"]
    services.templates.save(
        Template(location_id=SECOND_LOCATION_ID, id="visit-reminder", updated_at=now, **dict(ready))
    )
    add_workflow(
        services, SECOND_LOCATION_ID, "pre-visit-reminder", ready_made()["pre_visit_reminder"]
    )


def seed_location(services: Services, location_id: str) -> None:
    """Store the demo location's records and texts under the id."""
    for number, records in enumerate(_records(location_id, services.clock.now())):
        services.bookings.record(
            Event.model_validate(
                {
                    **records,
                    "event_id": f"demo-{number}",
                    "location_id": location_id,
                    "occurred_at": "2026-01-01T00:00:00Z",
                }
            )
        )
    now = services.clock.now()
    ready = [{"id": name, **dict(content)} for name, content in ready_made_templates().items()]
    for template in (*ready, *_read("templates.json")):
        services.templates.save(Template(location_id=location_id, updated_at=now, **template))
    for survey in _read("surveys.json"):
        services.surveys.save(Survey(location_id=location_id, **survey))


def add_workflow(
    services: Services, location_id: str, workflow_id: str, export: WorkflowExport
) -> None:
    """Store a new workflow, publish it and let events start it."""
    now = services.clock.now()
    workflow = Workflow(
        location_id=location_id,
        id=workflow_id,
        name=export.name,
        description=export.description,
        draft=export.graph,
        created_at=now,
        updated_at=now,
    )
    services.workflows.save(workflow)
    publisher = Publisher(services, services.machine_target)
    publisher.publish(
        location_id, workflow_id, based_on=workflow.revision, published_by="local seed"
    )
    publisher.set_enabled(location_id, workflow_id, True, based_on=workflow.revision + 1)


def to_receiver(export: WorkflowExport, receiver_url: str) -> WorkflowExport:
    """Send the examples' webhooks to the local receiver."""
    text = export.graph.model_dump_json().replace("https://crm.example.com", receiver_url)
    return export.model_copy(update={"graph": Graph.model_validate_json(text)})


def _records(location_id: str, now: datetime) -> Iterator[Mapping[str, Any]]:
    location = _read_object("location.json")
    yield {"location": {**location, "id": location_id}}
    for activity in _read("activities.json"):
        yield {"activity": activity}
    for booking in ahead_of_now(_read("bookings.json"), now):
        yield {**booking, "booking_id": booking["booking"]["id"]}


def _workflows() -> Iterator[tuple[str, WorkflowExport]]:
    """The five examples of the product text; the confirmation in a form that shows more."""
    for name in EXAMPLES:
        export = ready_made()[name]
        own = DATA / f"{name}.json"
        if own.exists():
            export = WorkflowExport.model_validate_json(own.read_text(encoding="utf-8"))
        yield name.replace("_", "-"), export


def _read_object(name: str) -> Mapping[str, Any]:
    content: Mapping[str, Any] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return content


def _read(name: str) -> list[Mapping[str, Any]]:
    content: list[Mapping[str, Any]] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return content
