"""What goes on the event bus, and where rejected input is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


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


class DeadLetters(Protocol):
    """Where non-retryable input goes."""

    def put(self, body: str, *, reason: str, field: str | None) -> None:
        """Keep the input with the reason for a person to look at."""
