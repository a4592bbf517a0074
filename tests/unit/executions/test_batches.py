"""A workflow is started by hand for many bookings: once each, whatever breaks off in between."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bookflow.actions.send_template import SendTemplate
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.events.base import BookingEvent
from bookflow.domain.events.sender import Sender
from bookflow.domain.executions.batch import Audience, Batch, BatchState
from bookflow.domain.executions.execution import Execution, ExecutionStatus, ReasonCode, StepStatus
from bookflow.domain.messages.suppression import Suppression, SuppressionReason, SuppressionScope
from bookflow.domain.shared.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    PermanentError,
    TransientError,
)
from bookflow.domain.shared.records import SILENCE
from bookflow.use_cases.bookings.departures import departures
from bookflow.use_cases.executions.begin_batch import Batches
from bookflow.use_cases.executions.run_batch import PAGE, BatchRunner
from bookflow.use_cases.jobs.run_job import JobRunner
from bookflow.use_cases.runtime.dispatch import Dispatcher
from bookflow.use_cases.runtime.run_step import StepRunner
from tests.fakes import Crash, FakePorts
from tests.unit.runtime.samples import (
    LOCATION_ID,
    NOTE,
    NOW,
    TARGET,
    event,
    executions,
    graph,
    new_ports,
    payloads,
    publish,
)

STORM: Mapping[str, Any] = {
    "id": "send",
    "type": "send_template",
    "config": {"template": "welcome"},
}
DEPARTURE = datetime(2026, 12, 2, 10, 0, tzinfo=UTC)
SENDER = Sender(kind="person", id="user-1")
AUDIENCE = Audience(since=DEPARTURE, until=DEPARTURE + timedelta(seconds=1))


def booked(ports: FakePorts, number: int, **changes: Any) -> None:
    """Record a booking of the departure."""
    start = changes.pop("start", DEPARTURE)
    ports.bookings.record(
        event(
            booking_id=f"bk-{number:03}",
            customer={
                "id": f"cus-{number}",
                "first_name": "Ada",
                "email": f"a{number}@example.com",
            },
            start_time=start.isoformat(),
            end_time=(start + timedelta(hours=2)).isoformat(),
            **{"event_id": f"evt-{number:03}", "booking": {"party_size": 2}, **changes},
        )
    )


def world(bookings: int = 3, **trigger: Any) -> FakePorts:
    """Return a location whose storm message is published and not turned on."""
    ports = new_ports()
    ports.clock.moment = NOW
    publish(ports, "wf-storm", graph(STORM, trigger="Started by hand", **trigger), enabled=False)
    for number in range(bookings):
        booked(ports, number)
    return ports


def begin(ports: FakePorts, audience: Audience = AUDIENCE, **more: Any) -> Batch:
    return Batches(ports, TARGET).begin(LOCATION_ID, "wf-storm", audience, sent_by=SENDER, **more)


def work_off(ports: FakePorts) -> list[int]:
    """Do the queue's messages; return how long each waited."""
    delays = []
    while ports.reminder_jobs.messages:
        message, delay = ports.reminder_jobs.messages[0]
        ports.clock.advance(seconds=delay)
        JobRunner(ports).do(message)
        # A message that the function died over comes again, so it goes only now.
        ports.reminder_jobs.messages.remove((message, delay))
        delays.append(delay)
    return delays


def latest(ports: FakePorts) -> Batch:
    return Batches(ports, TARGET).get(LOCATION_ID, "wf-storm")


def written_to(ports: FakePorts) -> list[str]:
    return sorted(str(each.booking_id) for each in executions(ports))


def sent(ports: FakePorts, execution: Execution) -> StepStatus:
    """Run the message's step; return how it ended."""
    StepRunner(SendTemplate(ports), ports).run(payloads(ports, execution)["send"])
    return ports.executions.step(LOCATION_ID, execution.id, "send").status


