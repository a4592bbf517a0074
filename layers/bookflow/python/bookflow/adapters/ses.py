"""E-mail by Amazon SES: the port `Mailer`."""

from __future__ import annotations

from email.header import Header
from email.utils import formataddr
from typing import TYPE_CHECKING, Any

from bookflow.adapters.aws_errors import require_send_once, sending_errors
from bookflow.domain.shared.errors import PermanentError

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

    from bookflow.domain.messages.message import Email

_NAME_BYTES = 120
"""Longest sender name: encoded, with its address, it stays within SES's 320 characters."""

_VERIFY = "Verify the sender in SES, and ask AWS to move the account out of the SES sandbox."
_REMEDIES = {
    "AccountSuspendedException": "AWS has stopped sending for this account; follow AWS's e-mail about it.",
    "BadRequestException": "Check the recipient's address, the reply address and the headers.",
    "MailFromDomainNotVerifiedException": "Verify the MAIL FROM domain in SES.",
    "MessageRejected": _VERIFY,
    "NotFoundException": "Check the name of the SES configuration set.",
    "SendingPausedException": "Sending is paused in SES for this account; resume it there.",
}
_OF_SENDER = frozenset(
    _REMEDIES[code]
    for code in (
        "AccountSuspendedException",
        "MailFromDomainNotVerifiedException",
        "MessageRejected",
        "SendingPausedException",
    )
)
"""Remedies of errors that no message of this sender escapes."""


class SESMailer:
    """Sends one message a call.

    Args:
        client: An SES v2 client that tries once: see `require_send_once`.
        sender: The verified address that messages come from.
        configuration_set: Name of the SES configuration set, by which bounces and complaints are
            reported, if there is one.
        tracking_set: Name of the one that also reports opened e-mails and clicked links, which SES
            learns by rewriting them.
    """

    def __init__(
        self,
        client: SESV2Client,
        sender: str,
        *,
        configuration_set: str | None = None,
        tracking_set: str | None = None,
    ) -> None:
        require_send_once(client)
        self._client = client
        self._sender = sender
        self._configuration_set = configuration_set
        self._tracking_set = tracking_set

    def send(self, email: Email) -> str:
        """Send and return SES's message id.

        Raises:
            OutcomeUnknownError: The connection broke after the request was made.
            TransientError: SES is busy or could not be reached: nothing was sent.
            PermanentError: SES rejects the sender, the recipient or the message.
        """
        options: Any = {}
        if email.attachments:
            content: Any = {"Raw": {"Data": self._raw(email)}}
        else:
            content = {"Simple": _simple(email)}
            if email.reply_to:
                options["ReplyToAddresses"] = [email.reply_to]
        if chosen := (self._tracking_set if email.is_tracked else None) or self._configuration_set:
            options["ConfigurationSetName"] = chosen
        if email.tags:
            options["EmailTags"] = [
                {"Name": name, "Value": value} for name, value in email.tags.items()
            ]
        try:
            with sending_errors("Sending the e-mail", _REMEDIES):
                answer = self._client.send_email(
                    FromEmailAddress=_mailbox(email.sender_name, self._sender),
                    Destination={"ToAddresses": [email.to]},
                    Content=content,
                    **options,
                )
        except PermanentError as error:
            if error.remedy in _OF_SENDER:
                error.lacking("sender")
            raise
        return answer["MessageId"]

    def _raw(self, email: Email) -> bytes:
        # Here and not above: few messages carry an entry.
        from bookflow.adapters.mime import mime_message

        return mime_message(email, _mailbox(email.sender_name, self._sender))


def _simple(email: Email) -> Any:
    """Return an e-mail without attachments as SES writes the message itself.

    SES has attachments here too, but no parameters of their type: a calendar entry needs `method`.
    """
    body = {
        kind: {"Data": text, "Charset": "UTF-8"}
        for kind, text in (("Text", email.text), ("Html", email.html))
        if text
    }
    return {
        "Subject": {"Data": email.subject, "Charset": "UTF-8"},
        "Body": body,
        "Headers": [{"Name": name, "Value": value} for name, value in email.headers.items()],
    }


def _mailbox(name: str, address: str) -> str:
    """Return `name <address>` as RFC 5322 and RFC 2047 want it: quoted, or in encoded words."""
    shown = " ".join(name.split()).encode()[:_NAME_BYTES].decode(errors="ignore")
    if shown.isascii():
        return formataddr((shown, address))
    return f"{Header(shown, 'utf-8').encode(linesep='')} <{address}>"
