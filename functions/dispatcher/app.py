"""Takes events from the queue and starts their workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookflow.bootstrap import services
from bookflow.domain.events import parse_event
from bookflow.edge.queues import queue_handler, read_json, sent_at
from bookflow.use_cases.runtime.dispatch import Dispatcher

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord


def dispatch(record: SQSRecord) -> None:
    """Dispatch the event of one queue message."""
    ports = services()
    last_try = int(record.attributes.approximate_receive_count) >= ports.settings.max_receive_count
    Dispatcher(ports).dispatch(
        parse_event(read_json(record.body)),
        last_try=last_try,
        received_at=sent_at(record.attributes.get("SentTimestamp")),
    )


handler = queue_handler(dispatch)
