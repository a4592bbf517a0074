"""The reminders' store: the same behaviour in memory and in DynamoDB."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bookflow.domain.events import Event, parse_event
from bookflow.domain.events.booking_reminder import ReminderOffset
from bookflow.domain.reminders.jobs import ReminderJob
from bookflow.domain.reminders.record import Reminder
from bookflow.domain.reminders.rule import ReminderState
from bookflow.domain.shared.pagination import PageRequest
from tests.fakes import FakePorts
from tests.unit.reminders.world import LOCATION_ID, NOW, World

DAY = timedelta(days=1)


@pytest.fixture(params=["memory", "aws"])
def ports(request: pytest.FixtureRequest) -> Any:
    """Either kind of ports: what holds for one must hold for the other."""
    return FakePorts() if request.param == "memory" else request.getfixturevalue("aws")


def reminder(booking_id: str = "b-1", workflow_id: str = "wf-a", **changes: Any) -> Reminder:
    fields = {
        "location_id": LOCATION_ID,
        "booking_id": booking_id,
        "workflow_id": workflow_id,
        "state": ReminderState.PLANNED,
        "fire_at": NOW + DAY,
        "config": ReminderOffset(event="Booking Reminder"),
        "anchor": NOW + 2 * DAY,
        "start_time": NOW + 2 * DAY,
        "known_since": NOW,
        "fired": ("before_start@2026-11-01T09:00:00+00:00",),
        "scheduled": True,
        "settled": False,
        "changed_at": NOW,
        "expires_at": NOW + 90 * DAY,
    }
    return Reminder(**{**fields, **changes})


def job(**changes: Any) -> ReminderJob:
    fields = {
        "location_id": LOCATION_ID,
        "workflow_id": "wf-a",
        "id": "job_1",
        "since": NOW,
        "counts": {"seen": 3},
        "started_at": NOW,
        "updated_at": NOW,
    }
    return ReminderJob(**{**fields, **changes})


def record_bookings(ports: Any, *starts: float) -> None:
    """Store bookings b-0, b-1, ... that start so many days from now."""
    made = World()
    known = {"event_id": "evt-0", "location_id": LOCATION_ID, "occurred_at": NOW.isoformat()}
    location = {"id": LOCATION_ID, "timezone": "Europe/Berlin"}
    ports.bookings.record(Event.model_validate({**known, "location": location}))
    for number, days in enumerate(starts):
        ports.bookings.record(parse_event(made.created(f"b-{number}", NOW + days * DAY)))


def test_a_record_is_read_back_as_it_was_written(ports: Any) -> None:
    stored = reminder()
    assert ports.reminders.get(stored.key) is None
    assert ports.reminders.save(stored)
    assert ports.reminders.get(stored.key) == stored


def test_only_the_next_revision_is_written(ports: Any) -> None:
    stored = reminder()
    assert ports.reminders.save(stored)
    assert ports.reminders.save(stored)  # a repeat of the same write
    assert not ports.reminders.save(stored.changed(fire_at=NOW))
    newer = stored.changed(fire_at=NOW, revision=2)
    assert ports.reminders.save(newer)
    assert not ports.reminders.save(stored.changed(turn=1, revision=2))
    assert ports.reminders.get(stored.key) == newer


def test_a_record_is_settled_unless_it_has_changed(ports: Any) -> None:
    stored = reminder()
    assert ports.reminders.settle(stored) is None
    ports.reminders.save(stored)
    settled = stored.changed(settled=True)
    assert ports.reminders.settle(stored) == settled
    assert ports.reminders.get(stored.key) == settled
    newer = settled.changed(state=ReminderState.NONE, settled=False, revision=2)
    ports.reminders.save(newer)
    assert ports.reminders.settle(stored) == newer
    assert ports.reminders.settle(newer) == newer.changed(settled=True, scheduled=False)


def test_the_records_of_a_booking_are_its_own(ports: Any) -> None:
    for booking_id, workflow_id in [("b-1", "wf-a"), ("b-1", "wf-b"), ("b-10", "wf-a")]:
        ports.reminders.save(reminder(booking_id, workflow_id))
    found = ports.reminders.of_booking(LOCATION_ID, "b-1")
    assert [each.workflow_id for each in found] == ["wf-a", "wf-b"]
    assert ports.reminders.of_booking("elsewhere", "b-1") == []


def test_upcoming_bookings_come_in_pages_with_the_records_asked_for(ports: Any) -> None:
    record_bookings(ports, 3, 1, 2, -1, 0, 2)
    ports.reminders.save(reminder("b-1", "wf-a"))
    ports.reminders.save(reminder("b-1", "wf-b"))
    found: list[str] = []
    position, pages = None, 0
    while True:
        request = PageRequest(2, position)
        page = ports.reminders.upcoming(LOCATION_ID, ["wf-a"], since=NOW, request=request)
        pages += 1
        for booking, records in page.items:
            found.append(booking.id)
            assert set(records) == ({"wf-a"} if booking.id == "b-1" else set())
        position = page.position
        if position is None:
            break
    assert found == ["b-4", "b-1", "b-2", "b-5", "b-0"]
    assert pages == 3


def test_a_page_may_be_asked_for_without_any_workflow(ports: Any) -> None:
    record_bookings(ports, 1)
    page = ports.reminders.upcoming(LOCATION_ID, [], since=NOW)
    assert [(booking.id, dict(records)) for booking, records in page.items] == [("b-0", {})]
    assert page.position is None


def test_a_newer_job_ends_the_progress_of_an_older_one(ports: Any) -> None:
    assert ports.reminders.job(LOCATION_ID, "wf-a") is None
    older = job()
    ports.reminders.begin_job(older)
    advanced = older.advanced("cursor", {"seen": 2, "gained": 1}, NOW + DAY)
    assert ports.reminders.advance_job(advanced)
    assert ports.reminders.advance_job(advanced)  # a repeat of the same write
    assert not ports.reminders.advance_job(older.advanced(None, {}, NOW))
    assert ports.reminders.job(LOCATION_ID, "wf-a") == advanced
    assert advanced.counts == {"seen": 5, "gained": 1}
    newer = job(id="job_2")
    ports.reminders.begin_job(newer)
    assert not ports.reminders.advance_job(advanced.advanced(None, {}, NOW))
    assert ports.reminders.job(LOCATION_ID, "wf-a") == newer


def test_a_job_lies_beside_its_workflow_and_is_no_version(ports: Any) -> None:
    ports.reminders.begin_job(job())
    assert ports.workflows.versions(LOCATION_ID, "wf-a").items == []


def test_locations_with_reminders_are_remembered(ports: Any) -> None:
    for location_id in ("loc-b", "loc-a", "loc-b"):
        ports.reminders.begin_job(job(location_id=location_id))
    assert list(ports.reminders.locations()) == ["loc-a", "loc-b"]
