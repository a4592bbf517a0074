"""Workflows started by hand by their routes: departures, audience, start, progress, stop."""

from __future__ import annotations

import pytest

from bookflow.use_cases.jobs.run_job import JobRunner
from tests.api import Client
from tests.fakes import FakePorts
from tests.unit.api.graphs import LOCATION, NOTE, create, graph_of, know_location

DAY = {"since": "2026-12-12T00:00:00+01:00", "until": "2026-12-13T00:00:00+01:00"}


@pytest.fixture
def workflow(ports: FakePorts, admin: Client) -> str:
    """The address of a published workflow that is started by hand, and is off."""
    know_location(ports)
    address = create(admin, graph_of(NOTE, trigger="Started by hand"), "Storm")
    published = admin.post(f"{address}/publish", None, if_match=admin.get(address).etag)
    assert published.status == 200, published.text
    return address


def work_off(ports: FakePorts) -> None:
    while ports.reminder_jobs.messages:
        JobRunner(ports).do(ports.reminder_jobs.messages.pop(0)[0])


def test_a_departure_is_chosen_counted_and_written_to(
    ports: FakePorts, admin: Client, workflow: str
) -> None:
    (departure,) = admin.get(f"{LOCATION}/departures", **DAY).json["items"]
    assert departure["start_time"] == "2026-12-12T10:00:00+01:00"
    assert (departure["activity_name"], departure["bookings"]) == ("Sunset tour", 1)
    audience = {**DAY, "activity_id": departure["activity_id"]}
    count = admin.post(
        f"{LOCATION}/audience", {"audience": audience, "workflow_id": workflow.rpartition("/")[2]}
    ).json
    assert (count["bookings"], count["left"], count["batch"]) == (1, 1, None)
    assert count["named"][0]["customer"]["first_name"] == "Ada"
    assert admin.get(f"{workflow}/batch").status == 404
    started = admin.post(f"{workflow}/batch", {"audience": audience})
    assert (started.status, started.json["state"], started.json["total"]) == (202, "running", 1)
    work_off(ports)
    batch = admin.get(f"{workflow}/batch").json
    assert (batch["state"], batch["counts"]) == ("completed", {"started": 1})
    assert (
        admin.post(
            f"{LOCATION}/audience",
            {"audience": audience, "workflow_id": workflow.rpartition("/")[2]},
        ).json["left"]
        == 0
    )


def test_the_start_is_audited_without_names(ports: FakePorts, admin: Client, workflow: str) -> None:
    admin.post(f"{workflow}/batch", {"audience": {"booking_id": "b-1"}})
    (entry,) = [
        each
        for each in admin.get(f"{LOCATION}/audit").json["items"]
        if each["operation"] == "start_batch"
    ]
    assert entry["after"]["audience"]["booking_id"] == "b-1"
    assert "Ada" not in str(entry)


def test_a_batch_is_stopped(ports: FakePorts, admin: Client, workflow: str) -> None:
    admin.post(f"{workflow}/batch", {"audience": {"booking_id": "b-1"}})
    assert admin.post(f"{workflow}/batch/stop").json["state"] == "stopped"
    work_off(ports)
    assert ports.executions.stored == {}


@pytest.mark.parametrize(
    "body",
    [
        {"audience": {}},
        {"audience": {"booking_id": "b-unknown"}},
        {"audience": {"since": "2026-12-12T00:00:00"}},
        {},
    ],
)
def test_an_audience_that_is_none_is_a_problem(
    admin: Client, workflow: str, body: dict[str, object]
) -> None:
    answer = admin.post(f"{workflow}/batch", body)
    assert (answer.status, len(answer.json["errors"])) == (422, 1), answer.text


def test_a_workflow_that_was_never_published_is_a_conflict(ports: FakePorts, admin: Client) -> None:
    know_location(ports)
    address = create(admin, graph_of(NOTE, trigger="Started by hand"))
    assert admin.post(f"{address}/batch", {"audience": {"booking_id": "b-1"}}).status == 409
