"""Turning a reminder on, or changing its offset, plans future moments; the rest is sent if chosen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bookflow.domain.events.booking_reminder import ReminderOffset
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.reminders.rule import ReminderState
from bookflow.use_cases.bookings.timeline import BookingTimeline
from bookflow.use_cases.reminders.reminder_jobs import ReminderJobs
from tests.unit.reminders.world import LOCATION_ID, NOW, World

SOON, LATER = NOW + timedelta(hours=5), NOW + timedelta(hours=50)


def with_bookings() -> World:
    """Return a world with a booking inside the window of a day and one outside, a minute old."""
    made = World()
    made.deliver(made.created("b-soon", SOON), made.created("b-later", LATER))
    made.ports.clock.advance(minutes=1)
    return made


def offset(**config: Any) -> ReminderOffset:
    return ReminderOffset.model_validate({"event": "Booking Reminder", **config})


def assert_skipped(made: World, booking_id: str = "b-soon") -> None:
    reminder = made.reminder(booking_id)
    assert reminder is not None
    assert reminder.state is ReminderState.SKIPPED
    assert reminder.reason_code is ReasonCode.ENABLED_LATER
    assert not made.schedules(booking_id)


def planned(made: World, booking_id: str) -> list[Any]:
    return [each.at for each in made.schedules(booking_id)]


def test_turning_on_plans_future_moments_only() -> None:
    made = with_bookings()
    made.publish("wf-a", offset_value=24)
    made.work_all()
    assert_skipped(made)
    assert planned(made, "b-later") == [LATER - timedelta(hours=24)]
    entries = BookingTimeline(made.ports).page(LOCATION_ID, "b-soon").items
    assert [(each.what, each.reason_code) for each in entries] == [
        ("reminder", ReasonCode.ENABLED_LATER)
    ]
    assert "turned on" in str(entries[0].reason)


def test_what_was_due_before_is_sent_now_if_the_operator_chooses_so() -> None:
    made = with_bookings()
    made.publish("wf-a", offset_value=24, late_bookings="skip", send_missed=True)
    made.work_all()
    (at,) = planned(made, "b-soon")
    assert at - made.now <= timedelta(minutes=15)
    made.pass_time(at)
    assert [(each.booking_id, each.at) for each in made.sent] == [("b-soon", at)]
    made.publish("wf-a", offset_value=24, late_bookings="send_now")
    made.work_all()
    made.pass_time(SOON)
    assert [each.booking_id for each in made.sent] == ["b-soon"]


@pytest.mark.parametrize(
    "changed", [{"offset_value": 24}, {"offset_value": 1, "offset_unit": "days"}]
)
def test_a_longer_offset_is_for_future_moments_too(changed: dict[str, Any]) -> None:
    made = with_bookings()
    made.publish("wf-a", offset_value=2)
    made.work_all()
    assert planned(made, "b-soon") == [SOON - timedelta(hours=2)]
    made.publish("wf-a", **changed)
    made.work_all()
    assert_skipped(made)


@pytest.mark.parametrize(
    "change", [{"late_bookings": "skip"}, {"offset_value": 1440, "offset_unit": "minutes"}]
)
def test_a_change_of_anything_but_the_moment_skips_nothing(change: dict[str, Any]) -> None:
    made = with_bookings()
    made.publish("wf-a", offset_value=24)
    made.work_all()
    made.ports.clock.advance(minutes=1)
    made.deliver(made.created("b-new", SOON))
    first = planned(made, "b-new")
    assert len(first) == 1
    made.publish("wf-a", **{"offset_value": 24, **change})
    made.work_all()
    assert len(planned(made, "b-new")) == (0 if "late_bookings" in change else 1)
    assert_skipped(made)


def test_a_booking_made_late_while_the_workflow_is_on_is_still_reminded_at_once() -> None:
    made = with_bookings()
    made.publish("wf-a", offset_value=24)
    made.work_all()
    made.ports.clock.advance(minutes=30)
    made.deliver(made.created("b-new", SOON))
    (at,) = planned(made, "b-new")
    assert at == made.now + timedelta(minutes=15)


def test_a_booking_moved_near_while_the_workflow_is_on_is_reminded_at_once() -> None:
    made = with_bookings()
    made.publish("wf-a", offset_value=24)
    made.work_all()
    made.ports.clock.advance(minutes=30)
    made.deliver(made.moved("b-later", SOON), made.moved("b-soon", SOON + timedelta(hours=1)))
    assert len(planned(made, "b-later")) == len(planned(made, "b-soon")) == 1


@pytest.mark.parametrize("is_worked", [False, True])
def test_events_of_an_old_booking_do_not_send_what_was_due_before(is_worked: bool) -> None:
    """Not even in the seconds before the job comes to the booking."""
    made = with_bookings()
    made.publish("wf-a", offset_value=24)
    if is_worked:
        made.work_all()
    made.deliver(made.status("b-soon", "confirmed", "pending"))
    made.work_all()
    made.deliver(made.cancelled("b-soon"), made.status("b-soon", "cancelled", "confirmed"))
    made.work({"reconcile": LOCATION_ID})
    made.work_all()
    assert_skipped(made)


@pytest.mark.parametrize("is_touched", [False, True])
def test_a_choice_to_send_outlives_another_job_of_the_location(is_touched: bool) -> None:
    made = with_bookings()
    made.publish("wf-a", offset_value=24, send_missed=True)
    if is_touched:
        made.deliver(made.status("b-soon", "pending", "confirmed"))
    ReminderJobs(made.ports).request(LOCATION_ID, "wf-a")
    made.work_all()
    assert len(planned(made, "b-soon")) == 1


def test_a_choice_to_send_ends_with_its_turning_on() -> None:
    made = with_bookings()
    made.publish("wf-a", offset_value=24, send_missed=True)
    made.enable("wf-a", False)
    made.ports.clock.advance(minutes=1)
    made.enable("wf-a", True)
    made.work_all()
    assert_skipped(made)


def test_a_moment_that_passes_before_the_job_comes_is_sent() -> None:
    made = with_bookings()
    made.publish("wf-a", offset_value=4, offset_unit="hours", late_bookings="skip")
    made.ports.clock.advance(minutes=90)
    made.work_all()
    assert len(planned(made, "b-soon")) == 1


def test_a_follow_up_that_was_due_before_is_not_sent_either() -> None:
    made = World()
    made.deliver(made.created("b-soon", NOW - timedelta(hours=5)))
    made.ports.clock.advance(minutes=1)
    made.publish("wf-a", offset_value=1, relative_to="after_end")
    made.work_all()
    assert_skipped(made)


def test_the_preview_says_how_many_were_due_and_how_many_can_be_sent_now() -> None:
    made = with_bookings()
    made.deliver(made.created("b-started", NOW + timedelta(minutes=5)))
    made.ports.clock.advance(minutes=1, seconds=30)
    impact = ReminderJobs(made.ports).preview(LOCATION_ID, "wf-a", offset(offset_value=24))
    assert (impact.gained, impact.skipped, impact.missed, impact.missed_sendable) == (1, 2, 2, 1)
    assert impact.within_the_hour == 0


def test_the_preview_of_a_change_of_words_finds_nothing_missed() -> None:
    made = with_bookings()
    made.publish("wf-a", offset_value=24)
    made.work_all()
    impact = ReminderJobs(made.ports).preview(LOCATION_ID, "wf-a", offset(offset_value=24))
    assert (impact.gained, impact.moved, impact.skipped, impact.missed) == (0, 0, 0, 0)
    longer = ReminderJobs(made.ports).preview(LOCATION_ID, "wf-a", offset(offset_value=60))
    assert (longer.moved, longer.missed, longer.missed_sendable) == (0, 2, 2)


@pytest.mark.parametrize("sends_missed", [False, True])
def test_a_reminder_for_further_statuses_is_for_their_future_moments(sends_missed: bool) -> None:
    made = World()
    made.deliver(made.created("b-soon", SOON, "pending"), made.created("b-later", LATER, "pending"))
    made.ports.clock.advance(minutes=1)
    made.publish("wf-a", offset_value=24, statuses=["confirmed"])
    made.work_all()
    made.ports.clock.advance(minutes=1)
    more = {"offset_value": 24, "statuses": ["pending", "confirmed"]}
    missed = ReminderJobs(made.ports).preview(LOCATION_ID, "wf-a", offset(**more))
    assert (missed.gained, missed.missed, missed.missed_sendable) == (1, 1, 1)
    made.publish("wf-a", send_missed=sends_missed, **more)
    made.work_all()
    assert len(planned(made, "b-soon")) == sends_missed
    assert planned(made, "b-later") == [LATER - timedelta(hours=24)]
