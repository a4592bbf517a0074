"""The queue of jobs that run page by page, on SQS: the port `JobQueue`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bookflow.adapters.aws_errors import aws_errors

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


MOST_DELAY_SECONDS = 900
"""SQS holds no message back for longer (AWS, "Amazon SQS delay queues")."""


class SQSJobQueue:
    """Puts each message as a JSON object."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, message: Mapping[str, Any], *, delay_seconds: int = 0) -> None:
        """Put a message on the queue, after 15 minutes at most; it may arrive more than once."""
        with aws_errors("Asking for the next page"):
            self._client.send_message(
                QueueUrl=self._queue_url,
                MessageBody=json.dumps(message),
                DelaySeconds=min(delay_seconds, MOST_DELAY_SECONDS),
            )
