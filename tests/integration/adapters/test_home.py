"""What the home page counts, for the fake and for DynamoDB: right, and read up to a bound."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bookflow.adapters.dynamodb import messages as messages_module
from bookflow.adapters.dynamodb.base.keys import Key
from bookflow.adapters.dynamodb.base.table import Expression
from bookflow.adapters.dynamodb.reminders import DynamoDBReminders
from bookflow.adapters.memory.reminders import InMemoryReminders
from bookflow.domain.bookings.location_settings import LocationSettings, StoredSettings
from bookflow.domain.messages.sent.sent_message import MessageCounts, MessageState
from bookflow.domain.reminders.record import Reminder
from bookflow.domain.reminders.rule import ReminderState
from tests.fakes import FakePorts
from tests.integration.adapters.conftest import AwsPorts
from tests.integration.adapters.samples import NOW, created
from tests.integration.adapters.test_messages import BODY, message, note

MONTH = NOW - timedelta(days=30)


def test_messages_are_counted_by_channel_outcome_and_time(ports: Any) -> None:
    for name, days in (("msg_1", 0), ("msg_2", 29), ("msg_3", 31)):
        ports.messages.add(message(name, sent_at=NOW - timedelta(days=days)), BODY, None)
    ports.messages.add(message("msg_4", channel="sms"), BODY, None)
    ports.messages.add(message("msg_5", location_id="loc-2"), BODY, None)
    for name in ("msg_1", "msg_2", "msg_3"):
        note(ports, MessageState.DELIVERED, message_id=name)
    note(ports, MessageState.BOUNCED, message_id="msg_2")
    note(ports, MessageState.OPENED, message_id="msg_1")
    note(ports, MessageState.FAILED, message_id="msg_4")
    assert ports.messages.counts("loc-1", "email", MONTH) == MessageCounts(2, 2, 1)
    assert ports.messages.counts("loc-1", "sms", MONTH) == MessageCounts(1, 0, 1)
    assert ports.messages.counts("loc-3", "sms", MONTH) == MessageCounts(0, 0, 0)


def test_a_report_that_comes_again_and_a_new_try_count_once(ports: Any) -> None:
    for minutes in (3, 1, 2, 1):
        ports.messages.add(message(), BODY, None)
        note(ports, MessageState.DELIVERED, minutes)
        note(ports, MessageState.DELIVERED, minutes)
    assert ports.messages.counts("loc-1", "email", MONTH) == MessageCounts(1, 1, 0)


def test_a_new_try_forgets_what_was_reported_of_the_one_before(ports: Any) -> None:
    ports.messages.add(message(), BODY, None)
    note(ports, MessageState.FAILED)
    ports.messages.add(message(), BODY, None)
    assert ports.messages.counts("loc-1", "email", MONTH) == MessageCounts(1, 0, 0)


def test_counting_is_three_calls_and_a_write_is_none_more(aws: AwsPorts) -> None:
    aws.messages.add(message(), BODY, None)
    note(aws, MessageState.DELIVERED)
    assert aws.operations == ["TransactWriteItems", "UpdateItem"]
    aws.operations.clear()
    aws.messages.counts("loc-1", "email", MONTH)
    assert aws.operations == ["Query"] * 3


def test_a_report_about_a_message_of_an_earlier_release_is_kept(aws: AwsPorts) -> None:
    aws.messages.add(message(), BODY, None)
    key = Key("L#loc-1#EXECUTION#ex-1", "MESSAGE#msg_1")
    aws.table.update(key, Expression("REMOVE #GSI1PK, #GSI1SK SET #x = :x", {":x": 1}))
    note(aws, MessageState.DELIVERED)
    assert MessageState.DELIVERED in aws.messages.get("loc-1", "ex-1", "msg_1").times
    assert aws.messages.counts("loc-1", "email", MONTH) == MessageCounts(0, 0, 0)


def test_more_than_can_be_counted_says_so(aws: AwsPorts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages_module, "MOST_COUNTED_PAGES", 2)
    for number in range(5):
        aws.messages.add(message(f"msg_{number}"), BODY, None)

    def one_at_a_time(params: dict[str, Any], **_: Any) -> None:
        params["Limit"] = 1

    event = "provide-client-params.dynamodb.Query"
    aws.dynamodb.meta.events.register(event, one_at_a_time)
    counts = aws.messages.counts("loc-1", "email", MONTH)
    assert (counts.sent, counts.is_complete) == (2, False)


def reminder(number: int, hours: float, **changes: Any) -> Reminder:
    fields = {
        "location_id": "loc-1",
        "booking_id": f"b-{number}",
        "workflow_id": "wf-1",
        "state": ReminderState.PLANNED,
        "fire_at": NOW + timedelta(hours=hours),
        "known_since": NOW,
        "changed_at": NOW,
    }
    return Reminder(**{**fields, **changes})


@pytest.fixture(params=["memory", "dynamodb"])
def reminders(request: pytest.FixtureRequest) -> Any:
    if request.param == "memory":
        return InMemoryReminders(FakePorts().bookings)
    return DynamoDBReminders(request.getfixturevalue("aws").table)


def test_planned_reminders_are_found_by_their_time(reminders: Any) -> None:
    for number, hours in ((1, 23), (2, 1), (3, 25), (4, -1), (5, 0), (6, 24)):
        reminders.save(reminder(number, hours))
    reminders.save(reminder(7, 2, location_id="loc-2"))
    reminders.save(reminder(8, 2, state=ReminderState.SKIPPED))
    found = reminders.planned("loc-1", NOW, NOW + timedelta(hours=24), 10)
    assert [each.booking_id for each in found] == ["b-5", "b-2", "b-1", "b-6"]
    assert found[1] == (NOW + timedelta(hours=1), "b-2", "wf-1")
    few = reminders.planned("loc-1", NOW, NOW + timedelta(hours=24), 2)
    assert [each.booking_id for each in few] == ["b-5", "b-2"]


def test_a_reminder_that_fired_or_moved_is_planned_no_more(reminders: Any) -> None:
    for number in (1, 2):
        reminders.save(reminder(number, 1))
    reminders.save(reminder(1, 1, state=ReminderState.FIRED, revision=2))
    reminders.save(reminder(2, 30, revision=2))
    assert reminders.planned("loc-1", NOW, NOW + timedelta(hours=24), 10) == []


def test_planned_reminders_are_one_call_whatever_they_are(aws: AwsPorts) -> None:
    store = DynamoDBReminders(aws.table)
    for number in range(20):
        store.save(reminder(number, 1))
    aws.operations.clear()
    assert len(store.planned("loc-1", NOW, NOW + timedelta(hours=24), 10)) == 10
    assert aws.operations == ["Query"]


def test_names_of_locations_come_from_settings_first(ports: Any) -> None:
    ports.bookings.record(created())
    ports.bookings.save_settings("loc-2", StoredSettings(LocationSettings(name="Fjord"), 1, NOW))
    assert ports.bookings.location_names(["loc-1", "loc-2", "loc-3"]) == {
        "loc-1": "Spree Kayaks",
        "loc-2": "Fjord",
    }
    ports.bookings.save_settings("loc-1", StoredSettings(LocationSettings(name="Own"), 1, NOW))
    assert ports.bookings.location_names(["loc-1"]) == {"loc-1": "Own"}
