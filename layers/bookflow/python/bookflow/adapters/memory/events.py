"""The bus and the dead-letter queue in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bookflow.ports import OutgoingEvent


class InMemoryEvents:
    def __init__(self) -> None:
        self.published: list[OutgoingEvent] = []

    def publish(self, events: Iterable[OutgoingEvent]) -> None:
        self.published.extend(
            OutgoingEvent(event.detail_type, json.loads(json.dumps(event.detail)))
            for event in events
        )


class InMemoryEventQueue:
    def __init__(self) -> None:
        self.waiting: list[tuple[str, datetime, int, bool]] = []

    def put_back(self, body: str, *, first_sent_at: datetime, seconds: int, has_turn: bool) -> None:
        self.waiting.append((body, first_sent_at, seconds, has_turn))


@dataclass(frozen=True)
class DeadLetter:
    """One input that no retry can process."""

    body: str
    reason: str
    field: str | None


class InMemoryDeadLetters:
    def __init__(self) -> None:
        self.letters: list[DeadLetter] = []

    def put(self, body: str, *, reason: str, field: str | None) -> None:
        self.letters.append(DeadLetter(body, reason, field))