def test_each_booking_of_a_departure_gets_one_execution() -> None:
    ports = world(40)
    booked(ports, 50, start=DEPARTURE + timedelta(hours=1))
    batch = begin(ports)
    assert (batch.state, batch.total) == (BatchState.RUNNING, 40)
    work_off(ports)
    assert written_to(ports) == [f"bk-{number:03}" for number in range(40)]
    assert len(ports.machines.started) == 40
    assert (latest(ports).state, latest(ports).counts) == (BatchState.COMPLETED, {"started": 40})
    one = executions(ports)[0]
    assert one.event_data["sent_by"] == {"kind": "person", "id": "user-1"}
    assert sent(ports, one) is StepStatus.COMPLETED


def test_pages_keep_to_the_sending_rate() -> None:
    ports = world(30)
    begin(ports)
    ports.messages_per_second = 2
    BatchRunner(ports).run_page(ports.reminder_jobs.messages.pop()[0])
    ((_, delay),) = ports.reminder_jobs.messages
    assert delay == PAGE / 2


@pytest.mark.parametrize(
    ("audience", "bookings"),
    [
        ({}, ["bk-000", "bk-001", "bk-002", "bk-004"]),
        ({"activity_id": "act-cave"}, ["bk-001"]),
        ({"statuses": (BookingStatus.CANCELLED,)}, ["bk-003"]),
        ({"party_min": 5}, ["bk-002"]),
        ({"party_max": 4}, ["bk-000", "bk-001", "bk-004"]),
        ({"until": DEPARTURE + timedelta(hours=1)}, ["bk-000", "bk-001", "bk-002"]),
        ({"booking_id": "bk-003"}, ["bk-003"]),
    ],
)
def test_the_audience_is_chosen_by_time_activity_status_and_size(
    audience: Mapping[str, Any], bookings: list[str]
) -> None:
    ports = world(1)
    booked(ports, 1, activity={"id": "act-cave"})
    booked(ports, 2, booking={"party_size": 7})
    booked(ports, 3, status="cancelled")
    booked(ports, 4, start=DEPARTURE + timedelta(hours=1))
    booked(ports, 5, status="draft")
    wanted = Audience(**{"since": DEPARTURE, "until": DEPARTURE + timedelta(days=1), **audience})
    count = Batches(ports, TARGET).count(LOCATION_ID, "wf-storm", wanted)
    assert [each.booking.id for each in count.named] == bookings
    begin(ports, wanted)
    work_off(ports)
    assert written_to(ports) == bookings


def test_a_departure_of_no_activity_is_not_all_that_leaves_then() -> None:
    ports = world(1)
    known = {"event_id": "evt-1", "location_id": LOCATION_ID, "occurred_at": NOW}
    unnamed = {"id": "bk-001", "status": "confirmed", "start_time": DEPARTURE}
    about = {**known, "booking_id": "bk-001", "booking": unnamed}
    ports.bookings.record(BookingEvent.model_validate(about))
    found, _ = departures(ports, LOCATION_ID, DEPARTURE, DEPARTURE + timedelta(seconds=1))
    assert [each.bookings for each in found if each.activity_id is None] == [1]
    begin(ports, AUDIENCE.changed(without_activity=True))
    work_off(ports)
    assert written_to(ports) == ["bk-001"]


def test_the_last_batch_is_taken_up_and_only_those_who_are_left_get_it() -> None:
    ports = world(2)
    first = begin(ports)
    work_off(ports)
    booked(ports, 9)
    count = Batches(ports, TARGET).count(LOCATION_ID, "wf-storm", AUDIENCE)
    assert (count.bookings, count.left, count.batch) == (3, 1, latest(ports))
    assert [each.booking.id for each in count.named] == ["bk-009"]
    second = begin(ports)
    work_off(ports)
    assert second.id == first.id
    assert latest(ports).counts == {"already": 2, "started": 1}
    assert written_to(ports) == ["bk-000", "bk-001", "bk-009"]


def test_sending_again_makes_a_new_batch_once() -> None:
    ports = world(2)
    first = begin(ports)
    work_off(ports)
    again = begin(ports, again_after=first.id)
    work_off(ports)
    assert again.id != first.id
    assert written_to(ports) == ["bk-000", "bk-000", "bk-001", "bk-001"]
    # The answer was lost, and the very same call comes again.
    begin(ports, again_after=first.id)
    work_off(ports)
    assert len(executions(ports)) == 4


