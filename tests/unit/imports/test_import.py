"""An import brings bookings in: no workflow starts by it, then or later, whatever breaks off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bookflow.domain.bookings.records import Booking
from bookflow.domain.events import parse_event
from bookflow.domain.events.sender import Sender
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.imports.booking_import import BookingImport, ImportState
from bookflow.domain.reminders.rule import ReminderState
from bookflow.domain.shared.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    PermanentError,
    TransientError,
)
from bookflow.use_cases.imports.manage_imports import SETTLING_SECONDS, Imports
from bookflow.use_cases.imports.run_import import ANNOUNCED_ROWS, ROWS
from bookflow.use_cases.jobs.run_job import JobRunner
from bookflow.use_cases.privacy.erase_guest import GuestEraser
from bookflow.use_cases.runtime.dispatch import Dispatcher
from tests.fakes import Crash, FakePorts
from tests.unit.runtime.samples import (
    LOCATION_ID,
    NOTE,
    NOW,
    event,
    executions,
    graph,
    new_ports,
    publish,
)

SENDER = Sender(kind="person", id="user-1")
TRIGGERS = (
    "Booking Created",
    "Booking Confirmed",
    "Booking Status Changed",
    "Booking Rescheduled",
    "Booking Cancelled",
    "Booking Completed",
)
START = datetime(2026, 12, 12, 9, 0, tzinfo=UTC)


def row(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "row": number,
        "booking_id": f"bk-{number:03}",
        "confirmation_code": f"C{number:03}",
        "status": "confirmed",
        "start_time": START.isoformat(),
        "end_time": (START + timedelta(hours=2)).isoformat(),
        "activity_name": "Sunset tour",
        "first_name": "Ada",
        "last_name": f"No{number}",
        "email": f"a{number}@example.com",
        "party_size": "2",
        "total_amount": "120.00 EUR",
        **changes,
    }


def world(*triggers: str, **config: Any) -> FakePorts:
    """Return a location with a workflow of each trigger."""
    ports = new_ports()
    ports.clock.moment = NOW
    for trigger in triggers:
        publish(
            ports,
            f"wf-{trigger.rpartition(' ')[2].lower()}",
            graph(NOTE, trigger=trigger, **config),
        )
    return ports


def begin(ports: FakePorts, *pages: Sequence[Mapping[str, Any]], **more: Any) -> BookingImport:
    imports = Imports(ports)
    made = imports.begin(LOCATION_ID, as_of=more.pop("as_of", None), sent_by=SENDER)
    for number, rows in enumerate(pages, start=1):
        imports.put_page(LOCATION_ID, made.id, number, rows)
    return imports.start(
        LOCATION_ID, made.id, pages=len(pages), runs_created=more.pop("runs_created", False)
    )


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


def imported(ports: FakePorts, *pages: Sequence[Mapping[str, Any]], **more: Any) -> BookingImport:
    made = begin(ports, *pages, **more)
    work_off(ports)
    return Imports(ports).get(LOCATION_ID, made.id)


def booking(ports: FakePorts, booking_id: str) -> Booking:
    context = ports.bookings.context(LOCATION_ID, booking_id)
    assert context is not None
    assert context.booking is not None
    return context.booking


def dispatch(ports: FakePorts, name: str, **detail: Any) -> list[str]:
    """Dispatch an event of the first row's booking; return the workflows that start."""
    known: dict[str, Any] = {
        "event_id": f"evt-{name}",
        "booking_id": "bk-001",
        "occurred_at": NOW.isoformat(),
    }
    found = Dispatcher(ports).dispatch(event(name, **{**known, **detail}))
    return sorted(each.workflow_id for each in found)


def test_what_a_row_says_is_recorded_as_an_event_would_be() -> None:
    ports = world(*TRIGGERS)
    done = imported(ports, [row(1, notes="Brings a dog", more={"source": "web"})])
    assert (done.state, done.counts) == (ImportState.COMPLETED, {"created": 1, "started": 0})
    context = ports.bookings.context(LOCATION_ID, "bk-001")
    assert context is not None
    assert context.booking is not None
    assert context.customer is not None
    assert context.activity is not None
    assert context.booking.start_time == START
    assert context.booking.model_extra == {"notes": "Brings a dog", "source": "web"}
    assert str(context.booking.total_amount) == "amount=Decimal('120.00') currency='EUR'"
    assert (context.customer.first_name, context.customer.email) == ("Ada", "a1@example.com")
    assert context.activity.name == "Sunset tour"
    assert ports.bookings.find(LOCATION_ID, "c001")[0].booking.id == "bk-001"
    assert executions(ports) == []


