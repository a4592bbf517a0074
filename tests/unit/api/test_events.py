"""Events by their route: all of a batch on the bus, or none, and each problem with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bookflow.api.app import Api
from bookflow.domain.events import event_types, parse_event
from bookflow.domain.events.sender import Sender
from bookflow.domain.shared.errors import TransientError
from tests.api import Client, TestIssuer
from tests.fakes import FakePorts
from tests.unit.api.graphs import LOCATION, created_event

EVENTS = f"{LOCATION}/events"
OWN = ["Booking Reminder", "Started by hand", "Survey Submitted"]
SAMPLES = sorted((Path(__file__).resolve().parents[3] / "events").glob("*.json"))


@pytest.fixture
def machine(api: Api, issuer: TestIssuer) -> Client:
    return Client(api, issuer.machine("loc-1", "bookflow/events"))


def test_events_go_on_the_bus_in_order(ports: FakePorts, machine: Client) -> None:
    batch = [created_event(f"e-{number}") for number in range(100)]
    answer = machine.post(EVENTS, {"events": batch})
    assert (answer.status, answer.json["event_ids"]) == (202, [f"e-{n}" for n in range(100)])
    assert [event.detail["event_id"] for event in ports.events.published] == [
        f"e-{n}" for n in range(100)
    ]
    assert {event.detail["location_id"] for event in ports.events.published} == {"loc-1"}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_each_sample_event_can_be_posted_as_it_is(
    ports: FakePorts, api: Api, issuer: TestIssuer, sample: Path
) -> None:
    envelope = json.loads(sample.read_text(encoding="utf-8"))
    location = envelope["detail"]["location_id"]
    client = Client(api, issuer.machine(location, "bookflow/events"))
    if envelope["detail-type"] in OWN:
        client = Client(api, issuer.person(**{location.replace("-", "_"): "editor"}))
    answer = client.post(f"/v1/locations/{location}/events", {"events": [envelope]})
    assert answer.status == 202, answer.text
    assert ports.events.published[0].detail_type == envelope["detail-type"]


def test_a_problem_names_the_event_and_its_field_and_nothing_is_put(
    ports: FakePorts, machine: Client
) -> None:
    broken = created_event("e-2")
    broken["detail"]["start_time"] = "tomorrow"
    answer = machine.post(EVENTS, {"events": [created_event("e-1"), broken]})
    assert answer.status == 422
    assert answer.json["errors"][0]["field"] == "events[1].detail.start_time"
    assert ports.events.published == []


def test_half_a_character_is_replaced_before_the_bus(ports: FakePorts, machine: Client) -> None:
    event = created_event()
    event["detail"]["booking"] = {"note": "See you \ud83d"}
    assert machine.post(EVENTS, {"events": [event]}).status == 202
    assert ports.events.published[0].detail["booking"] == {"note": "See you \ufffd"}


def test_an_event_of_another_location_is_refused(machine: Client) -> None:
    event = created_event()
    event["detail"]["location_id"] = "loc-2"
    answer = machine.post(EVENTS, {"events": [event]})
    assert answer.status == 422
    assert answer.json["errors"][0]["field"] == "events[0].detail.location_id"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"events": []},
        {"events": [created_event(str(number)) for number in range(101)]},
        {"events": [{"detail-type": "Party", "detail": {}}]},
        {"events": [{"detail-type": "Booking Created"}]},
        {"events": [{"detail-type": "Booking Created", "detail": []}]},
    ],
)
def test_what_is_no_batch_of_events_is_refused(machine: Client, body: object) -> None:
    assert machine.post(EVENTS, body).status == 422


def test_a_repeated_call_puts_nothing_again(ports: FakePorts, machine: Client) -> None:
    event = created_event()
    del event["detail"]["event_id"]
    first = machine.post(EVENTS, {"events": [event]}, idempotency_key="k-1")
    second = machine.post(EVENTS, {"events": [event]}, idempotency_key="k-1")
    assert first.status == second.status == 202
    assert first.json == second.json
    assert len(ports.events.published) == 1
    other = machine.post(EVENTS, {"events": [created_event("new")]}, idempotency_key="k-1")
    assert (other.status, other.json["errors"][0]["field"]) == (409, "Idempotency-Key")
    third = machine.post(EVENTS, {"events": [event]}, idempotency_key="k-2")
    assert third.json != first.json


def test_a_key_of_one_location_says_nothing_in_another(
    ports: FakePorts, api: Api, issuer: TestIssuer
) -> None:
    for location in ("loc-1", "loc-2"):
        client = Client(api, issuer.machine(location, "bookflow/events"))
        body = {"events": [created_event()]}
        answer = client.call(
            "POST", f"/v1/locations/{location}/events", body, headers={"idempotency-key": "k"}
        )
        assert answer.status == 202
    assert [event.detail["location_id"] for event in ports.events.published] == ["loc-1", "loc-2"]


def test_without_a_key_an_event_needs_its_id(machine: Client) -> None:
    event = created_event()
    del event["detail"]["event_id"]
    answer = machine.post(EVENTS, {"events": [event]})
    assert answer.json["errors"][0]["field"] == "events[0].detail.event_id"


def test_a_bus_that_is_busy_lets_the_call_be_repeated(ports: FakePorts, machine: Client) -> None:
    ports.fail_next("events.publish", TransientError("busy"))
    body = {"events": [created_event()]}
    assert machine.post(EVENTS, body, idempotency_key="k").status == 503
    assert machine.post(EVENTS, body, idempotency_key="k").status == 202
    assert len(ports.events.published) == 1


def test_a_key_stands_for_its_events_while_they_are_on_their_way(
    ports: FakePorts, machine: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the key bound first, both calls would put other events under the same ids."""
    detail = {**created_event()["detail"]}
    del detail["event_id"]
    first, other = (
        {"events": [{"detail-type": "Booking Created", "detail": {**detail, "booking_id": each}}]}
        for each in ("b-1", "b-2")
    )
    publish = ports.events.publish
    meanwhile: list[int] = []

    def publish_while_another_calls(events: Any) -> None:
        if not meanwhile:
            meanwhile.append(0)
            meanwhile[0] = machine.post(EVENTS, other, idempotency_key="k-1").status
        publish(events)

    with monkeypatch.context() as patched:
        patched.setattr(ports.events, "publish", publish_while_another_calls)
        assert machine.post(EVENTS, first, idempotency_key="k-1").status == 202
    assert meanwhile == [409]
    assert [each.detail["booking_id"] for each in ports.events.published] == ["b-1"]


