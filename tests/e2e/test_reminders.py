"""Schedules that really fire: one SMS for each time of a booking, and none for what is off."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bookflow.bootstrap import Services
from bookflow.domain.templates import Template
from bookflow.use_cases.workflows.publish import Publisher
from local.stack import LocalStack
from tests.e2e.location import LIMIT_SECONDS, OwnLocation

BEFORE, AFTER = "before-the-visit", "after-the-visit"
OFFSET = timedelta(minutes=60)
BERLIN = ZoneInfo("Europe/Berlin")

CANCELLED_BEFORE, MOVED, REPEATED, OVER = "bk-cancelled", "bk-moved", "bk-repeated", "bk-over"

FIRES_IN = timedelta(seconds=90)
"""From the making of a booking to its reminder. What is due within a minute is put off to the end
of it; the rest is time to cancel bookings and move them before."""

LATER = timedelta(seconds=15)
"""How far a booking is moved."""

REMIND: Mapping[str, Mapping[str, Any]] = {
    "remind": {"type": "send_template", "config": {"template": "dock"}}
}


def trigger(**config: Any) -> Mapping[str, Any]:
    return {"event": "Booking Reminder", "minimum_minutes_after_creation": 0, **config}


def remind(place: OwnLocation, workflow_id: str = BEFORE, **config: Any) -> None:
    """Publish a workflow that sends the booking's time as an SMS, an hour before it."""
    settings = {"offset_value": 60, "offset_unit": "minutes", **config}
    place.workflow(workflow_id, trigger(**settings), REMIND, "trigger>remind")


def furnished(place: OwnLocation) -> OwnLocation:
    place.services.templates.save(
        Template(
            location_id=place.id,
            id="dock",
            name="Dock",
            channel="sms",
            sms="{{ location.id }}/{{ booking.id }} at {{ booking.start_time | time('medium') }}",
            updated_at=place.services.clock.now(),
        )
    )
    return place


def booked(place: OwnLocation, booking_id: str, start: datetime) -> dict[str, Any]:
    """Put a booking on the bus; return its event."""
    end = start + timedelta(hours=2)
    event = place.created(
        booking_id=booking_id, start_time=start.isoformat(), end_time=end.isoformat()
    )
    place.put(event)
    return event


def moved(place: OwnLocation, booking_id: str, old: datetime, new: datetime) -> dict[str, Any]:
    length = timedelta(hours=2)
    return place.envelope(
        "Booking Rescheduled",
        booking_id=booking_id,
        customer={"id": "cus-1"},
        old_start_time=old.isoformat(),
        old_end_time=(old + length).isoformat(),
        new_start_time=new.isoformat(),
        new_end_time=(new + length).isoformat(),
    )


def fires_at(
    place: OwnLocation, booking_id: str, moment: datetime | None, workflow_id: str = BEFORE
) -> None:
    """Wait until the booking's schedule fires at that time; None for no schedule."""

    def is_so() -> bool:
        schedule = place.schedules(booking_id).get(workflow_id)
        return (schedule.at if schedule else None) == moment

    place.stack.wait_until(is_so, LIMIT_SECONDS, f"{booking_id} at {place.id} to fire at {moment}")


def reported(place: OwnLocation, booking_id: str, start: datetime) -> str:
    """Return the text of the SMS about a booking."""
    return f"{place.id}/{booking_id} at {start.astimezone(BERLIN):%H:%M:%S}"


def texts(place: OwnLocation, booking_id: str) -> list[str]:
    return [sms.text for sms in place.sms(f"{place.id}/{booking_id} ")]


def kinds(place: OwnLocation, booking_id: str) -> list[tuple[str, str | None]]:
    """Return what the booking's timeline tells, in its order, each with its reason."""
    return [(each["kind"], each["reason_code"]) for each in place.timeline(booking_id)]


def soon(place: OwnLocation, seconds: timedelta) -> datetime:
    """Return a start, on a full second, of which the reminder is due so much from now."""
    return place.services.clock.now().replace(microsecond=0) + OFFSET + seconds


# --- Four bookings of one afternoon: made, changed, and past the time of their reminders --------


@dataclass
class Afternoon:
    """What was done, and the place where it can be seen what became of it."""

    place: OwnLocation
    starts: dict[str, datetime] = field(default_factory=dict)
    first_start: datetime = datetime.min
    stale_firing: Mapping[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="module")
