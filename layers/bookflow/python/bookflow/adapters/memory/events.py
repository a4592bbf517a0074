"""The bus and the dead-letter queue in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from bookflow.adapters.memory.fake import Calls, Fake, port_call
from bookflow.ports import (
    OutgoingEvent,
)


class InMemoryEvents(Fake):
    name = "events"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.published: list[OutgoingEvent] = []

    @port_call
    def publish(self, events: Iterable[OutgoingEvent]) -> None:
        self.published.extend(
            OutgoingEvent(event.detail_type, json.loads(json.dumps(event.detail)))
            for event in events
        )


@dataclass(frozen=True)
class DeadLetter:
    """One input that no retry can mend."""

    body: str
    reason: str
    field: str | None


class InMemoryDeadLetters(Fake):
    name = "dead_letters"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.letters: list[DeadLetter] = []

    @port_call
    def put(self, body: str, *, reason: str, field: str | None) -> None:
        self.letters.append(DeadLetter(body, reason, field))
