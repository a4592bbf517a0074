"""Days before a visit are calendar days of the location, at the same local time or a named one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.cases.commands import BERLIN, check, note, simulate, times, workflow
from tests.unit.events.samples import sample
from tests.unit.reminders.world import LOCATION_ID, World


def one_day_before(kind: str, **more: Any) -> Any:
    """Return a workflow that adds a note a day before the visit, by its trigger or by a delay."""
    if kind == "reminder":
        offset = {"offset_value": 1, "offset_unit": "days", **more}
        return workflow(note("x"), trigger="Booking Reminder", **offset)
    until = {"kind": "until", "value": 1, "unit": "days", "direction": "before", "anchor": "start"}
    return workflow({"id": "wait", "type": "delay", "config": {**until, **more}}, note("x"))


def visit(start: str) -> dict[str, Any]:
    """Return a booking that starts at this time and takes half an hour."""
    end = datetime.fromisoformat(start) + timedelta(minutes=30)
    return sample("booking_created", start_time=start, end_time=end.isoformat())


SATURDAY = visit("2027-06-12T20:00:00+02:00")


@pytest.mark.parametrize("kind", ["reminder", "delay"])
@pytest.mark.parametrize(
    ("zone", "start", "right"),
    [
        ("Europe/Berlin", "2027-03-28T10:00:00+02:00", "2027-03-27T09:00:00Z"),
        ("Europe/Berlin", "2027-10-31T10:00:00+01:00", "2027-10-30T08:00:00Z"),
        ("America/New_York", "2027-03-14T10:00:00-04:00", "2027-03-13T15:00:00Z"),
        ("Australia/Lord_Howe", "2027-04-04T10:00:00+10:30", "2027-04-02T23:00:00Z"),
    ],
)
def test_one_day_before_is_the_same_local_time_over_a_clock_change(
    kind: str, zone: str, start: str, right: str
) -> None:
    entries = simulate(one_day_before(kind), visit(start), location={**BERLIN, "timezone": zone})
    assert times(entries, "add_booking_note") == [right]


@pytest.mark.parametrize("kind", ["reminder", "delay"])
@pytest.mark.parametrize("hour", ["07:30", "10:00", "20:00", "23:45"])
def test_the_day_before_at_16_00_is_that_for_visits_of_every_hour(kind: str, hour: str) -> None:
    entries = simulate(one_day_before(kind, at="16:00"), visit(f"2027-06-12T{hour}:00+02:00"))
    assert times(entries, "add_booking_note") == ["2027-06-11T14:00:00Z"]


@pytest.mark.parametrize("kind", ["reminder", "delay"])
@pytest.mark.parametrize(
    ("more", "part"),
    [
        ({"at": "16:00", "amount": 0}, "at least 1 day"),
        ({"at": "16:00", "unit": "hours"}, "Choose days"),
        ({"at": "4 pm"}, "such as 16:00"),
    ],
)
def test_a_local_time_that_may_not_be_before_the_visit_is_a_problem(
    kind: str, more: dict[str, Any], part: str
) -> None:
    names = {"amount": "offset_value", "unit": "offset_unit"} if kind == "reminder" else {}
    names |= {} if kind == "reminder" else {"amount": "value"}
    given = {names.get(name, name): value for name, value in more.items()}
    (problem,) = check(one_day_before(kind, **given))
    assert problem["field"] == "config.at"
    assert problem["reason"].startswith("At (local time)")
    assert part in problem["remedy"]


def test_a_local_time_in_the_quiet_hours_waits_for_their_end() -> None:
    quiet = {**BERLIN, "quiet_hours": {"start": "15:00", "end": "18:00"}}
    entries = simulate(one_day_before("reminder", at="16:00"), SATURDAY, location=quiet)
    assert times(entries, "add_booking_note") == ["2027-06-11T16:00:00Z"]


@pytest.mark.parametrize("at", ["20:00", "21:30"])
def test_on_the_same_day_after_the_end_is_never_before_the_end(at: str) -> None:
    follow_up = {"offset_value": 0, "offset_unit": "days", "relative_to": "after_end", "at": at}
    entries = simulate(workflow(note("x"), trigger="Booking Reminder", **follow_up), SATURDAY)
    right = {"20:00": "2027-06-12T18:30:00Z", "21:30": "2027-06-12T19:30:00Z"}
    assert times(entries, "add_booking_note") == [right[at]]


@pytest.mark.parametrize(
    "changes",
    [
        {"timezone": "Australia/Lord_Howe"},
        {"quiet_hours": {"start": "14:00", "end": "15:45"}},
    ],
)
def test_a_location_that_an_event_states_anew_moves_the_reminders_that_are_planned(
    changes: dict[str, Any],
) -> None:
    quiet = {"timezone": "Europe/Berlin", "quiet_hours": {"start": "21:00", "end": "08:30"}}
    start = datetime(2026, 12, 2, 15, 0, tzinfo=UTC)
    moved, from_the_start = World(location=quiet), World(location={**quiet, **changes})
    for world in (moved, from_the_start):
        world.publish("wf-a", offset_value=45, offset_unit="minutes", relative_to="before_start")
        world.work_all()
        world.deliver(world.created("b-1", start))
    event = moved.chat("b-1")
    event["detail"]["location"] = {"id": LOCATION_ID, **quiet, **changes}
    moved.deliver(event)
    moved.work_all()
    now, right = moved.reminder("b-1"), from_the_start.reminder("b-1")
    assert now is not None
    assert right is not None
    assert (now.state, now.fire_at) == (right.state, right.fire_at)
