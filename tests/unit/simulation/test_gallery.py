"""Each ready-made workflow does what its description says, when it should and not otherwise."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bookflow.domain.bookings.records import Location
from bookflow.domain.events import Event, parse_event
from bookflow.domain.timeline import EntryKind, TimelineEntry
from bookflow.gallery import EXAMPLES, ready_made
from bookflow.simulation.locations import SampleLocation
from bookflow.simulation.world import World

ROOT = Path(__file__).parents[3]
LOCATION = Location.model_validate_json(
    (ROOT / "local/demo_data/location.json").read_text(encoding="utf-8")
)
BOOKING = ("spree-kayaks", "bk-4711")


def sample(name: str, **changes: Any) -> Event:
    """Return a sample event, some of its detail changed."""
    envelope = json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8"))
    return parse_event({**envelope, "detail": {**envelope["detail"], **changes}})


def created(**changes: Any) -> Event:
    return sample("booking_created", **changes)


def amount(value: str) -> Mapping[str, str]:
    return {"amount": value, "currency": "EUR"}


def played(key: str, *events: Event) -> list[TimelineEntry]:
    """Return what the workflow did for the sample booking."""
    world = World(
        SampleLocation({key.replace("_", "-"): ready_made()[key]}, {LOCATION.id: LOCATION})
    )
    world.replay(events)
    return [each for each in world.timeline().get(BOOKING, ()) if each.kind is EntryKind.DONE]


def did(key: str, *events: Event) -> set[str | None]:
    """Return the nodes that had an effect."""
    return {each.node_id for each in played(key, *events)}


END = "2027-06-13T01:30:00+02:00"
BOOKED = created()
GUIDED = created(
    activity={
        "id": "act-sunset",
        "name": "Sunset Kayak Tour",
        "facilitators": [{"name": "Jonas", "email": "jonas@example.com"}],
    }
)
GROUP = created(booking={"party_size": 10})
WEEKDAY = created(start_time="2027-06-11T18:30:00+02:00")
PENDING = created(status="pending")
CONFIRMED = sample(
    "booking_status_changed",
    occurred_at="2026-11-20T09:45:00+01:00",
    old_status="pending",
    new_status="confirmed",
)
MISSED = sample("booking_status_changed", new_status="no_show")
CANCELLED = sample("booking_cancelled")

CASES: list[tuple[str, tuple[Event, ...], set[str]]] = [
    ("abandoned_booking_reminder", (PENDING,), {"remind"}),
    ("abandoned_booking_reminder", (PENDING, CONFIRMED), set()),
    ("abandoned_booking_reminder", (BOOKED,), set()),
    ("cancellation_win_back", (BOOKED, CANCELLED), {"invite"}),
    (
        "cancellation_win_back",
        (BOOKED, sample("booking_cancelled", cancelled_by="operator")),
        set(),
    ),
    ("customer_message_alert", (BOOKED, sample("chat_message_created")), {"answer", "alert"}),
    (
        "customer_message_alert",
        (BOOKED, sample("chat_message_created", sender_type="operator")),
        set(),
    ),
    ("day_before_reminder", (BOOKED,), {"remind", "note"}),
    ("day_before_reminder", (PENDING,), set()),
    ("large_group_preparation", (GROUP,), {"prepare", "tell"}),
    ("large_group_preparation", (BOOKED,), set()),
    (
        "low_rating_recovery",
        (BOOKED, sample("survey_submitted", overall_rating=3)),
        {"call", "tell"},
    ),
    ("low_rating_recovery", (BOOKED, sample("survey_submitted", overall_rating=4)), set()),
    ("morning_directions", (BOOKED,), {"directions"}),
    ("no_show_follow_up", (BOOKED, MISSED), {"write", "offer"}),
    ("no_show_follow_up", (BOOKED, sample("booking_status_changed")), set()),
    *(
        (
            "review_request_after_survey",
            (BOOKED, sample("survey_submitted", overall_rating=stars)),
            {"ask", "call"} if stars and stars <= 3 else {"ask"},
        )
        for stars in (5, 4, 3, 1, None)
    ),
    ("vip_handling", (created(total_amount=amount("1000.00")),), {"call", "tell"}),
    ("vip_handling", (created(total_amount=amount("999.99")),), {"extra"}),
    ("vip_handling", (created(total_amount=amount("250.00")),), {"note"}),
    ("vip_handling", (BOOKED,), set()),
    ("waiver_reminder", (BOOKED,), {"ask"}),
    ("waiver_reminder", (BOOKED, CANCELLED), set()),
    ("weekend_staffing_notice", (GUIDED,), {"guide", "roster"}),
    ("weekend_staffing_notice", (WEEKDAY,), set()),
]


@pytest.mark.parametrize(("key", "events", "effects"), CASES)
def test_it_acts_when_it_should_and_not_otherwise(
    key: str, events: tuple[Event, ...], effects: set[str]
) -> None:
    assert did(key, *events) == effects


def test_every_ready_made_workflow_beside_the_examples_has_a_case_in_which_it_acts() -> None:
    acting = {key for key, _, effects in CASES if effects}
    assert acting == set(ready_made()) - set(EXAMPLES)
    assert len(acting) >= 10


@pytest.mark.parametrize(
    ("start", "sent"),
    [
        ("2027-06-12T09:30:00+02:00", "2027-06-12T07:00:00+02:00"),
        ("2027-06-12T18:30:00+02:00", "2027-06-12T07:00:00+02:00"),
        ("2027-06-12T23:30:00+02:00", "2027-06-12T08:30:00+02:00"),
    ],
)
def test_directions_come_on_the_morning_of_the_visit(start: str, sent: str) -> None:
    (entry,) = played("morning_directions", created(start_time=start, end_time=END))
    assert entry.at == datetime.fromisoformat(sent)


def test_a_review_is_not_asked_for_at_night() -> None:
    late = sample("survey_submitted", occurred_at="2027-06-13T22:30:00+02:00")
    (entry,) = played("review_request_after_survey", BOOKED, late)
    assert entry.at == datetime.fromisoformat("2027-06-14T09:00:00+02:00")
