"""Plans reminders, erases guests, starts batches and imports bookings, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookflow.bootstrap import services
from bookflow.edge.log import logger
from bookflow.edge.queues import queue_handler, read_json
from bookflow.use_cases.jobs.run_job import JobRunner

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

WORKERS = 8
"""Threads of a page: a reminder is three calls that wait, and the rate is 100 a second."""


def work(record: SQSRecord) -> None:
    """Do the page, or the location, of one queue message."""
    put_off_for = JobRunner(services(), workers=WORKERS).do(read_json(record.body))
    if put_off_for is not None:
        logger.warning("work postponed", extra={"reason": str(put_off_for)})


handler = queue_handler(work)
