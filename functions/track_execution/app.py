"""Records in executions what the status events of Step Functions say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookflow.bootstrap import services
from bookflow.edge.queues import queue_handler, read_json
from bookflow.use_cases.runtime.record_status_event import StatusEventRecorder

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord


def track(record: SQSRecord) -> None:
    """Apply the status change of one queue message."""
    StatusEventRecorder(services()).take(read_json(record.body))


handler = queue_handler(track)
