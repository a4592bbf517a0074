"""Messages as sent, and which step sent an SMS, in DynamoDB: `MessageStore` and `SentSmsStore`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from bookflow.adapters.dynamodb.base.documents import decode_model, encode_model
from bookflow.adapters.dynamodb.base.keys import Key, execution_key, partition, utc_text
from bookflow.adapters.dynamodb.base.table import (
    ConditionFailedError,
    Delete,
    Expression,
    Item,
    Put,
    TableStore,
    time_to_live,
)
from bookflow.domain.messages.sent.sent_message import (
    Channel,
    MessageBody,
    MessageCounts,
    MessageState,
    SentMessage,
)
from bookflow.domain.messages.sent.sent_sms import KEPT_FOR, SentSms
from bookflow.domain.shared.errors import NotFoundError
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest

MAX_BODY_BYTES = 380_000
"""Of a deflated body: an item holds 400 KB."""

_MESSAGE = "MESSAGE#"
_BODY = "TEXT_OF_MESSAGE#"
"""Behind the steps, so that who reads an execution with its steps reads no texts."""
_DELIVERED, _FAILED = "GSI2", "GSI3"
_INDEXES = {
    MessageState.DELIVERED: _DELIVERED,
    MessageState.FAILED: _FAILED,
    MessageState.BOUNCED: _FAILED,
}
"""The sparse indexes in which a message is found by what became of it: their entries are counted."""

MOST_COUNTED_PAGES = 5
"""Of 1 MB, which is some 4,000 messages."""

_STATE = "state:"
"""Begins the attribute of when a state was reported: one each, so that no two writes meet."""


class DynamoDBMessages(TableStore):
    """Keeps each message as two items in its execution's partition: lists read no bodies."""

    def add(
        self,
        message: SentMessage,
        body: MessageBody,
        until: datetime | None,
        beside: Sequence[Any] = (),
    ) -> None:
        """Store a message that is about to be sent, in the place of an earlier try's (one call).

        `beside` is written with it or not at all; see `Table.transact`.
        """
        expires_at = time_to_live(until)
        pk = execution_key(message.location_id, message.owner).pk
        document = encode_model(body)
        if len(document) > MAX_BODY_BYTES:
            document = encode_model(MessageBody(is_left_out=True))
        record = {
            **Key(pk, _MESSAGE + message.id).attributes,
            "execution_id": message.execution_id,
            "expires_at": expires_at,
            "data": encode_model(message),
            "GSI1PK": _list_of(message.location_id, message.channel),
            "GSI1SK": f"{utc_text(message.sent_at)}#{message.id}",
        }
        text = {
            **Key(pk, _BODY + message.id).attributes,
            "expires_at": expires_at,
            "data": document,
        }
        self.table.transact([Put(record), Put(text)], beside)

    def note(
        self,
        location_id: str,
        owner: str,
        message_id: str,
        execution_id: str,
        state: MessageState,
        at: datetime,
        detail: str = "",
    ) -> None:
        """Note what became of a message, the earliest report of each state (one call)."""
        name, values = f"{_STATE}{state}", {":at": utc_text(at)}
        text = "SET #state = :at"
        if detail:
            text, values = f"{text}, #detail = :detail", {**values, ":detail": detail}
        if index := _INDEXES.get(state):
            # The list and the time are those of the record; one of an earlier release has none.
            text += f", #{index}PK = if_not_exists(#GSI1PK, :earlier)"
            text += f", #{index}SK = if_not_exists(#GSI1SK, :at)"
            values[":earlier"] = _list_of(location_id, "EARLIER")
        condition = Expression(
            "attribute_exists(#PK) AND #execution_id = :execution_id"
            " AND (attribute_not_exists(#state) OR #state > :at)",
            {":execution_id": execution_id},
            {"#state": name},
        )
        key = Key(execution_key(location_id, owner).pk, _MESSAGE + message_id)
        with suppress(ConditionFailedError):
            self.table.update(key, Expression(text, values, {"#state": name}), condition)

    def counts(self, location_id: str, channel: Channel, since: datetime) -> MessageCounts:
        """Count what was sent since then, from keys alone (three calls, up to five each)."""
        pk, between = _list_of(location_id, channel), (utc_text(since), "~")
        (sent, all_sent), (delivered, all_delivered), (failed, all_failed) = (
            self.table.count(pk, index, between, most_pages=MOST_COUNTED_PAGES)
            for index in ("GSI1", _DELIVERED, _FAILED)
        )
        is_complete = all_sent and all_delivered and all_failed
        return MessageCounts(sent, delivered, failed, is_complete)

    def list(
        self, location_id: str, owner: str, request: PageRequest = FIRST_PAGE
    ) -> Page[SentMessage]:
        """Return a page of the messages of a chain of executions (one call)."""
        pk = execution_key(location_id, owner).pk
        page = self.table.query_page(pk, request, begins_with=_MESSAGE)
        return page.holding([_message(item) for item in page.items])

    def get(self, location_id: str, owner: str, message_id: str) -> SentMessage:
        """Return a message (one call)."""
        item = self.table.get(Key(execution_key(location_id, owner).pk, _MESSAGE + message_id))
        if item is None:
            raise NotFoundError("there is no such message", field="message_id")
        return _message(item)

    def bodies(
        self, location_id: str, owner: str, message_ids: Iterable[str]
    ) -> Mapping[str, MessageBody]:
        """Return the texts of messages (one call per 100)."""
        pk = execution_key(location_id, owner).pk
        keys = {Key(pk, _BODY + each): each for each in message_ids}
        found = self.table.get_many(keys)
        return {keys[key]: decode_model(MessageBody, item["data"]) for key, item in found.items()}

    def delete(self, location_id: str, owner: str) -> int:
        """Delete the messages of a chain of executions (one call, and one a message)."""
        pk = execution_key(location_id, owner).pk
        deleted = 0
        for item in self.table.query(pk, begins_with=_MESSAGE):
            body = _BODY + item["SK"].removeprefix(_MESSAGE)
            self.table.transact([Delete(Key(pk, body)), Delete(Key(pk, item["SK"]))])
            deleted += 1
        return deleted


def _list_of(location_id: str, channel: str) -> str:
    return partition(location_id, "MESSAGES", channel)


def _message(item: Item) -> SentMessage:
    times = {
        MessageState(name.removeprefix(_STATE)): datetime.fromisoformat(value)
        for name, value in item.items()
        if name.startswith(_STATE)
    }
    return decode_model(SentMessage, item["data"], times=times, detail=item.get("detail", ""))


class DynamoDBSentSms(TableStore):
    """Keeps a record for each message, found by SNS's id of it alone."""

    def add(self, sent: SentSms) -> None:
        """Remember the message for as long as feedback may come (one call)."""
        key = _key(sent.message_id)
        expires_at = time_to_live(sent.sent_at + KEPT_FOR)
        item = {**key.attributes, "expires_at": expires_at, "data": encode_model(sent)}
        self.table.put(Put(item))

    def find(self, message_id: str) -> SentSms | None:
        """Return the message; None if this stack did not send it, or long ago (one call)."""
        item = self.table.get(_key(message_id))
        return None if item is None else decode_model(SentSms, item["data"])


def _key(message_id: str) -> Key:
    """Return the key: SNS's id is one for all locations, and its log names none."""
    return Key(f"SMS#{message_id}", "SMS")
