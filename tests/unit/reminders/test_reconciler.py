"""The daily comparison repairs what is missing, moved or of nobody, and counts it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.reminders.names import ReminderKey, schedule_name
from bookflow.domain.shared.errors import PermanentError, TransientError
from bookflow.domain.shared.pagination import MAX_PAGE_SIZE
from bookflow.ports import ReminderSchedule
from bookflow.use_cases.jobs.run_job import JobRunner
from bookflow.use_cases.reminders.reconcile_reminders import ReminderReconciler
from tests.fakes import FakePorts
from tests.unit.reminders.world import LOCATION_ID, NOW, InterleavedCalls, World
from tests.unit.template import checks

DAY = timedelta(days=1)
START = NOW + 2 * DAY


def world() -> World:
    made = World()
    made.publish("wf-a", offset_value=24)
    made.work_all()
    made.deliver(made.created("b-1", START), made.created("b-2", START + 9 * DAY))
    return made


def run(made: World) -> dict[ReasonCode, int]:
    return dict(ReminderReconciler(made.ports).run(LOCATION_ID))


def test_where_nothing_is_wrong_nothing_is_changed() -> None:
    made = world()
    before = dict(made.ports.schedules.stored)
    assert run(made) == {}
    assert made.ports.schedules.stored == before


def test_a_missing_schedule_is_made_again() -> None:
    made = world()
    lost = dict(made.ports.schedules.stored)
    made.ports.schedules.stored.clear()
    made.ports.schedules.requests = 0
    assert run(made) == {ReasonCode.REMINDER_MISSING: 2}
    assert made.ports.schedules.stored == lost
    assert made.ports.schedules.requests == 2 * 2  # looked for and made
    assert made.ports.counter.counts["RemindersRepaired", ReasonCode.REMINDER_MISSING] == 2


def test_a_moved_schedule_that_fires_soon_is_put_right() -> None:
    made = world()
    (schedule,) = made.schedules("b-1")
    made.ports.schedules.stored[schedule.name] = replace(schedule, at=NOW + timedelta(hours=1))
    assert run(made) == {ReasonCode.REMINDER_MOVED: 1}
    assert made.schedules("b-1") == [schedule]


def test_a_schedule_of_nobody_is_deleted() -> None:
    made = world()
    (schedule,) = made.schedules("b-1")
    stray = schedule.name[:30] + "0" * 32
    broken = schedule.name[:30] + "1" * 32
    made.ports.schedules.stored[stray] = replace(schedule, name=stray)
    made.ports.schedules.stored[broken] = ReminderSchedule(broken, NOW + DAY, {})
    assert run(made) == {ReasonCode.REMINDER_ORPHANED: 2}
    assert len(made.ports.schedules.stored) == 2


def test_a_schedule_of_another_location_is_left_alone() -> None:
    made = world()
    (schedule,) = made.schedules("b-1")
    same = schedule.name[:30] + "0" * 32
    detail = {**schedule.detail, "location_id": "another"}
    made.ports.schedules.stored[same] = replace(schedule, name=same, detail=detail)
    assert run(made) == {}
    assert same in made.ports.schedules.stored


def test_the_schedules_of_a_workflow_whose_job_was_lost_are_deleted() -> None:
    made = world()
    made.enable("wf-a", False)
    made.ports.reminder_jobs.messages.clear()
    assert run(made) == {ReasonCode.REMINDER_ORPHANED: 2}
    assert made.ports.schedules.stored == {}
    reminder = made.reminder("b-1")
    assert reminder is not None
    assert reminder.reason_code is ReasonCode.WORKFLOW_DISABLED


def test_the_reminders_of_a_workflow_whose_job_was_lost_are_planned() -> None:
    made = World()
    made.deliver(made.created("b-1", START))
    made.publish("wf-a", offset_value=24)
    made.ports.reminder_jobs.messages.clear()
    assert run(made) == {ReasonCode.REMINDER_MISSING: 1}
    assert [each.at for each in made.schedules("b-1")] == [START - DAY]


def test_a_reminder_that_never_fired_is_sent_late_and_once() -> None:
    made = world()
    made.ports.schedules.stored.clear()
    made.ports.clock.moment = START - timedelta(hours=5)
    run(made)
    made.pass_time(START)
    assert [(each.booking_id, each.at) for each in made.sent] == [
        ("b-1", START - timedelta(hours=5) + timedelta(minutes=1))
    ]


def test_a_firing_on_its_way_is_not_sent_twice() -> None:
    made = world()
    made.ports.clock.moment = START - DAY
    fired = made.fire()
    run(made)
    made.deliver(*fired)
    made.pass_time(START)
    assert [each.booking_id for each in made.sent] == ["b-1"]


def test_a_reminder_that_was_lost_until_the_start_is_closed() -> None:
    made = world()
    made.ports.schedules.stored.clear()
    made.ports.clock.moment = START + timedelta(hours=1)
    run(made)
    reminder = made.reminder("b-1")
    assert reminder is not None
    assert reminder.reason_code is ReasonCode.BOOKING_STARTED
    assert made.schedules("b-1") == []


def test_each_location_that_has_had_reminders_is_visited() -> None:
    made = world()
    made.ports.reminder_jobs.messages.clear()
    assert ReminderReconciler(made.ports).request_all() == 1
    assert made.ports.reminder_jobs.messages == [({"reconcile": LOCATION_ID}, 0)]


def test_a_reminder_that_cannot_be_repaired_keeps_no_other_from_it() -> None:
    made = world()
    made.ports.schedules.stored.clear()
    stray = schedule_name(ReminderKey(LOCATION_ID, "b-3", "wf-a"), 7)
    made.ports.schedules.stored[stray] = ReminderSchedule(stray, NOW + DAY, {})
    made.ports.fail_next("schedules.put", PermanentError("The quota is used up."))
    with pytest.raises(PermanentError, match="quota"):
        run(made)
    assert not made.schedules("b-1")
    assert made.schedules("b-2")
    assert stray not in made.ports.schedules.stored
    assert run(made) == {ReasonCode.REMINDER_MISSING: 1}
    assert made.schedules("b-1")


def test_a_run_that_breaks_off_has_counted_what_it_repaired() -> None:
    made = world()
    made.ports.schedules.stored.clear()
    made.ports.fail_next("schedules.put", TransientError("Busy."))
    with pytest.raises(TransientError):
        run(made)
    assert made.schedules("b-2")
    assert made.ports.counter.counts["RemindersRepaired", ReasonCode.REMINDER_MISSING] == 1
    assert run(made) == {ReasonCode.REMINDER_MISSING: 1}


@pytest.mark.parametrize("is_lost", [True, False])
def test_a_run_that_takes_too_long_goes_on_in_another_one(is_lost: bool) -> None:
    made = World()
    made.publish("wf-a", offset_value=24)
    made.work_all()
    for number in range(3 * MAX_PAGE_SIZE):
        start = NOW + timedelta(hours=36, minutes=number)
        made.deliver(made.created(f"b-{number}", start))
    wanted = dict(made.ports.schedules.stored)
    if is_lost:
        made.ports.schedules.stored.clear()
    stray = schedule_name(ReminderKey(LOCATION_ID, "b-x", "wf-a"), 7)
    made.ports.schedules.stored[stray] = ReminderSchedule(stray, NOW + DAY, {})
    get, looked_for = made.ports.schedules.get, []

    def get_slowly(name: str) -> ReminderSchedule | None:
        made.ports.clock.advance(seconds=0.4)
        looked_for.append(name)
        return get(name)

    made.ports.schedules.get = get_slowly  # type: ignore[method-assign]
    ReminderReconciler(made.ports).request(LOCATION_ID)
    rounds = 0
    while made.ports.reminder_jobs.messages and rounds < 9:
        rounds += 1
        JobRunner(made.ports).do(made.ports.reminder_jobs.messages.pop(0)[0])
    assert rounds == 2
    assert made.ports.schedules.stored == wanted
    # The last booking of the first round is looked at again, as others may start with it.
    assert len(looked_for) == 3 * MAX_PAGE_SIZE + 2
    repaired = made.ports.counter.counts["RemindersRepaired", ReasonCode.REMINDER_MISSING]
    assert repaired == (3 * MAX_PAGE_SIZE if is_lost else 0)


def test_a_run_ends_within_its_functions_time_however_many_schedules_there_are() -> None:
    """At the pace of the scheduler's quota: 100 calls a second, 25 lists of 100 names."""
    made = World()
    workflows = [f"wf-{number}" for number in range(5)]
    for workflow_id in workflows:
        made.publish(workflow_id, offset_value=24)
    made.work_all()
    for number in range(2 * MAX_PAGE_SIZE):
        made.deliver(made.created(f"b-{number}", START + timedelta(minutes=number)))
    wanted = dict(made.ports.schedules.stored)
    made.ports.schedules.stored.clear()
    for number in range(10_000):
        stray = schedule_name(ReminderKey(LOCATION_ID, f"b-{number}", "wf-x"), 7)
        made.ports.schedules.stored[stray] = ReminderSchedule(stray, NOW + DAY, {})
    for name, seconds in (("get", 0.01), ("put", 0.01), ("delete", 0.01), ("names", 70)):
        _slow_down(made, name, seconds)
    ReminderReconciler(made.ports).request(LOCATION_ID)
    limit = checks.functions(checks.load())["RemindersFunction"]["Timeout"]
    rounds = 0
    while made.ports.reminder_jobs.messages:
        rounds += 1
        began_at = made.ports.clock.now()
        JobRunner(made.ports).do(made.ports.reminder_jobs.messages.pop(0)[0])
        assert (made.ports.clock.now() - began_at).total_seconds() < limit
        assert rounds < 9
    assert rounds > 1
    assert made.ports.schedules.stored == wanted


