"""SMS by Amazon SNS: the port `Texter`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from bookflow.adapters.aws_errors import error_code, require_send_once, sending_errors
from bookflow.domain.shared.errors import OptedOutError

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef

    from bookflow.domain.messages.message import TextMessage

_REMEDIES = {
    "InvalidParameter": "Check the phone number: + and the country's prefix, then digits only.",
    "InvalidParameterValue": "Check the phone number and the sender id of the stack.",
    "UserError": "Check the SMS settings and the spending limit of SNS.",
}


class SNSTexter:
    """Sends one SMS a call, as a promotional one if it is marketing, else as a transactional one.

    Args:
        client: An SNS client that tries once: see `require_send_once`.
        sender_id: What the phone shows as sender, where the country allows it.
    """

    def __init__(self, client: SNSClient, sender_id: str | None = None) -> None:
        require_send_once(client)
        self._client = client
        self._sender_id = sender_id

    def send(self, message: TextMessage) -> str:
        """Send and return SNS's message id.

        Raises:
            OptedOutError: The number has answered STOP to this account; nothing was sent.
            OutcomeUnknownError: The connection broke after the request was made.
            TransientError: SNS is busy or could not be reached: nothing was sent.
            PermanentError: SNS rejects the number or the message.
        """
        kind = "Promotional" if message.is_marketing else "Transactional"
        attributes = {"AWS.SNS.SMS.SMSType": _text(kind)}
        if self._sender_id:
            attributes["AWS.SNS.SMS.SenderID"] = _text(self._sender_id)
        with sending_errors("Sending the SMS", _REMEDIES):
            try:
                answer = self._client.publish(
                    PhoneNumber=message.to, Message=message.text, MessageAttributes=attributes
                )
            except ClientError as error:
                if error_code(error) != "OptedOut":
                    raise
                raise OptedOutError(
                    "Sending the SMS failed: the number has opted out (OptedOut).",
                    remedy="Do not write to it.",
                ) from None
        return answer["MessageId"]


def _text(value: str) -> MessageAttributeValueTypeDef:
    return {"DataType": "String", "StringValue": value}
