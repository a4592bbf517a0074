"""Keeps executions true to the status events of Step Functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookflow.bootstrap import services
from bookflow.domain.status_changes import read_status_change
from bookflow.edge import queue_handler, read_json
from bookflow.use_cases.track import Tracker

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord


def track(record: SQSRecord) -> None:
    """Apply the status change of one queue message."""
    ports = services()

    def payload_of(machine_arn: str, name: str) -> str | None:
        run = ports.machines.run(machine_arn, name)
        return run.payload if run else None

    Tracker(ports).apply(read_status_change(read_json(record.body), payload_of))


handler = queue_handler(track)