def test_after_a_day_a_start_is_a_new_batch() -> None:
    ports = world(1)
    first = begin(ports)
    work_off(ports)
    ports.clock.moment = first.started_at + timedelta(hours=24)
    assert Batches(ports, TARGET).count(LOCATION_ID, "wf-storm", AUDIENCE).batch is None
    assert begin(ports).id != first.id


def test_a_start_while_it_runs_changes_nothing_and_one_for_others_waits() -> None:
    ports = world(1)
    assert begin(ports) == begin(ports)
    with pytest.raises(ConflictError, match="just being started"):
        begin(ports, Audience(booking_id="bk-000"))
    assert len(ports.reminder_jobs.messages) == 1


def test_a_stopped_batch_starts_nothing_more_and_is_taken_up_later() -> None:
    ports = world(3 * PAGE)
    begin(ports)
    ports.clock.advance(seconds=1)
    JobRunner(ports).do(ports.reminder_jobs.messages.pop(0)[0])
    assert Batches(ports, TARGET).stop(LOCATION_ID, "wf-storm").state is BatchState.STOPPED
    work_off(ports)
    assert len(executions(ports)) == PAGE
    assert Batches(ports, TARGET).stop(LOCATION_ID, "wf-storm").counts == {"started": PAGE}
    begin(ports)
    work_off(ports)
    assert latest(ports).counts == {"already": PAGE, "started": 2 * PAGE}


def test_a_batch_of_a_workflow_that_was_deleted_starts_nothing_more() -> None:
    ports = world(3 * PAGE)
    begin(ports)
    ports.clock.advance(seconds=1)
    JobRunner(ports).do(ports.reminder_jobs.messages.pop(0)[0])
    workflow = ports.workflows.get(LOCATION_ID, "wf-storm")
    ports.workflows.delete(workflow, expires_at=NOW + timedelta(days=90))
    work_off(ports)
    assert len(ports.machines.started) == PAGE
    ended = latest(ports)
    assert (ended.state, ended.counts) == (BatchState.STOPPED, {"started": PAGE})


def test_who_is_left_by_the_batch_that_a_person_saw_stays_so_when_its_day_ends() -> None:
    ports = world(2)
    first = begin(ports)
    work_off(ports)
    booked(ports, 9)
    ports.clock.moment = first.started_at + timedelta(hours=24, seconds=-1)
    seen = Batches(ports, TARGET).count(LOCATION_ID, "wf-storm", AUDIENCE)
    assert seen.left == 1
    ports.clock.advance(minutes=5)
    begin(ports, left_of=seen.batch.id if seen.batch else None)
    work_off(ports)
    assert written_to(ports) == ["bk-000", "bk-001", "bk-009"]


def test_a_message_that_comes_before_its_batch_is_stored_leaves_nobody_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ports = world(2)
    save = ports.executions.save_batch

    def slow(batch: Batch) -> bool:
        monkeypatch.setattr(ports.executions, "save_batch", save)
        message, delay = ports.reminder_jobs.messages.pop()
        ports.clock.advance(seconds=delay)
        JobRunner(ports).do(message)
        return save(batch)

    monkeypatch.setattr(ports.executions, "save_batch", slow)
    begin(ports)
    work_off(ports)
    assert latest(ports).counts == {"started": 2}


def test_a_crash_after_any_call_loses_and_repeats_nothing() -> None:
    crashes = 0
    for call in range(1, 200):
        ports = world(PAGE + 3)
        begin(ports)
        ports.calls.made.clear()
        ports.calls.crash_after(call)
        try:
            work_off(ports)
        except Crash:
            crashes += 1
            work_off(ports)
        else:
            break
        assert len(ports.machines.started) == PAGE + 3
        assert latest(ports).state is BatchState.COMPLETED
        assert sum(latest(ports).counts.values()) == PAGE + 3
    assert crashes > 40


def test_a_message_that_comes_twice_starts_nothing_twice() -> None:
    ports = world(PAGE + 1)
    begin(ports)
    message, _ = ports.reminder_jobs.messages[0]
    for _ in range(3):
        JobRunner(ports).do(message)
    work_off(ports)
    assert len(ports.machines.started) == PAGE + 1
    assert latest(ports).counts == {"started": PAGE + 1}


