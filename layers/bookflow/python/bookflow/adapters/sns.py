"""SMS by Amazon SNS: the port `Texter`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookflow.adapters.aws_errors import AWS_ERRORS, require_send_once, sending_errors

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

    def has_opted_out(self, number: str) -> bool | None:
        """Say whether the number has answered STOP; None if SNS cannot say at the moment.

        `Publish` has no error for such a number: SNS accepts the message, answers with an id and
        delivers nothing (API reference, "Publish"). The list is one for account and Region.
        """
        try:
            answer = self._client.check_if_phone_number_is_opted_out(phoneNumber=number)
        except AWS_ERRORS:
            return None
        return answer["isOptedOut"]

    def send(self, message: TextMessage) -> str:
        """Send and return SNS's message id.

        Raises:
            OutcomeUnknownError: The connection broke after the request was made.
            TransientError: SNS is busy or could not be reached: nothing was sent.
            PermanentError: SNS rejects the number or the message.
        """
        kind = "Promotional" if message.is_marketing else "Transactional"
        attributes = {"AWS.SNS.SMS.SMSType": _text(kind)}
        if self._sender_id:
            attributes["AWS.SNS.SMS.SenderID"] = _text(self._sender_id)
        with sending_errors("Sending the SMS", _REMEDIES):
            answer = self._client.publish(
                PhoneNumber=message.to, Message=message.text, MessageAttributes=attributes
            )
        return answer["MessageId"]


def _text(value: str) -> MessageAttributeValueTypeDef:
    return {"DataType": "String", "StringValue": value}