def afternoon(stack: LocalStack, services: Services) -> Afternoon:
    place = furnished(OwnLocation(stack, services, "afternoon"))
    remind(place)
    remind(place, AFTER, offset_value=0, relative_to="after_end")
    far = soon(place, timedelta(days=7))
    booked(place, "bk-far", far)
    fires_at(place, "bk-far", far - OFFSET)  # from here on the functions are warm
    starts = {name: soon(place, FIRES_IN) for name in (CANCELLED_BEFORE, MOVED, REPEATED)}
    # Its end, and with it the follow-up, comes when the others are reminded.
    starts[OVER] = starts[REPEATED] - OFFSET - timedelta(hours=2)
    events = {name: booked(place, name, start) for name, start in starts.items()}
    for name in (CANCELLED_BEFORE, MOVED, REPEATED):
        fires_at(place, name, starts[name] - OFFSET)
    done = Afternoon(place, starts, first_start=starts[MOVED])
    done.stale_firing = place.schedules(MOVED)[BEFORE].detail

    starts[MOVED] += LATER
    place.put(
        moved(place, MOVED, done.first_start, starts[MOVED]),
        place.envelope(
            "Booking Cancelled",
            booking_id=CANCELLED_BEFORE,
            customer={"id": "cus-1"},
            cancelled_at=place.services.clock.now().isoformat(),
        ),
        events[REPEATED],
    )
    fires_at(place, MOVED, starts[MOVED] - OFFSET)
    fires_at(place, CANCELLED_BEFORE, None)
    assert not place.sms(f"{place.id}/"), "a reminder went out too early for the test"

    limit = (FIRES_IN + LATER).total_seconds() + LIMIT_SECONDS
    stack.wait_until(lambda: texts(place, MOVED), limit, "the SMS of the booking that moved")
    place.settled()
    return done


def test_a_schedule_fires_and_the_sms_tells_the_time_once(afternoon: Afternoon) -> None:
    place, start = afternoon.place, afternoon.starts[REPEATED]
    assert texts(place, REPEATED) == [reported(place, REPEATED, start)]
    (sms,) = place.sms(f"{place.id}/{REPEATED} ")
    assert timedelta(0) <= sms.sent_at - (start - OFFSET) <= timedelta(seconds=30)
    assert BEFORE not in place.schedules(REPEATED), "the schedule is still there"
    sent = next(each for each in place.timeline(REPEATED) if each["workflow_id"] == BEFORE)
    assert (sent["kind"], sent["what"]) == ("done", "send_template")
    assert sent["details"]["sms"][0]["segments"] == 1


def test_a_booking_that_moved_is_reminded_of_its_new_time_alone(afternoon: Afternoon) -> None:
    place, start = afternoon.place, afternoon.starts[MOVED]
    assert texts(place, MOVED) == [reported(place, MOVED, start)]
    assert reported(place, MOVED, afternoon.first_start) != reported(place, MOVED, start)
    (sms,) = place.sms(f"{place.id}/{MOVED} ")
    assert sms.sent_at >= start - OFFSET
    assert [kind for kind, _ in kinds(place, MOVED)].count("done") == 1


def test_a_cancelled_booking_is_not_reminded_and_the_timeline_says_why(
    afternoon: Afternoon,
) -> None:
    place = afternoon.place
    assert texts(place, CANCELLED_BEFORE) == []
    assert set(kinds(place, CANCELLED_BEFORE)) == {("skipped", "booking_cancelled")}


def test_a_follow_up_comes_at_the_end(afternoon: Afternoon) -> None:
    place, start = afternoon.place, afternoon.starts[OVER]
    assert texts(place, OVER) == [reported(place, OVER, start)]
    (sms,) = place.sms(f"{place.id}/{OVER} ")
    assert timedelta(0) <= sms.sent_at - (start + timedelta(hours=2)) <= timedelta(seconds=30)
    assert ("done", None) in kinds(place, OVER)


def test_a_firing_that_comes_again_sends_nothing(afternoon: Afternoon) -> None:
    place = afternoon.place
    (run,) = [each for each in place.runs(BEFORE) if each.booking_id == REPEATED]
    detail = {**run.event_data, "event_id": run.event_id}
    deliver(place, {"detail-type": "Booking Reminder", "source": "bookflow", "detail": detail})
    place.settled()
    assert len(texts(place, REPEATED)) == 1
    assert [kind for kind, _ in kinds(place, REPEATED)].count("done") == 1


