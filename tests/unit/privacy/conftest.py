"""A location with a guest of everything and another guest, on ports that crash when asked to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bookflow.domain.reminders.names import ReminderKey
from bookflow.use_cases.jobs.run_job import JobRunner
from bookflow.use_cases.privacy.erase_guest import GuestEraser
from bookflow.use_cases.reminders.plan_reminders import ReminderPlanner
from tests.fakes import FakePorts
from tests.guests import store_guest
from tests.unit.runtime.samples import LOCATION_ID, NOTE, event, graph, new_ports, publish

OTHER = "bk-other"
"""A booking of another guest, of whom nothing may be erased."""


def holds_guest(ports: FakePorts) -> FakePorts:
    """Store the guest of everything, reminders included, and another guest."""
    publish(ports, "wf-reminder", graph(NOTE, trigger="Booking Reminder", offset_value=24))
    ports.clock.moment = ports.clock.moment.replace(year=2026, month=12, day=2)
    store_guest(ports, LOCATION_ID)
    customer = {"id": "cus-other", "first_name": "Grace"}
    other = event(booking_id=OTHER, event_id="evt-other", customer=customer)
    ports.bookings.record(other)
    planner = ReminderPlanner(ports)
    for booking_id in ("bk-guest-0", "bk-guest-1", OTHER):
        planner.plan(LOCATION_ID, booking_id)
        assert ports.reminders.get(ReminderKey(LOCATION_ID, booking_id, "wf-reminder"))
    ports.reminder_jobs.messages.clear()  # the job of turning the reminders on
    ports.calls.made.clear()
    return ports


def stored_text(ports: FakePorts) -> str:
    """Return all that is stored of the guest or of anybody, as text."""
    stores: tuple[Mapping[Any, Any], ...] = (
        ports.bookings.kept,
        ports.bookings.changes,
        ports.executions.stored,
        ports.executions.stored_steps,
        ports.executions.facts,
        ports.effects.outcomes,
        ports.notes.stored,
        ports.tasks.stored,
        ports.surveys.asked,
        ports.templates.edits,
        ports.surveys.invitations,
        ports.surveys.responses,
        ports.suppressions.stored,
        ports.marketing_counts.days,
        ports.reminders.stored,
        ports.schedules.stored,
        ports.erasures.stored,
        ports.audit.stored,
    )
    return "\n".join(f"{key} {value}" for store in stores for key, value in store.items())


def work_off(ports: FakePorts) -> list[int]:
    """Do what the queue's messages ask for, however long they are delayed; return the delays."""
    runner, delays = JobRunner(ports), []
    while ports.reminder_jobs.messages:
        message, delay = ports.reminder_jobs.messages[0]
        ports.clock.advance(seconds=delay)
        runner.do(message)
        # A message that the function died over comes again, so it goes only now.
        ports.reminder_jobs.messages.remove((message, delay))
        delays.append(delay)
    return delays


@pytest.fixture
def ports() -> FakePorts:
    return holds_guest(new_ports())


@pytest.fixture
def eraser(ports: FakePorts) -> GuestEraser:
    return GuestEraser(ports)
