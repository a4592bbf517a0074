"""Sample events: new ones by default, each for the function that takes it in AWS."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from local.console import LocalError
from local.samples import as_new, bus_entry, function_of, read_sample

SAMPLE = Path(__file__).parents[3] / "events" / "booking_created.json"


def test_a_sample_is_a_new_event_unless_its_own_id_is_kept() -> None:
    own = json.loads(SAMPLE.read_text(encoding="utf-8"))
    assert read_sample(SAMPLE, keep_id=True) == own
    first, second = read_sample(SAMPLE), read_sample(SAMPLE)
    ids = {each["detail"]["event_id"] for each in (own, first, second)}
    assert len(ids) == 3
    replayed = {"event_id": "", "replay_of": own["detail"]["event_id"]}
    assert first["detail"] | {"event_id": ""} == own["detail"] | replayed


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


def test_an_entry_has_what_put_events_asks_for() -> None:
    entry = bus_entry(read_sample(SAMPLE), "the-bus")
    assert entry.keys() == {"EventBusName", "Source", "DetailType", "Detail"}
    assert json.loads(entry["Detail"])["booking_id"] == "bk-4711"
