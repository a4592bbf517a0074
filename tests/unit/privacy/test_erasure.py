"""A guest is erased: nothing says who it was, statistics stay, whatever breaks off in between."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest

from bookflow.actions.add_booking_note import AddBookingNote
from bookflow.domain.bookings.erased_guests import guest_digest, pseudonym
from bookflow.domain.bookings.records import Booking
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.events import parse_event
from bookflow.domain.events.sender import Sender
from bookflow.domain.executions.execution import ExecutionStatus
from bookflow.domain.messages.marketing_limits import MarketingShare
from bookflow.domain.privacy.erasure import REFUSED_FOR, ErasureState
from bookflow.domain.reminders.names import ReminderKey
from bookflow.domain.shared.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    PermanentError,
    TransientError,
)
from bookflow.domain.shared.pagination import PAGE_SIZE
from bookflow.domain.shared.records import SILENCE
from bookflow.use_cases.executions.resume import Resumer
from bookflow.use_cases.jobs.run_job import PUT_OFF_TIMES, JobRunner
from bookflow.use_cases.privacy.erase_guest import PAGE, GuestEraser
from bookflow.use_cases.privacy.export_guest import export_guest
from bookflow.use_cases.runtime.dispatch import Dispatcher
from bookflow.use_cases.runtime.run_step import StepRunner
from tests.fakes import Crash, FakePorts
from tests.guests import CUSTOMER_ID, EMAIL, MARKS, found_in, guest_event, store_guest
from tests.unit.privacy.conftest import OTHER, holds_guest, stored_text, work_off
from tests.unit.runtime.samples import (
    LOCATION_ID,
    NOTE,
    TARGET,
    executions,
    graph,
    new_ports,
    payloads,
    publish,
)


def erased(ports: FakePorts, eraser: GuestEraser) -> None:
    eraser.request(LOCATION_ID, CUSTOMER_ID)
    work_off(ports)


def test_the_guest_is_there_with_every_value_before(ports: FakePorts) -> None:
    assert found_in(stored_text(ports)) == list(MARKS)


def test_nothing_that_is_stored_says_who_an_erased_guest_was(
    ports: FakePorts, eraser: GuestEraser
) -> None:
    erased(ports, eraser)
    assert found_in(stored_text(ports)) == []


def test_the_text_of_an_edit_whose_save_broke_off_is_erased_too(
    ports: FakePorts, eraser: GuestEraser
) -> None:
    text = next(each for each in ports.templates.edits.values() if each.booking_id == "bk-guest-0")
    ports.templates.save_edited(text.changed(id="edit-of-nobody"))
    erased(ports, eraser)
    assert all(each.booking_id == OTHER for each in ports.templates.edits.values())


def test_the_counts_of_marketing_go_with_the_guest_alone(
    ports: FakePorts, eraser: GuestEraser
) -> None:
    day = ports.clock.now().date()
    digests = [guest_digest(LOCATION_ID, each) for each in (CUSTOMER_ID, "cus-other")]
    for digest in digests:
        assert ports.marketing_counts.take(MarketingShare(LOCATION_ID, digest, day, "x#send", 1))
    erased(ports, eraser)
    assert list(ports.marketing_counts.days) == [(LOCATION_ID, digests[1], day)]


def test_statistics_and_the_visit_itself_stay(ports: FakePorts, eraser: GuestEraser) -> None:
    tally = ports.surveys.tally(LOCATION_ID, "after")
    erased(ports, eraser)
    context = ports.bookings.context(LOCATION_ID, "bk-guest-0")
    assert context is not None
    assert context.booking == Booking.model_validate(
        {
            "id": "bk-guest-0",
            "status": "confirmed",
            "activity_id": "act-1",
            "start_time": "2127-06-12T18:30:00+02:00",
            "end_time": "2127-06-12T20:30:00+02:00",
            "booked_at": "2026-11-20T09:00:00Z",
            "total_amount": {"amount": "118.00", "currency": "EUR"},
            "party_size": 2,
            "customer_id": pseudonym(LOCATION_ID, CUSTOMER_ID),
        }
    )
    assert ports.surveys.tally(LOCATION_ID, "after") == tally
    (response, _) = ports.surveys.responses.values()
    assert response.overall_rating == 5
    assert [each.type for each in response.answers] == ["stars"]
    ended = ports.executions.get(LOCATION_ID, "ex-0-failed")
    assert ended.status is ExecutionStatus.FAILED
    assert ended.event_data["total_amount"] == {"amount": "118.00", "currency": "EUR"}


def test_an_address_stays_suppressed_by_its_hash_alone(
    ports: FakePorts, eraser: GuestEraser
) -> None:
    (before,) = ports.suppressions.stored.values()
    erased(ports, eraser)
    (after,) = ports.suppressions.stored.values()
    assert after.address_hash == before.address_hash
    assert after.scope is before.scope


def test_each_address_of_a_field_is_erased_from_the_suppressions_and_stays_suppressed(
    ports: FakePorts, eraser: GuestEraser
) -> None:
    (stored,) = ports.suppressions.stored.values()
    second = {"id": CUSTOMER_ID, "email": f"first@guest.example; Zephyrine <{EMAIL}>"}
    ports.bookings.record(
        parse_event(guest_event(0, LOCATION_ID, event_id="evt-9", customer=second))
    )
    export = export_guest(ports, LOCATION_ID, CUSTOMER_ID)
    assert [each.id for each in export.suppressions] == [stored.id]
    erased(ports, eraser)
    assert found_in(stored_text(ports)) == []
    assert list(ports.suppressions.find(LOCATION_ID, [stored.id])) == [stored.id]


def test_reminders_and_waiting_executions_of_the_guest_end(
    ports: FakePorts, eraser: GuestEraser
) -> None:
    waits = {"id": "wait", "type": "delay", "config": {"value": 9, "unit": "days"}}
    publish(ports, "wf-waits", graph(waits, NOTE, trigger="Booking Status Changed"))
    event = {
        "event_id": "evt-s",
        "location_id": LOCATION_ID,
        "occurred_at": "2026-11-21T09:00:00Z",
        "booking_id": "bk-guest-0",
        "old_status": "pending",
        "new_status": "no_show",
        "reason": "Zephyrine did not come",
    }
    Dispatcher(ports).dispatch(
        parse_event({"detail-type": "Booking Status Changed", "detail": event})
    )
    (running,) = [each for each in executions(ports) if each.workflow_id == "wf-waits"]
    erased(ports, eraser)
    ended = ports.executions.get(LOCATION_ID, running.id)
    assert ended.status is ExecutionStatus.CANCELLED
    assert ports.machines.started[running.machine_arn, running.id].stopped is not None
    assert found_in(str(ended)) == []
    with pytest.raises(PermanentError):
        StepRunner(AddBookingNote(ports), ports).run(payloads(ports, running)["note"])
    planned = {
        name: ports.reminders.get(ReminderKey(LOCATION_ID, name, "wf-reminder"))
        for name in ("bk-guest-0", "bk-guest-1", OTHER)
    }
    assert [name for name, one in planned.items() if one is not None and one.is_planned] == [OTHER]
    assert len(ports.schedules.stored) == 1


def test_another_guest_keeps_everything(ports: FakePorts, eraser: GuestEraser) -> None:
    before = ports.bookings.context(LOCATION_ID, OTHER)
    erased(ports, eraser)
    assert ports.bookings.context(LOCATION_ID, OTHER) == before


def test_erasing_survives_a_crash_after_any_call() -> None:
    """Each try dies at a later call; the message comes again, and all ends the same."""
    whole = holds_guest(new_ports())
    erased(whole, GuestEraser(whole))
    expected, longest = _but_for_progress(whole), len(whole.calls.made)
    for number in count(1):
        ports = holds_guest(new_ports())
        eraser = GuestEraser(ports)
        ports.crash_after(number)
        try:
            eraser.request(LOCATION_ID, CUSTOMER_ID)
        except Crash:
            eraser.request(LOCATION_ID, CUSTOMER_ID)
        crashed = False
        try:
            work_off(ports)
        except Crash:
            crashed = True
            work_off(ports)
        assert _but_for_progress(ports) == expected, number
        assert _state(ports) is ErasureState.COMPLETED
        if not crashed and number > longest:
            break
    assert number > 50


def _but_for_progress(ports: FakePorts) -> set[str]:
    """Return what is stored but for the job's own record and times, which a crash moves."""
    for key, execution in ports.executions.stored.items():
        ended = execution.completed_at and execution.started_at
        at = execution.erased_at and execution.started_at
        ports.executions.stored[key] = execution.changed(completed_at=ended, erased_at=at)
    for key, reminder in ports.reminders.stored.items():
        ports.reminders.stored[key] = reminder.changed(
            changed_at=reminder.known_since, expires_at=None, revision=1
        )
    return {line for line in stored_text(ports).splitlines() if "state=<ErasureState" not in line}


