"""Handles SQS messages one by one; sends non-retryable messages to the dead-letter queue."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bookflow.bootstrap import services
from bookflow.domain.shared.errors import InvalidInputError, PermanentError
from bookflow.edge.log import logger
from bookflow.error_report import error_report
from bookflow.ports import FIRST_SENT_AT, HAS_TURN

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord


def read_json(body: str) -> dict[str, Any]:
    """Return the JSON object of a queue message.

    Raises:
        InvalidInputError: It is not one.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise InvalidInputError("is not a JSON object", field="body")
    return value


def sent_at(milliseconds: str | None) -> datetime | None:
    """Return when a message was sent to its queue; None for one that came by no queue.

    Args:
        milliseconds: The message's attribute `SentTimestamp`, epoch milliseconds.
    """
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC) if milliseconds else None


def first_sent_at(record: SQSRecord) -> datetime | None:
    """Return when an event that may have waited for its turn was sent first, if it came by a queue."""
    attribute = record.raw_event.get("messageAttributes", {}).get(FIRST_SENT_AT, {})
    return sent_at(attribute.get("stringValue") or record.attributes.get("SentTimestamp"))


def has_turn(record: SQSRecord) -> bool:
    """Return whether an event has waited until its turn."""
    return HAS_TURN in record.raw_event.get("messageAttributes", {})


def queue_handler(process: Callable[[SQSRecord], None]) -> Callable[[dict[str, Any], Any], Any]:
    """Return the handler of a queue's function: each message on its own, partial failures.

    A non-retryable message goes to the dead-letter queue with its reason at once; the
    others that fail are delivered again. An event without `Records` is a batch of one: the
    EventBridge envelope itself, as `sam local invoke` sends a file of `events/`.
    """

    def one(record: SQSRecord) -> None:
        try:
            _take(record, process)
        except Exception as error:
            logger.warning(
                "message will be delivered again",
                extra={"id": record.message_id, **error_report(error)},
            )
            raise

    def handler(event: dict[str, Any], context: Any) -> Any:
        from aws_lambda_powertools.utilities.batch import (
            BatchProcessor,
            EventType,
            process_partial_response,
        )

        processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        return process_partial_response(
            event=_as_batch(event), record_handler=one, processor=processor, context=context
        )

    return handler


def _as_batch(event: dict[str, Any]) -> dict[str, Any]:
    if "Records" in event:
        return event
    record = {
        "messageId": str(event.get("id", "bare")),
        "body": json.dumps(event),
        "attributes": {"ApproximateReceiveCount": "1"},
        "eventSource": "aws:sqs",
    }
    return {"Records": [record]}


def _take(record: SQSRecord, process: Callable[[SQSRecord], None]) -> None:
    try:
        process(record)
    except PermanentError as error:
        details = {"field": error.field, "reason": error.message, "id": record.message_id}
        logger.error("message rejected", extra=details)
        services().dead_letters.put(record.body, reason=error.message, field=error.field)
        services().counter.count("MessagesRefused")
