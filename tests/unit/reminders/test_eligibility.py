"""What waited is not done for a booking that is cancelled or has moved since."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bookflow.domain.bookings.records import Booking
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.executions.execution import Execution, ReasonCode
from bookflow.domain.reminders.eligibility import step_skip_reason

START = datetime(2027, 6, 12, 16, 30, tzinfo=UTC)
DAY_BEFORE = START - timedelta(days=1)


def booking(**changes: Any) -> Booking:
    return Booking(**{"id": "bk-4711", "status": "confirmed", "start_time": START, **changes})


def execution(**changes: Any) -> Execution:
    fields = {
        "location_id": "spree-kayaks",
        "id": "ex_1",
        "workflow_id": "wf-1",
        "version": 1,
        "event_id": "e-1",
        "event_type": "Booking Created",
        "event_data": {},
        "booking_status": BookingStatus.CONFIRMED,
        "booking_start": START,
        "started_at": DAY_BEFORE,
    }
    return Execution(**{**fields, **changes})


@pytest.mark.parametrize("status", ["pending", "confirmed", "completed", "no_show", None])
def test_a_step_goes_on_while_its_booking_stands(status: str | None) -> None:
    assert step_skip_reason(execution(), booking(status=status)) is None


def test_a_step_goes_on_without_a_booking() -> None:
    assert step_skip_reason(execution(booking_start=None, booking_status=None), None) is None


def test_the_same_start_in_another_zone_is_no_move() -> None:
    assert step_skip_reason(execution(), booking(start_time="2027-06-12T18:30:00+02:00")) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "cancelled"}, ReasonCode.BOOKING_CANCELLED),
        ({"status": "draft"}, ReasonCode.BOOKING_DRAFT),
    ],
)
def test_a_step_is_refused_when_its_booking_changed(
    changes: dict[str, Any], reason: ReasonCode
) -> None:
    refusal = step_skip_reason(execution(), booking(**changes))
    assert refusal is not None
    assert refusal[0] is reason


@pytest.mark.parametrize("start", [START + timedelta(minutes=1), START - timedelta(days=1), None])
def test_a_move_ends_only_a_reminder_whose_new_time_has_a_reminder_of_its_own(
    start: datetime | None,
) -> None:
    moved = booking(start_time=start)
    assert step_skip_reason(execution(), moved) is None
    refusal = step_skip_reason(execution(event_type="Booking Reminder"), moved)
    assert refusal is not None
    assert refusal[0] is ReasonCode.BOOKING_MOVED


def test_a_run_about_the_cancellation_goes_on() -> None:
    began = execution(booking_status=BookingStatus.CANCELLED)
    assert step_skip_reason(began, booking(status="cancelled")) is None


def test_a_run_about_a_cancellation_that_was_taken_back_is_refused() -> None:
    refusal = step_skip_reason(execution(booking_status=BookingStatus.CANCELLED), booking())
    assert refusal is not None
    assert refusal[0] is ReasonCode.BOOKING_REINSTATED


def test_a_start_that_becomes_known_is_no_move() -> None:
    assert step_skip_reason(execution(booking_start=None), booking()) is None
