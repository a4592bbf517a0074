"""The life of a workflow: its reminders follow for all bookings, in pages that survive crashes."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest

from bookflow.domain.bookings.location_settings import LocationSettings
from bookflow.domain.reminders.jobs import JobState, ReminderJob
from bookflow.domain.shared.errors import InvalidInputError, TransientError
from bookflow.domain.shared.records import SILENCE
from bookflow.use_cases.bookings.manage_settings import SettingsManager
from bookflow.use_cases.jobs.run_job import (
    PUT_OFF_SECONDS,
    PUT_OFF_TIMES,
    JobRunner,
)
from bookflow.use_cases.reminders.reminder_jobs import (
    PAGE,
    SETTLING_SECONDS,
    SLOWEST_SAVE,
    Impact,
    ReminderJobs,
    draft_offset,
)
from bookflow.use_cases.workflows.manage_workflows import WorkflowManager
from tests.fakes import Crash
from tests.unit.reminders.world import LOCATION_ID, NOW, World, graph_of

APP = Path(__file__).parents[3] / "functions/reminders/app.py"
DAY = timedelta(days=1)


def world(bookings: int = 3) -> World:
    """Return a location with bookings on the next days and no workflow."""
    made = World()
    for number in range(bookings):
        made.deliver(made.created(f"b-{number}", NOW + (number % 5 + 2) * DAY))
    return made


def job(made: World) -> ReminderJob:
    found = made.ports.reminders.job(LOCATION_ID, "wf-a")
    assert found is not None
    return found


def times(made: World) -> list[float]:
    """Return the schedules' times as days from now."""
    return sorted((each.at - NOW) / DAY for each in made.ports.schedules.stored.values())


def test_enabling_plans_all_future_bookings_and_disabling_deletes_them() -> None:
    made = world()
    made.publish("wf-a", offset_value=24)
    assert times(made) == []
    made.work_all()
    assert times(made) == [1, 2, 3]
    assert (job(made).state, job(made).counts) == (JobState.COMPLETED, {"seen": 3, "gained": 3})
    made.enable("wf-a", False)
    made.work_all()
    assert times(made) == []
    assert job(made).counts == {"seen": 3, "lost": 3}


def test_a_changed_offset_moves_the_reminders() -> None:
    made = world()
    made.publish("wf-a", offset_value=24)
    made.work_all()
    made.publish("wf-a", offset_value=12)
    made.work_all()
    assert times(made) == [1.5, 2.5, 3.5]
    assert job(made).counts == {"seen": 3, "moved": 3}


def test_a_rolled_back_version_moves_them_back() -> None:
    made = world()
    made.publish("wf-a", offset_value=24)
    made.publish("wf-a", offset_value=12)
    stored = made.ports.workflows.stored[LOCATION_ID, "wf-a"]
    made.publisher.roll_back(LOCATION_ID, "wf-a", 1, based_on=stored.revision)
    made.work_all()
    assert times(made) == [1, 2, 3]


def test_a_change_that_concerns_no_reminder_asks_for_no_job() -> None:
    made = world()
    made.publish("wf-a", offset_value=24)
    made.work_all()
    made.publish("wf-a", offset_value=24)
    assert made.ports.reminder_jobs.messages == []


def test_the_job_is_asked_for_before_the_workflow_changes_and_begins_a_little_later() -> None:
    made = world()
    made.publish("wf-a", offset_value=24)
    made.ports.calls.made.clear()
    made.enable("wf-a", False)
    calls = made.ports.calls.made
    assert calls.index("reminder_jobs.send") < calls.index("workflows.publish")
    assert made.ports.reminder_jobs.messages[-1][1] == SETTLING_SECONDS


def overtake(made: World, monkeypatch: pytest.MonkeyPatch, store: object, save: str) -> None:
    """Let the job's first page be worked on just before the change that asked for it is stored."""
    real = getattr(store, save)

    def late(*arguments: Any, **named: Any) -> None:
        ((message, _),) = made.ports.reminder_jobs.messages
        with pytest.raises(TransientError, match="not stored yet"):
            ReminderJobs(made.ports).run_page(message)
        real(*arguments, **named)

    monkeypatch.setattr(store, save, late)