@pytest.mark.parametrize("status", ["pending", "confirmed", "cancelled", "completed", "no_show"])
def test_an_import_starts_no_workflow_of_any_trigger(status: str) -> None:
    ports = world(*TRIGGERS)
    imported(ports, [row(1, status=status)])
    assert executions(ports) == []


def test_events_that_state_what_was_imported_start_nothing_later() -> None:
    ports = world(*TRIGGERS)
    imported(ports, [row(1)])
    times = {"start_time": START.isoformat(), "end_time": (START + timedelta(hours=2)).isoformat()}
    assert dispatch(ports, "booking_created", **times) == []
    assert (
        dispatch(ports, "booking_status_changed", old_status="pending", new_status="confirmed")
        == []
    )
    moved = {f"new_{name}": value for name, value in times.items()}
    assert dispatch(ports, "booking_rescheduled", **moved) == []


def test_workflows_that_are_turned_on_later_are_not_started_by_them_either() -> None:
    ports = world()
    imported(ports, [row(1)])
    publish(ports, "wf-late", graph(NOTE, trigger="Booking Created"))
    assert dispatch(ports, "booking_created") == []


def test_what_happens_after_the_import_is_news() -> None:
    ports = world(*TRIGGERS)
    imported(ports, [row(1)])
    later = (NOW + timedelta(hours=1)).isoformat()
    ports.clock.advance(hours=2)
    cancelled = dispatch(ports, "booking_cancelled", occurred_at=later)
    assert {"wf-cancelled", "wf-changed"} >= set(cancelled) >= {"wf-cancelled"}
    moved = dispatch(ports, "booking_rescheduled", occurred_at=later)
    assert moved == ["wf-rescheduled"]


def test_a_draft_that_is_taken_up_after_the_import_is_made_then() -> None:
    ports = world(*TRIGGERS)
    imported(ports, [row(1, status="draft")])
    later = (NOW + timedelta(hours=1)).isoformat()
    ports.clock.advance(hours=2)
    started = dispatch(
        ports,
        "booking_status_changed",
        old_status="draft",
        new_status="confirmed",
        occurred_at=later,
    )
    assert "wf-created" in started


def test_an_event_that_was_under_way_before_the_import_goes_on() -> None:
    ports = world("Booking Created")
    created = event(event_id="evt-1", booking_id="bk-001", occurred_at=NOW.isoformat())
    ports.bookings.record(created)  # its function died here
    imported(ports, [row(1)])
    assert [each.event_id for each in Dispatcher(ports).dispatch(created)] == ["evt-1"]
    assert dispatch(ports, "booking_created", event_id="evt-2") == []


def test_newer_statements_stay_and_older_ones_are_replaced() -> None:
    ports = world()
    dispatch(ports, "booking_cancelled", occurred_at=(NOW - timedelta(days=1)).isoformat())
    dispatch(ports, "booking_created", occurred_at=(NOW - timedelta(days=9)).isoformat())
    older = imported(ports, [row(1)], as_of=NOW - timedelta(days=2))
    assert older.counts["updated"] == 1
    assert booking(ports, "bk-001").status == "cancelled"
    assert booking(ports, "bk-001").party_size == 2
    imported(ports, [row(1)], as_of=NOW)
    assert booking(ports, "bk-001").status == "confirmed"


def test_a_rows_own_time_of_change_goes_before_that_of_the_file() -> None:
    ports = world()
    dispatch(ports, "booking_cancelled", occurred_at=(NOW - timedelta(days=1)).isoformat())
    imported(ports, [row(1, changed_at=(NOW - timedelta(days=2)).isoformat())])
    assert booking(ports, "bk-001").status == "cancelled"


def test_no_file_is_from_the_future() -> None:
    ports = world()
    done = imported(
        ports,
        [row(1, changed_at=(NOW + timedelta(days=9)).isoformat())],
        as_of=NOW + timedelta(days=5),
    )
    assert done.as_of == NOW
    later = (NOW + timedelta(minutes=1)).isoformat()
    ports.clock.advance(minutes=2)
    dispatch(ports, "booking_cancelled", occurred_at=later)
    assert booking(ports, "bk-001").status == "cancelled"


