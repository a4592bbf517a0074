"""An answer that is lost on its way neither repeats an effect nor costs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends
from moto.sns.models import sns_backends

from bookflow.adapters.ses import SESMailer
from bookflow.adapters.sns import SNSTexter
from bookflow.domain.messages.message import Email, TextMessage
from bookflow.domain.messages.sent.sent_message import KeptMessage, MessageBody
from bookflow.domain.shared.errors import OutcomeUnknownError
from tests.integration.adapters.conftest import SENDER, TRY_ONCE, AwsPorts
from tests.integration.adapters.test_messages import message
from tests.integration.conftest import REGION

EMAIL = Email(to="ada@example.com", subject="Hi", html="<p>Hi</p>", text="Hi")
SMS = TextMessage(to="+491701234567", text="Hi")
KEY = "ex-1#n-1"


@pytest.mark.parametrize(
    ("operation", "kept"),
    [("PutItem", None), ("TransactWriteItems", KeptMessage(message(), MessageBody(), None))],
)
def test_an_effect_runs_though_the_answer_to_its_first_record_was_lost(
    aws: AwsPorts, operation: str, kept: KeptMessage | None
) -> None:
    puts: list[Mapping[str, Any]] = []

    def lose_first_answer(**answered: Any) -> float | None:
        puts.append(answered)
        # Seconds until botocore makes the same request again, as after a timeout or a 500.
        return 0.0 if len(puts) == 1 else None

    events = aws.dynamodb.meta.events
    events.register_first(f"needs-retry.dynamodb.{operation}", lose_first_answer)
    ran: list[str] = []

    def effect() -> Mapping[str, Any]:
        ran.append("once")
        return {"message_id": "m-1"}

    for _ in range(2):
        assert aws.effects.once(KEY, effect, message=kept) == {"message_id": "m-1"}
    assert (len(puts) > 1, ran) == (True, ["once"])


class Sender:
    """A service that takes each message and whose answer arrives with another status.

    Args:
        aws: Where the service is.
        service: SES or SNS, by botocore's name.
        status: The status that arrives.
    """

    def __init__(self, aws: AwsPorts, service: str, status: int) -> None:
        client = aws.client(service, config=TRY_ONCE)
        if service == "sesv2":
            client.create_email_identity(EmailIdentity=SENDER)
            self._send = lambda: SESMailer(client, SENDER).send(EMAIL)
            operation = "SendEmail"
        else:
            self._send = lambda: SNSTexter(client, "Kayaks").send(SMS)
            operation = "Publish"

        def spoil(response: tuple[Any, dict[str, Any]] | None, **_: Any) -> None:
            assert response is not None
            answer, parsed = response
            answer.status_code = parsed["ResponseMetadata"]["HTTPStatusCode"] = status
            parsed["Error"] = {"Code": "InternalFailure", "Message": ""}

        client.meta.events.register_first(f"needs-retry.{service}.{operation}", spoil)

    def __call__(self) -> Mapping[str, Any]:
        return {"message_id": self._send()}

    @staticmethod
    def taken() -> int:
        """Return how many messages the services took."""
        mails = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
        return len(mails) + len(sns_backends[DEFAULT_ACCOUNT_ID][REGION].sms_messages)


@pytest.mark.parametrize("service", ["sesv2", "sns"])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_message_that_was_answered_by_a_5xx_is_of_unknown_outcome_and_not_repeated(
    aws: AwsPorts, service: str, status: int
) -> None:
    send = Sender(aws, service, status)
    for _ in range(3):
        with pytest.raises(OutcomeUnknownError):
            aws.effects.once(KEY, send)
    assert send.taken() == 1
