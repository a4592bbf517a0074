"""Sample events: new ones by default, each for the function that takes it in AWS."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.console import LocalError
from local.event import put_event
from local.paths import LocalPaths
from local.running import RunningProduct
from local.samples import FIRST_VISIT, ahead_of_now, as_new, bus_entry, function_of, read_sample

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "events" / "booking_created.json"


def test_a_sample_is_a_new_event_unless_its_own_id_is_kept() -> None:
    now = datetime.now(UTC)
    own = json.loads(SAMPLE.read_text(encoding="utf-8"))
    assert read_sample(SAMPLE, keep_id=True) == own
    first, second = read_sample(SAMPLE), read_sample(SAMPLE)
    ids = {each["detail"]["event_id"] for each in (own, first, second)}
    assert len(ids) == 3
    replayed = {"event_id": "", "replay_of": own["detail"]["event_id"]}
    assert first["detail"] | {"event_id": ""} == ahead_of_now(own["detail"], now) | replayed


@pytest.mark.parametrize("event", [{"detail": {"mail": {}}}, {"rawPath": "/"}, {"detail": "text"}])
def test_what_has_no_event_id_stays_as_it_is(event: dict[str, object]) -> None:
    assert as_new(event) == event


@pytest.mark.parametrize(
    ("text", "reported"),
    [("{", "is not JSON"), ("[]", "is not a JSON object"), (None, "cannot be read")],
)
def test_a_file_that_is_no_event_is_reported(
    tmp_path: Path, text: str | None, reported: str
) -> None:
    path = tmp_path / "mine.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(LocalError, match=reported):
        read_sample(path)


@pytest.mark.parametrize(
    ("event", "function"),
    [
        ({"source": "com.example.bookings"}, "DispatcherFunction"),
        ({"source": "aws.ses"}, "MailFeedbackFunction"),
        ({"source": "aws.states"}, "TrackExecutionFunction"),
        ({"notification": {}, "delivery": {}}, "SmsFeedbackFunction"),
        ({"rawPath": "/s/loc-1/token"}, "PagesFunction"),
        ({"rawPath": "/u/loc-1/token"}, "PagesFunction"),
        ({"rawPath": "/dashboard/index.html"}, "DashboardFunction"),
        ({"rawPath": "/v1/health"}, "ApiFunction"),
        ({}, "DispatcherFunction"),
    ],
)
def test_an_event_goes_to_the_function_that_takes_it(
    event: dict[str, object], function: str
) -> None:
    assert function_of(event) == function


def test_a_line_of_a_log_is_put_on_no_bus() -> None:
    product = RunningProduct("http://127.0.0.1:1", {}, LocalPaths.of())
    line = read_sample(ROOT / "events" / "sms_feedback" / "delivered.json")
    with pytest.raises(LocalError, match="come by no bus"):
        put_event(product, line)


def test_an_entry_has_what_put_events_asks_for() -> None:
    entry = bus_entry(read_sample(SAMPLE), "the-bus")
    assert entry.keys() == {"EventBusName", "Source", "DetailType", "Detail"}
    assert json.loads(entry["Detail"])["booking_id"] == "bk-4711"


@pytest.mark.parametrize(
    ("now", "year"),
    [("2026-11-30", 2027), ("2027-04-01", 2027), ("2027-05-01", 2028), ("2031-06-30", 2032)],
)
def test_the_visits_of_samples_lie_ahead_on_the_same_weekday(now: str, year: int) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    own = json.loads(SAMPLE.read_text(encoding="utf-8"))["detail"]
    shifted = ahead_of_now(own, moment)
    before, after = (
        {name: datetime.fromisoformat(each[name]) for name in ("occurred_at", "start_time")}
        for each in (own, shifted)
    )
    assert after["start_time"] > moment
    assert after["start_time"].year == year
    assert after["start_time"].weekday() == before["start_time"].weekday()
    assert after["start_time"].utcoffset() == before["start_time"].utcoffset()
    distances = {each["start_time"] - each["occurred_at"] for each in (before, after)}
    assert len(distances) == 1
    assert shifted["booking_id"] == own["booking_id"]
    assert (shifted == own) == (year == 2027)


def test_the_earliest_visit_of_the_files_is_known() -> None:
    files = [*SAMPLE.parent.glob("*.json"), ROOT / "local" / "demo_data" / "bookings.json"]
    found = re.findall(
        r'"(?:new_)?start_time": "([^"]+)"', "".join(each.read_text() for each in files)
    )
    assert FIRST_VISIT <= min(map(datetime.fromisoformat, found)) < FIRST_VISIT + timedelta(days=1)