def test_a_booking_is_found_again_by_its_code_and_keeps_its_guest() -> None:
    ports = world()
    dispatch(
        ports,
        "booking_created",
        occurred_at=(NOW - timedelta(days=9)).isoformat(),
        booking={"confirmation_code": "Äbc-1"},
    )
    before = booking(ports, "bk-001")
    done = imported(ports, [row(1, booking_id=None, confirmation_code="abc-1", last_name="New")])
    assert done.counts["updated"] == 1
    after = ports.bookings.context(LOCATION_ID, "bk-001")
    assert after is not None
    assert after.customer is not None
    assert (after.customer.id, after.customer.last_name) == (before.customer_id, "New")


def test_a_code_that_several_bookings_have_is_a_failed_row() -> None:
    ports = world()
    for name in ("bk-a", "bk-b"):
        dispatch(
            ports,
            "booking_created",
            event_id=f"evt-{name}",
            booking_id=name,
            booking={"confirmation_code": "CART"},
        )
    done = imported(ports, [row(1, booking_id=None, confirmation_code="cart"), row(2)])
    assert done.counts == {"created": 1, "failed": 1, "started": 0}
    (failure,) = done.failures
    assert (failure.row, "several bookings" in failure.reason) == (1, True)


def test_known_activities_are_found_by_name_and_keep_theirs() -> None:
    ports = world()
    dispatch(
        ports,
        "booking_created",
        booking_id="bk-other",
        activity={"id": "act-7", "name": "Kayak Tour"},
    )
    imported(ports, [row(1, activity_name="kayak tour"), row(2), row(3)])
    assert booking(ports, "bk-001").activity_id == "act-7"
    assert [each.name for each in ports.bookings.activities(LOCATION_ID)] == [
        "Kayak Tour",
        "Sunset tour",
    ]
    assert booking(ports, "bk-002").activity_id == booking(ports, "bk-003").activity_id


def test_two_people_with_one_address_stay_two() -> None:
    ports = world()
    shared = {"email": "us@example.com", "last_name": "Lovelace"}
    imported(
        ports,
        [
            row(1, **shared, first_name="Ada"),
            row(2, **shared, first_name="Bea"),
            row(3, **{**shared, "email": "A. Lovelace <US@example.com>"}, first_name="Ada"),
        ],
    )
    ids = [booking(ports, f"bk-00{number}").customer_id for number in (1, 2, 3)]
    assert ids[0] == ids[2] != ids[1]


def test_a_guest_who_was_erased_does_not_come_in_again() -> None:
    ports = world()
    imported(ports, [row(1)])
    guest = booking(ports, "bk-001").customer_id
    assert guest is not None
    GuestEraser(ports).request(LOCATION_ID, guest)
    work_off(ports)
    ports.clock.advance(minutes=1)
    imported(ports, [row(1), row(2, last_name="No1", email="a1@example.com")])
    assert not [
        kept.record
        for (_, _, _), kept in ports.bookings.kept.items()
        if "a1@example.com" in kept.record.model_dump_json()
    ]


def reminder_world(**config: Any) -> FakePorts:
    offset = {"offset_value": 24, "offset_unit": "hours", "relative_to": "before_start"}
    return world("Booking Reminder", **{**offset, **config})


@pytest.mark.parametrize("booked_at", [None, (NOW - timedelta(days=30)).isoformat()])
def test_reminders_are_planned_for_moments_to_come_only(booked_at: str | None) -> None:
    ports = reminder_world(late_bookings="send_now")
    ports.clock.advance(days=3)
    soon = (ports.clock.now() + timedelta(hours=5)).isoformat()
    times = {"booked_at": booked_at, "end_time": None}
    imported(ports, [row(1, **times), row(2, **times, start_time=soon)])
    far, near = (ports.reminders.of_booking(LOCATION_ID, f"bk-00{n}")[0] for n in (1, 2))
    assert (far.state, far.fire_at) == (ReminderState.PLANNED, START - timedelta(hours=24))
    assert (near.state, near.reason_code) == (ReminderState.SKIPPED, ReasonCode.ENABLED_LATER)
    assert len(ports.schedules.stored) == 1


def test_a_later_event_does_not_send_what_was_due_before_the_import() -> None:
    ports = reminder_world(late_bookings="send_now")
    ports.clock.advance(days=3)
    soon = (ports.clock.now() + timedelta(hours=5)).isoformat()
    imported(ports, [row(1, start_time=soon, end_time=None)])
    ports.clock.advance(minutes=5)
    dispatch(ports, "booking_status_changed", old_status="pending", new_status="confirmed")
    (reminder,) = ports.reminders.of_booking(LOCATION_ID, "bk-001")
    assert reminder.state is ReminderState.SKIPPED


