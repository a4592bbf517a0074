"""Plans reminders in pages, and reconciles those of a location."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookflow.bootstrap import services
from bookflow.edge import queue_handler, read_json
from bookflow.reconcile_reminders import ReminderReconciler
from bookflow.reminder_jobs import ReminderJobs

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

WORKERS = 8
"""Threads of a page: a reminder is three calls that wait, and the rate is 200 a second."""


def work(record: SQSRecord) -> None:
    """Do the page, or the location, of one queue message."""
    message = read_json(record.body)
    location_id = message.get("reconcile")
    if isinstance(location_id, str):
        ReminderReconciler(services()).run(location_id)
    else:
        ReminderJobs(services(), workers=WORKERS).run_page(message)


handler = queue_handler(work)
