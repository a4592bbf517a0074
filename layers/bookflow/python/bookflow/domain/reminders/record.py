"""The record of a reminder: what was planned, for what, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import ConfigDict

from bookflow.domain.events.booking_reminder import ReminderOffset
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.reminders.anchors import anchor_mark, same_moment
from bookflow.domain.reminders.names import ReminderKey, event_id, schedule_name
from bookflow.domain.reminders.rule import ReminderState
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.records import StoredModel

FIRED_KEPT = 20
"""Anchors of which a record remembers that their reminder went out."""

HELD_BACK = frozenset({ReasonCode.FILTERED, ReasonCode.SKIPPED_BY_HAND, ReasonCode.MESSAGES_OFF})
"""Why a reminder that was due was not sent, where the planner alone would plan it again."""


class Reminder(StoredModel):
    """The record of a reminder: what was planned, for what, and what became of it.

    Attributes:
        reason_code: Why nothing is sent, where that is so.
        note: Why it is sent at another moment than its offset says, where that is so.
        config: The trigger's settings that the plan follows; None where the workflow is off.
        anchor: The booking's start (or end) that the plan is reckoned from.
        start_time: The booking's start at that time.
        known_since: When this anchor was first planned with these settings: what is late is
            decided once, so that planning again gives the same plan.
        since: When the workflow was turned on with this offset; None where it is off.
        existed: Whether the booking was there by then: what was due before is then not sent.
        promised: Whether it was planned in time and yet not sent: it is then sent late, whatever
            the workflow says of late bookings.
        fired: Anchors whose reminder went out, such as `before_start@2026-12-01T09:00:00+00:00`.
        turn: Counts firings; part of the schedule's name, so that the deletion of a schedule
            that fired cannot meet the next one.
        scheduled: Whether a schedule of that name may exist.
        settled: Whether the schedule is known to be as this record wants it.
        revision: Count of writes, the optimistic lock.
    """

    # A record of an earlier release may hold what none needs any more.
    model_config = ConfigDict(extra="ignore", defer_build=True)

    location_id: Identifier
    booking_id: Identifier
    workflow_id: Identifier
    state: ReminderState
    fire_at: datetime | None = None
    reason_code: ReasonCode | None = None
    note: ReasonCode | None = None
    config: ReminderOffset | None = None
    anchor: datetime | None = None
    start_time: datetime | None = None
    known_since: datetime
    promised: bool = False
    since: datetime | None = None
    existed: bool = False
    fired: tuple[str, ...] = ()
    turn: int = 0
    scheduled: bool = False
    settled: bool = True
    revision: int = 1
    changed_at: datetime
    expires_at: datetime | None = None

    @property
    def key(self) -> ReminderKey:
        """Whose reminder it is."""
        return ReminderKey(self.location_id, self.booking_id, self.workflow_id)

    @property
    def is_planned(self) -> bool:
        """Whether it is still to be sent."""
        return self.state is ReminderState.PLANNED

    @property
    def schedule_name(self) -> str:
        """Name of its schedule."""
        return schedule_name(self.key, self.turn)

    def follows(self, config: ReminderOffset | None, anchor: datetime | None) -> bool:
        """Whether the record already covers this anchor with this offset."""
        is_known = self.state is not ReminderState.NONE and self.anchor == anchor
        return is_known and self.config is not None and same_moment(self.config, config)

    def skips(self, config: ReminderOffset, anchor: datetime | None) -> bool:
        """Whether the record says that the reminder of this anchor with this offset is not sent."""
        return self.state is ReminderState.SKIPPED and self.follows(config, anchor)

    @property
    def mark(self) -> str | None:
        """The anchor with its kind, None where nothing is reckoned from one."""
        if self.config is None or self.anchor is None:
            return None
        return anchor_mark(self.config.relative_to, self.anchor)

    def after_firing(
        self, mark: str, turn: int, *, sent: bool, held_back: ReasonCode | None = None
    ) -> Reminder:
        """Return the record after a schedule fired; the very same object for a repeat.

        A schedule that fired is about to be deleted. Where a reminder is still planned, the
        record therefore asks for another one.

        Args:
            mark: The anchor that the firing was planned for.
            turn: The turn that the schedule belonged to.
            sent: Whether the workflow was started, not refused.
            held_back: Why it was not sent though it was due, one of `HELD_BACK`, if that is so.
        """
        fired = (*self.fired, mark)[-FIRED_KEPT:] if sent and mark not in self.fired else self.fired
        state, reason = self.state, self.reason_code
        if mark == self.mark and sent:
            state, reason = ReminderState.FIRED, None
        elif mark == self.mark and held_back is not None and self.is_planned:
            state, reason = ReminderState.SKIPPED, held_back
        is_current = turn >= self.turn
        if fired == self.fired and state is self.state and not is_current:
            return self
        planned, scheduled = state is ReminderState.PLANNED, self.scheduled and not is_current
        return self.changed(
            state=state,
            reason_code=reason,
            fired=fired,
            turn=max(self.turn, turn + 1),
            scheduled=scheduled,
            settled=self.settled and not is_current if planned else not scheduled,
            revision=self.revision + 1,
        )


def event_detail(reminder: Reminder) -> dict[str, Any]:
    """Return the `detail` of the event that a planned reminder fires as (Booking Reminder)."""
    mark, anchor = reminder.mark, reminder.anchor
    if mark is None or anchor is None or reminder.fire_at is None:
        raise ValueError("only a planned reminder has an event")
    fire_at = reminder.fire_at.isoformat()
    detail = {
        "event_id": event_id(reminder.key, mark),
        "location_id": reminder.location_id,
        "occurred_at": fire_at,
        "booking_id": reminder.booking_id,
        "workflow_id": reminder.workflow_id,
        "scheduled_for": fire_at,
        "start_time": (reminder.start_time or anchor).isoformat(),
        "turn": reminder.turn,
    }
    if reminder.config and reminder.config.relative_to == "after_end":
        detail["end_time"] = anchor.isoformat()
    if reminder.note is not None:
        detail["moved_by"] = reminder.note.value
    return detail
