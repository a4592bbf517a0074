"""What a guest should hear, worked out from what was stated, without the code under test."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

FINALITY = ("draft", "pending", "confirmed", "completed", "no_show", "cancelled")
"""Of two statuses of one moment, the one further right holds."""

Told = dict[str, Any]
"""The `detail` of an event."""


@dataclass(frozen=True)
class Message:
    """An event as the booking system sent it.

    Attributes:
        kind: Its detail-type.
        detail: Its detail.
        sent_at: When it was put on the queue.
    """

    kind: str
    detail: Told
    sent_at: datetime

    @property
    def id(self) -> str:
        return str(self.detail["event_id"])

    @property
    def status(self) -> str | None:
        fixed = {"Booking Cancelled": "cancelled", "Booking Completed": "completed"}
        stated = self.detail.get("status") or self.detail.get("new_status")
        return fixed.get(self.kind, stated)

    @property
    def times(self) -> tuple[str, str | None] | None:
        names = {
            "Booking Created": ("start_time", "end_time"),
            "Booking Rescheduled": ("new_start_time", "new_end_time"),
        }.get(self.kind)
        return (self.detail[names[0]], self.detail.get(names[1])) if names else None

    @property
    def is_no_news(self) -> bool:
        old = self.detail.get("old_status"), self.detail.get("old_start_time")
        new = self.detail.get("new_status"), self.detail.get("new_start_time")
        return old != (None, None) and old == new

    @property
    def leaves_draft(self) -> bool:
        return self.detail.get("old_status") == "draft"

    def place(self, status: str | None = None) -> tuple[Any, ...]:
        """Return what sorts it among the statements of a booking."""
        digits = [
            (0, int(part), "") if part.isdigit() else (1, 0, part)
            for part in re.findall(r"\d+|\D+", self.id)
        ]
        return (
            min(datetime.fromisoformat(self.detail["occurred_at"]), self.sent_at),
            self.detail.get("sequence", 0),
            FINALITY.index(status) if status else 0,
            self.kind != "Booking Created",
            digits,
        )


@dataclass
class StatedLife:
    """All that was delivered of one booking, each message as it was received first."""

    messages: list[Message] = field(default_factory=list)
    muted: set[str] = field(default_factory=set)
    """Events that came while the booking was a draft, of which nobody hears."""

    def take(self, message: Message) -> None:
        if message.id not in {each.id for each in self.messages}:
            self.messages.append(message)
            if self.status == "draft":
                self.muted.add(message.id)

    @property
    def by_status(self) -> Sequence[Message]:
        stating = [each for each in self.messages if each.status]
        return sorted(stating, key=lambda each: each.place(each.status))

    @property
    def by_times(self) -> Sequence[Message]:
        return sorted((each for each in self.messages if each.times), key=lambda each: each.place())

    @property
    def status(self) -> str | None:
        return self.by_status[-1].status if self.by_status else None

    @property
    def is_live(self) -> bool:
        return self.status in {"pending", "confirmed"}

    @property
    def times(self) -> tuple[str, str | None] | None:
        return self.by_times[-1].times if self.by_times else None

    def is_over(self, now: datetime) -> bool:
        """Whether its end is past, which the last message may leave out, or else its start."""
        if self.times is None:
            return False
        ends = [each.times[1] for each in self.by_times if each.times and each.times[1]]
        return datetime.fromisoformat(ends[-1] if ends else self.times[0]) < now

    @property
    def came_in_order(self) -> bool:
        """Whether each message came after all that it follows."""
        return [*self.by_status] == [each for each in self.messages if each.status] and [
            *self.by_times
        ] == [each for each in self.messages if each.times]

    def facts(self, trigger: str) -> list[set[str]]:
        """Return the ids of the events that state each fact of a trigger."""
        telling = TELLING[trigger]
        found = [
            {
                each.id
                for each in series
                if telling(each) and not each.is_no_news and each.id not in self.muted
            }
            for series in self.series(trigger)
        ]
        return [ids for ids in found if ids]

    def series(self, trigger: str) -> Iterable[list[Message]]:
        """Return the events that state one fact, for each fact."""
        if trigger == "Booking Created":
            return [self.messages]
        if trigger == "Booking Rescheduled":
            return [list(group) for _, group in groupby(self.by_times, key=lambda each: each.times)]
        if trigger == "Booking Confirmed":
            lives = groupby(self.by_status, key=lambda each: each.status == "cancelled")
            return [list(group) for is_cancelled, group in lives if not is_cancelled]
        return [list(group) for _, group in groupby(self.by_status, key=lambda each: each.status)]


TELLING: dict[str, Callable[[Message], bool]] = {
    "Booking Created": lambda each: (
        (each.kind == "Booking Created" and each.status != "draft")
        or (each.leaves_draft and each.status in {"pending", "confirmed"})
    ),
    "Booking Confirmed": lambda each: each.status == "confirmed",
    "Booking Rescheduled": lambda each: each.kind == "Booking Rescheduled",
    "Booking Status Changed": lambda each: each.kind == "Booking Status Changed",
    "Booking Cancelled": lambda each: each.status == "cancelled" and not each.leaves_draft,
    "Booking Completed": lambda each: each.status == "completed",
}
"""Whether an event alone tells a fact of a trigger."""
