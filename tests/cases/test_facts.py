"""What an event newly states starts workflows once, in whatever form and order it arrives."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.events import parse_event
from bookflow.domain.shared.errors import InvalidInputError
from tests.cases.commands import done, example, note, notes, simulate, workflow
from tests.unit.events.samples import sample
from tests.unit.reminders.world import LOCATION_ID, World

VISIT = datetime.fromisoformat("2027-06-12T18:30:00+02:00")


def changed(event_id: str, old: str, new: str, minutes: int = 0) -> dict[str, Any]:
    """Return a change of status, so many minutes after the visit."""
    at = VISIT + timedelta(hours=2, minutes=15 + minutes)
    return sample(
        "booking_status_changed",
        event_id=event_id,
        occurred_at=at.isoformat(),
        old_status=old,
        new_status=new,
    )


def moved(event_id: str, new_start: datetime, minutes: int = 0) -> dict[str, Any]:
    """Return a move of the visit to a time, stated so many minutes after ten o'clock."""
    at = datetime.fromisoformat("2026-12-02T10:00:00+01:00") + timedelta(minutes=minutes)
    return sample(
        "booking_rescheduled",
        event_id=event_id,
        occurred_at=at.isoformat(),
        old_start_time=VISIT.isoformat(),
        old_end_time=(VISIT + timedelta(hours=2)).isoformat(),
        new_start_time=new_start.isoformat(),
        new_end_time=(new_start + timedelta(hours=2)).isoformat(),
    )


COMPLETED = changed("s1", "confirmed", "completed")


@pytest.mark.parametrize(
    "events",
    [
        pytest.param(
            [COMPLETED, changed("s2", "completed", "completed", 60)], id="the same status again"
        ),
        pytest.param(
            [
                COMPLETED,
                sample(
                    "booking_completed",
                    event_id="c1",
                    occurred_at=(VISIT + timedelta(hours=2, minutes=15, seconds=1)).isoformat(),
                ),
            ],
            id="both forms of the event",
        ),
        pytest.param(
            [
                COMPLETED,
                changed("s2", "completed", "confirmed", 60),
                changed("s3", "confirmed", "completed", 75),
            ],
            id="set back and completed again",
        ),
    ],
)
def test_a_guest_is_asked_once_however_the_completion_is_stated(
    events: list[dict[str, Any]],
) -> None:
    entries = simulate(example("post_experience_follow_up"), sample("booking_created"), *events)
    assert len(done(entries, "send_survey_email")) == 1


def test_a_status_that_did_not_change_starts_nothing() -> None:
    entries = simulate(
        workflow(note("changed"), trigger="Booking Status Changed"),
        sample("booking_created"),
        changed("s1", "confirmed", "confirmed"),
        changed("s2", "confirmed", "confirmed", 60),
    )
    assert notes(entries) == []


@pytest.mark.parametrize(
    ("moves", "right"),
    [
        pytest.param([moved("r1", VISIT)], 0, id="to the same time"),
        pytest.param(
            [moved("r1", VISIT + timedelta(days=7)), moved("r2", VISIT + timedelta(days=7), 5)],
            1,
            id="stated twice",
        ),
    ],
)
def test_a_move_is_news_once(moves: list[dict[str, Any]], right: int) -> None:
    entries = simulate(example("auto_add_note_on_reschedule"), sample("booking_created"), *moves)
    assert len(notes(entries)) == right


DRAFT = sample("booking_created", status="draft")


def from_draft(new: str) -> dict[str, Any]:
    return {
        **changed("s1", "draft", new),
        "detail": {
            **changed("s1", "draft", new)["detail"],
            "occurred_at": "2026-11-21T20:45:00+01:00",
        },
    }


@pytest.mark.parametrize("status", ["pending", "confirmed"])
def test_a_booking_that_leaves_draft_is_created_then(status: str) -> None:
    entries = simulate(example("booking_confirmation"), DRAFT, from_draft(status))
    sent = done(entries, "send_template")
    assert [(each["event_type"], each["at"]) for each in sent] == [
        ("Booking Created", "2026-11-21T19:45:00Z")
    ]


