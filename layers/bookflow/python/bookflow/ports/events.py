"""What goes on the event bus, and where rejected input is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

FIRST_SENT_AT = "first_sent_at"
"""Attribute of an event's message that has waited: epoch milliseconds."""

HAS_TURN = "has_turn"
"""Attribute of an event's message that is taken without asking whether it has its turn."""


@dataclass(frozen=True)
class OutgoingEvent:
    """An event that Bookflow puts on the bus: `detail_type` and its JSON `detail`."""

    detail_type: str
    detail: Mapping[str, Any]


class EventPublisher(Protocol):
    """The event bus."""

    def publish(self, events: Iterable[OutgoingEvent]) -> None:
        """Put the events on the bus, source `bookflow`.

        Raises:
            TransientError: At least one event was not taken.
        """


class EventQueue(Protocol):
    """The queue between the bus and the dispatcher."""

    def put_back(self, body: str, *, first_sent_at: datetime, seconds: int, has_turn: bool) -> None:
        """Let an event come again after some seconds, 900 at most.

        Args:
            body: The event as it came.
            first_sent_at: When it was sent first.
            seconds: How long it waits.
            has_turn: Whether it has its turn then; otherwise it asks again.
        """


class DeadLetters(Protocol):
    """Where non-retryable input goes."""

    def put(self, body: str, *, reason: str, field: str | None) -> None:
        """Keep the input with the reason for a person to look at."""
