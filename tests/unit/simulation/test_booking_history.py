"""A booking's history is what its runs recorded, and leads to the booking as it stands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from bookflow.domain.events import Event
from bookflow.domain.executions.execution import Step, StepStatus
from bookflow.domain.shared.errors import InvalidInputError
from bookflow.use_cases.bookings.booking_history import (
    LEAD,
    BookingHistory,
    Origin,
    booking_history,
)
from tests.fakes import FakePorts
from tests.unit.reminders.world import LOCATION_ID, NOW, World
from tests.unit.runtime.samples import NOTE, graph, publish

START = NOW + timedelta(days=9)
ALL_EVENTS = ("Booking Created", "Booking Rescheduled", "Booking Cancelled", "Booking Completed")


def world(*recording: str) -> World:
    """Return a location in which a workflow runs, and so records, each of these events."""
    made = World()
    for number, event_type in enumerate(recording):
        publish(made.ports, f"wf-{number}", graph(NOTE, trigger=event_type))
    return made


def history(made: World, workflow_id: str = "wf-simulated") -> BookingHistory:
    context = made.ports.bookings.context(LOCATION_ID, "b-1")
    assert context is not None
    found = booking_history(made.ports, context, workflow_id=workflow_id)
    times = [past.event.occurred_at for past in found.events]
    assert times == sorted(times)
    return found


def reported(found: BookingHistory) -> list[tuple[str, str]]:
    return [(past.event.detail_type, str(past.origin)) for past in found.events]


def state_after(events: Iterable[Event]) -> tuple[Any, ...]:
    """Return status and times of the booking after these events alone."""
    ports = FakePorts()
    location = Event.model_validate(
        {
            "event_id": "evt-0",
            "location_id": LOCATION_ID,
            "occurred_at": "1970-01-01T00:00:00Z",
            "location": {"id": LOCATION_ID},
        }
    )
    for event in (location, *events):
        ports.bookings.record(event)
    return state(ports)


def state(ports: FakePorts) -> tuple[Any, ...]:
    context = ports.bookings.context(LOCATION_ID, "b-1")
    assert context is not None
    assert context.booking is not None
    booking = context.booking
    return booking.status, booking.start_time, booking.end_time


def record(made: World, **booking: Any) -> None:
    """Let the records know of the booking what no event of a run tells."""
    made.events += 1
    detail = {
        "event_id": f"st-{made.events}",
        "location_id": LOCATION_ID,
        "occurred_at": made.now.isoformat(),
        "booking_id": "b-1",
        "booking": booking,
    }
    made.ports.bookings.record(Event.model_validate(detail))


def lived(made: World, *, end: str = "cancelled") -> None:
    """Let a booking be made, moved, and cancelled or completed, an hour apart."""
    made.deliver(made.created("b-1", START, "pending"))
    made.ports.clock.advance(hours=1)
    moved = made.moved("b-1", START + timedelta(days=1))
    moved["detail"] |= {
        "old_start_time": START.isoformat(),
        "old_end_time": (START + timedelta(hours=2)).isoformat(),
    }
    made.deliver(moved)
    made.ports.clock.advance(hours=1)
    if end == "cancelled":
        made.deliver(made.cancelled("b-1"))
    else:
        made.deliver(made.status("b-1", "pending", end))
    made.ports.clock.advance(hours=1)


def test_what_runs_recorded_is_the_history() -> None:
    made = world(*ALL_EVENTS)
    lived(made)
    found = history(made)
    assert reported(found) == [(name, "recorded") for name in ALL_EVENTS[:3]]
    assert found.complete


def test_an_event_of_several_runs_is_reported_once_and_a_derived_one_as_it_came() -> None:
    made = world("Booking Created", "Booking Created", "Booking Completed")
    lived(made, end="completed")
    found = history(made)
    assert reported(found)[0] == ("Booking Created", "recorded")
    assert reported(found)[-1] == ("Booking Status Changed", "recorded")
    assert state_after(past.event for past in found.events) == state(made.ports)


@pytest.mark.parametrize("end", ["cancelled", "completed", "no_show", "confirmed", "draft"])
@pytest.mark.parametrize("recorded", [(), ALL_EVENTS[:1], ALL_EVENTS[1:2], ALL_EVENTS[2:3]])
def test_whatever_is_recorded_it_leads_to_the_booking_as_it_stands(
    recorded: tuple[str, ...], end: str
) -> None:
    made = world(*recorded)
    lived(made, end=end)
    found = history(made)
    assert state_after(past.event for past in found.events) == state(made.ports)
    assert all(past.event.occurred_at <= made.now for past in found.events)
    kept = [past.event.detail_type for past in found.events if past.origin is Origin.RECORDED]
    assert set(kept) <= set(recorded)


def test_a_booking_of_which_nothing_is_recorded_was_made_now_if_it_is_still_to_come() -> None:
    made = world()
    record(made, status="confirmed", start_time=START.isoformat(), party_size=4)
    (past,) = history(made).events
    assert past.origin is Origin.RECONSTRUCTED
    assert past.event.occurred_at == made.now - timedelta(seconds=1)
    assert past.event.booking is not None
    assert past.event.booking.party_size == 4


def test_one_that_is_over_was_made_a_month_before_its_start() -> None:
    made = world()
    record(made, status="completed", start_time=(NOW - timedelta(days=3)).isoformat())
    created, completed = history(made).events
    assert created.event.occurred_at == NOW - timedelta(days=3) - LEAD
    assert completed.event.detail_type == "Booking Status Changed"
    assert completed.event.occurred_at == NOW - timedelta(days=3)


def test_the_time_of_a_cancellation_is_known_from_the_reminder_that_it_took_away() -> None:
    made = world()
    made.publish("wf-r", offset_value=24)
    made.work_all()
    made.deliver(made.created("b-1", START))
    made.ports.clock.advance(hours=5)
    cancelled_at = made.now
    made.deliver(made.cancelled("b-1"))
    made.ports.clock.advance(hours=5)
    created, cancelled = history(made).events
    assert (created.event.occurred_at, cancelled.event.occurred_at) == (NOW, cancelled_at)


def test_what_the_workflow_itself_caused_is_left_to_its_simulation() -> None:
    made = world("Booking Created", "Booking Status Changed")
    made.deliver(made.created("b-1", START, "pending"))
    made.ports.clock.advance(hours=1)
    own = made.status("b-1", "pending", "confirmed")
    own["detail"]["causation_chain"] = ["wf-simulated"]
    made.deliver(own)
    assert reported(history(made)) == [("Booking Created", "recorded")]
    assert reported(history(made, "wf-another"))[1:] == [("Booking Status Changed", "recorded")]


def test_a_status_that_the_workflows_own_step_wrote_is_no_gap() -> None:
    made = world("Booking Created")
    made.deliver(made.created("b-1", START, "pending"))
    (run,) = made.ports.executions.stored.values()
    made.ports.executions.finish_step(
        Step(
            location_id=LOCATION_ID,
            execution_id=run.id,
            node_id="confirm",
            node_type="update_booking",
            status=StepStatus.COMPLETED,
            output_data={"new_status": "confirmed"},
            started_at=NOW,
        )
    )
    made.ports.clock.advance(hours=1)
    record(made, status="confirmed")
    assert reported(history(made, "wf-0")) == [("Booking Created", "recorded")]
    assert len(history(made, "wf-1").events) == 2


def test_firings_of_reminders_are_no_part_of_it() -> None:
    made = world("Booking Created")
    made.publish("wf-r", offset_value=24)
    made.work_all()
    made.deliver(made.created("b-1", START))
    made.pass_time(START)
    assert made.sent
    assert reported(history(made)) == [("Booking Created", "recorded")]


def test_a_booking_without_any_time_is_refused() -> None:
    made = world()
    record(made, status="confirmed")
    with pytest.raises(InvalidInputError, match="has no start"):
        history(made)


def test_events_that_are_not_about_the_booking_itself_belong_to_it_too() -> None:
    made = world("Chat Message Created")
    made.deliver(made.created("b-1", START), made.chat("b-1"))
    assert reported(history(made)) == [
        ("Booking Created", "reconstructed"),
        ("Chat Message Created", "recorded"),
    ]
