"""Deliveries: what was sent to a receiver, what it answered, and how long it took; no secrets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.records import StoredModel
from bookflow.domain.webhooks import secrets
from bookflow.domain.webhooks.answers import AnswerText
from bookflow.domain.webhooks.http_messages import HttpResponse

MAX_REQUEST_BODY_BYTES = 8 * 1024
"""Bytes of a request's body that are kept. All deliveries of a step share an item of 400 KB."""

MAX_ANSWER_BODY_BYTES = 4 * 1024
"""Bytes of an answer's body that are kept; the step's output has more of the last one."""

MAX_HEADERS = 30
MAX_HEADER_CHARACTERS = 200
"""How many headers are kept of a message, and how much of each."""

MAX_DELIVERIES = 15
"""Deliveries of one step, those of its tries and those by hand; a step has 10 tries at most."""

Cause = Literal["step", "resend", "test"]


class SentRequest(StoredModel):
    """A request without its secrets.

    Attributes:
        body: The first bytes of it; None if there was none.
        body_cut: Whether there was more.
        body_digest: SHA-256 of the whole body, so that one that is made again can be compared.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: str | None
    body_cut: bool
    body_digest: str


class ReceivedAnswer(StoredModel):
    """An answer without secrets.

    Attributes:
        body: The first 4 KiB of it, read in its charset.
        body_cut: Whether there was more.
        charset_note: What was odd about the charset.
    """

    status: int
    headers: Mapping[str, str]
    body: str
    body_cut: bool
    charset_note: str | None = None


class Delivery(StoredModel):
    """One request to a receiver, and what became of it.

    Attributes:
        message_id: The `webhook-id`, the same in every delivery of one message.
        cause: A try of the step, a person who sends it again, or a test.
        sent_by: Who sent it by hand; empty for a step's try.
        elapsed_ms: How long it took, up to the end of the answer or the error.
        answer: None if no whole answer came.
        error_message: Why it did not succeed; None if it did.
        remedy: What to do about it.
    """

    id: Identifier
    message_id: str
    cause: Cause = "step"
    sent_by: str = ""
    sent_at: datetime
    elapsed_ms: int = 0
    request: SentRequest
    answer: ReceivedAnswer | None = None
    error_message: str | None = None
    remedy: str | None = None

    def answered(
        self, response: HttpResponse, answer: AnswerText, confidential: Iterable[str]
    ) -> Delivery:
        """Return the delivery with its answer."""
        received = received_answer(response, answer, confidential)
        return self.changed(answer=received, elapsed_ms=response.elapsed_ms)

    def failed(self, message: str, remedy: str | None, at: datetime) -> Delivery:
        """Return the delivery with the reason why it did not succeed."""
        took = self.elapsed_ms or max(0, round((at - self.sent_at).total_seconds() * 1000))
        return self.changed(error_message=message, remedy=remedy, elapsed_ms=took)


def sent_request(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None
) -> SentRequest:
    """Return what is kept of a request, whose secrets are masked already."""
    kept = None if body is None else body[:MAX_REQUEST_BODY_BYTES].decode("utf-8", "ignore")
    return SentRequest(
        method=method,
        url=url,
        headers=_bounded(headers),
        body=kept,
        body_cut=body is not None and len(body) > MAX_REQUEST_BODY_BYTES,
        body_digest=body_digest(body),
    )


def received_answer(
    response: HttpResponse, answer: AnswerText, confidential: Iterable[str]
) -> ReceivedAnswer:
    """Return what is kept of an answer, without the secrets that the receiver repeats."""
    text = answer.text.encode()[:MAX_ANSWER_BODY_BYTES].decode("utf-8", "ignore")
    headers = {
        name: secrets.MASK if secrets.is_name_of_one(name) else secrets.hidden(value, confidential)
        for name, value in response.headers.items()
    }
    return ReceivedAnswer(
        status=response.status,
        headers=_bounded(headers),
        body=text,
        body_cut=response.truncated or len(text) < len(answer.text),
        charset_note=secrets.hidden(answer.note, confidential) if answer.note else None,
    )


def body_digest(body: bytes | None) -> str:
    """Return the digest by which two bodies are compared."""
    return hashlib.sha256(body or b"").hexdigest()


def _bounded(headers: Mapping[str, str]) -> Mapping[str, str]:
    kept = list(headers.items())[:MAX_HEADERS]
    return {
        name[:MAX_HEADER_CHARACTERS]: value
        if len(value) <= MAX_HEADER_CHARACTERS
        else f"{value[:MAX_HEADER_CHARACTERS]}…"
        for name, value in kept
    }
