"""The simulation route replays a booking for the draft and for what is published, sending nothing."""

from __future__ import annotations

from typing import Any

import pytest

from bookflow.domain.events import parse_event
from bookflow.domain.webhooks.secrets import SIGNING_SECRET, Secret
from bookflow.use_cases.runtime.dispatch import Dispatcher
from tests.api import Answer, Client
from tests.fakes import FakePorts
from tests.unit.api.graphs import (
    LOCATION,
    NOTE,
    WEBHOOK,
    create,
    created_event,
    graph_of,
    know_location,
    publish,
)


def note(text: str) -> dict[str, Any]:
    return {"id": "note", "type": "add_booking_note", "config": {"note": text}}


def reminding(hours: int, text: str = "Remember {{ customer.first_name }}") -> dict[str, Any]:
    """Return a graph that notes something some hours before the visit."""
    graph = graph_of(note(text))
    graph["nodes"][0]["config"] = {
        "event": "Booking Reminder",
        "offset_value": hours,
        "offset_unit": "hours",
    }
    return graph


def simulate(client: Client, address: str, **body: Any) -> Answer:
    return client.post(f"{address}/simulation", {"booking_id": "b-1", **body})


def done(ports: FakePorts, event: dict[str, Any]) -> None:
    """Let an event come as from the booking system."""
    detail = {"location_id": "loc-1", **event["detail"]}
    Dispatcher(ports).dispatch(parse_event({**event, "detail": detail}))


def whats(entries: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(entry["what"], entry["kind"]) for entry in entries]


@pytest.fixture(autouse=True)
def known(ports: FakePorts) -> None:
    know_location(ports)


def test_a_recorded_history_is_replayed_for_both_and_compared(
    ports: FakePorts, admin: Client
) -> None:
    address = create(admin, graph_of(note("Hello {{ customer.first_name }}")))
    publish(admin, address)
    done(ports, created_event())
    stored = admin.get(address)
    draft = {"name": "Welcome", "draft": graph_of(note("Good day {{ customer.first_name }}"))}
    assert admin.put(address, draft, if_match=stored.etag).status == 200
    answer = simulate(admin, address)
    assert answer.status == 200, answer.text
    assert answer.json["history"] == [
        {"event_type": "Booking Created", "at": "2026-12-01T09:00:00Z", "origin": "recorded"}
    ]
    assert answer.json["history_complete"] is True
    (ours,), (theirs,) = answer.json["draft"]["entries"], answer.json["published"]["entries"]
    assert "Good day Ada" in str(ours["details"]["plan"])
    assert "Hello Ada" in str(theirs["details"]["plan"])
    assert (ours["kind"], ours["execution_id"]) == ("done", None)
    (difference,) = answer.json["differences"]
    assert difference == {"kind": "changed", "draft": ours, "published": theirs}
    assert answer.json["published"]["version"] == 1
    assert answer.json["draft"]["revision"] > 1


def test_the_same_graph_differs_in_nothing(admin: Client) -> None:
    hook = {**WEBHOOK, "id": "hook"}
    address = create(admin, graph_of(NOTE, hook))
    publish(admin, address)
    answer = simulate(admin, address).json
    assert whats(answer["draft"]["entries"]) == [("add_booking_note", "done"), ("webhook", "done")]
    assert answer["differences"] == []
    assert "top-secret-key" not in str(answer)


def test_a_webhook_is_signed_as_where_it_is_sent(ports: FakePorts, admin: Client) -> None:
    ports.secrets.put(LOCATION, SIGNING_SECRET, Secret("whsec_" + "A" * 43 + "="))
    address = create(admin, graph_of(WEBHOOK))
    answer = simulate(admin, address).json
    assert whats(answer["draft"]["entries"]) == [("webhook", "done")]


def test_a_reminder_that_moved_is_reported_with_both_times(admin: Client) -> None:
    address = create(admin, reminding(24))
    publish(admin, address)
    changed = {"name": "Welcome", "draft": reminding(48)}
    assert admin.put(address, changed, if_match=admin.get(address).etag).status == 200
    answer = simulate(admin, address).json
    (difference,) = answer["differences"]
    assert difference["kind"] == "moved"
    assert difference["draft"]["at"] == "2026-12-10T09:00:00Z"
    assert difference["published"]["at"] == "2026-12-11T09:00:00Z"
    assert answer["until"] == "2026-12-11T09:00:00Z"
    (past,) = answer["history"]
    assert (past["event_type"], past["origin"]) == ("Booking Created", "reconstructed")


