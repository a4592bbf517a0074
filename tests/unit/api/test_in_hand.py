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
    assert admin.get(HAND).json == {**body, "skipped": [], "edited": []}
    (entry,) = [
        each
        for each in admin.get(f"{LOCATION}/audit").json["items"]
        if each["operation"] == "turn_messages_off"
    ]
    assert (entry["before"], entry["after"]) == ({"no_reminders": False}, {"no_reminders": True})


def test_a_skip_is_audited_with_what_it_was(admin: Client, workflow_id: str) -> None:
    admin.post(f"{HAND}/skip", {"entry_id": workflow_id})
    (entry,) = [
        each
        for each in admin.get(f"{LOCATION}/audit").json["items"]
        if each["operation"] == "skip_entry"
    ]
    assert (entry["kind"], entry["resource_id"]) == ("bookings", "b-1")
    assert (entry["before"], entry["after"]) == ({"skipped": []}, {"skipped": [workflow_id]})


def test_an_unknown_booking_is_not_found(admin: Client, workflow_id: str) -> None:
    assert admin.get(HAND.replace("b-1", "b-2")).status == 404


SMS = {"channel": "sms", "name": "Reminder", "sms": "Hi {{ customer.first_name }}"}


@pytest.fixture
def sending(ports: FakePorts, admin: Client) -> dict[str, str]:
    """The entry and the step of a planned reminder by SMS."""
    know_location(ports)
    template = admin.post(f"{LOCATION}/templates", SMS).json["id"]
    step = {
        "id": "send",
        "name": "Remind",
        "type": "send_template",
        "config": {"template": template},
    }
    address = create(admin, graph_of(step, trigger="Booking Reminder"))
    publish(admin, address)
    ReminderPlanner(ports).plan("loc-1", "b-1")
    return {"entry_id": address.rpartition("/")[2], "node_id": "send"}


def test_a_planned_message_is_edited_once_previewed_and_taken_back(
    admin: Client, sending: dict[str, str]
) -> None:
    entry_id = sending["entry_id"]
    (message,) = admin.get(f"{HAND}/messages", entry_id=entry_id).json["items"]
    assert (message["node_name"], message["event_type"]) == ("Remind", "Booking Reminder")
    assert (message["texts"]["sms"], message["edited"]) == (SMS["sms"], False)
    body = {**sending, "texts": {"sms": "Dear {{ customer.first_name }}, come early"}}
    shown = admin.post(f"{HAND}/messages/preview", body).json
    assert (shown["sms"], shown["problems"]) == ("Dear Ada, come early", [])
    edited = admin.put(f"{HAND}/messages", body)
    assert [each["used_by"] for each in edited.json["edited"]] == [None]
    assert [each["edited"] for each in planned(admin)] == [True]
    (message,) = admin.get(f"{HAND}/messages", entry_id=entry_id).json["items"]
    assert (message["texts"]["sms"], message["edited"]) == (body["texts"]["sms"], True)
    assert admin.post(f"{HAND}/messages/take-back", sending).json["edited"] == []
    assert [each["edited"] for each in planned(admin)] == [False]


def test_an_edit_is_audited_without_its_text(admin: Client, sending: dict[str, str]) -> None:
    admin.put(f"{HAND}/messages", {**sending, "texts": {"sms": "Ada, your knee"}})
    entries = admin.get(f"{LOCATION}/audit").json["items"]
    (entry,) = [each for each in entries if each["operation"] == "edit_planned_message"]
    assert (entry["kind"], entry["resource_id"]) == ("bookings", "b-1")
    assert entry["after"]["edited"][0]["node_id"] == "send"
    assert "knee" not in str(entry)


def test_a_text_with_problems_is_refused_with_its_place(
    ports: FakePorts, admin: Client, sending: dict[str, str]
) -> None:
    texts = {"sms": "Hi {{ customer.first_nam }}"}
    answer = admin.put(f"{HAND}/messages", {**sending, "texts": texts})
    assert answer.status == 422
    assert [each["field"] for each in answer.json["errors"]] == ["body.sms"]
    assert ports.templates.edits == {}


def test_a_step_that_sends_nothing_is_not_found(admin: Client, sending: dict[str, str]) -> None:
    body = {**sending, "node_id": "other", "texts": {"sms": "Hi"}}
    for method, path in (("PUT", ""), ("POST", "/preview")):
        call = admin.put if method == "PUT" else admin.post
        assert call(f"{HAND}/messages{path}", body).status == 404
    assert admin.get(f"{HAND}/messages", entry_id="wf-none").status == 404