def test_a_page_that_overtakes_the_save_of_the_workflow_comes_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = world()
    made.publish("wf-a", offset_value=24)
    made.work_all()
    overtake(made, monkeypatch, made.ports.workflows, "publish")
    made.enable("wf-a", False)
    made.work_all()
    assert times(made) == []


def test_a_page_that_overtakes_the_save_of_the_settings_comes_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = world()
    made.publish("wf-a", offset_value=24)
    made.work_all()
    overtake(made, monkeypatch, made.ports.bookings, "save_settings")
    quiet = {"quiet_hours": {"start": "09:30", "end": "11:00"}}
    settings = LocationSettings.model_validate(quiet)
    SettingsManager(made.ports).save(LOCATION_ID, settings, based_on=0)
    made.work_all()
    assert times(made) == [1 + 1 / 24, 2 + 1 / 24, 3 + 1 / 24]


def test_a_change_that_is_never_stored_holds_its_job_up_for_a_minute() -> None:
    made = world()
    made.publish("wf-a", offset_value=24)
    made.work_all()
    ReminderJobs(made.ports).request(LOCATION_ID, "wf-a", workflow_revision=99)
    ((message, _),) = made.ports.reminder_jobs.messages
    with pytest.raises(TransientError, match="not stored yet"):
        ReminderJobs(made.ports).run_page(message)
    made.ports.clock.moment += SLOWEST_SAVE + timedelta(seconds=1)
    made.work_all()
    assert job(made).state is JobState.COMPLETED
    assert times(made) == [1, 2, 3]


def test_past_bookings_are_left_alone() -> None:
    made = World()
    made.deliver(made.created("b-old", NOW - 10 * DAY), made.created("b-now", NOW - DAY))
    made.publish("wf-a", offset_value=24)
    made.work_all()
    assert times(made) == []
    assert made.ports.reminders.stored == {}


def test_follow_ups_are_planned_for_bookings_that_are_over() -> None:
    made = World()
    made.deliver(made.created("b-old", NOW - 2 * DAY), made.created("b-older", NOW - 20 * DAY))
    made.publish("wf-a", offset_value=3, offset_unit="days", relative_to="after_end")
    made.work_all()
    assert times(made) == [1 + 2 / 24]


def test_pages_go_on_where_a_crash_ended_them() -> None:
    bookings = 2 * PAGE + 1
    for first in (1, 3, 7, 12, 20):
        made = world(bookings)
        made.publish("wf-a", offset_value=24)
        number = first
        while made.ports.reminder_jobs.messages:
            message = made.ports.reminder_jobs.messages[0]
            number *= 3
            made.ports.crash_after(number)
            try:
                made.work(message[0])
            except Crash:
                continue
            made.ports.reminder_jobs.messages.remove(message)
        assert len(times(made)) == bookings
        assert job(made).state is JobState.COMPLETED
        assert job(made).counts["seen"] == bookings


def test_a_repeated_message_makes_no_second_chain() -> None:
    made = world(2 * PAGE + 1)
    made.publish("wf-a", offset_value=24)
    ((message, _),) = made.ports.reminder_jobs.messages[-1:]
    made.ports.reminder_jobs.messages.clear()
    for _ in range(3):
        ReminderJobs(made.ports).run_page(message)
    assert job(made).counts == {"seen": 201, "gained": 201}
    assert ReminderJobs(made.ports).run_page(message) is None


def test_a_newer_job_takes_the_place_of_an_older_one() -> None:
    made = world()
    made.publish("wf-a", offset_value=24)
    ((older, _),) = made.ports.reminder_jobs.messages[-1:]
    made.ports.reminder_jobs.messages.clear()
    made.publish("wf-a", offset_value=12)
    assert ReminderJobs(made.ports).run_page(older) is None
    assert times(made) == []
    made.work_all()
    assert times(made) == [1.5, 2.5, 3.5]


