"""A reminder's filter: decided by the booking when planned, by everything when fired, anew as it changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.reminders.rule import ReminderState
from bookflow.use_cases.reminders.reminder_jobs import ReminderJobs
from tests.unit.reminders.world import LOCATION_ID, NOW, World

START = NOW + timedelta(days=3)
DUE = START - timedelta(hours=24)

Rule = Mapping[str, Any]


def at_least(size: int) -> Rule:
    return {"variable": "booking.party_size", "operator": "greater_or_equal", "value": size}


def named(name: str) -> Rule:
    return {"variable": "activity.name", "operator": "equals", "value": name}


def with_reminder(rule: Rule | None, *, size: int = 2) -> World:
    made = World()
    made.publish("wf-a", **({"filter": rule} if rule else {}))
    made.work_all()
    made.deliver(made.created("b-1", START, booking={"party_size": size}))
    return made


def resized(made: World, size: int) -> None:
    made.deliver(
        made.event(
            "Booking Status Changed",
            "b-1",
            old_status="pending",
            new_status="confirmed",
            booking={"party_size": size},
        )
    )


def is_planned(made: World) -> bool:
    reminder = made.reminder("b-1")
    return reminder is not None and reminder.is_planned and len(made.schedules("b-1")) == 1


def test_a_booking_that_does_not_meet_the_filter_has_neither_record_nor_schedule() -> None:
    made = with_reminder(at_least(8))
    assert made.reminder("b-1") is None
    assert not made.ports.schedules.stored


def test_a_change_of_the_booking_plans_anew_in_both_directions() -> None:
    made = with_reminder(at_least(8))
    resized(made, 8)
    assert is_planned(made)
    resized(made, 7)
    reminder = made.reminder("b-1")
    assert reminder is not None
    assert (reminder.state, reminder.reason_code) == (ReminderState.NONE, ReasonCode.FILTERED)
    assert not made.schedules("b-1")
    resized(made, 9)
    made.pass_time(START)
    assert [each.at for each in made.sent] == [DUE]


def test_a_change_that_comes_after_the_moment_is_sent_late_or_not_as_the_trigger_says() -> None:
    for late, count in (("send_now", 1), ("skip", 0)):
        made = World()
        made.publish("wf-a", filter=at_least(8), late_bookings=late)
        made.work_all()
        made.deliver(made.created("b-1", START, booking={"party_size": 2}))
        made.pass_time(DUE + timedelta(hours=1))
        resized(made, 8)
        made.pass_time(START)
        assert len(made.sent) == count


def test_what_the_booking_alone_cannot_say_is_decided_when_the_reminder_fires() -> None:
    for name, count in (("Tour", 1), ("Other", 0)):
        made = with_reminder(named(name))
        assert is_planned(made)
        made.pass_time(START)
        assert len(made.sent) == count
    assert not made.ports.executions.stored


def test_a_reminder_that_was_filtered_as_it_fired_does_not_fire_again() -> None:
    made = with_reminder(named("Other"))
    fired: list[Any] = []
    made.ports.clock.moment = DUE
    while events := made.fire():
        fired += events
        made.deliver(*events, *events)
        made.ports.clock.advance(hours=1)
    assert len(fired) == 1
    reminder = made.reminder("b-1")
    assert reminder is not None
    assert (reminder.state, reminder.reason_code) == (ReminderState.SKIPPED, ReasonCode.FILTERED)
    resized(made, 3)
    assert not is_planned(made)
    made.deliver(made.moved("b-1", START + timedelta(days=2)))
    assert is_planned(made)


def test_a_part_that_the_booking_decides_decides_where_it_can() -> None:
    both = {"all": [at_least(8), named("Tour")]}
    assert not is_planned(with_reminder(both, size=7))
    assert is_planned(with_reminder(both, size=8))
    either = {"any": [at_least(8), named("Tour")]}
    assert is_planned(with_reminder(either, size=7))
    neither = {"not": either}
    assert not is_planned(with_reminder(neither, size=8))
    assert is_planned(with_reminder(neither, size=7))


def test_a_time_relative_to_now_is_asked_when_the_reminder_fires() -> None:
    soon = {
        "variable": "booking.start_time",
        "operator": "within_next",
        "value": {"value": 2, "unit": "days"},
    }
    made = with_reminder(soon)
    assert is_planned(made)
    made.pass_time(START)
    assert len(made.sent) == 1


def test_the_impact_of_a_filter_is_counted_and_followed() -> None:
    made = with_reminder(None)
    assert is_planned(made)
    offset = made.offset("wf-a")
    assert offset is not None
    filtered = offset.model_copy(update={"filter": at_least(8)})
    assert ReminderJobs(made.ports).preview(LOCATION_ID, "wf-a", filtered).lost == 1
    made.publish("wf-a", filter=at_least(8))
    made.work_all()
    assert not is_planned(made)
    made.publish("wf-a", filter=at_least(2))
    made.work_all()
    assert is_planned(made)
