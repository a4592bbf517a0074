"""Keeps executions true to the status events of Step Functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookflow.bootstrap import services
from bookflow.domain.status_changes import read_status_change
from bookflow.edge import queue_handler, read_json
from bookflow.track import Tracker

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord


def track(record: SQSRecord) -> None:
    """Apply the status change of one queue message."""
    Tracker(services()).apply(read_status_change(read_json(record.body)))


handler = queue_handler(track)