def test_a_change_of_status_to_cancelled_is_a_cancellation() -> None:
    cancelled = sample(
        "booking_status_changed",
        occurred_at="2026-12-01T12:00:01+01:00",
        old_status="confirmed",
        new_status="cancelled",
    )
    entries = simulate(
        example("cancellation_notification_with_webhook"), sample("booking_created"), cancelled
    )
    assert len(done(entries, "send_template")) == len(done(entries, "webhook")) == 1
    assert {entry["event_type"] for entry in entries} == {"Booking Cancelled"}


PAST = sample(
    "booking_created",
    start_time="2026-06-12T18:30:00+02:00",
    end_time="2026-06-12T20:30:00+02:00",
)


def test_a_guest_hears_nothing_of_a_visit_that_is_over() -> None:
    entries = simulate(example("booking_confirmation"), PAST)
    assert done(entries, "send_template") == []
    assert [entry["reason_code"] for entry in entries] == ["visit_over"]


@pytest.mark.parametrize("half", [chr(0xD83D), chr(0xDE00), chr(0xDE00) + chr(0xD83D)])
def test_half_a_character_is_replaced_and_its_event_is_taken(half: str) -> None:
    chat = parse_event(sample("chat_message_created", message_preview=f"See you {half}"))
    kept = chat.model_dump()["message_preview"]
    assert kept == "See you " + "\ufffd" * len(half)
    created = parse_event(sample("booking_created", booking={"note": half, half: 1}))
    assert created.booking is not None
    assert created.booking.model_dump(mode="json")["note"] == "\ufffd" * len(half)


def cancelled_after(created_ahead: timedelta) -> World:
    """Return a world in which a booking, stamped ahead of time, was cancelled 30 minutes later."""
    world = World()
    world.publish("wf-a", offset_value=2, offset_unit="hours", relative_to="before_start")
    world.work_all()
    start = world.now + timedelta(hours=30)
    created = world.created("b-1", start)
    created["detail"]["occurred_at"] = (world.now + created_ahead).isoformat()
    world.deliver(created)
    world.pass_time(world.now + timedelta(minutes=30))
    world.deliver(world.cancelled("b-1"))
    world.pass_time(start + timedelta(hours=1))
    return world


def status_in(world: World) -> BookingStatus | None:
    context = world.ports.bookings.context(LOCATION_ID, "b-1")
    assert context is not None
    assert context.booking is not None
    return context.booking.status


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(days=1), timedelta(days=365 * 36)])
def test_a_cancellation_holds_though_the_booking_was_stamped_ahead(ahead: timedelta) -> None:
    world = cancelled_after(ahead)
    assert (status_in(world), world.sent) == (BookingStatus.CANCELLED, [])


@pytest.mark.parametrize("ids", [("evt-9", "evt-10"), ("evt-b", "evt-a")])
@pytest.mark.parametrize("is_cancelled_first", [False, True])
def test_of_two_statements_of_one_second_the_more_final_holds(
    ids: tuple[str, str], is_cancelled_first: bool
) -> None:
    world = World()
    world.publish("wf-a", offset_value=2, offset_unit="hours", relative_to="before_start")
    world.work_all()
    start = world.now + timedelta(hours=30)
    world.deliver(world.created("b-1", start))
    world.pass_time(world.now + timedelta(minutes=30))
    confirmed = world.status("b-1", "pending", "confirmed")
    cancelled = world.cancelled("b-1")
    confirmed["detail"].update(event_id=ids[0], booking={"status": "confirmed"})
    cancelled["detail"].update(event_id=ids[1])
    events = [confirmed, cancelled]
    for event in events:
        del event["detail"]["sequence"]
    world.deliver(*(reversed(events) if is_cancelled_first else events))
    world.pass_time(start + timedelta(hours=1))
    assert (status_in(world), world.sent) == (BookingStatus.CANCELLED, [])


def test_unknown_fields_that_outgrow_a_booking_are_refused_by_name() -> None:
    world = World()
    world.deliver(world.created("b-1", world.now + timedelta(hours=30)))
    events = [world.chat("b-1") for _ in range(10)]
    for number, event in enumerate(events):
        event["detail"]["booking"] = {"id": "b-1", f"extra_{number}": "x" * 8_000}
    with pytest.raises(InvalidInputError, match="extra_"):
        world.deliver(*events)