def test_a_stale_firing_is_a_recorded_skip(afternoon: Afternoon) -> None:
    place = afternoon.place
    before = len(texts(place, MOVED))
    deliver(place, afternoon.stale_firing)

    def skips() -> list[tuple[str, str | None]]:
        return [each for each in kinds(place, MOVED) if each == ("skipped", "booking_moved")]

    place.stack.wait_until(skips, LIMIT_SECONDS, "the skip of the stale firing")
    assert len(texts(place, MOVED)) == before


def test_a_simulation_replays_a_booking_and_sends_nothing(afternoon: Afternoon) -> None:
    place = afternoon.place
    before = len(place.sms(f"{place.id}/"))
    answer = place.api("POST", f"workflows/{BEFORE}/simulation", {"booking_id": REPEATED})
    assert answer["differences"] == []
    (entry,) = answer["draft"]["entries"]
    assert datetime.fromisoformat(entry["at"]) == afternoon.starts[REPEATED] - OFFSET
    assert reported(place, REPEATED, afternoon.starts[REPEATED]) in json.dumps(entry["details"])
    assert len(place.sms(f"{place.id}/")) == before


def deliver(place: OwnLocation, envelope: Mapping[str, Any]) -> None:
    """Put an envelope on the event queue, as a schedule does."""
    place.stack.client("sqs").send_message(
        QueueUrl=place.stack.outputs["EventQueueUrl"], MessageBody=json.dumps(envelope)
    )


# --- Workflows that are switched, and the daily repair ------------------------------------------


def switch(place: OwnLocation, enabled: bool) -> None:
    publisher = Publisher(place.services, place.services.machine_target)
    revision = place.stored(BEFORE).revision
    publisher.set_enabled(place.id, BEFORE, enabled, based_on=revision)


def names(place: OwnLocation, bookings: Sequence[str]) -> set[str]:
    """Return the bookings that have a schedule."""
    return {name for name in bookings if BEFORE in place.schedules(name)}


def test_enabling_plans_existing_bookings_and_disabling_removes_them(place: OwnLocation) -> None:
    furnished(place)
    start = soon(place, timedelta(days=3))
    bookings = [f"bk-{number}" for number in range(5)]
    for name in bookings:
        place.record(place.created(booking_id=name, start_time=start.isoformat()))
    remind(place)
    wait = place.stack.wait_until
    wait(lambda: names(place, bookings) == set(bookings), LIMIT_SECONDS, "all schedules")
    (planned,) = place.timeline("bk-0")
    assert (planned["kind"], planned["what"]) == ("planned", "reminder")
    assert datetime.fromisoformat(planned["at"]) == start - OFFSET
    switch(place, False)
    wait(lambda: not names(place, bookings), LIMIT_SECONDS, "no schedule")
    assert kinds(place, "bk-0") == [("skipped", "workflow_disabled")]
    switch(place, True)
    wait(lambda: names(place, bookings) == set(bookings), LIMIT_SECONDS, "all schedules again")
    assert kinds(place, "bk-0") == [("planned", None)]


def test_the_reconciler_repairs_what_is_missing_and_what_is_left_over(place: OwnLocation) -> None:
    furnished(place)
    remind(place)
    start = soon(place, timedelta(days=1))
    booked(place, "bk-lost", start)
    booked(place, "bk-kept", start)
    for name in ("bk-lost", "bk-kept"):
        fires_at(place, name, start - OFFSET)
    scheduler = place.stack.client("scheduler")
    group = place.stack.outputs["ScheduleGroupName"]
    lost, kept = (place.schedules(name)[BEFORE].name for name in ("bk-lost", "bk-kept"))
    held = scheduler.get_schedule(GroupName=group, Name=kept)
    stray = f"{kept[:30]}{'0' * 32}"
    parts = ("GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target")
    scheduler.create_schedule(Name=stray, **{part: held[part] for part in parts})
    scheduler.delete_schedule(GroupName=group, Name=lost)

    answer = place.stack.client("lambda").invoke(
        FunctionName=f"{place.stack.outputs['FunctionArnPrefix']}reconciler",
        Payload=json.dumps({"location_id": place.id}),
    )
    assert json.loads(answer["Payload"].read()) == {"locations": 1}
    wait = place.stack.wait_until
    wait(lambda: place.schedule(lost), LIMIT_SECONDS, "the lost schedule")
    wait(lambda: place.schedule(stray) is None, LIMIT_SECONDS, "no stray schedule")
    assert place.schedules("bk-lost")[BEFORE].at == start - OFFSET
    assert place.schedules("bk-kept")[BEFORE].at == start - OFFSET
    assert kinds(place, "bk-lost") == kinds(place, "bk-kept") == [("planned", None)]
