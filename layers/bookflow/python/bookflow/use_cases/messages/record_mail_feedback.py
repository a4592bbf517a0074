"""Notes what became of e-mails, suppresses bad addresses, and settles unknown outcomes."""

from __future__ import annotations

from bookflow.domain.executions.execution import Execution
from bookflow.domain.messages.mail_feedback import FeedbackKind, MailFeedback
from bookflow.domain.messages.sent.sent_message import MessageState, message_record_id
from bookflow.domain.messages.suppression import Suppression, SuppressionReason, SuppressionScope
from bookflow.domain.shared.errors import NotFoundError
from bookflow.ports import Ports
from bookflow.use_cases.executions.report_outcome import OutcomeReporter

_REASONS = {
    FeedbackKind.HARD_BOUNCE: SuppressionReason.BOUNCED,
    FeedbackKind.COMPLAINT: SuppressionReason.COMPLAINED,
}

_METRICS = {
    FeedbackKind.SENT: "EmailsSent",
    FeedbackKind.DELIVERED: "EmailsDelivered",
    FeedbackKind.OPENED: "EmailsOpened",
    FeedbackKind.CLICKED: "EmailsClicked",
    FeedbackKind.REJECTED: "EmailsRejected",
    FeedbackKind.HARD_BOUNCE: "EmailsHardBounced",
    FeedbackKind.SOFT_BOUNCE: "EmailsSoftBounced",
    FeedbackKind.COMPLAINT: "EmailsComplained",
    FeedbackKind.NO_COMPLAINT: "EmailsNotSpam",
}

_STATES = {
    FeedbackKind.SENT: MessageState.ACCEPTED,
    FeedbackKind.DELIVERED: MessageState.DELIVERED,
    FeedbackKind.OPENED: MessageState.OPENED,
    FeedbackKind.CLICKED: MessageState.CLICKED,
    FeedbackKind.REJECTED: MessageState.FAILED,
    FeedbackKind.HARD_BOUNCE: MessageState.BOUNCED,
    FeedbackKind.SOFT_BOUNCE: MessageState.BOUNCED,
    FeedbackKind.COMPLAINT: MessageState.COMPLAINED,
}

_SAYS_NO_MORE = frozenset({FeedbackKind.OPENED, FeedbackKind.CLICKED})
"""What comes after other reports of the same e-mail, of which one has settled its outcome."""

_PROBLEMS = {
    FeedbackKind.REJECTED: "The mail service rejected the e-mail because of its content.",
    FeedbackKind.HARD_BOUNCE: "The e-mail was sent and bounced: the address does not take it.",
}
"""What it means for a step of unknown outcome that its e-mail was not delivered."""


class MailFeedbackRecorder:
    """Takes reports of the e-mails of locations, in any order and as often as they come."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def take(self, feedback: MailFeedback) -> None:
        """Suppress the addresses of a hard bounce or a complaint, note the state, and count.

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
        if feedback.execution_id and feedback.node_id and feedback.effect:
            self._record(feedback, feedback.execution_id, feedback.node_id, feedback.effect)
        self._ports.counter.count(_METRICS[feedback.kind])

    def _record(self, feedback: MailFeedback, execution_id: str, node_id: str, effect: str) -> None:
        try:
            execution = self._ports.executions.get(feedback.location_id, execution_id)
        except NotFoundError:
            return  # its record has expired, or the e-mail was a test
        if state := _STATES.get(feedback.kind):
            self._note(execution, node_id, effect, state, feedback)
        if feedback.kind not in _SAYS_NO_MORE:
            OutcomeReporter(self._ports).report(
                execution,
                node_id,
                effect,
                result={"message_id": feedback.message_id, "confirmed": True},
                problem=_PROBLEMS.get(feedback.kind),
            )

    def _note(
        self,
        execution: Execution,
        node_id: str,
        effect: str,
        state: MessageState,
        feedback: MailFeedback,
    ) -> None:
        owner = execution.owner
        self._ports.messages.note(
            execution.location_id,
            owner,
            message_record_id(owner, node_id, effect),
            execution.id,
            state,
            feedback.at,
            _PROBLEMS.get(feedback.kind, feedback.detail),
        )