def test_a_booking_that_was_known_keeps_its_reminder() -> None:
    ports = reminder_world()
    dispatch(ports, "booking_created", start_time=START.isoformat(), end_time=None)
    (before,) = ports.reminders.of_booking(LOCATION_ID, "bk-001")
    imported(ports, [row(1, end_time=None)])
    assert ports.reminders.of_booking(LOCATION_ID, "bk-001") == [before]


def test_an_announced_import_starts_booking_created_for_visits_to_come_once() -> None:
    ports = world(*TRIGGERS)
    past = (NOW - timedelta(days=9)).isoformat()
    done = imported(
        ports,
        [row(1), row(2, start_time=past, end_time=None), row(3, status="cancelled")],
        runs_created=True,
    )
    assert [(each.workflow_id, each.booking_id) for each in executions(ports)] == [
        ("wf-created", "bk-001")
    ]
    assert done.counts == {"created": 3, "started": 1}
    assert dispatch(ports, "booking_created") == []
    imported(ports, [row(1)], runs_created=True)
    assert len(executions(ports)) == 1


def test_an_import_that_is_announced_only_the_second_time_starts_what_it_promised() -> None:
    ports = world("Booking Created")
    imported(ports, [row(1), row(2)])
    ports.clock.advance(minutes=10)
    again = imported(ports, [row(1), row(2)], runs_created=True)
    assert (again.to_come, again.counts) == (2, {"updated": 2, "started": 2})
    assert dispatch(ports, "booking_created") == []


def test_an_announced_import_keeps_to_the_sending_rate() -> None:
    ports = world("Booking Created")
    begin(ports, [row(number) for number in range(1, 26)], runs_created=True)
    assert work_off(ports) == [SETTLING_SECONDS, 1, 1]
    assert ANNOUNCED_ROWS == 10


def test_an_import_goes_on_page_by_page_and_leaves_no_rows_behind() -> None:
    ports = world()
    pages = [[row(number) for number in range(first, first + 250)] for first in (1, 251)]
    made = begin(ports, *pages)
    assert (made.ready, made.invalid, made.to_come, made.done) == (500, 0, 500, 0)
    assert len(work_off(ports)) == 6
    done = Imports(ports).get(LOCATION_ID, made.id)
    assert (done.state, done.done, done.counts["created"]) == (ImportState.COMPLETED, 500, 500)
    assert ports.imports.pages == {}
    assert ROWS == 100


@pytest.mark.parametrize("runs_created", [False, True])
def test_a_crash_after_any_call_loses_and_repeats_nothing(runs_created: bool) -> None:
    rows = [row(1), row(2, activity_name="Other"), row(3, booking_id=None)]
    expected = 3 if runs_created else 0
    for number in range(1, 200):
        ports = world("Booking Created", "Booking Reminder")
        made = begin(ports, rows[:2], rows[2:], runs_created=runs_created)
        ports.crash_after(number)
        try:
            work_off(ports)
        except Crash:
            work_off(ports)
        else:
            return
        done = Imports(ports).get(LOCATION_ID, made.id)
        assert (done.state, done.counts["created"], done.done) == (ImportState.COMPLETED, 3, 3)
        assert len(executions(ports)) == len(ports.machines.started) == expected
        assert len(ports.schedules.stored) == 3
    raise AssertionError("the job never ended without a crash")


def test_a_crash_after_any_call_of_sending_and_starting_is_made_good_by_the_same_call() -> None:
    for number in range(1, 100):
        ports = world()
        imports = Imports(ports)

        def send(imports: Imports = imports) -> BookingImport:
            made = imports.begin(LOCATION_ID, as_of=None, sent_by=SENDER, key="call-1")
            imports.put_page(LOCATION_ID, made.id, 1, [row(1)])
            imports.put_page(LOCATION_ID, made.id, 2, [row(2)])
            return imports.start(LOCATION_ID, made.id, pages=2, runs_created=False)

        ports.crash_after(number)
        try:
            send()
        except Crash:
            send()
        else:
            return
        work_off(ports)
        (done,) = imports.latest(LOCATION_ID)
        assert (done.state, done.counts["created"]) == (ImportState.COMPLETED, 2)
        assert len(ports.bookings.find(LOCATION_ID, "C001")) == 1
    raise AssertionError("it never ended without a crash")


def test_a_message_that_comes_twice_imports_nothing_twice() -> None:
    ports = world()
    made = begin(ports, [row(number) for number in range(1, 151)])
    (message, _) = ports.reminder_jobs.messages[0]
    work_off(ports)
    JobRunner(ports).do(message)
    work_off(ports)
    assert Imports(ports).get(LOCATION_ID, made.id).counts["created"] == 150


