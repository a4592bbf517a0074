"""Queues of SQS: dead letters for a person to look at, and events that wait for their turn."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from bookflow.adapters.aws_errors import aws_errors
from bookflow.ports import FIRST_SENT_AT, HAS_TURN

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef

ATTRIBUTE_CHARACTERS = 2000
"""Longest reason; attributes share the message's size limit with the body."""

# Characters that SQS rejects (AWS, "SendMessage").
_INVALID_CHARACTERS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class SQSDeadLetters:
    """Puts the input, as it came, with the attributes `reason` and `field`."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def put(self, body: str, *, reason: str, field: str | None) -> None:
        """Keep the input with the reason for a person to look at."""
        attributes = {"reason": _text(reason)}
        if field:
            attributes["field"] = _text(field)
        with aws_errors("Keeping a bad message"):
            self._client.send_message(
                QueueUrl=self._queue_url, MessageBody=body, MessageAttributes=attributes
            )


class SQSEventQueue:
    """Sends a waiting event anew: to be received again would bring it nearer to the dead letters."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def put_back(self, body: str, *, first_sent_at: datetime, seconds: int, has_turn: bool) -> None:
        """Let an event come again after some seconds, with when it was sent first."""
        milliseconds = str(round(first_sent_at.timestamp() * 1000))
        attributes = {FIRST_SENT_AT: _text(milliseconds)}
        if has_turn:
            attributes[HAS_TURN] = _text("yes")
        with aws_errors("Putting an event back"):
            self._client.send_message(
                QueueUrl=self._queue_url,
                MessageBody=body,
                DelaySeconds=seconds,
                MessageAttributes=attributes,
            )


def _text(value: str) -> MessageAttributeValueTypeDef:
    shown = _INVALID_CHARACTERS.sub("?", value)[:ATTRIBUTE_CHARACTERS]
    return {"DataType": "String", "StringValue": shown or "unknown"}
