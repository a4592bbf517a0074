"""Records on its step what became of a text message, and lists numbers that answered STOP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookflow.domain.messages.sent.sent_message import MessageState
from bookflow.domain.messages.sms_feedback import SmsFeedback, SmsFeedbackKind
from bookflow.domain.messages.suppression import sms_stop

if TYPE_CHECKING:
    from bookflow.ports import Ports

_METRICS = {
    SmsFeedbackKind.DELIVERED: "SmsDelivered",
    SmsFeedbackKind.OPTED_OUT: "SmsOptedOut",
    SmsFeedbackKind.INVALID_NUMBER: "SmsInvalidNumber",
    SmsFeedbackKind.FAILED: "SmsFailed",
}


_STATES = {SmsFeedbackKind.DELIVERED: MessageState.DELIVERED}
"""All other kinds mean that it did not arrive."""


class SmsFeedbackRecorder:
    """Takes what the delivery logs of the account say of messages that this stack has sent."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def take(self, feedback: SmsFeedback) -> None:
        """Record the outcome, suppress a number that has opted out, and count.

        A message that this stack has no record of is left alone: the logs are those of the whole
        account. The same feedback again changes nothing, and no feedback lifts a suppression.

        An unknown outcome stays one: a step that got no answer of SNS knows no message id.
        """
        sent = self._ports.sent_sms.find(feedback.message_id)
        if sent is None:
            return
        if feedback.kind is SmsFeedbackKind.OPTED_OUT:
            self._ports.suppressions.add(
                sms_stop(sent.location_id, feedback.number, sent.execution_id, feedback.at)
            )
        self._ports.executions.note_delivery(
            sent.location_id, sent.execution_id, sent.node_id, sent.message_id, _outcome(feedback)
        )
        self._ports.messages.note(
            sent.location_id,
            sent.owner,
            sent.record_id,
            sent.execution_id,
            _STATES.get(feedback.kind, MessageState.FAILED),
            feedback.at,
            "" if feedback.kind is SmsFeedbackKind.DELIVERED else feedback.detail,
        )
        self._ports.counter.count(_METRICS[feedback.kind])


def _outcome(feedback: SmsFeedback) -> str:
    """Return what stands beside the message in its step's output."""
    if feedback.kind is SmsFeedbackKind.DELIVERED:
        return feedback.kind.value
    return f"not delivered: {feedback.detail or 'no reason given'}"
