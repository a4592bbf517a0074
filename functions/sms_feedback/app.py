"""Records what SNS logs about sent text messages: delivered, failed, opted out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookflow.bootstrap import services
from bookflow.domain.messages.sms_feedback import read_sms_feedback
from bookflow.edge.log_lines import log_handler
from bookflow.edge.queues import read_json
from bookflow.use_cases.messages.record_sms_feedback import SmsFeedbackRecorder

if TYPE_CHECKING:
    from datetime import datetime


def take(line: str, logged_at: datetime) -> None:
    """Take the feedback of one line of SNS's delivery log."""
    SmsFeedbackRecorder(services()).take(read_sms_feedback(read_json(line), logged_at))


handler = log_handler(take)
