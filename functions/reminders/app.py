"""Plans reminders in pages, and reconciles those of a location."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookflow.bootstrap import services
from bookflow.domain.errors import TransientError
from bookflow.edge import logger, queue_handler, read_json
from bookflow.use_cases.reconcile_reminders import ReminderReconciler
from bookflow.use_cases.reminder_jobs import ReminderJobs, put_off

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

WORKERS = 8
"""Threads of a page: a reminder is three calls that wait, and the rate is 100 a second."""


def work(record: SQSRecord) -> None:
    """Do the page, or the location, of one queue message."""
    message = read_json(record.body)
    location_id = message.get("reconcile")
    try:
        if isinstance(location_id, str):
            ReminderReconciler(services()).run(location_id)
        else:
            ReminderJobs(services(), workers=WORKERS).run_page(message)
    except TransientError as error:
        if not put_off(services(), message):
            raise
        logger.warning("work put off", extra={"reason": str(error)})


handler = queue_handler(work)
