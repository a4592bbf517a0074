"""One booking's planned messages by their routes."""

from __future__ import annotations

import pytest

from bookflow.use_cases.reminders.plan_reminders import ReminderPlanner
from tests.api import Client
from tests.fakes import FakePorts
from tests.unit.api.graphs import LOCATION, NOTE, create, graph_of, know_location, publish

HAND = f"{LOCATION}/bookings/b-1/in-hand"


@pytest.fixture
def workflow_id(ports: FakePorts, admin: Client) -> str:
    """A workflow whose reminder is planned for the booking."""
    know_location(ports)
    address = create(admin, graph_of(NOTE, trigger="Booking Reminder"))
    publish(admin, address)
    ReminderPlanner(ports).plan("loc-1", "b-1")
    return address.rpartition("/")[2]


def planned(admin: Client) -> list[dict[str, object]]:
    entries = admin.get(f"{LOCATION}/bookings/b-1/timeline").json["items"]
    return [each for each in entries if each["kind"] == "planned"]


def test_an_entry_is_skipped_taken_back_and_sent_now(
    ports: FakePorts, admin: Client, workflow_id: str
) -> None:
    assert [each["reason_code"] for each in planned(admin)] == [None]
    skipped = admin.post(f"{HAND}/skip", {"entry_id": workflow_id})
    assert skipped.json["skipped"] == [workflow_id]
    assert [each["reason_code"] for each in planned(admin)] == ["skipped_by_hand"]
    back = admin.post(f"{HAND}/skip", {"entry_id": workflow_id, "skipped": False})
    assert back.json["skipped"] == []
    sent = admin.post(f"{HAND}/send-now", {"entry_id": workflow_id})
    assert sent.status == 202, sent.text
    assert planned(admin) == []
    assert [each.id for each in ports.executions.stored.values()] == [sent.json["execution_id"]]
    assert admin.post(f"{HAND}/send-now", {"entry_id": workflow_id}).status == 404


def test_turning_messages_off_is_audited_with_what_it_was(admin: Client, workflow_id: str) -> None:
    body = {"no_reminders": True, "no_marketing": False}
    assert admin.put(HAND, body).json["no_reminders"] is True
    assert admin.get(HAND).json == {**body, "skipped": []}
    (entry,) = [
        each
        for each in admin.get(f"{LOCATION}/audit").json["items"]
        if each["operation"] == "turn_messages_off"
    ]
    assert (entry["before"], entry["after"]) == ({"no_reminders": False}, {"no_reminders": True})


def test_an_unknown_booking_is_not_found(admin: Client, workflow_id: str) -> None:
    assert admin.get(HAND.replace("b-1", "b-2")).status == 404