@pytest.mark.parametrize(
    ("stated", "field"),
    [
        ({"location": {"id": "loc-2", "name": "x"}}, "events[0].detail.location.id"),
        ({"booking": {"id": "b-2"}}, "events[0].detail.booking.id"),
    ],
)
def test_an_event_that_states_another_location_or_booking_is_refused_at_once(
    ports: FakePorts, machine: Client, stated: dict[str, Any], field: str
) -> None:
    event = created_event()
    refused = machine.post(EVENTS, {"events": [{**event, "detail": {**event["detail"], **stated}}]})
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, field)
    assert ports.events.published == []


def test_every_problem_of_an_event_is_named(machine: Client) -> None:
    event = created_event()
    del event["detail"]["booking_id"]
    event["detail"]["start_time"] = "tomorrow"
    refused = machine.post(EVENTS, {"events": [created_event(), event]})
    assert {each["field"] for each in refused.json["errors"]} == {
        "events[1].detail.booking_id",
        "events[1].detail.start_time",
    }


@pytest.mark.parametrize("event_type", sorted(event_types()))
@pytest.mark.parametrize("caller", ["viewer", "editor", "bookflow/events", "bookflow/bookings"])
def test_who_may_post_which_event(
    ports: FakePorts, api: Api, issuer: TestIssuer, event_type: str, caller: str
) -> None:
    is_machine = caller.startswith("bookflow/")
    token = issuer.machine("loc-1", caller) if is_machine else issuer.person(loc_1=caller)
    own = {**created_event("e-2"), "detail-type": event_type}
    answer = Client(api, token).post(EVENTS, {"events": [created_event("e-1"), own]})
    may = caller == "editor" or (caller == "bookflow/events" and event_type not in OWN)
    assert (answer.status == 403) is not may, answer.text
    if event_type in OWN and caller == "bookflow/events":
        assert f"events[1].detail-type: {event_type} comes from Bookflow alone" in answer.text
    if not may:
        assert ports.events.published == []


@pytest.mark.parametrize("claimed", [None, {"kind": "person", "id": "boss"}, "boss", 7])
def test_an_event_carries_who_sent_it_whatever_it_claims(
    ports: FakePorts, api: Api, issuer: TestIssuer, machine: Client, claimed: object
) -> None:
    event = created_event()
    event["detail"]["sent_by"] = claimed
    person = Client(api, issuer.person(loc_1="editor"))
    for client in (machine, person):
        assert client.post(EVENTS, {"events": [event]}).status == 202
    by_machine, by_person = (each.detail["sent_by"] for each in ports.events.published)
    assert by_machine == {"kind": "machine", "id": "user-1"}
    assert by_person == {"kind": "person", "id": "user-1"}


def test_another_caller_repeats_a_call_by_its_key(
    ports: FakePorts, api: Api, issuer: TestIssuer, machine: Client
) -> None:
    person = Client(api, issuer.person(loc_1="editor"))
    for client in (machine, person):
        answer = client.post(EVENTS, {"events": [created_event()]}, idempotency_key="k")
        assert answer.status == 202, answer.text
    assert len(ports.events.published) == 1


def test_an_event_from_the_bus_was_sent_by_its_source() -> None:
    posted = {**created_event(), "source": "booking-system"}
    posted["detail"] |= {"location_id": "loc-1", "sent_by": {"kind": "person", "id": "boss"}}
    sent_by = parse_event(posted).sent_by
    assert sent_by is not None
    assert sent_by.model_dump() == {"kind": "system", "id": "booking-system"}
    assert parse_event({**posted, "source": "bookflow"}).sent_by == Sender(kind="person", id="boss")