def test_up_to_a_moment_a_reminder_is_planned(admin: Client) -> None:
    address = create(admin, reminding(24))
    answer = simulate(admin, address, until="2026-12-05T00:00:00+01:00").json
    assert whats(answer["draft"]["entries"]) == [("reminder", "planned")]
    assert answer["until"] == "2026-12-05T00:00:00+01:00"
    assert (answer["published"], answer["differences"]) == (None, [])


def test_what_only_one_of_the_two_does_is_reported(admin: Client) -> None:
    address = create(admin, graph_of(NOTE))
    publish(admin, address)
    other = {"id": "other", "type": "add_booking_note", "config": {"note": "Other"}}
    changed = {"name": "Welcome", "draft": graph_of(other)}
    assert admin.put(address, changed, if_match=admin.get(address).etag).status == 200
    found = simulate(admin, address).json["differences"]
    assert [(each["kind"], each["draft"] is None) for each in found] == [
        ("only_draft", False),
        ("only_published", True),
    ]


def test_nothing_is_stored_or_sent(ports: FakePorts, admin: Client) -> None:
    address = create(admin, graph_of(NOTE, WEBHOOK))
    publish(admin, address)
    ports.calls.made.clear()
    assert simulate(admin, address).status == 200
    writing = {"add", "begin_step", "claim", "once", "publish", "put", "record", "save", "send"}
    assert not {call for call in ports.calls.made if call.split(".")[1] in writing}
    assert not ports.http.requests


def test_a_draft_with_problems_is_refused_with_all_of_them(admin: Client) -> None:
    broken = {"id": "note", "type": "add_booking_note", "config": {}}
    lost = {"id": "mail", "type": "send_template", "config": {"template": "nowhere"}}
    answer = simulate(admin, create(admin, graph_of(broken, lost)))
    assert answer.status == 422
    assert {problem["node_id"] for problem in answer.json["problems"]} == {"note", "mail"}


def test_a_published_version_is_judged_by_the_templates_of_now(
    ports: FakePorts, admin: Client
) -> None:
    template = {"name": "Mail", "channel": "email", "subject": "Hi", "html": "<p>Hi</p>"}
    made = admin.post(f"{LOCATION}/templates", {"id": "hi", **template})
    assert made.status == 201, made.text
    mail = {
        "id": "mail",
        "type": "send_template",
        "config": {"template": made.json["id"], "recipient_type": "customer"},
    }
    address = create(admin, graph_of(mail))
    publish(admin, address)
    draft = {"name": "Welcome", "draft": graph_of(NOTE)}
    assert admin.put(address, draft, if_match=admin.get(address).etag).status == 200
    (sent,) = simulate(admin, address).json["published"]["entries"]
    assert (sent["kind"], "ada@example.com" in str(sent["details"]["plan"])) == ("done", True)
    ports.templates.stored.clear()
    (failed,) = simulate(admin, address).json["published"]["entries"]
    assert (failed["kind"], "does not exist" in failed["reason"]) == ("failed", True)


def test_an_unknown_booking_or_workflow_is_not_found(admin: Client) -> None:
    address = create(admin, graph_of(NOTE))
    assert simulate(admin, address, booking_id="b-2").status == 404
    assert simulate(admin, f"{LOCATION}/workflows/unknown").status == 404


def test_a_time_without_an_offset_is_refused(admin: Client) -> None:
    address = create(admin, graph_of(NOTE))
    answer = simulate(admin, address, until="2026-12-05T00:00:00")
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "body.until")


def test_simulations_are_limited(admin: Client) -> None:
    address = create(admin, graph_of(NOTE))
    statuses = {simulate(admin, address, booking_id="b-2").status for _ in range(61)}
    assert statuses == {404, 429}


def test_another_location_with_the_same_ids_is_not_seen(ports: FakePorts, admin: Client) -> None:
    know_location(ports, "loc-2")
    theirs = created_event("theirs")
    detail = {**theirs["detail"], "location_id": "loc-2"}
    detail["customer"] = {"id": "c-1", "first_name": "Mallory", "email": "m@example.com"}
    address = create(admin, graph_of(note("Hello {{ customer.first_name }}")))
    publish(admin, address)
    Dispatcher(ports).dispatch(parse_event({**theirs, "detail": detail}))
    answer = simulate(admin, address)
    assert answer.status == 200
    assert "Ada" in answer.text
    assert "Mallory" not in answer.text