def _state(ports: FakePorts) -> ErasureState:
    (erasure,) = ports.erasures.stored.values()
    return erasure.state


def test_all_is_looked_through_again_for_what_was_under_way(
    ports: FakePorts, eraser: GuestEraser
) -> None:
    eraser.request(LOCATION_ID, CUSTOMER_ID)
    runner = JobRunner(ports)
    (message, _) = ports.reminder_jobs.messages.pop()
    runner.do(message)
    assert eraser.get(LOCATION_ID, CUSTOMER_ID).state is ErasureState.CHECKING
    # A step that was under way writes its result, and an effect is recorded.
    late = ports.executions.steps(LOCATION_ID, "ex-0-failed")[0]
    ports.executions.stored_steps[LOCATION_ID, "ex-0-failed", "hook"] = late.changed(
        output_data={"body": "Hello Zephyrine"}
    )
    ports.effects.once("ex-0-failed#hook#late", lambda: {"body": "Zephyrine"})
    assert work_off(ports) == [900, 900]
    assert found_in(stored_text(ports)) == []
    done = eraser.get(LOCATION_ID, CUSTOMER_ID)
    assert (done.state, done.passes) == (ErasureState.COMPLETED, 3)


def test_an_erasure_says_what_it_erased(ports: FakePorts, eraser: GuestEraser) -> None:
    erased(ports, eraser)
    counts = eraser.get(LOCATION_ID, CUSTOMER_ID).counts
    assert {name: times for name, times in counts.items() if times} == {
        "bookings": 2,
        "executions": 6,
        "notes": 2,
        "tasks": 4,
        "answers": 2,
        "effects": 6,
        "messages": 8,
        "audit_entries": 10,
    }


