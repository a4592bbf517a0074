"""Suppresses addresses that bounce permanently or complain."""

from __future__ import annotations

from bookflow.domain.messages.mail_feedback import FeedbackKind, MailFeedback
from bookflow.domain.messages.suppression import (
    Suppression,
    SuppressionReason,
    SuppressionScope,
    address_hash,
    masked,
)
from bookflow.ports import Ports

_REASONS = {
    FeedbackKind.HARD_BOUNCE: SuppressionReason.BOUNCED,
    FeedbackKind.COMPLAINT: SuppressionReason.COMPLAINED,
}

_METRICS = {
    FeedbackKind.HARD_BOUNCE: "EmailsHardBounced",
    FeedbackKind.SOFT_BOUNCE: "EmailsSoftBounced",
    FeedbackKind.COMPLAINT: "EmailsComplained",
    FeedbackKind.NO_COMPLAINT: "EmailsNotSpam",
}


class MailFeedbackRecorder:
    """Puts addresses on the list of the location whose e-mail it was about."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def take(self, feedback: MailFeedback) -> None:
        """Suppress the addresses of a hard bounce or a complaint; only count everything else.

        The first suppression of an address stands, so the same feedback again changes nothing.
        """
        if reason := _REASONS.get(feedback.kind):
            for address in feedback.addresses:
                self._ports.suppressions.add(_suppression(feedback, address, reason))
        self._ports.counter.count(_METRICS[feedback.kind])


def _suppression(feedback: MailFeedback, address: str, reason: SuppressionReason) -> Suppression:
    return Suppression(
        location_id=feedback.location_id,
        address_hash=address_hash(feedback.location_id, address),
        masked=masked(address),
        reason=reason,
        scope=SuppressionScope.ALL,
        execution_id=feedback.execution_id,
        detail=feedback.detail,
        created_at=feedback.at,
    )