def test_a_busy_scheduler_repeats_the_page_and_not_what_is_done() -> None:
    made = world()
    made.publish("wf-a", offset_value=24)
    ((message, _),) = made.ports.reminder_jobs.messages[-1:]
    made.ports.fail_next("schedules.put", TransientError("Busy."))
    with pytest.raises(TransientError):
        ReminderJobs(made.ports).run_page(message)
    assert job(made).counts == {"gained": 2}
    ReminderJobs(made.ports).run_page(message)
    assert times(made) == [1, 2, 3]
    # The one that broke off was a plan already, only its schedule was missing.
    assert job(made).counts == {"seen": 3, "gained": 2}


def test_several_workers_plan_the_same() -> None:
    made = world(50)
    made.publish("wf-a", offset_value=24)
    ((message, _),) = made.ports.reminder_jobs.messages[-1:]
    ReminderJobs(made.ports, workers=8).run_page(message)
    assert len(times(made)) == 50


@pytest.mark.parametrize("message", [{}, {"location_id": "l", "workflow_id": "w"}, {"job_id": 1}])
def test_a_message_of_no_job_is_refused(message: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        ReminderJobs(World().ports).run_page(message)


def test_deleting_a_workflow_that_is_on_deletes_its_schedules() -> None:
    made = world()
    made.publish("wf-a", offset_value=24)
    made.work_all()
    assert len(times(made)) == 3
    stored = made.ports.workflows.stored[LOCATION_ID, "wf-a"]
    manager = WorkflowManager(made.ports, made.publisher)
    manager.delete(LOCATION_ID, "wf-a", based_on=stored.revision)
    made.work_all()
    assert times(made) == []
    assert (LOCATION_ID, "wf-a") not in made.ports.workflows.stored


BUSY = TransientError("The scheduler is busy.")


def given_up(made: World, message: dict[str, Any], error: Exception) -> ReminderJob:
    """Do work that meets this error for the last time; return its job."""
    made.ports.fail_next("schedules.put", error)
    with pytest.raises(type(error)):
        JobRunner(made.ports).do({**message, "put_off": PUT_OFF_TIMES})
    return job(made)


def test_work_that_meets_a_passing_problem_is_put_off_a_minute_and_not_for_ever() -> None:
    made = world()
    made.publish("wf-a", offset_value=24)
    ((message, _),) = made.ports.reminder_jobs.messages
    made.ports.reminder_jobs.messages.clear()
    for _ in range(PUT_OFF_TIMES):
        made.ports.fail_next("schedules.put", *[BUSY] * 3)
        assert JobRunner(made.ports).do(message) is BUSY
        message, delay = made.ports.reminder_jobs.messages.pop()
        assert delay == PUT_OFF_SECONDS
    assert job(made).state is JobState.RUNNING
    given_up(made, message, BUSY)
    assert made.ports.reminder_jobs.messages == []


@pytest.mark.parametrize(
    ("error", "reason", "remedy"),
    [
        (BUSY, "The scheduler is busy.", "The daily repair plans what is missing"),
        (ValueError("secret"), "Bookflow hit an unexpected error.", "The daily repair"),
    ],
)
def test_a_job_that_is_given_up_says_why_and_goes_on_if_its_message_comes_again(
    error: Exception, reason: str, remedy: str
) -> None:
    made = world()
    made.publish("wf-a", offset_value=24)
    ((message, _),) = made.ports.reminder_jobs.messages
    failed = given_up(made, message, error)
    assert (failed.state, failed.reason) == (JobState.FAILED, reason)
    assert (failed.remedy or "").startswith(remedy)
    made.work_all()
    assert times(made) == [1, 2, 3]
    done = job(made)
    assert (done.state, done.reason, done.remedy) == (JobState.COMPLETED, None, None)
    assert done.counts["seen"] == 3


def test_a_job_that_went_silent_is_reported_as_failed() -> None:
    made = world()
    made.publish("wf-a", offset_value=24)
    assert job(made).as_of_now(NOW + SILENCE).state is JobState.RUNNING
    reported = job(made).as_of_now(NOW + SILENCE + timedelta(seconds=1))
    assert (reported.state, reported.reason) == (
        JobState.FAILED,
        "It stopped and reported no error.",
    )
    made.work_all()
    assert job(made).as_of_now(NOW + DAY).state is JobState.COMPLETED


def test_a_job_that_cannot_be_asked_for_leaves_the_earlier_one_at_work() -> None:
    for number in (1, 2, 3):
        made = world()
        made.publish("wf-a", offset_value=24)
        earlier = job(made)
        made.ports.crash_after(number)
        with pytest.raises(Crash):
            ReminderJobs(made.ports).request(LOCATION_ID, "wf-a")
        assert (job(made) == earlier) == (number < 3)
        made.work_all()
        assert job(made).state is JobState.COMPLETED
        assert times(made) == [1, 2, 3]


def test_the_function_puts_off_a_page_for_a_minute_and_then_does_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = world()
    made.publish("wf-a", offset_value=24)
    ((message, _),) = made.ports.reminder_jobs.messages[-1:]
    made.ports.reminder_jobs.messages.clear()
    app = run_path(str(APP))
    monkeypatch.setitem(app["work"].__globals__, "services", lambda: made.ports)
    made.ports.fail_next("schedules.put", TransientError("Busy."))
    record = {"messageId": "m-1", "eventSource": "aws:sqs", "body": json.dumps(message)}
    assert app["handler"]({"Records": [record]}, None) == {"batchItemFailures": []}
    ((later, delay),) = made.ports.reminder_jobs.messages
    assert (later, delay) == ({**message, "put_off": 1}, PUT_OFF_SECONDS)
    made.work_all()
    assert times(made) == [1, 2, 3]
    assert job(made).state is JobState.COMPLETED


# Impact -------------------------------------------------------------------------------------------


def preview(made: World, **config: Any) -> Impact:
    return ReminderJobs(made.ports).preview(LOCATION_ID, "wf-a", draft_offset(graph_of(**config)))


def test_the_impact_of_enabling_moving_and_disabling_is_reported_and_nothing_changes() -> None:
    made = world()
    before = dict(made.ports.reminders.stored)
    impact = preview(made, offset_value=24)
    assert (impact.gained, impact.moved, impact.lost, impact.complete) == (3, 0, 0, True)
    assert made.ports.reminders.stored == before
    made.publish("wf-a", offset_value=24)
    made.work_all()
    impact = preview(made, offset_value=12)
    assert (impact.gained, impact.moved, impact.lost) == (0, 3, 0)
    assert preview(made, offset_value=24).moved == 0
    disabled = ReminderJobs(made.ports).preview(LOCATION_ID, "wf-a", None)
    assert (disabled.gained, disabled.moved, disabled.lost) == (0, 0, 3)


def test_the_impact_counts_the_follow_ups_of_bookings_long_past() -> None:
    made = World()
    made.publish("wf-a", offset_value=40, offset_unit="days", relative_to="after_end")
    made.deliver(made.created("b-past", NOW + DAY))
    made.pass_time(NOW + 10 * DAY)
    disabled = ReminderJobs(made.ports).preview(LOCATION_ID, "wf-a", None)
    assert (disabled.bookings, disabled.lost) == (1, 1)
    before_start = preview(made, offset_value=24)
    assert (before_start.bookings, before_start.skipped) == (1, 1)


def test_the_impact_says_what_goes_out_at_once() -> None:
    impact = preview(world(), offset_value=3, offset_unit="days")
    assert (impact.gained, impact.within_the_hour) == (3, 2)
    impact = preview(world(), offset_value=3, offset_unit="days", late_bookings="skip")
    assert (impact.gained, impact.skipped) == (2, 1)


def test_what_a_job_does_is_what_the_impact_said() -> None:
    made = world(20)
    impact = preview(made, offset_value=3, offset_unit="days", late_bookings="skip")
    made.publish("wf-a", offset_value=3, offset_unit="days", late_bookings="skip")
    made.work_all()
    counts = job(made).counts
    assert (impact.gained, impact.skipped) == (counts["gained"], counts["skipped"])


def test_a_graph_that_is_no_reminder_has_no_settings() -> None:
    assert draft_offset(graph_of(offset_value=-1)) is None
    assert draft_offset(graph_of(event="Booking Created")) is None
    assert draft_offset(graph_of(event="No such thing")) is None
