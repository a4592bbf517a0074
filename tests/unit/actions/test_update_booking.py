"""Update Booking: possible changes only, once, and always reported of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from bookflow.actions.base import StepSkipped
from bookflow.actions.update_booking import UpdateBooking, UpdateBookingConfig
from bookflow.domain.bookings.records import Booking, StoredValue
from bookflow.domain.bookings.stamps import time_of
from bookflow.domain.bookings.statuses import BookingStatus, targets
from bookflow.domain.catalogue.step_scope import Scope
from bookflow.domain.events import parse_event
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.shared.errors import ConflictError, PermanentError, TransientError
from tests.fakes import Crash, FakePorts
from tests.unit.actions.conftest import Run
from tests.unit.actions.samples import BOOKING, NOW, scope

KEY = ("loc-1", Booking, "b-1")


@pytest.fixture(autouse=True)
def _stored_booking(ports: FakePorts) -> None:
    store(ports, BookingStatus.PENDING)


def store(ports: FakePorts, status: BookingStatus) -> None:
    record = BOOKING.model_copy(update={"status": status})
    ports.bookings.kept[KEY] = StoredValue(record=record, revision=1, stamps={})


def stored(ports: FakePorts) -> BookingStatus | None:
    record = ports.bookings.kept[KEY].record
    assert isinstance(record, Booking)
    return record.status


def reading(ports: FakePorts, **changes: Any) -> Scope:
    """What a try reads: the booking with the status that is stored."""
    return scope(booking=ports.bookings.kept[KEY].record, **changes)


def confirm(ports: FakePorts, run: Run, **changes: Any) -> Any:
    return run(UpdateBooking, {"value": "confirmed"}, reading(ports, **changes))


def test_the_status_changes_and_the_booking_system_is_reported(ports: FakePorts, run: Run) -> None:
    output = confirm(ports, run)
    assert stored(ports) is BookingStatus.CONFIRMED
    (reported,) = ports.events.published
    assert reported.detail_type == "Booking Status Changed"
    assert reported.detail["old_status"] == "pending"
    assert reported.detail["new_status"] == "confirmed"
    assert reported.detail["changed_by"] == "workflow:Welcome"
    assert reported.detail["causation_chain"] == ["wf_0", "wf_1"]
    assert reported.detail["location_id"] == "loc-1"
    assert output["old_status"] == "pending"
    assert output["new_status"] == "confirmed"
    assert output["events"] == ["Booking Status Changed"]


def test_a_workflow_without_a_name_is_named_by_its_id(ports: FakePorts, run: Run) -> None:
    confirm(ports, run, workflow_name="")
    assert ports.events.published[0].detail["changed_by"] == "workflow:wf_1"


def test_a_cancellation_is_reported_as_such_too(ports: FakePorts, run: Run) -> None:
    run(UpdateBooking, {"value": "canceled"}, reading(ports))
    changed, cancelled = ports.events.published
    assert cancelled.detail_type == "Booking Cancelled"
    assert cancelled.detail["customer"]["id"] == "c-1"
    assert cancelled.detail["cancelled_by"] == "workflow:Welcome"
    assert cancelled.detail["cancelled_at"] == changed.detail["occurred_at"]
    assert cancelled.detail["event_id"] != changed.detail["event_id"]


def test_what_is_put_on_the_bus_can_be_read_from_it(ports: FakePorts, run: Run) -> None:
    run(UpdateBooking, {"value": "cancelled"}, reading(ports))
    for reported in ports.events.published:
        event = parse_event({"detail-type": reported.detail_type, "detail": dict(reported.detail)})
        assert event.occurred_at == NOW
        assert event.causation_chain == ("wf_0", "wf_1")


def test_the_store_s_stamp_is_that_of_the_event_so_its_return_changes_nothing(
    ports: FakePorts, run: Run
) -> None:
    confirm(ports, run)
    reported = ports.events.published[0]
    event = parse_event({"detail-type": reported.detail_type, "detail": dict(reported.detail)})
    assert ports.bookings.kept[KEY].stamps["status"] == event.stamp().of(
        "status", BookingStatus.CONFIRMED
    )


def test_the_change_happens_when_the_step_runs_not_when_the_run_began(
    ports: FakePorts, run: Run
) -> None:
    later = NOW.replace(hour=11)
    confirm(ports, run, now=later)
    assert ports.events.published[0].detail["occurred_at"] == "2026-11-01T11:00:00.250000Z"
    assert time_of(ports.bookings.kept[KEY].stamps["status"]) == later


def test_a_status_that_the_booking_has_already_is_a_skip(ports: FakePorts, run: Run) -> None:
    store(ports, BookingStatus.CONFIRMED)
    with pytest.raises(StepSkipped) as skipped:
        confirm(ports, run)
    assert skipped.value.reason is ReasonCode.NO_CHANGE
    assert ports.events.published == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("cancelled", "completed"),
        ("cancelled", "no_show"),
        ("completed", "pending"),
        ("completed", "cancelled"),
        ("no_show", "confirmed"),
        ("draft", "completed"),
    ],
)
def test_an_impossible_change_is_refused(ports: FakePorts, run: Run, old: str, new: str) -> None:
    store(ports, BookingStatus(old))
    with pytest.raises(PermanentError, match=f"that is {old} cannot become {new}; it can become"):
        run(UpdateBooking, {"value": new}, reading(ports))
    assert stored(ports) is BookingStatus(old)
    assert ports.events.published == []


def test_every_status_has_its_transitions_and_none_leads_to_draft_or_itself() -> None:
    for status in BookingStatus:
        assert targets(status)
        assert BookingStatus.DRAFT not in targets(status)
        assert status not in targets(status)


def test_a_change_made_since_the_reading_is_not_overwritten(ports: FakePorts, run: Run) -> None:
    read = reading(ports)
    store(ports, BookingStatus.CANCELLED)
    with pytest.raises(ConflictError):
        run(UpdateBooking, {"value": "confirmed"}, read)
    assert stored(ports) is BookingStatus.CANCELLED
    assert ports.events.published == []


def test_a_booking_that_moved_since_the_reading_changes_its_status(
    ports: FakePorts, run: Run
) -> None:
    read = reading(ports)
    moved = BOOKING.model_copy(update={"start_time": NOW + timedelta(days=9)})
    ports.bookings.kept[KEY] = StoredValue(record=moved, revision=2, stamps={})
    run(UpdateBooking, {"value": "confirmed"}, read)
    record = ports.bookings.kept[KEY].record
    assert isinstance(record, Booking)
    assert (record.status, record.start_time) == (BookingStatus.CONFIRMED, moved.start_time)


def test_a_cancellation_without_a_known_customer_is_reported_as_a_change_of_status(
    ports: FakePorts, run: Run
) -> None:
    nobody = scope(booking=BOOKING.model_copy(update={"customer_id": None}), customer=None)
    output = run(UpdateBooking, {"value": "cancelled"}, nobody)
    assert output["events"] == ["Booking Status Changed"]


def test_after_a_conflict_a_redrive_judges_what_it_reads_then(ports: FakePorts, run: Run) -> None:
    read = reading(ports)
    store(ports, BookingStatus.CANCELLED)
    with pytest.raises(ConflictError):
        run(UpdateBooking, {"value": "confirmed"}, read)
    confirm(ports, run)
    assert ports.events.published[0].detail["old_status"] == "cancelled"


@pytest.mark.parametrize("booking", [None, BOOKING.model_copy(update={"status": None})])
def test_a_booking_or_status_that_is_not_known_cannot_be_changed(run: Run, booking: Any) -> None:
    with pytest.raises(PermanentError, match="known"):
        run(UpdateBooking, {"value": "confirmed"}, scope(booking=booking))


@pytest.mark.parametrize("call", [1, 2])
def test_a_crash_after_any_call_changes_once_and_tells_the_same(
    ports: FakePorts, run: Run, call: int
) -> None:
    """The calls: change the status, then publish."""
    ports.crash_after(call)
    with pytest.raises(Crash):
        confirm(ports, run)
    output = confirm(ports, run, now=NOW.replace(hour=11))
    assert stored(ports) is BookingStatus.CONFIRMED
    assert ports.bookings.kept[KEY].revision == 2
    assert all(reported == ports.events.published[0] for reported in ports.events.published)
    assert ports.events.published[0].detail["old_status"] == "pending"
    assert output["old_status"] == "pending"


def test_every_further_try_tells_again_with_the_same_ids(ports: FakePorts, run: Run) -> None:
    first = confirm(ports, run)
    assert confirm(ports, run) == first
    reported, again = ports.events.published
    assert reported == again


def test_the_usual_change_costs_one_call_of_the_store(ports: FakePorts, run: Run) -> None:
    confirm(ports, run)
    assert ports.calls.made == ["bookings.change_status", "events.publish"]


def test_a_step_began_once_its_change_is_made(ports: FakePorts, run: Run) -> None:
    action = UpdateBooking(ports)
    assert not action.began(reading(ports))
    confirm(ports, run)
    assert action.began(reading(ports))
    assert not action.began(scope(booking=None))


def test_a_retry_after_a_bus_that_was_busy_tells(ports: FakePorts, run: Run) -> None:
    ports.fail_next("events.publish", TransientError("busy"))
    with pytest.raises(TransientError):
        confirm(ports, run)
    confirm(ports, run)
    assert [reported.detail["new_status"] for reported in ports.events.published] == ["confirmed"]


@pytest.mark.parametrize("since", [BookingStatus.COMPLETED, BookingStatus.PENDING])
def test_a_retry_after_a_crash_still_tells_when_others_changed_the_booking_since(
    ports: FakePorts, run: Run, since: BookingStatus
) -> None:
    ports.crash_after(1)
    with pytest.raises(Crash):
        confirm(ports, run)
    store(ports, since)
    confirm(ports, run)
    assert stored(ports) is since
    assert ports.events.published[0].detail["new_status"] == "confirmed"


@pytest.mark.parametrize(
    ("value", "causes"),
    [
        ("confirmed", {"Booking Status Changed"}),
        ("cancelled", {"Booking Status Changed", "Booking Cancelled"}),
        ("completed", {"Booking Status Changed", "Booking Completed"}),
    ],
)
def test_it_says_which_events_it_causes(value: str, causes: set[str]) -> None:
    assert UpdateBooking.causes(UpdateBookingConfig.model_validate({"value": value})) == causes


@pytest.mark.parametrize("config", [{"value": "draft"}, {"value": "x"}, {"field": "id"}, {}])
def test_other_fields_and_values_are_refused(config: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        UpdateBookingConfig.model_validate({"field": "status", **config})


def test_the_editor_offers_no_draft() -> None:
    schema = UpdateBookingConfig.model_json_schema()
    assert schema["properties"]["value"]["enum"] == [
        "pending",
        "confirmed",
        "cancelled",
        "completed",
        "no_show",
    ]
