"""Records what SES reports about sent e-mails: bounces and complaints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookflow.bootstrap import services
from bookflow.domain.messages.mail_feedback import read_mail_feedback
from bookflow.edge.queues import queue_handler, read_json
from bookflow.use_cases.messages.record_mail_feedback import MailFeedbackRecorder

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord


def take(record: SQSRecord) -> None:
    """Take the feedback of one queue message."""
    MailFeedbackRecorder(services()).take(read_mail_feedback(read_json(record.body)))


handler = queue_handler(take)
