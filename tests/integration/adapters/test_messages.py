"""Messages as sent, for the fake and for DynamoDB: text apart, states in any order, deleted whole."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import pytest

from bookflow.adapters.dynamodb.messages import MAX_BODY_BYTES
from bookflow.domain.messages.sent.sent_message import MessageBody, MessageState, SentMessage
from bookflow.domain.shared.errors import NotFoundError
from bookflow.domain.shared.pagination import PageRequest
from tests.integration.adapters.conftest import TABLE, AwsPorts
from tests.integration.adapters.samples import NOW, step

BODY = MessageBody(html="<p>Grüße</p>" * 5000, text="Grüße")


def message(message_id: str = "msg_1", **changes: Any) -> SentMessage:
    values = {
        "location_id": "loc-1",
        "owner": "ex-1",
        "execution_id": "ex-1",
        "node_id": "n-1",
        "booking_id": "b-1",
        "channel": "email",
        "template_id": "t-1",
        "template_name": "Confirmation",
        "template_version": 3,
        "recipient": "customer",
        "to": "a…@example.com",
        "subject": "Your booking",
        "sent_at": NOW,
    }
    return SentMessage(**{**values, "id": message_id, **changes})


def note(ports: Any, state: MessageState, minutes: int = 0, **changes: Any) -> None:
    values = {"location_id": "loc-1", "owner": "ex-1", "message_id": "msg_1", "detail": ""}
    known = {**values, "execution_id": "ex-1", **changes}
    ports.messages.note(**known, state=state, at=NOW + timedelta(minutes=minutes))


def test_a_message_is_read_with_its_text_and_by_its_location_only(ports: Any) -> None:
    ports.messages.add(message(), BODY, NOW)
    assert ports.messages.get("loc-1", "ex-1", "msg_1") == message()
    assert ports.messages.bodies("loc-1", "ex-1", ["msg_1", "msg_2"]) == {"msg_1": BODY}
    assert ports.messages.list("loc-2", "ex-1").items == []
    assert ports.messages.bodies("loc-2", "ex-1", ["msg_1"]) == {}
    for place, owner, name in (
        ("loc-2", "ex-1", "msg_1"),
        ("loc-1", "ex-2", "msg_1"),
        ("loc-1", "ex-1", "msg_2"),
    ):
        with pytest.raises(NotFoundError):
            ports.messages.get(place, owner, name)


def test_messages_are_listed_by_page_and_are_no_steps(ports: Any) -> None:
    ports.executions.begin_step(step())
    wanted = [message(f"msg_{number}") for number in range(5)]
    for each in wanted:
        ports.messages.add(each, BODY, NOW)
    first = ports.messages.list("loc-1", "ex-1", PageRequest(2))
    rest = ports.messages.list("loc-1", "ex-1", PageRequest(9, first.position))
    assert [*first.items, *rest.items] == wanted
    assert [each.node_id for each in ports.executions.steps("loc-1", "ex-1")] == ["n-1"]


def test_each_state_keeps_its_earliest_report(ports: Any) -> None:
    ports.messages.add(message(), BODY, NOW)
    for minutes in (5, 3, 4):
        note(ports, MessageState.OPENED, minutes)
    note(ports, MessageState.DELIVERED, 1)
    note(ports, MessageState.BOUNCED, 2, detail="Permanent NoEmail")
    note(ports, MessageState.BOUNCED, 6, detail="Later words")
    stored = ports.messages.get("loc-1", "ex-1", "msg_1")
    assert stored.times == {
        MessageState.OPENED: NOW + timedelta(minutes=3),
        MessageState.DELIVERED: NOW + timedelta(minutes=1),
        MessageState.BOUNCED: NOW + timedelta(minutes=2),
    }
    assert stored.detail == "Permanent NoEmail"
    assert ports.messages.list("loc-1", "ex-1").items == [stored]


def test_a_report_makes_no_message_and_touches_none_of_another_execution(ports: Any) -> None:
    note(ports, MessageState.DELIVERED)
    assert ports.messages.list("loc-1", "ex-1").items == []
    ports.messages.add(message(execution_id="ex-2"), BODY, NOW)
    note(ports, MessageState.DELIVERED)
    assert ports.messages.get("loc-1", "ex-1", "msg_1").times == {}
    note(ports, MessageState.DELIVERED, execution_id="ex-2")
    assert MessageState.DELIVERED in ports.messages.get("loc-1", "ex-1", "msg_1").times


def test_the_next_try_takes_the_place_of_the_one_before(ports: Any) -> None:
    ports.messages.add(message(), BODY, NOW)
    note(ports, MessageState.FAILED, detail="The mail service is busy.")
    ports.messages.add(message(subject="New"), MessageBody(text="New"), NOW)
    assert ports.messages.get("loc-1", "ex-1", "msg_1") == message(subject="New")
    assert ports.messages.bodies("loc-1", "ex-1", ["msg_1"])["msg_1"].text == "New"


def test_all_messages_of_a_chain_are_deleted_with_their_texts(ports: Any) -> None:
    for number in range(3):
        ports.messages.add(message(f"msg_{number}"), BODY, NOW)
    ports.messages.add(message("msg_0", owner="ex-9"), BODY, NOW)
    assert ports.messages.delete("loc-1", "ex-1") == 3
    assert ports.messages.list("loc-1", "ex-1").items == []
    assert ports.messages.bodies("loc-1", "ex-1", ["msg_0"]) == {}
    assert ports.messages.delete("loc-1", "ex-1") == 0
    assert len(ports.messages.list("loc-1", "ex-9").items) == 1


def test_a_list_reads_no_text_and_a_record_is_one_call(aws: AwsPorts) -> None:
    aws.messages.add(message(), BODY, NOW)
    assert aws.operations == ["TransactWriteItems"]
    answer = aws.dynamodb.query(
        TableName=TABLE,
        KeyConditionExpression="PK = :pk AND begins_with(SK, :prefix)",
        ExpressionAttributeValues={
            ":pk": {"S": "L#loc-1#EXECUTION#ex-1"},
            ":prefix": {"S": "MESSAGE#"},
        },
    )
    (item,) = answer["Items"]
    index = {"GSI1PK", "GSI1SK"}
    assert set(item) == {"PK", "SK", "execution_id", "expires_at", "data", *index}
    assert "Grüße" not in str(item)
    aws.operations.clear()
    aws.messages.list("loc-1", "ex-1")
    note(aws, MessageState.DELIVERED)
    aws.messages.bodies("loc-1", "ex-1", ["msg_1"])
    assert aws.operations == ["Query", "UpdateItem", "BatchGetItem"]


def test_what_is_too_large_for_an_item_is_left_out_and_stops_no_message(aws: AwsPorts) -> None:
    noise = secrets.token_hex(MAX_BODY_BYTES + 1000)
    aws.messages.add(message(), MessageBody(html=noise, text="Hi"), NOW)
    left = aws.messages.bodies("loc-1", "ex-1", ["msg_1"])["msg_1"]
    assert left == MessageBody(is_left_out=True)


def test_a_wait_keeps_an_execution_s_messages_as_long_as_its_record(aws: AwsPorts) -> None:
    aws.messages.add(message(), BODY, NOW)
    later = NOW + timedelta(days=90)
    aws.executions.keep_until("loc-1", "ex-1", later)
    items = aws.dynamodb.scan(TableName=TABLE)["Items"]
    assert {item["expires_at"]["N"] for item in items} == {str(int(later.timestamp()))}