def test_what_cannot_be_started_at_the_moment_is_tried_again_with_its_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ports = world(3)
    start, busy = ports.machines.start, [True]

    def sometimes(*arguments: Any) -> None:
        if busy and busy.pop():
            raise TransientError("Step Functions is busy.")
        start(*arguments)

    monkeypatch.setattr(ports.machines, "start", sometimes)
    begin(ports)
    work_off(ports)
    assert latest(ports).counts == {"started": 3}
    assert len(ports.machines.started) == 3


def test_one_that_cannot_start_at_all_is_shown_as_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    ports = world(2)
    start = ports.machines.start

    def refuse(arn: str, name: str, payload: Mapping[str, Any]) -> None:
        if name == executions(ports)[0].id and len(executions(ports)) == 1:
            raise PermanentError("no")
        start(arn, name, payload)

    monkeypatch.setattr(ports.machines, "start", refuse)
    begin(ports)
    work_off(ports)
    assert latest(ports).counts == {"started": 1, "failed": 1}
    failed = [each for each in executions(ports) if each.status is ExecutionStatus.FAILED]
    assert [each.reason_code for each in failed] == [ReasonCode.START_FAILED]
    # It is left, and the next run takes it up.
    count = Batches(ports, TARGET).count(LOCATION_ID, "wf-storm", AUDIENCE)
    assert [each.booking.id for each in count.named] == [failed[0].booking_id]
    begin(ports)
    work_off(ports)
    assert len(ports.machines.started) == 2


def test_a_batch_that_is_given_up_says_why_and_one_that_fell_silent_too() -> None:
    ports = world(1)
    begin(ports)
    ports.fail_next("workflows.version", NotFoundError("there is no such version"))
    with pytest.raises(NotFoundError):
        work_off(ports)
    assert latest(ports).state is BatchState.FAILED
    assert latest(ports).reason
    # Its message comes again; a person has decided against it.
    Batches(ports, TARGET).stop(LOCATION_ID, "wf-storm")
    work_off(ports)
    assert (latest(ports).state, executions(ports)) == (BatchState.STOPPED, [])
    ports = world(1)
    begin(ports)
    ports.clock.moment += SILENCE + timedelta(minutes=1)
    assert latest(ports).reason == "It stopped and reported no error."


@pytest.mark.parametrize(
    ("also_past", "status"), [(False, StepStatus.SKIPPED), (True, StepStatus.COMPLETED)]
)
def test_who_was_there_already_gets_nothing_unless_the_trigger_says_so(
    also_past: bool, status: StepStatus
) -> None:
    ports = world(1, **({"also_past_visits": True} if also_past else {}))
    ports.clock.moment = DEPARTURE + timedelta(days=1)
    begin(ports)
    work_off(ports)
    assert latest(ports).counts == {"started" if also_past else "over": 1}
    assert sent(ports, executions(ports)[0]) is status


def test_whom_the_triggers_filter_leaves_out_is_counted() -> None:
    pair = {"variable": "booking.party_size", "operator": "equals", "value": 2}
    ports = world(0, filter=pair)
    for number in range(3):
        booked(ports, number, booking={"party_size": number})
    begin(ports)
    work_off(ports)
    assert latest(ports).counts == {"started": 1, "filtered": 2}
    assert written_to(ports) == ["bk-002"]


def test_cancelled_bookings_that_were_chosen_get_the_message() -> None:
    ports = world(0)
    booked(ports, 1, status="cancelled")
    begin(ports, Audience(**{**dict(AUDIENCE), "statuses": (BookingStatus.CANCELLED,)}))
    work_off(ports)
    assert sent(ports, executions(ports)[0]) is StepStatus.COMPLETED


def test_a_booking_that_is_cancelled_after_the_start_gets_nothing() -> None:
    ports = world(1)
    begin(ports)
    work_off(ports)
    booked(ports, 0, event_id="evt-x", status="cancelled", occurred_at="2026-12-01T10:00:00Z")
    assert sent(ports, executions(ports)[0]) is StepStatus.SKIPPED