def test_a_stopped_import_goes_on_where_it_stopped() -> None:
    ports = world()
    made = begin(ports, [row(number) for number in range(1, 251)])
    JobRunner(ports).do(ports.reminder_jobs.messages.pop(0)[0])
    assert Imports(ports).stop(LOCATION_ID, made.id).done == 100
    work_off(ports)
    assert Imports(ports).get(LOCATION_ID, made.id).done == 100
    Imports(ports).start(LOCATION_ID, made.id, pages=1, runs_created=False)
    work_off(ports)
    done = Imports(ports).get(LOCATION_ID, made.id)
    assert (done.state, done.counts["created"]) == (ImportState.COMPLETED, 250)


def test_what_cannot_be_recorded_at_the_moment_is_tried_again() -> None:
    ports = world()
    made = begin(ports, [row(1), row(2)])
    ports.calls.fail_next("bookings.record", TransientError("The table is busy."))
    work_off(ports)
    assert Imports(ports).get(LOCATION_ID, made.id).counts["created"] == 2


def test_an_import_that_is_given_up_says_why_and_goes_on_when_it_is_started_again() -> None:
    ports = world()
    made = begin(ports, [row(1)])
    kept = dict(ports.imports.pages)
    ports.imports.pages.clear()
    with pytest.raises(PermanentError):
        JobRunner(ports).do(ports.reminder_jobs.messages.pop(0)[0])
    failed = Imports(ports).get(LOCATION_ID, made.id)
    assert failed.state is ImportState.FAILED
    assert failed.remedy == "Import the file again: what is imported already stays as it is."
    ports.imports.pages.update(kept)
    Imports(ports).start(LOCATION_ID, made.id, pages=1, runs_created=False)
    work_off(ports)
    assert Imports(ports).get(LOCATION_ID, made.id).state is ImportState.COMPLETED


def test_one_that_fell_silent_failed() -> None:
    ports = world()
    made = begin(ports, [row(1)])
    ports.clock.advance(hours=13)
    assert Imports(ports).get(LOCATION_ID, made.id).state is ImportState.FAILED


def test_rows_that_cannot_be_read_are_left_out_and_counted() -> None:
    ports = world()
    made = begin(ports, [row(1), row(2, status="?")], [row(3, start_time="")])
    assert (made.ready, made.invalid) == (1, 2)
    work_off(ports)
    done = Imports(ports).get(LOCATION_ID, made.id)
    assert (done.state, done.done) == (ImportState.COMPLETED, 1)


def test_a_page_may_be_sent_again_until_the_import_starts() -> None:
    ports = world()
    imports = Imports(ports)
    made = imports.begin(LOCATION_ID, as_of=None, sent_by=SENDER)
    imports.put_page(LOCATION_ID, made.id, 1, [row(1), row(2)])
    imports.put_page(LOCATION_ID, made.id, 1, [row(1)])
    with pytest.raises(ConflictError, match="has 1 of 2 pages"):
        imports.start(LOCATION_ID, made.id, pages=2, runs_created=False)
    imports.start(LOCATION_ID, made.id, pages=1, runs_created=False)
    again, _ = imports.put_page(LOCATION_ID, made.id, 1, [row(1), row(2)])
    assert again.ready == 1
    with pytest.raises(ConflictError, match="takes no more pages"):
        imports.put_page(LOCATION_ID, made.id, 2, [row(3)])
    work_off(ports)
    assert Imports(ports).get(LOCATION_ID, made.id).counts["created"] == 1
    assert ports.imports.pages == {}


def test_what_cannot_be_imported_is_refused() -> None:
    ports = world()
    imports = Imports(ports)
    made = imports.begin(LOCATION_ID, as_of=None, sent_by=SENDER)
    imports.put_page(LOCATION_ID, made.id, 1, [row(1, status="?")])
    with pytest.raises(InvalidInputError):
        imports.start(LOCATION_ID, made.id, pages=1, runs_created=False)
    with pytest.raises(NotFoundError):
        imports.get(LOCATION_ID, "import-other")
    with pytest.raises(NotFoundError):
        imports.begin("nowhere", as_of=None, sent_by=SENDER)


def test_an_imported_row_is_no_event_that_anybody_may_send() -> None:
    with pytest.raises(InvalidInputError):
        parse_event({"detail-type": "Booking Imported", "detail": {}})