def test_many_bookings_are_erased_page_by_page() -> None:
    ports = new_ports()
    ports.clock.moment = ports.clock.moment.replace(day=2)
    store_guest(ports, LOCATION_ID, bookings=2 * PAGE + 1)
    eraser = GuestEraser(ports)
    eraser.request(LOCATION_ID, CUSTOMER_ID)
    assert work_off(ports) == [5, 0, 0, 900, 0, 0]
    assert found_in(stored_text(ports)) == []
    assert eraser.get(LOCATION_ID, CUSTOMER_ID).counts["bookings"] == 2 * PAGE + 1


def test_two_requests_at_once_are_one_erasure(ports: FakePorts, eraser: GuestEraser) -> None:
    first = eraser.request(LOCATION_ID, CUSTOMER_ID)
    assert eraser.request(LOCATION_ID, CUSTOMER_ID) == first
    assert len(ports.reminder_jobs.messages) == 1
    # The same message delivered twice, the first time still at work.
    ports.reminder_jobs.messages *= 2
    work_off(ports)
    assert found_in(stored_text(ports)) == []
    assert _state(ports) is ErasureState.COMPLETED


def test_a_request_that_another_one_comes_before_answers_with_that(
    ports: FakePorts, eraser: GuestEraser, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = GuestEraser(ports)
    send = ports.reminder_jobs.send

    def meanwhile(*args: object, **kwargs: object) -> None:
        monkeypatch.setattr(ports.reminder_jobs, "send", send)
        other.request(LOCATION_ID, CUSTOMER_ID)
        send(*args, **kwargs)

    monkeypatch.setattr(ports.reminder_jobs, "send", meanwhile)
    eraser.request(LOCATION_ID, CUSTOMER_ID)
    assert len(ports.erasures.stored) == 1
    work_off(ports)
    assert found_in(stored_text(ports)) == []


def test_a_guest_that_does_not_exist_cannot_be_erased(
    ports: FakePorts, eraser: GuestEraser
) -> None:
    for location_id, customer_id in ((LOCATION_ID, "cus-unknown"), ("elsewhere", CUSTOMER_ID)):
        with pytest.raises(NotFoundError):
            eraser.request(location_id, customer_id)
    assert ports.reminder_jobs.messages == []
    assert ports.erasures.stored == {}


def test_an_erased_guest_can_be_erased_again(ports: FakePorts, eraser: GuestEraser) -> None:
    erased(ports, eraser)
    ports.clock.advance(days=40)
    ports.bookings.record(parse_event(guest_event(7, LOCATION_ID)), now=ports.clock.now())
    assert found_in(stored_text(ports)) != []
    erased(ports, eraser)
    assert found_in(stored_text(ports)) == []


def test_events_of_an_erased_guest_bring_nothing_of_the_person_in(
    ports: FakePorts, eraser: GuestEraser
) -> None:
    publish(ports, "wf-created", graph(NOTE))
    erased(ports, eraser)
    dispatcher = Dispatcher(ports)
    # Of a booking that was erased, and of a new one of the guest.
    for number in (0, 8):
        dispatcher.dispatch(
            parse_event(guest_event(number, LOCATION_ID, event_id=f"late-{number}"))
        )
    assert found_in(stored_text(ports)) == []
    booking = ports.bookings.context(LOCATION_ID, "bk-guest-8")
    assert booking is not None
    assert booking.booking is not None
    assert booking.booking.status is BookingStatus.CONFIRMED
    assert booking.customer is None
    started = [each for each in executions(ports) if each.workflow_id == "wf-created"]
    assert [each.event_id for each in started] == ["late-8", "late-0"] or len(started) == 2


def test_another_customer_id_does_not_bring_the_guest_into_an_erased_booking(
    ports: FakePorts, eraser: GuestEraser
) -> None:
    erased(ports, eraser)
    changed = guest_event(0, LOCATION_ID, event_id="evt-late", occurred_at="2026-12-03T00:00:00Z")
    changed["detail"]["customer"]["id"] = "cus-new"
    ports.bookings.record(parse_event(changed), now=ports.clock.now())
    assert found_in(stored_text(ports)) == []


def test_after_thirty_days_the_guest_may_book_again(ports: FakePorts, eraser: GuestEraser) -> None:
    erased(ports, eraser)
    ports.clock.advance(seconds=REFUSED_FOR.total_seconds() + 1)
    ports.bookings.record(parse_event(guest_event(9, LOCATION_ID)), now=ports.clock.now())
    assert ports.bookings.customer(LOCATION_ID, CUSTOMER_ID) is not None
    with pytest.raises(NotFoundError):
        eraser.get(LOCATION_ID, CUSTOMER_ID)


def test_an_erased_execution_is_neither_resumed_nor_replayed(
    ports: FakePorts, eraser: GuestEraser
) -> None:
    erased(ports, eraser)
    resumer = Resumer(ports, TARGET)
    with pytest.raises(ConflictError, match="erased"):
        resumer.resume(LOCATION_ID, "ex-0-failed")
    with pytest.raises(ConflictError, match="erased"):
        resumer.replay(LOCATION_ID, "ex-0-failed", sent_by=Sender(kind="person", id="user-1"))


def test_a_lasting_error_is_recorded_and_the_next_request_goes_on(
    ports: FakePorts, eraser: GuestEraser
) -> None:
    eraser.request(LOCATION_ID, CUSTOMER_ID)
    (message, _) = ports.reminder_jobs.messages.pop()
    ports.fail_next("notes.delete", PermanentError("No right.", remedy="Grant it."))
    with pytest.raises(PermanentError):
        JobRunner(ports).do(message)
    failed = eraser.get(LOCATION_ID, CUSTOMER_ID)
    assert (failed.state, failed.reason, failed.remedy) == (
        ErasureState.FAILED,
        "No right.",
        "Grant it.",
    )
    ports.clock.advance(minutes=1)
    erased(ports, eraser)
    assert found_in(stored_text(ports)) == []


def test_a_passing_error_is_tried_again_in_a_minute(ports: FakePorts, eraser: GuestEraser) -> None:
    eraser.request(LOCATION_ID, CUSTOMER_ID)
    ports.fail_next("notes.delete", TransientError("Busy."))
    assert work_off(ports) == [5, 60, 900]
    assert found_in(stored_text(ports)) == []


def test_an_error_that_passes_too_late_says_to_erase_again(
    ports: FakePorts, eraser: GuestEraser
) -> None:
    eraser.request(LOCATION_ID, CUSTOMER_ID)
    ports.fail_next("notes.delete", *[TransientError("Busy.")] * (PUT_OFF_TIMES + 1))
    with pytest.raises(TransientError):
        work_off(ports)
    failed = eraser.get(LOCATION_ID, CUSTOMER_ID)
    assert failed.state is ErasureState.FAILED
    assert "again" in str(failed.remedy)


def test_an_erasure_that_went_silent_has_failed_and_can_be_begun_anew(
    ports: FakePorts, eraser: GuestEraser
) -> None:
    eraser.request(LOCATION_ID, CUSTOMER_ID)
    lost = ports.reminder_jobs.messages.pop()
    ports.clock.advance(seconds=SILENCE.total_seconds() + 1)
    assert eraser.get(LOCATION_ID, CUSTOMER_ID).state is ErasureState.FAILED
    eraser.request(LOCATION_ID, CUSTOMER_ID)
    ports.reminder_jobs.messages.append(lost)  # it comes back after all, and is of no erasure
    work_off(ports)
    assert _state(ports) is ErasureState.COMPLETED
    assert found_in(stored_text(ports)) == []


def test_a_message_of_no_erasure_does_nothing(ports: FakePorts, eraser: GuestEraser) -> None:
    assert eraser.run_page({"erase": CUSTOMER_ID, "location_id": LOCATION_ID}) is None
    with pytest.raises(InvalidInputError):
        eraser.run_page({"erase": 7})


def test_the_record_of_an_erasure_names_nobody(ports: FakePorts, eraser: GuestEraser) -> None:
    erasure = eraser.request(LOCATION_ID, CUSTOMER_ID)
    assert erasure.guest == guest_digest(LOCATION_ID, CUSTOMER_ID)
    assert found_in(str(erasure)) == []
    assert guest_digest("elsewhere", CUSTOMER_ID) != erasure.guest
    assert timedelta(days=29) < erasure.expires_at - ports.clock.now() <= REFUSED_FOR
    assert PAGE_SIZE > PAGE