@pytest.mark.parametrize(
    ("audience", "status"),
    [
        (AUDIENCE, StepStatus.SKIPPED),
        (AUDIENCE.changed(until=None), StepStatus.COMPLETED),  # Still one of those chosen.
        (Audience(booking_id="bk-000"), StepStatus.COMPLETED),
    ],
)
def test_a_booking_that_leaves_the_departure_after_the_start_gets_nothing_about_it(
    audience: Audience, status: StepStatus
) -> None:
    ports = world(1)
    begin(ports, audience)
    work_off(ports)
    booked(
        ports,
        0,
        start=DEPARTURE + timedelta(days=18),
        event_id="evt-moved",
        occurred_at=NOW.isoformat(),
    )
    (one,) = executions(ports)
    assert sent(ports, one) is status
    if status is StepStatus.SKIPPED:
        step = ports.executions.step(LOCATION_ID, one.id, "send")
        assert step.reason_code is ReasonCode.BOOKING_MOVED


def test_who_opted_out_gets_nothing() -> None:
    ports = world(1)
    ports.suppressions.add(
        Suppression.of(
            LOCATION_ID,
            "a0@example.com",
            reason=SuppressionReason.MANUAL,
            scope=SuppressionScope.ALL,
            created_at=NOW,
        )
    )
    begin(ports)
    work_off(ports)
    assert sent(ports, executions(ports)[0]) is StepStatus.SKIPPED


@pytest.mark.parametrize(
    "trigger", ["Booking Created", "Booking Confirmed", "Booking Reminder", "Booking Completed"]
)
def test_other_workflows_whose_trigger_the_records_can_fill_are_started_too(trigger: str) -> None:
    ports = world(1)
    publish(ports, "wf-other", graph(NOTE, trigger=trigger), enabled=False)
    batch = Batches(ports, TARGET).begin(LOCATION_ID, "wf-other", AUDIENCE, sent_by=SENDER)
    work_off(ports)
    (execution,) = executions(ports)
    assert (execution.event_type, execution.derived_from) == (trigger, "Started by hand")
    assert execution.event_id == batch.event_id("bk-000")


@pytest.mark.parametrize(
    "trigger", ["Chat Message Created", "Survey Submitted", "Booking Rescheduled"]
)
def test_a_trigger_that_needs_more_than_records_say_is_no_choice(trigger: str) -> None:
    ports = world(1)
    publish(ports, "wf-other", graph(NOTE, trigger=trigger))
    with pytest.raises(InvalidInputError, match="no record of a booking says"):
        Batches(ports, TARGET).begin(LOCATION_ID, "wf-other", AUDIENCE, sent_by=SENDER)


def test_nobody_and_nothing_published_are_problems() -> None:
    ports = world(0)
    with pytest.raises(InvalidInputError, match="no booking is meant"):
        begin(ports)
    with pytest.raises(NotFoundError, match="not started by hand lately"):
        latest(ports)
    with pytest.raises(InvalidInputError, match="is missing"):
        begin(ports, Audience())


def test_an_event_of_this_name_on_the_bus_starts_only_its_workflow() -> None:
    ports = world(1)
    for workflow_id in ("wf-a", "wf-b"):
        publish(ports, workflow_id, graph(NOTE, trigger="Started by hand"))
    Dispatcher(ports).dispatch(event("started_by_hand", booking_id="bk-000", workflow_id="wf-b"))
    assert [each.workflow_id for each in executions(ports)] == ["wf-b"]


def test_departures_group_the_bookings_that_come() -> None:
    ports = world(2)
    booked(ports, 2, status="cancelled")
    booked(ports, 3, start=DEPARTURE + timedelta(hours=2), booking={"party_size": 5})
    booked(ports, 4, start=DEPARTURE + timedelta(days=2))
    found, complete = departures(ports, LOCATION_ID, NOW, DEPARTURE + timedelta(days=1))
    assert complete
    assert [(each.start_time, each.bookings, each.people) for each in found] == [
        (DEPARTURE, 2, 4),
        (DEPARTURE + timedelta(hours=2), 1, 5),
    ]
    assert found[0].activity_name
