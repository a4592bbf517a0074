"""The simulator replays real events through the real workflows, on a clock of its own."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bookflow.cli import main
from bookflow.domain.bookings.records import Location
from bookflow.domain.events import Event, parse_event
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.timeline import EntryKind, TimelineEntry
from bookflow.gallery import EXAMPLES, ready_made
from bookflow.simulation.engine import VirtualTime
from bookflow.simulation.files import read_workflows
from bookflow.simulation.locations import SampleLocation
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
    world = World(SampleLocation(workflows, {location.id: location}))
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
    assert kinds(entries)["pre-visit-reminder"] == [EntryKind.SKIPPED]
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


def test_events_of_one_moment_keep_their_order() -> None:
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
        "  Fri 2026-11-20 09:15:00 +0100  event    Booking Created",
        "  Fri 2027-06-11 18:30:00 +0200  done     send_template      "
        "Pre-Visit Reminder: Send the reminder - e-mail to ada@example.com, SMS to +4915123456789",
    ]


def test_the_command_follows_filters_and_names_what_they_left_out(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = json.loads((GALLERY / "booking_confirmation.json").read_text(encoding="utf-8"))
    group = {"variable": "booking.party_size", "operator": "greater_or_equal", "value": 8}
    for node in file["graph"]["nodes"]:
        if node["type"] == "trigger":
            node["config"]["filter"] = group
    workflow = tmp_path / "groups.json"
    workflow.write_text(json.dumps(file), encoding="utf-8")
    event = {**CREATED, "detail": {**CREATED["detail"], "booking": {"party_size": 8}}}
    groups = tmp_path / "event.json"
    groups.write_text(json.dumps(event), encoding="utf-8")
    for given, filtered in ((ROOT / "events/booking_created.json", True), (groups, False)):
        assert main(["simulate", str(workflow), str(given)]) == 0
        said = capsys.readouterr().out
        assert ("event    Booking Created - filtered by 1 workflow" in said) is filtered
        assert ("done" in said) is not filtered


def test_the_command_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    event = ROOT / "events/booking_created.json"
    confirmation = GALLERY / "booking_confirmation.json"
    assert main(["simulate", str(confirmation), str(event), "--json"]) == 0
    (timeline,) = json.loads(capsys.readouterr().out)
    assert timeline["booking_id"] == "bk-4711"
    assert [entry["kind"] for entry in timeline["entries"]] == ["done"]
    assert [event["event_type"] for event in timeline["events"]] == ["Booking Created"]


def test_a_whole_folder_of_workflows_is_simulated(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", str(GALLERY), str(ROOT / "events"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.json", "nowhere.json"], "nowhere.json cannot be read"),
        ([str(GALLERY), str(LOCATION)], "location.json, event 1"),
        ([str(LOCATION), str(LOCATION)], "location.json: is not an exported workflow"),
        ([str(GALLERY), str(GALLERY), "--until", "tomorrow"], "--until tomorrow"),
    ],
)
def test_unusable_input_ends_with_2_and_says_why(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", *arguments]) == 2
    assert said in capsys.readouterr().err


REMINDER = str(GALLERY / "pre_visit_reminder.json")
CREATED = json.loads((ROOT / "events/booking_created.json").read_text(encoding="utf-8"))


def without_zone() -> str:
    detail = {**CREATED["detail"], "start_time": "2027-06-12T18:30:00"}
    return json.dumps({**CREATED, "detail": detail})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "events.json: holds no event."),
        ("[7]", "events.json, event 1: is not an object."),
        ("{", "events.json, line 1: is neither JSON nor JSON lines"),
        (
            without_zone(),
            "events.json, event 1: detail.start_time: Start time is not a time with its offset.",
        ),
        ("\u00fc", "events.json: is not text in UTF-8."),
    ],
)
def test_unusable_events_are_named_once_with_their_place(
    text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = tmp_path / "events.json"
    events.write_bytes(text.encode("latin-1"))
    assert main(["simulate", REMINDER, str(events)]) == 2
    reported = capsys.readouterr().err
    assert said in reported
    assert reported.count("See docs/events.md") <= 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "location.json: is not one object."),
        ('{"id": "x", "timezone": "Mars/Base"}', "must be an IANA time zone"),
        ('{"id": "x"}', "no event has it"),
    ],
)
def test_a_location_that_does_not_fit_is_reported(
    text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    location = tmp_path / "location.json"
    location.write_text(text, encoding="utf-8")
    arguments = ["simulate", REMINDER, str(ROOT / "events"), "--location", str(location)]
    assert main(arguments) == 2
    assert said in capsys.readouterr().err


def test_problems_of_a_workflow_are_all_printed_after_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads(Path(REMINDER).read_text(encoding="utf-8"))
    content["graph"]["edges"] = []
    (tmp_path / "broken.json").write_text(json.dumps(content), encoding="utf-8")
    assert main(["simulate", str(tmp_path), str(ROOT / "events")]) == 1
    reported = capsys.readouterr().err.splitlines()
    assert reported[0] == "broken:"
    assert [line.split(":")[1].strip() for line in reported[1:]] == ["trigger", "remind"]


def test_several_workflows_of_one_file_are_all_simulated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads(Path(REMINDER).read_text(encoding="utf-8"))
    both = tmp_path / "both.json"
    both.write_text(json.dumps([content, {**content, "name": "Another"}]), encoding="utf-8")
    assert main(["simulate", str(both), str(ROOT / "events/booking_created.json"), "--json"]) == 0
    (timeline,) = json.loads(capsys.readouterr().out)
    assert [entry["workflow_id"] for entry in timeline["entries"]] == ["both", "both-2"]


def test_any_name_of_a_file_gives_its_workflow_an_id_of_its_own(tmp_path: Path) -> None:
    content = Path(REMINDER).read_text(encoding="utf-8")
    for name in ("Day-Before Reminder (1)", "Day-Before Reminder [1]", "\u2603", "a" * 200):
        (tmp_path / f"{name}.json").write_text(content, encoding="utf-8")
    workflows = read_workflows(tmp_path)
    assert list(workflows) == [
        "Day-Before-Reminder-1",
        "Day-Before-Reminder-1-2",
        "a" * 100,
        "workflow",
    ]
    world = World(SampleLocation(workflows))
    world.replay([sample("booking_created")])
    assert {entry.workflow_id for entry in world.timeline()[BOOKING]} == set(workflows)


def test_a_workflow_may_come_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(Path(REMINDER).read_text(encoding="utf-8")))
    assert main(["simulate", "-", str(ROOT / "events/booking_created.json"), "--json"]) == 0
    (timeline,) = json.loads(capsys.readouterr().out)
    assert [entry["workflow_id"] for entry in timeline["entries"]] == ["workflow"]


def test_events_may_come_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(CREATED)))
    assert main(["simulate", REMINDER, "-"]) == 0
    assert "event    Booking Created" in capsys.readouterr().out


def test_a_booking_for_which_nothing_happens_is_shown_with_its_events(
    capsys: pytest.CaptureFixture[str],
) -> None:
    confirmation = str(GALLERY / "booking_confirmation.json")
    assert main(["simulate", confirmation, str(ROOT / "events/booking_cancelled.json")]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  Tue 2026-12-01 11:00:00 +0000  event    Booking Cancelled"
    ]


def test_a_late_booking_whose_reminder_is_not_wanted_shows_the_skip() -> None:
    late = sample("booking_created", occurred_at="2027-06-12T08:00:00+02:00")
    trigger = {"event": "Booking Reminder", "late_bookings": "skip"}
    workflow = ready_made()["pre_visit_reminder"]
    nodes = [
        node.model_copy(update={"config": trigger}) if node.id == "trigger" else node
        for node in workflow.graph.nodes
    ]
    graph = workflow.graph.model_copy(update={"nodes": tuple(nodes)})
    world = World(SampleLocation({"late": workflow.model_copy(update={"graph": graph})}))
    world.replay([late])
    (entry,) = world.timeline()[BOOKING]
    assert (entry.kind, entry.reason_code) == (EntryKind.SKIPPED, ReasonCode.TOO_LATE)


def test_what_has_no_end_is_refused_in_words() -> None:
    world = World(SampleLocation({"reminder": ready_made()["pre_visit_reminder"]}), limit=1)
    with pytest.raises(InvalidInputError, match="more than 1 event"):
        world.replay([sample("booking_created")])
