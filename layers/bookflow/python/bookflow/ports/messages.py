"""Messages to people, and the addresses that must not get any."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from bookflow.domain.shared.pagination import FIRST_PAGE

if TYPE_CHECKING:
    from bookflow.domain.messages.marketing_limits import MarketingShare
    from bookflow.domain.messages.message import Email, TextMessage
    from bookflow.domain.messages.sent.sent_message import (
        Channel,
        MessageBody,
        MessageCounts,
        MessageState,
        SentMessage,
    )
    from bookflow.domain.messages.sent.sent_sms import SentSms
    from bookflow.domain.messages.suppression import Suppression
    from bookflow.domain.shared.pagination import Page, PageRequest


class Mailer(Protocol):
    """E-mail."""

    def send(self, email: Email) -> str:
        """Send and return the provider's message id.

        Raises:
            OutcomeUnknownError: The connection broke after the request was made.
        """


class Texter(Protocol):
    """SMS."""

    def has_opted_out(self, number: str) -> bool | None:
        """Say whether the number has answered STOP; None if nobody can say at the moment.

        That is no reason to keep a message back: the network delivers none to such a number.
        """

    def send(self, message: TextMessage) -> str:
        """Send and return the provider's message id.

        Raises:
            OutcomeUnknownError: The connection broke after the request was made.
        """


class MessageStore(Protocol):
    """Messages as they were sent, each with the first of the executions that its effect belongs to.

    The text is kept apart from the record, and lists do not read it.
    """

    def add(self, message: SentMessage, body: MessageBody, until: datetime | None) -> None:
        """Store a message that is about to be sent, in the place of an earlier try's.

        Args:
            message: Its record.
            body: Its text. One that is too large is left out.
            until: When both may vanish.
        """

    def note(
        self,
        location_id: str,
        owner: str,
        message_id: str,
        execution_id: str,
        state: MessageState,
        at: datetime,
        detail: str = "",
    ) -> None:
        """Note what became of a message, in any order and as often as it is reported.

        The earliest report of a state stays. A message that is not stored, or that another execution
        has sent since, is left alone.
        """

    def counts(self, location_id: str, channel: Channel, since: datetime) -> MessageCounts:
        """Count what was sent since then, up to a bound; what happened a moment ago may be missing."""

    def list(
        self, location_id: str, owner: str, request: PageRequest = FIRST_PAGE
    ) -> Page[SentMessage]:
        """Return a page of the messages of a chain of executions (consistent), in no order."""

    def get(self, location_id: str, owner: str, message_id: str) -> SentMessage:
        """Return a message (consistent).

        Raises:
            NotFoundError: There is none.
        """

    def bodies(
        self, location_id: str, owner: str, message_ids: Iterable[str]
    ) -> Mapping[str, MessageBody]:
        """Return the texts of those of the messages that are stored (consistent)."""

    def delete(self, location_id: str, owner: str) -> int:
        """Delete the messages of a chain of executions; return how many there were."""


class SentSmsStore(Protocol):
    """Which steps sent text messages, by the id that the network's feedback carries.

    It is the one store that is not keyed by location: the feedback names none.
    """

    def add(self, sent: SentSms) -> None:
        """Remember the message for as long as feedback may come; a repeat changes nothing."""

    def find(self, message_id: str) -> SentSms | None:
        """Return the message (consistent); None if this stack did not send it, or long ago."""


class MarketingCounts(Protocol):
    """How many steps with marketing have written to each guest on each day."""

    def take(self, share: MarketingShare) -> bool:
        """Count a step in its guest's day; return whether there was room. One counts once."""

    def give_back(self, share: MarketingShare) -> None:
        """Take a step that sent nothing out of its guest's day."""

    def forget(self, location_id: str, guest: str) -> None:
        """Delete all days of a guest."""


class Suppressions(Protocol):
    """Addresses that are not to be written to, and the keys of unsubscribe links."""

    def find(self, location_id: str, address_hashes: Iterable[str]) -> Mapping[str, Suppression]:
        """Return the suppressions of these addresses by their hash (consistent)."""

    def add(self, suppression: Suppression) -> None:
        """Store the suppression unless there is one that it does not replace."""

    def remove(self, location_id: str, address_hash: str) -> None:
        """Forget the suppression; a missing one is no error."""

    def overwrite(self, suppression: Suppression) -> None:
        """Store a suppression anew that is stored already, with the same scope."""

    def remove_sms_stop(self, location_id: str, address_hash: str) -> None:
        """Forget the suppression if it stands for an answer of STOP; any other one stays."""

    def list(self, location_id: str, request: PageRequest = FIRST_PAGE) -> Page[Suppression]:
        """Return a page of the location's suppressions, newest first.

        A change made a moment ago may be missing.
        """

    def link_key(self, location_id: str) -> bytes | None:
        """Return the secret that signs the location's unsubscribe links, if there is one."""

    def keep_link_key(self, location_id: str, fresh: bytes) -> bytes:
        """Keep a secret unless the location has one, and return what it has: it never changes."""
