"""A message as it was sent: to whom, in which words, and what became of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from bookflow.domain.messages.message import Email, TextMessage
from bookflow.domain.messages.suppression import masked
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.records import StoredModel


class MessageState(StrEnum):
    """What became of a message, each state over those before it, whatever came first.

    A mailbox may bounce what its server had taken, and a message that was opened did arrive.
    `unknown`: nothing was reported yet, or nobody got to know.
    """

    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    FAILED = "failed"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    OPENED = "opened"
    CLICKED = "clicked"
    COMPLAINED = "complained"


Channel = Literal["email", "sms"]


@dataclass(frozen=True)
class MessageCounts:
    """How many messages of a channel were sent in some time, and what is known of them.

    What was neither delivered nor failed has no report yet, or never gets one.

    Attributes:
        failed: Bounced, or never taken by the network; a late bounce is counted as delivered too.
        is_complete: Whether all were counted; otherwise there are more.
    """

    sent: int
    delivered: int
    failed: int
    is_complete: bool = True


class MessageWithoutText(StoredModel):
    """What the record of a message and a list of messages have in common."""

    id: Identifier = Field(description="The same in every try of its step")
    execution_id: Identifier = Field(description="The execution that sent it")
    node_id: str
    booking_id: str | None = None
    channel: Literal["email", "sms"]
    template_id: str
    template_name: str
    template_version: int
    recipient: str = Field(description="Role and position, such as `facilitator 2`")
    to: str = Field(description="The address, most of it hidden")
    subject: str = ""
    sent_at: datetime
    times: Mapping[MessageState, datetime] = Field(
        default={}, description="When each state was first reported"
    )
    detail: str = Field(default="", description="Why it failed or bounced")


class ShownMessage(MessageWithoutText):
    """A message as people see it in a list."""

    state: MessageState


class SentMessage(MessageWithoutText):
    """The record of a message; that it was accepted may stand in its step alone.

    Attributes:
        owner: The first of a chain of resumed executions, which their effects belong to.
    """

    location_id: Identifier
    owner: Identifier

    def shown(self, *, accepted: bool) -> ShownMessage:
        """Return the message as people see it.

        Args:
            accepted: Whether its step knows that the network took it.
        """
        times = dict(self.times)
        if accepted:
            times.setdefault(MessageState.ACCEPTED, self.sent_at)
        order = list(MessageState)
        state = max(times, key=order.index, default=MessageState.UNKNOWN)
        left_out = {"location_id", "owner", "times"}
        fields = {name: value for name, value in self if name not in left_out}
        return ShownMessage(**fields, state=state, times=times)


class MessageBody(StoredModel):
    """The very text that was sent.

    Attributes:
        is_left_out: Whether it was too large to be stored.
    """

    html: str = ""
    text: str = ""
    is_left_out: bool = False


@dataclass(frozen=True)
class KeptMessage:
    """A message that is about to be sent, as it is kept.

    Attributes:
        until: When record and text may vanish.
    """

    record: SentMessage
    body: MessageBody
    until: datetime | None


@dataclass(frozen=True)
class MessageOrigin:
    """What all messages of a step have in common.

    Attributes:
        owner: The execution that the step's effects belong to.
        kept_until: When the records may vanish: with their execution.
    """

    location_id: str
    owner: str
    execution_id: str
    node_id: str
    booking_id: str | None
    template_id: str
    template_name: str
    template_version: int
    kept_until: datetime | None

    def record(
        self, effect: str, recipient: str, message: Email | TextMessage, at: datetime
    ) -> KeptMessage:
        """Return the record of a message that is about to be sent, and its text.

        Args:
            effect: Name of the effect within the step.
            recipient: Role and position, such as `facilitator 2`.
            message: What is sent.
            at: The present moment.
        """
        is_email = isinstance(message, Email)
        record = SentMessage(
            location_id=self.location_id,
            id=message_record_id(self.owner, self.node_id, effect),
            owner=self.owner,
            execution_id=self.execution_id,
            node_id=self.node_id,
            booking_id=self.booking_id,
            channel="email" if is_email else "sms",
            template_id=self.template_id,
            template_name=self.template_name,
            template_version=self.template_version,
            recipient=recipient,
            to=masked(message.to),
            subject=message.subject if isinstance(message, Email) else "",
            sent_at=at,
        )
        html = message.html if isinstance(message, Email) else ""
        return KeptMessage(record, MessageBody(html=html, text=message.text), self.kept_until)


def message_record_id(owner: str, node_id: str, effect: str) -> str:
    """Return the one id of the message of an effect; it reveals none of its parts."""
    key = "\x1f".join((owner, node_id, effect))
    return "msg_" + hashlib.sha256(key.encode()).hexdigest()[:32]


def accepted_ids(output: Mapping[str, Any]) -> Iterator[str]:
    """Yield the ids of the messages that a step's output names as taken by the network."""
    listed = [each for name in ("emails", "sms") for each in output.get(name, ())]
    for each in [output, *listed]:
        if isinstance(each, Mapping) and "sent_id" in each:
            yield str(each["sent_id"])
