"""What the actions' tests run on: one location, its customer, booking and event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bookflow.adapters.memory.clock import SettableClock
from bookflow.domain.bookings.records import Activity, Booking, BookingContext, Customer, Location
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.catalogue.step_scope import Scope
from bookflow.domain.events import event_types
from bookflow.domain.executions.execution import Execution
from bookflow.domain.surveys.survey import StarQuestion, Survey
from bookflow.domain.templates import Template
from bookflow.domain.workflows.graph import Node
from tests.fakes import FakePorts

NOW = datetime(2026, 11, 1, 9, 0, 0, 250_000, tzinfo=UTC)
LOCATION = Location(
    id="loc-1",
    name="Spree Kayaks",
    timezone="Europe/Berlin",
    locale="en-GB",
    country="DE",
    email="desk@spree-kayaks.example",
    survey_id="after-visit",
)
CUSTOMER = Customer(
    id="c-1", first_name="Ada", last_name="Lovelace", email="ada@example.com", phone="0170 1234567"
)
ACTIVITY = Activity(id="a-1", name="Sunset kayak tour")
BOOKING = Booking(
    id="b-1",
    confirmation_code="KAY-4711",
    status=BookingStatus.PENDING,
    customer_id="c-1",
    activity_id="a-1",
    # The night in which Berlin leaves summer time, at 03:00 CEST on 25 October 2026.
    start_time=datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    end_time=datetime(2026, 10, 25, 2, 30, tzinfo=UTC),
)
EVENT_DATA: dict[str, Any] = {
    "event_id": "e-1",
    "location_id": "loc-1",
    "booking_id": "b-1",
    "occurred_at": "2026-11-01T08:59:00+00:00",
    "customer": {"id": "c-1"},
    "cancelled_at": "2026-11-01T08:59:00+00:00",
    "reason": 'Rain, "heavy"',
}


def new_ports() -> FakePorts:
    """Return empty ports at the moment `NOW`."""
    return FakePorts(clock=SettableClock(NOW), public_base_url="https://book.example.com/")


def survey(**changes: Any) -> Survey:
    question = StarQuestion(id="q1", text="How was it?")
    fields = {"id": "after-visit", "name": "After the visit", "questions": (question,)}
    return Survey(**{"location_id": "loc-1", **fields, **changes})


def template(**changes: Any) -> Template:
    fields: dict[str, Any] = {
        "location_id": "loc-1",
        "id": "t-1",
        "name": "Confirmation",
        "subject": "{{ activity.name }}",
        "html": "<p>Dear {{ customer.first_name }}</p>",
        "sms": "See you at {{ booking.start_time | time }}",
        "updated_at": NOW,
    }
    return Template(**{**fields, **changes})


def scope(
    *,
    location: Location = LOCATION,
    booking: Booking | None = BOOKING,
    customer: Customer | None = CUSTOMER,
    activity: Activity | None = ACTIVITY,
    now: datetime = NOW,
    event_data: Mapping[str, Any] | None = None,
    workflow_name: str = "Welcome",
    execution_id: str = "ex_1",
) -> Scope:
    data = {**EVENT_DATA, **(event_data or {})}
    execution = Execution(
        location_id="loc-1",
        id=execution_id,
        workflow_id="wf_1",
        workflow_name=workflow_name,
        version=1,
        event_id="e-1",
        event_type="Booking Cancelled",
        event_data=data,
        booking_id="b-1",
        causation_chain=("wf_0",),
        started_at=NOW,
    )
    return Scope(
        execution=execution,
        node=Node(id="n1", type="any"),
        event=event_types()["Booking Cancelled"].model_validate(data),
        context=BookingContext(
            location=location, booking=booking, customer=customer, activity=activity
        ),
        now=now,
    )
