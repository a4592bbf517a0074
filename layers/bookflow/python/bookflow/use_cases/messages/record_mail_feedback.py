"""Suppresses addresses that bounce permanently or complain, and settles unknown outcomes."""

from __future__ import annotations

from bookflow.domain.messages.mail_feedback import FeedbackKind, MailFeedback
from bookflow.domain.messages.suppression import Suppression, SuppressionReason, SuppressionScope
from bookflow.ports import Ports
from bookflow.use_cases.executions.report_outcome import OutcomeReporter

_REASONS = {
    FeedbackKind.HARD_BOUNCE: SuppressionReason.BOUNCED,
    FeedbackKind.COMPLAINT: SuppressionReason.COMPLAINED,
}

_METRICS = {
    FeedbackKind.SENT: "EmailsSent",
    FeedbackKind.DELIVERED: "EmailsDelivered",
    FeedbackKind.REJECTED: "EmailsRejected",
    FeedbackKind.HARD_BOUNCE: "EmailsHardBounced",
    FeedbackKind.SOFT_BOUNCE: "EmailsSoftBounced",
    FeedbackKind.COMPLAINT: "EmailsComplained",
    FeedbackKind.NO_COMPLAINT: "EmailsNotSpam",
}


_PROBLEMS = {
    FeedbackKind.REJECTED: "The mail service rejected the e-mail because of its content.",
    FeedbackKind.HARD_BOUNCE: "The e-mail was sent and bounced: the address does not take it.",
}
"""What it means for a step of unknown outcome that its e-mail was not delivered."""


class MailFeedbackRecorder:
    """Puts addresses on the list of the location whose e-mail it was about."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def take(self, feedback: MailFeedback) -> None:
        """Suppress the addresses of a hard bounce or a complaint, and count what was reported.

        Each report says that the mail service has taken the e-mail. A step that could not know it
        knows it by then.

        The first suppression of an address stands, so the same feedback again changes nothing.
        """
        if reason := _REASONS.get(feedback.kind):
            for address in feedback.addresses:
                self._ports.suppressions.add(
                    Suppression.of(
                        feedback.location_id,
                        address,
                        reason=reason,
                        scope=SuppressionScope.ALL,
                        execution_id=feedback.execution_id,
                        detail=feedback.detail,
                        created_at=feedback.at,
                    )
                )
        self._settle(feedback)
        self._ports.counter.count(_METRICS[feedback.kind])

    def _settle(self, feedback: MailFeedback) -> None:
        if feedback.execution_id and feedback.node_id and feedback.effect:
            OutcomeReporter(self._ports).report(
                feedback.location_id,
                feedback.execution_id,
                feedback.node_id,
                feedback.effect,
                result={"message_id": feedback.message_id, "confirmed": True},
                problem=_PROBLEMS.get(feedback.kind),
            )
