"""The life of a booking: its reminder is planned, moved, deleted and sent, one call at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count, permutations
from typing import Any

import pytest

from bookflow.domain.executions.execution import ExecutionStatus, ReasonCode
from bookflow.domain.reminders.record import Reminder
from bookflow.domain.reminders.rule import ReminderState
from bookflow.domain.shared.errors import PermanentError, TransientError
from bookflow.domain.timeline import EntryKind
from bookflow.ports import ExecutionFilter
from bookflow.use_cases.bookings.timeline import BookingTimeline
from tests.fakes import Crash, FakePorts
from tests.unit.reminders.world import LOCATION_ID, NOW, InterleavedCalls, World

START = NOW + timedelta(days=3)
DAY = timedelta(days=1)


def world(**config: Any) -> World:
    """Return a location with a reminder 24 hours before, or another one."""
    made = World()
    made.publish("wf-a", **{"offset_value": 24, "offset_unit": "hours", **config})
    made.work_all()
    made.ports.calls.made.clear()
    made.ports.schedules.requests = 0
    return made


def requests(made: World, *envelopes: dict[str, Any]) -> int:
    """Deliver events and return how many requests the scheduler got."""
    before = made.ports.schedules.requests
    made.deliver(*envelopes)
    return made.ports.schedules.requests - before


def state(made: World, booking_id: str = "b-1") -> tuple[ReminderState, ReasonCode | None]:
    reminder = made.reminder(booking_id)
    assert reminder is not None
    assert reminder.settled
    return reminder.state, reminder.reason_code


def test_each_change_of_a_booking_is_one_request_to_the_scheduler_and_none_without_a_change() -> (
    None
):
    made = world()
    assert requests(made, made.created("b-1", START)) == 1
    assert made.schedules("b-1")[0].at == START - DAY
    assert requests(made, made.moved("b-1", START + DAY)) == 1
    assert made.schedules("b-1")[0].at == START
    assert requests(made, made.status("b-1", "confirmed", "confirmed")) == 0
    assert requests(made, made.chat("b-1")) == 0
    assert requests(made, made.cancelled("b-1")) == 1
    assert made.schedules("b-1") == []
    assert state(made) == (ReminderState.NONE, ReasonCode.BOOKING_CANCELLED)


def test_a_repeated_event_plans_nothing_again() -> None:
    made = world()
    created = made.created("b-1", START)
    assert requests(made, created, created, created) == 1


def test_a_workflow_that_does_not_match_costs_no_request() -> None:
    made = world()
    made.publish("wf-b", offset_value=2, relative_to="after_end")
    made.work_all()
    made.deliver(made.created("b-1", START))
    made.ports.schedules.requests = 0
    # The end moves with the start: both reminders follow.
    assert requests(made, made.moved("b-1", START + DAY)) == 2
    # Completed before it began: the follow-up stays as it is.
    assert requests(made, made.status("b-1", "confirmed", "completed")) == 1


def test_an_event_that_tells_no_times_does_not_even_read_the_reminder_workflows() -> None:
    made = world()
    made.deliver(made.created("b-1", START))
    made.ports.calls.made.clear()
    made.deliver(made.chat("b-1"))
    assert made.ports.calls.made == ["bookings.record"]


def test_a_location_without_reminders_reads_nothing_more() -> None:
    made = World()
    made.ports.calls.made.clear()
    made.deliver(made.created("b-1", START))
    assert made.ports.calls.made == ["bookings.record"]


def test_a_late_event_moves_nothing_back() -> None:
    made = world()
    created, first = made.created("b-1", START), made.moved("b-1", START + DAY)
    second = made.moved("b-1", START + 2 * DAY)
    made.deliver(second, created, first)
    assert [each.at for each in made.schedules("b-1")] == [START + DAY]


def test_a_cancellation_before_its_booking_plans_nothing() -> None:
    made = world()
    created, cancelled = made.created("b-1", START), made.cancelled("b-1")
    made.deliver(cancelled, created)
    assert made.schedules("b-1") == []


def test_an_uncancelled_booking_has_its_reminder_again() -> None:
    made = world()
    made.deliver(made.created("b-1", START), made.cancelled("b-1"))
    made.deliver(made.status("b-1", "cancelled", "confirmed"))
    assert [each.at for each in made.schedules("b-1")] == [START - DAY]


def test_a_draft_has_none_until_it_is_confirmed_and_then_keeps_its_distance() -> None:
    made = world()
    made.deliver(made.created("b-1", NOW + timedelta(hours=5), "draft"))
    assert made.reminder("b-1") is None
    made.deliver(made.status("b-1", "draft", "confirmed"))
    assert [each.at for each in made.schedules("b-1")] == [NOW + timedelta(minutes=15)]
    made.deliver(made.status("b-1", "confirmed", "draft"))
    assert made.schedules("b-1") == []


def test_a_draft_that_arrives_late_or_again_moves_no_booking_back_in_time() -> None:
    soon = NOW + timedelta(hours=5)
    for order in permutations(range(3)):
        made = world(statuses=["pending", "confirmed"])
        events = [made.created("b-1", soon, "draft"), made.status("b-1", "draft", "confirmed")]
        made.ports.clock.advance(minutes=5)
        events.append(made.status("b-1", "confirmed", "pending"))
        made.deliver(*[events[each] for each in order], events[0])
        assert [each.at for each in made.schedules("b-1")] == [NOW + timedelta(minutes=15)]


def test_a_reminder_that_is_turned_on_minutes_after_a_booking_keeps_its_distance() -> None:
    made = World()
    made.deliver(made.created("b-1", NOW + timedelta(hours=5)))
    made.ports.clock.advance(minutes=5)
    made.publish("wf-a", offset_value=24, send_missed=True)
    made.work_all()
    assert [each.at for each in made.schedules("b-1")] == [NOW + timedelta(minutes=15)]


def skipped_late() -> World:
    made = world(late_bookings="skip")
    made.deliver(made.created("b-1", NOW + timedelta(hours=5)))
    return made


def skipped_quiet() -> World:
    made = world(offset_value=2)
    made.change_location(quiet_hours={"start": "09:00", "end": "20:00"})
    made.deliver(made.created("b-1", NOW + timedelta(hours=5)))
    return made


def skipped_at_the_start() -> World:
    made = world(offset_value=2)
    made.deliver(made.created("b-1", NOW + timedelta(hours=5)))
    made.ports.schedules.stored.clear()
    made.ports.clock.advance(hours=6)
    made.work({"reconcile": LOCATION_ID})
    return made


@pytest.mark.parametrize(
    ("skipped", "reason"),
    [
        (skipped_late, ReasonCode.TOO_LATE),
        (skipped_quiet, ReasonCode.QUIET_HOURS),
        (skipped_at_the_start, ReasonCode.BOOKING_STARTED),
    ],
)
@pytest.mark.parametrize("status", ["completed", "no_show", "cancelled", "draft"])
def test_a_recorded_skip_stands_whatever_becomes_of_the_booking(
    skipped: Callable[[], World], reason: ReasonCode, status: str
) -> None:
    made = skipped()
    before = made.reminder("b-1")
    assert state(made) == (ReminderState.SKIPPED, reason)
    made.ports.clock.advance(hours=1)
    made.deliver(made.status("b-1", "confirmed", status))
    assert made.reminder("b-1") == before
    made.deliver(made.status("b-1", status, "confirmed"))
    assert state(made) == (ReminderState.SKIPPED, reason)
    made.deliver(made.moved("b-1", START + 5 * DAY))
    assert len(made.schedules("b-1")) == 1


def test_one_reminder_that_cannot_be_planned_keeps_no_other_from_it() -> None:
    made = world()
    made.publish("wf-b", offset_value=12)
    made.publish("wf-c", offset_value=6)
    made.work_all()
    refused, busy = PermanentError("The quota is used up."), TransientError("Busy.")
    made.ports.fail_next("schedules.put", refused, busy)
    created = made.created("b-1", START)
    with pytest.raises(TransientError):
        made.deliver(created)
    assert not made.schedules("b-1", "wf-a")
    assert not made.schedules("b-1", "wf-b")
    assert made.schedules("b-1", "wf-c")
    made.ports.fail_next("schedules.put", refused)
    with pytest.raises(PermanentError):
        made.deliver(created)
    assert made.schedules("b-1", "wf-b")


@pytest.mark.parametrize(
    ("location", "start", "note"),
    [
        ({}, NOW + timedelta(hours=5), ReasonCode.SENT_LATE),
        ({"quiet_hours": {"start": "09:00", "end": "12:00"}}, START, ReasonCode.QUIET_HOURS),
        ({}, START, None),
    ],
)
def test_the_timeline_says_why_a_reminder_goes_out_at_another_moment(
    location: dict[str, Any], start: datetime, note: ReasonCode | None
) -> None:
    made = world()
    made.change_location(**location)
    made.deliver(made.created("b-1", start))
    (entry,) = BookingTimeline(made.ports).page(LOCATION_ID, "b-1").items
    assert (entry.kind, entry.reason_code) == (EntryKind.PLANNED, note)
    assert (entry.reason is None) == (note is None)
    made.pass_time(entry.at)
    fired = made.reminder("b-1")
    assert fired is not None
    assert (fired.state, fired.note) == (ReminderState.FIRED, note)
    (run,) = made.ports.executions.page(LOCATION_ID, ExecutionFilter(booking_id="b-1")).items
    assert run.event_data.get("moved_by") == note


def test_a_booking_moved_to_the_past_has_its_skip_recorded() -> None:
    made = world()
    made.deliver(made.created("b-1", START), made.moved("b-1", NOW - DAY))
    assert made.schedules("b-1") == []
    assert state(made) == (ReminderState.SKIPPED, ReasonCode.TOO_LATE)


def test_a_booking_moved_into_the_window_is_reminded_late_or_skipped() -> None:
    soon = NOW + timedelta(hours=3)
    for late, expected in [("send_now", [NOW + timedelta(minutes=15)]), ("skip", [])]:
        made = world(late_bookings=late)
        made.deliver(made.created("b-1", START), made.moved("b-1", soon))
        assert [each.at for each in made.schedules("b-1")] == expected
    assert state(made) == (ReminderState.SKIPPED, ReasonCode.TOO_LATE)


def test_a_late_reminder_is_not_put_off_by_later_events() -> None:
    made = world()
    made.deliver(made.created("b-1", NOW + timedelta(hours=5)))
    made.ports.clock.advance(minutes=10)
    assert requests(made, made.status("b-1", "pending", "confirmed")) == 0
    assert [each.at for each in made.schedules("b-1")] == [NOW + timedelta(minutes=15)]


# Firing -------------------------------------------------------------------------------------------


def test_a_reminder_is_sent_once_and_again_only_for_another_time() -> None:
    made = world()
    made.deliver(made.created("b-1", START))
    made.ports.clock.moment = START - DAY
    (fired,) = made.fire()
    made.deliver(fired, fired)
    assert len(made.sent) == 1
    assert state(made)[0] is ReminderState.FIRED
    made.deliver(made.moved("b-1", START + 5 * DAY))
    assert [each.at for each in made.schedules("b-1")] == [START + 4 * DAY]
    made.deliver(made.moved("b-1", START))
    assert made.schedules("b-1") == []
    assert state(made)[0] is ReminderState.FIRED


def test_the_next_schedule_of_a_booking_has_another_name() -> None:
    made = world()
    made.deliver(made.created("b-1", START))
    (first,) = made.schedules("b-1")
    made.pass_time(START - DAY)
    made.deliver(made.moved("b-1", START + 5 * DAY))
    (second,) = made.schedules("b-1")
    assert first.name != second.name
    assert first.name[:30] == second.name[:30]
    assert len(second.name) <= 64


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda made: made.cancelled("b-1"), ReasonCode.BOOKING_CANCELLED),
        (lambda made: made.moved("b-1", START + DAY), ReasonCode.BOOKING_MOVED),
        (lambda made: made.status("b-1", "confirmed", "draft"), ReasonCode.BOOKING_DRAFT),
        (lambda made: made.status("b-1", "confirmed", "no_show"), ReasonCode.BOOKING_NO_SHOW),
    ],
)
def test_a_firing_that_meets_a_changed_booking_is_a_recorded_skip(
    change: Any, reason: ReasonCode
) -> None:
    made = world()
    made.deliver(made.created("b-1", START))
    made.ports.clock.moment = START - DAY
    (fired,) = made.fire()
    made.deliver(change(made), fired, fired)
    assert made.sent == []
    (execution,) = made.ports.executions.stored.values()
    assert (execution.status, execution.reason_code) == (ExecutionStatus.SKIPPED, reason)
    assert execution.error_message


def test_a_firing_after_the_start_is_a_recorded_skip() -> None:
    made = world()
    made.deliver(made.created("b-1", START))
    made.ports.clock.moment = START - DAY
    (fired,) = made.fire()
    made.ports.clock.moment = START
    made.deliver(fired)
    assert made.sent == []
    assert state(made) == (ReminderState.SKIPPED, ReasonCode.BOOKING_STARTED)


@pytest.mark.parametrize(
    ("config", "late", "reason"),
    [
        ({}, START + timedelta(minutes=1), ReasonCode.BOOKING_STARTED),
        ({"relative_to": "after_end"}, START + 5 * DAY, ReasonCode.TOO_LATE),
    ],
)
def test_the_timeline_tells_a_refused_firing_once(
    config: dict[str, Any], late: datetime, reason: ReasonCode
) -> None:
    made = world(**config)
    made.deliver(made.created("b-1", START))
    (schedule,) = made.schedules("b-1")
    made.ports.clock.moment = schedule.at
    fired = made.fire()
    made.ports.clock.moment = late
    made.deliver(*fired)
    (entry,) = BookingTimeline(made.ports).page(LOCATION_ID, "b-1").items
    assert (entry.kind, entry.what, entry.reason_code) == (EntryKind.SKIPPED, "execution", reason)


def test_a_reminder_that_is_planned_anew_is_reported_beside_its_refused_firing() -> None:
    made = world()
    made.deliver(made.created("b-1", START))
    made.ports.clock.moment = START - DAY
    fired = made.fire()
    made.deliver(made.moved("b-1", START + 4 * DAY), *fired)
    kinds = [each.kind for each in BookingTimeline(made.ports).page(LOCATION_ID, "b-1").items]
    assert kinds == [EntryKind.SKIPPED, EntryKind.PLANNED]


def test_a_skipped_firing_does_not_use_up_the_reminder() -> None:
    made = world()
    made.deliver(made.created("b-1", START))
    made.ports.clock.moment = START - DAY
    (fired,) = made.fire()
    made.deliver(made.cancelled("b-1"), fired)
    made.deliver(made.status("b-1", "cancelled", "confirmed"))
    made.pass_time(START)
    assert [each.anchor for each in made.sent] == ["2026-12-04T09:00:00Z"]


def test_a_firing_of_a_disabled_workflow_starts_nothing_and_says_why() -> None:
    made = world()
    made.deliver(made.created("b-1", START))
    made.ports.clock.moment = START - DAY
    fired = made.fire()
    made.enable("wf-a", False)
    made.deliver(*fired)
    assert made.sent == []
    assert state(made) == (ReminderState.NONE, ReasonCode.WORKFLOW_DISABLED)


def test_a_firing_that_waited_into_the_quiet_hours_waits_for_their_end() -> None:
    made = World(location={"quiet_hours": {"start": "22:00", "end": "07:00"}})
    made.publish("wf-a", offset_value=12)
    made.work_all()
    start = NOW.replace(hour=8) + 2 * DAY  # 09:00 in Berlin; the reminder is due at 21:00
    made.deliver(made.created("b-1", start))
    made.ports.clock.moment = start - timedelta(hours=12)
    fired = made.fire()
    made.ports.clock.advance(hours=3)
    made.deliver(*fired)
    assert made.sent == []
    assert [each.at for each in made.schedules("b-1")] == [start - timedelta(hours=2)]
    made.pass_time(start)
    assert len(made.sent) == 1


def test_a_firing_in_quiet_hours_that_were_set_after_the_plan_waits_for_their_end() -> None:
    made = World()
    made.publish("wf-a", offset_value=12)
    made.work_all()
    start = NOW.replace(hour=10) + 2 * DAY  # 11:00 in Berlin; the reminder is due at 23:00
    made.deliver(made.created("b-1", start))
    made.deliver(
        made.event(
            "Chat Message Created",
            "b-1",
            thread_id="t-1",
            sender_type="customer",
            location={"id": LOCATION_ID, "quiet_hours": {"start": "22:00", "end": "07:00"}},
        )
    )
    made.pass_time(start)
    assert [each.at for each in made.sent] == [start - timedelta(hours=4)]


def test_a_follow_up_from_a_dead_letter_queue_is_not_sent_days_later() -> None:
    made = World()
    made.publish("wf-a", offset_value=1, relative_to="after_end")
    made.work_all()
    made.deliver(made.created("b-1", START))
    made.ports.clock.moment = START + timedelta(hours=3)
    (fired,) = made.fire()
    made.ports.clock.advance(days=9)
    made.deliver(fired)
    assert made.sent == []
    (skip,) = made.ports.executions.stored.values()
    assert (skip.status, skip.reason_code) == (ExecutionStatus.SKIPPED, ReasonCode.TOO_LATE)
    assert state(made) == (ReminderState.SKIPPED, ReasonCode.TOO_LATE)
    assert not made.schedules("b-1")


def test_a_firing_by_an_older_offset_waits_for_the_newer_one() -> None:
    made = world()
    made.deliver(made.created("b-1", START))
    made.ports.clock.moment = START - DAY
    fired = made.fire()
    made.publish("wf-a", offset_value=2)
    made.deliver(*fired)
    assert made.sent == []
    made.pass_time(START)
    assert [each.at for each in made.sent] == [START - timedelta(hours=2)]


# Two processes at once ----------------------------------------------------------------------------


Work = Callable[[], None]


def interleaved(*, knows_booking: bool = True) -> World:
    made = World(ports=FakePorts(calls=InterleavedCalls()))
    made.publish("wf-a", offset_value=24)
    made.work_all()
    if knows_booking:
        made.deliver(made.created("b-1", START))
    return made


def interleavings(
    prepare: Callable[[World], tuple[Work, Work]], *, knows_booking: bool = True
) -> Iterator[World]:
    """Do two works, the second between any two calls of the first; return each outcome."""
    for number in count(1):
        made = interleaved(knows_booking=knows_booking)
        outer, inner = prepare(made)
        calls = made.ports.calls
        assert isinstance(calls, InterleavedCalls)
        calls.meanwhile(number, inner)
        outer()
        if calls.calm():
            assert number > 5
            return
        yield made


def times(made: World) -> list[datetime]:
    return [each.at for each in made.schedules("b-1")]


@pytest.mark.parametrize("later_is_outer", [False, True])
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda made: made.moved("b-1", START + 4 * DAY), [START + 3 * DAY]),
        (lambda made: made.cancelled("b-1"), []),
        (lambda made: made.moved("b-1", NOW - DAY), []),
    ],
)
def test_of_two_events_at_once_the_later_one_counts_recipient_plans_first(
    change: Callable[[World], dict[str, Any]], expected: list[datetime], later_is_outer: bool
) -> None:
    def prepare(made: World) -> tuple[Work, Work]:
        works = [made.moved("b-1", START + DAY), change(made)]
        outer, inner = reversed(works) if later_is_outer else works
        return lambda: made.deliver(outer), lambda: made.deliver(inner)

    for made in interleavings(prepare):
        assert times(made) == expected
        assert state(made)


@pytest.mark.parametrize("later_is_outer", [False, True])
def test_a_booking_that_is_made_and_cancelled_at_once_is_never_reminded(
    later_is_outer: bool,
) -> None:
    def prepare(made: World) -> tuple[Work, Work]:
        works = [made.created("b-1", START), made.cancelled("b-1")]
        outer, inner = reversed(works) if later_is_outer else works
        return lambda: made.deliver(outer), lambda: made.deliver(inner)

    for made in interleavings(prepare, knows_booking=False):
        made.pass_time(START - DAY)
        assert made.sent == []
        made.work({"reconcile": LOCATION_ID})
        assert times(made) == []


def test_a_job_and_an_event_at_once_leave_the_newest_plan() -> None:
    def prepare(made: World) -> tuple[Work, Work]:
        made.publish("wf-a", offset_value=2)
        moved = made.moved("b-1", START + DAY)
        return made.work_all, lambda: made.deliver(moved)

    for made in interleavings(prepare):
        assert times(made) == [START + DAY - timedelta(hours=2)]


def test_the_reconciler_and_an_event_at_once_leave_the_newest_plan() -> None:
    def prepare(made: World) -> tuple[Work, Work]:
        made.ports.schedules.stored.clear()
        moved = made.moved("b-1", START + DAY)
        return lambda: made.work({"reconcile": LOCATION_ID}), lambda: made.deliver(moved)

    for made in interleavings(prepare):
        assert times(made) == [START]


@pytest.mark.parametrize("move_is_outer", [False, True])
def test_a_booking_that_moves_while_its_reminder_fires_is_reminded_of_the_new_time(
    move_is_outer: bool,
) -> None:
    def prepare(made: World) -> tuple[Work, Work]:
        made.ports.clock.moment = START - DAY
        (fired,) = made.fire()
        works = [fired, made.moved("b-1", START + DAY)]
        outer, inner = reversed(works) if move_is_outer else works
        return lambda: made.deliver(outer), lambda: made.deliver(inner)

    for made in interleavings(prepare):
        assert times(made) == [START]
        made.pass_time(START + DAY)
        anchors = [each.anchor for each in made.sent]
        assert anchors[-1] == "2026-12-05T09:00:00Z"
        assert len(anchors) == len(set(anchors)) <= 2


@pytest.mark.parametrize("comes_again", [True, False])
def test_a_firing_that_dies_half_way_is_one_reminder_whatever_is_planned_meanwhile(
    comes_again: bool,
) -> None:
    for number in count(1):
        made = interleaved()
        made.ports.clock.moment = START - DAY
        (fired,) = made.fire()
        made.ports.crash_after(number)
        try:
            made.deliver(fired)
        except Crash:
            made.publish("wf-a", offset_value=2)
            made.work_all()
            made.deliver(*[fired] * comes_again)
            made.pass_time(START)
            assert len(made.sent) == 1, number
        else:
            assert number > 5
            return


# Failures -----------------------------------------------------------------------------------------


def test_a_busy_scheduler_keeps_no_workflow_from_its_start_and_the_event_comes_again() -> None:
    made = world()
    made.ports.fail_next("schedules.put", TransientError("Busy."))
    created = made.created("b-1", START)
    with pytest.raises(TransientError):
        made.deliver(created)
    made.deliver(created)
    assert [each.at for each in made.schedules("b-1")] == [START - DAY]


def test_a_crash_after_any_call_is_made_up_for_by_the_next_delivery() -> None:
    for envelopes in (
        lambda made: [made.created("b-1", START)],
        lambda made: [made.created("b-1", START), made.moved("b-1", START + DAY)],
        lambda made: [made.created("b-1", START), made.cancelled("b-1")],
    ):
        number = 0
        while True:
            number += 1
            made = world()
            *first, last = envelopes(made)
            made.deliver(*first)
            made.ports.crash_after(number)
            try:
                made.deliver(last)
            except Crash:
                made.deliver(last)
                expected = world()
                expected.deliver(*envelopes(expected))
                found = [each.at for each in made.schedules("b-1")]
                assert found == [each.at for each in expected.schedules("b-1")]
                assert state(made) == state(expected)
            else:
                break


def test_a_record_of_an_earlier_release_is_read() -> None:
    made = world()
    made.deliver(made.created("b-1", START))
    stored = made.reminder("b-1")
    assert stored is not None
    earlier = {**stored.model_dump(mode="json", exclude={"note"}), "created_at": NOW.isoformat()}
    assert Reminder.model_validate(earlier) == stored


def test_an_older_plan_never_overwrites_a_newer_one() -> None:
    made = world()
    made.deliver(made.created("b-1", START))
    older = made.reminder("b-1")
    assert older is not None
    made.deliver(made.moved("b-1", START + DAY))
    assert not made.ports.reminders.save(older.changed(fire_at=NOW + DAY, revision=2))
    assert made.schedules("b-1")[0].at == START
    assert made.ports.reminders.stored[older.key].location_id == LOCATION_ID
