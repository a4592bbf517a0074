"""The simulator replays real events through the real workflows, on a clock of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bookflow.cli import main
from bookflow.domain.bookings import Location
from bookflow.domain.events import Event, parse_event
from bookflow.domain.timeline import EntryKind, TimelineEntry
from bookflow.gallery import EXAMPLES, ready_made
from bookflow.simulation.engine import VirtualTime
from bookflow.simulation.world import World

ROOT = Path(__file__).parents[3]
GALLERY = ROOT / "layers/bookflow/python/bookflow/gallery"
LOCATION = ROOT / "local/demo_data/location.json"
BOOKING = ("spree-kayaks", "bk-4711")


def sample(name: str, **changes: Any) -> Event:
    """Return a sample event, some of its detail changed."""
    envelope = json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8"))
    return parse_event({**envelope, "detail": {**envelope["detail"], **changes}})


def simulated(*events: Event, until: datetime | None = None) -> Sequence[TimelineEntry]:
    """Return the sample booking's timeline under the gallery's workflows."""
    location = Location.model_validate_json(LOCATION.read_text(encoding="utf-8"))
    workflows = {name.replace("_", "-"): ready_made()[name] for name in EXAMPLES}
    world = World(workflows, {location.id: location})
    world.replay(events, until)
    return world.timeline()[BOOKING]


def kinds(entries: Sequence[TimelineEntry]) -> Mapping[str, Sequence[EntryKind]]:
    """Return what became of each workflow."""
    found: dict[str, list[EntryKind]] = {}
    for entry in entries:
        found.setdefault(entry.workflow_id, []).append(entry.kind)
    return found


def test_a_booking_is_confirmed_and_its_reminder_is_planned() -> None:
    created = sample("booking_created")
    entries = simulated(created, until=created.occurred_at + timedelta(days=1))
    assert kinds(entries) == {
        "booking-confirmation": [EntryKind.DONE],
        "pre-visit-reminder": [EntryKind.PLANNED],
    }
    assert entries[-1].at == datetime(2027, 6, 11, 16, 30, tzinfo=UTC)


def test_the_reminder_fires_24_hours_before() -> None:
    reminder = simulated(sample("booking_created"))[-1]
    assert (reminder.workflow_id, reminder.kind) == ("pre-visit-reminder", EntryKind.DONE)
    assert reminder.at == datetime(2027, 6, 11, 16, 30, tzinfo=UTC)


def test_a_moved_booking_is_reminded_once_at_its_new_time() -> None:
    entries = simulated(sample("booking_created"), sample("booking_rescheduled"))
    reminders = [entry for entry in entries if entry.workflow_id == "pre-visit-reminder"]
    assert [(entry.kind, entry.at) for entry in reminders] == [
        (EntryKind.DONE, datetime(2027, 6, 18, 16, 30, tzinfo=UTC))
    ]


def test_a_cancelled_booking_is_not_reminded() -> None:
    entries = simulated(sample("booking_created"), sample("booking_cancelled"))
    assert "pre-visit-reminder" not in kinds(entries)
    assert kinds(entries)["cancellation-notification-with-webhook"] == [EntryKind.DONE] * 2


def test_a_follow_up_waits_its_two_hours() -> None:
    completed = sample("booking_status_changed")
    waiting = simulated(
        sample("booking_created"), completed, until=completed.occurred_at + timedelta(hours=1)
    )
    assert waiting[-1].kind is EntryKind.PLANNED
    assert waiting[-1].at == completed.occurred_at + timedelta(hours=2)
    done = simulated(sample("booking_created"), completed)
    assert (done[-1].what, done[-1].kind) == ("send_survey_email", EntryKind.DONE)
    assert done[-1].at == completed.occurred_at + timedelta(hours=2)


def test_a_repeated_event_sends_nothing_twice() -> None:
    created = sample("booking_created")
    assert kinds(simulated(created, created, created))["booking-confirmation"] == [EntryKind.DONE]


def test_happenings_of_one_moment_keep_their_order() -> None:
    seen: list[object] = []
    time = VirtualTime(lambda moment: None)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    time.plan(now + timedelta(hours=1), lambda: seen.append("later"))
    for number in range(3):
        time.plan(now, lambda number=number: seen.append(number))
    time.run()
    assert seen == [0, 1, 2, "later"]


def test_the_command_prints_text_in_the_locations_zone(capsys: pytest.CaptureFixture[str]) -> None:
    event = ROOT / "events/booking_created.json"
    reminder = GALLERY / "pre_visit_reminder.json"
    assert main(["simulate", str(reminder), str(event), "--location", str(LOCATION)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "spree-kayaks  bk-4711  (Europe/Berlin)",
        "  Fri 2027-06-11 18:30:00 +0200  done     send_template      "
        "Pre-Visit Reminder: Send the reminder",
    ]


def test_the_command_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    event = ROOT / "events/booking_created.json"
    confirmation = GALLERY / "booking_confirmation.json"
    assert main(["simulate", str(confirmation), str(event), "--json"]) == 0
    (timeline,) = json.loads(capsys.readouterr().out)
    assert timeline["booking_id"] == "bk-4711"
    assert [entry["kind"] for entry in timeline["entries"]] == ["done"]


def test_a_whole_folder_of_workflows_is_simulated(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", str(GALLERY), str(ROOT / "events"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.json", "nowhere.json"], "nowhere.json cannot be read"),
        ([str(GALLERY), str(LOCATION)], "location.json, event 1"),
        ([str(LOCATION), str(LOCATION)], "location.json: graph"),
        ([str(GALLERY), str(GALLERY), "--until", "tomorrow"], "--until tomorrow"),
    ],
)
def test_unusable_input_ends_with_2_and_says_why(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", *arguments]) == 2
    assert said in capsys.readouterr().err