def _slow_down(made: World, name: str, seconds: float) -> None:
    work = getattr(made.ports.schedules, name)

    def slow(*args: Any, **named: Any) -> Any:
        made.ports.clock.advance(seconds=seconds)
        return work(*args, **named)

    setattr(made.ports.schedules, name, slow)


def test_several_workers_repair_the_same() -> None:
    made = World()
    made.publish("wf-a", offset_value=24)
    made.work_all()
    for number in range(50):
        made.deliver(made.created(f"b-{number}", START))
    wanted = dict(made.ports.schedules.stored)
    made.ports.schedules.stored.clear()
    found = ReminderReconciler(made.ports, workers=8).run(LOCATION_ID)
    assert found == {ReasonCode.REMINDER_MISSING: 50}
    assert made.ports.schedules.stored == wanted


def test_a_schedule_that_an_event_makes_while_it_is_deleted_as_nobodys_is_made_again() -> None:
    calls = InterleavedCalls()
    made = World(ports=FakePorts(calls=calls))
    made.publish("wf-a", offset_value=24)
    made.work_all()
    made.deliver(made.created("b-1", START))
    (schedule,) = made.schedules("b-1")
    made.deliver(made.cancelled("b-1"))
    made.ports.schedules.stored[schedule.name] = schedule  # the deletion was lost
    back = made.status("b-1", "cancelled", "confirmed")
    deletions: list[str] = []
    delete = made.ports.schedules.delete

    def delete_late(name: str) -> None:
        if not deletions:
            deletions.append(name)
            made.deliver(back)
        delete(name)

    made.ports.schedules.delete = delete_late  # type: ignore[method-assign]
    run(made)
    assert deletions == [schedule.name]
    assert [each.at for each in made.schedules("b-1")] == [START - DAY]
