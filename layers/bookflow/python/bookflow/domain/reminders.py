"""What reminder a booking shall have, and how its record goes from one plan to the next.

A reminder belongs to a workflow, a booking and an anchor: the booking's start, or its end for a
follow-up. For one anchor it is sent at most once, so its event's id is made of these alone: two
firings are one event, and a booking that moved has a new one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from bookflow.domain.bookings import Booking, Location
from bookflow.domain.errors import InvalidInputError
from bookflow.domain.events.booking_reminder import ReminderOffset
from bookflow.domain.executions import ReasonCode
from bookflow.domain.values import BookingStatus, Identifier
from bookflow.domain.wall_time import (
    QuietHours,
    at_wall_time,
    is_allowed,
    next_allowed,
    shift,
    to_utc,
    zone_named,
)
from bookflow.domain.workflows import StoredModel

PRECISION = timedelta(minutes=1)
"""A schedule fires within the minute after its time (AWS, "Schedule types on EventBridge
Scheduler"). So a plan ends this long before a limit, and a late reminder begins this long after
now: AWS does not say what becomes of a one-time schedule whose time has passed."""

FOLLOW_UP_GRACE = timedelta(days=1)
"""A follow-up that is later than this is not sent: nobody wants to be asked a month afterwards."""

OVERDUE = timedelta(minutes=15)
"""A firing that is later than this was lost or waited in a queue, and is planned anew."""

FIRED_KEPT = 20
"""Anchors of which a record remembers that their reminder went out."""


class ReminderState(StrEnum):
    """The states of a reminder's record."""

    PLANNED = "planned"
    NONE = "none"
    SKIPPED = "skipped"
    FIRED = "fired"


_OVER = frozenset({ReminderState.FIRED, ReminderState.SKIPPED})


class ReminderKey(NamedTuple):
    """Whose reminder it is."""

    location_id: str
    booking_id: str
    workflow_id: str


@dataclass(frozen=True)
class Plan:
    """What shall be: a moment to fire at, or a reason why there is none."""

    state: ReminderState
    fire_at: datetime | None = None
    reason: ReasonCode | None = None


class Reminder(StoredModel):
    """The record of a reminder: what was planned, for what, and what became of it.

    Attributes:
        config: The trigger's settings that the plan follows; None where the workflow is off.
        anchor: The booking's start (or end) that the plan is reckoned from.
        start_time: The booking's start at that time.
        known_since: When this anchor was first planned with these settings: what is late is
            decided once, so that planning again gives the same plan.
        promised: Whether it was planned in time and yet not sent: it is then sent late, whatever
            the workflow says of late bookings.
        created_at: When the booking appeared, where an event said so.
        fired: Anchors whose reminder went out, such as `before_start@2026-12-01T09:00:00+00:00`.
        turn: Counts firings; part of the schedule's name, so that the deletion of a schedule
            that fired cannot meet the next one.
        scheduled: Whether a schedule of that name may exist.
        settled: Whether the schedule is known to be as this record wants it.
        revision: Count of writes, the optimistic lock.
    """

    location_id: Identifier
    booking_id: Identifier
    workflow_id: Identifier
    state: ReminderState
    fire_at: datetime | None = None
    reason_code: ReasonCode | None = None
    config: ReminderOffset | None = None
    anchor: datetime | None = None
    start_time: datetime | None = None
    known_since: datetime
    promised: bool = False
    created_at: datetime | None = None
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
        """Whether the record already tells of this anchor with this offset."""
        is_known = self.state is not ReminderState.NONE and self.anchor == anchor
        return is_known and self.config is not None and same_moment(self.config, config)

    @property
    def mark(self) -> str | None:
        """The anchor with its kind, None where nothing is reckoned from one."""
        if self.config is None or self.anchor is None:
            return None
        return anchor_mark(self.config.relative_to, self.anchor)

    def after_firing(self, mark: str, turn: int, *, sent: bool) -> Reminder:
        """Return the record after a schedule fired; the very same object for a repeat.

        A schedule that fired is about to be deleted. Where a reminder is still planned, the
        record therefore asks for another one.

        Args:
            mark: The anchor that the firing was planned for.
            turn: The turn that the schedule belonged to.
            sent: Whether the workflow was started, not refused.
        """
        fired = (*self.fired, mark)[-FIRED_KEPT:] if sent and mark not in self.fired else self.fired
        state = ReminderState.FIRED if sent and mark == self.mark else self.state
        is_current = turn >= self.turn
        if fired == self.fired and state is self.state and not is_current:
            return self
        planned, scheduled = state is ReminderState.PLANNED, self.scheduled and not is_current
        return self.changed(
            state=state,
            reason_code=None if state is ReminderState.FIRED else self.reason_code,
            fired=fired,
            turn=max(self.turn, turn + 1),
            scheduled=scheduled,
            settled=self.settled and not is_current if planned else not scheduled,
            revision=self.revision + 1,
        )


def anchor_of(config: ReminderOffset, booking: Booking) -> datetime | None:
    """Return the time of the booking that the offset is reckoned from, in UTC."""
    anchor = booking.start_time if config.relative_to == "before_start" else booking.end_time
    return None if anchor is None else to_utc(anchor)


def same_moment(one: ReminderOffset, other: ReminderOffset | None) -> bool:
    """Whether both settings mean the same moment, whatever they say of late bookings."""
    if other is None or one.relative_to != other.relative_to:
        return False
    return _offset(one) == _offset(other)


def anchor_mark(relative_to: str, anchor: datetime) -> str:
    """Return an anchor as a text that tells a start from an end."""
    return f"{relative_to}@{to_utc(anchor).isoformat()}"


def excluded_by_status(config: ReminderOffset, booking: Booking) -> ReasonCode | None:
    """Return why a booking of this status gets no reminder, or None.

    A booking whose status no event has told yet is taken for a confirmed one.
    """
    if booking.status is BookingStatus.DRAFT:
        return ReasonCode.BOOKING_DRAFT
    if booking.status is BookingStatus.CANCELLED:
        return ReasonCode.BOOKING_CANCELLED
    if booking.status is BookingStatus.NO_SHOW:
        return ReasonCode.BOOKING_NO_SHOW
    if booking.status is BookingStatus.COMPLETED and config.relative_to == "before_start":
        return ReasonCode.BOOKING_COMPLETED
    return None


def reminder_for(
    config: ReminderOffset,
    booking: Booking | None,
    location: Location,
    *,
    created_at: datetime | None,
    now: datetime,
) -> Plan:
    """Return when the reminder shall fire, or why it shall not.

    The offset is elapsed time. A moment inside the location's quiet hours waits for their end.
    Where that is not before the booking's start, the moment just before they begin is taken.

    Args:
        config: The trigger's settings.
        booking: The booking as it stands.
        location: Whose quiet hours and time zone count.
        created_at: When the booking appeared, if known: a late reminder keeps its distance.
        now: When this was first asked; what has passed by then is late.
    """
    anchor = anchor_of(config, booking) if booking else None
    if booking is None or booking.start_time is None or anchor is None:
        return Plan(ReminderState.NONE, reason=ReasonCode.BOOKING_TIME_UNKNOWN)
    excluded = excluded_by_status(config, booking)
    if excluded is not None:
        return Plan(ReminderState.NONE, reason=excluded)
    try:
        return _timed(config, anchor, location, created_at, to_utc(now))
    except InvalidInputError:  # a moment before the year 1 or after 9999
        return Plan(ReminderState.SKIPPED, reason=ReasonCode.TOO_LATE)


def next_reminder(
    previous: Reminder | None,
    key: ReminderKey,
    *,
    config: ReminderOffset | None,
    booking: Booking | None,
    location: Location,
    appeared_at: datetime | None = None,
    now: datetime,
) -> Reminder | None:
    """Return the record as it shall stand; the very same object when nothing changes.

    Returns None where there is no record and nothing to tell.

    Args:
        previous: The record as it stands.
        key: Whose reminder it is.
        config: The settings of the enabled workflow, None if it is off (or no reminder any more).
        booking: The booking as it stands, read after `previous`.
        location: The location, likewise.
        appeared_at: When the booking appeared, if the event at hand says so.
        now: The present moment.
    """
    if config is None and previous is not None and previous.state in _OVER:
        return previous
    now = to_utc(now)
    anchor = anchor_of(config, booking) if config and booking else None
    created_at = appeared_at or (previous.created_at if previous else None)
    known_since, promised = now, False
    if previous is not None and previous.follows(config, anchor):
        known_since, promised = previous.known_since, previous.promised
    asked = _Asked(config, booking, location, created_at, now)
    plan = _plan(previous, asked, known_since, promised)
    if _is_overdue(plan, now):
        known_since, promised = now, True
        plan = _plan(previous, asked, known_since, promised)
    if previous is None and plan.state is ReminderState.NONE:
        return None
    wanted: dict[str, Any] = {
        "state": plan.state,
        "fire_at": plan.fire_at,
        "reason_code": plan.reason,
        "config": config,
        "anchor": anchor,
        "start_time": to_utc(booking.start_time) if booking and booking.start_time else None,
        "created_at": created_at,
    }
    if previous is not None and _is_same(previous, wanted):
        return previous
    latest = max(moment for moment in (now, plan.fire_at, anchor) if moment is not None)
    changed = Reminder(
        **key._asdict(),
        **wanted,
        known_since=known_since,
        promised=promised,
        fired=previous.fired if previous else (),
        turn=previous.turn if previous else 0,
        revision=previous.revision + 1 if previous else 1,
        changed_at=now,
        expires_at=_expiry(latest, location),
    )
    existed = previous is not None and previous.scheduled
    settled = not changed.is_planned and not existed
    if previous is not None and _same_schedule(previous, changed):
        settled = previous.settled
    return changed.model_copy(
        update={"scheduled": changed.is_planned or existed, "settled": settled}
    )


def is_quiet(location: Location, moment: datetime) -> bool:
    """Return whether the moment lies in the location's quiet hours."""
    return _Quiet(location).deferred(moment) != moment


def event_id(key: ReminderKey, mark: str) -> str:
    """Return the id of the event of a reminder: one for each anchor."""
    return f"rem_{_digest(*key, mark)[:40]}"


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
    return detail


def location_prefix(location_id: str) -> str:
    """Return how the names of a location's schedules begin."""
    return f"{_digest(location_id)[:12]}-"


def workflow_prefix(location_id: str, workflow_id: str) -> str:
    """Return how the names of a workflow's schedules begin."""
    return f"{location_prefix(location_id)}{_digest(location_id, workflow_id)[:16]}-"


def schedule_name(key: ReminderKey, turn: int) -> str:
    """Return the name of a reminder's schedule: 62 of the 64 characters that AWS allows."""
    prefix = workflow_prefix(key.location_id, key.workflow_id)
    return f"{prefix}{_digest(*key, str(turn))[:32]}"


@dataclass(frozen=True)
class _Asked:
    """What a plan depends on, beside the record that it replaces."""

    config: ReminderOffset | None
    booking: Booking | None
    location: Location
    created_at: datetime | None
    now: datetime


def _plan(previous: Reminder | None, asked: _Asked, known_since: datetime, promised: bool) -> Plan:
    config, booking = asked.config, asked.booking
    if config is None:
        return Plan(ReminderState.NONE, reason=ReasonCode.WORKFLOW_DISABLED)
    anchor = anchor_of(config, booking) if booking else None
    if previous and anchor and anchor_mark(config.relative_to, anchor) in previous.fired:
        return Plan(ReminderState.FIRED, previous.fire_at if previous.anchor == anchor else None)
    rule = config.model_copy(update={"late_bookings": "send_now"}) if promised else config
    plan = reminder_for(rule, booking, asked.location, created_at=asked.created_at, now=known_since)
    passed = _passed(config, booking, plan, asked.now)
    if passed is None or plan.state is ReminderState.NONE:
        return plan
    # A booking that was over before anybody asked for a reminder is no news.
    state = ReminderState.NONE if previous is None else ReminderState.SKIPPED
    return Plan(state, reason=plan.reason or passed)


def _is_overdue(plan: Plan, now: datetime) -> bool:
    if plan.state is not ReminderState.PLANNED or plan.fire_at is None:
        return False
    return now - plan.fire_at > OVERDUE


def _passed(
    config: ReminderOffset, booking: Booking | None, plan: Plan, now: datetime
) -> ReasonCode | None:
    """Return why nothing can be sent any more, or None."""
    anchor = anchor_of(config, booking) if booking else None
    if anchor is None:
        return None
    if config.relative_to == "before_start":
        return ReasonCode.BOOKING_STARTED if now >= anchor else None
    moment = plan.fire_at or anchor + min(_offset(config), now - anchor)
    return ReasonCode.TOO_LATE if now - moment > FOLLOW_UP_GRACE else None


def _timed(
    config: ReminderOffset,
    anchor: datetime,
    location: Location,
    created_at: datetime | None,
    now: datetime,
) -> Plan:
    if config.relative_to == "before_start":
        limit: datetime | None = anchor - PRECISION
        due = min(shift(anchor, -_offset(config)), anchor - PRECISION)
    else:
        limit, due = None, shift(anchor, _offset(config))
    quiet = _Quiet(location)
    moment = quiet.shifted(due, limit)
    if moment is not None and moment >= now:
        return Plan(ReminderState.PLANNED, moment.replace(microsecond=0))
    if moment is None and due >= now:
        return Plan(ReminderState.SKIPPED, reason=ReasonCode.QUIET_HOURS)
    return _late(config, moment or due, quiet, limit, created_at, now)


def _late(
    config: ReminderOffset,
    moment: datetime,
    quiet: _Quiet,
    limit: datetime | None,
    created_at: datetime | None,
    now: datetime,
) -> Plan:
    """Return what happens with a reminder whose moment had passed when it was first asked for."""
    too_late = Plan(ReminderState.SKIPPED, reason=ReasonCode.TOO_LATE)
    if config.late_bookings == "skip":
        return too_late
    if limit is None and now - moment > FOLLOW_UP_GRACE:
        return too_late
    at = now + PRECISION
    if created_at is not None:
        distance = timedelta(minutes=config.minimum_minutes_after_creation)
        at = max(at, shift(created_at, distance))
    at = (at + timedelta(seconds=1) - timedelta.resolution).replace(microsecond=0)
    if limit is not None and at > limit:
        return too_late
    at = quiet.deferred(at)
    if limit is not None and at > limit:
        return Plan(ReminderState.SKIPPED, reason=ReasonCode.QUIET_HOURS)
    return Plan(ReminderState.PLANNED, at)


def _offset(config: ReminderOffset) -> timedelta:
    return timedelta(**{config.offset_unit: config.offset_value})


class _Quiet:
    """The quiet hours of a location."""

    def __init__(self, location: Location) -> None:
        self._hours: QuietHours | None = location.quiet_hours
        self._zone = zone_named(location.timezone)

    def deferred(self, moment: datetime) -> datetime:
        """Return the first moment, at or after this one, that is not quiet."""
        if self._hours is None:
            return moment
        return next_allowed(moment, self._hours.window(), self._zone)

    def shifted(self, moment: datetime, limit: datetime | None) -> datetime | None:
        """Return the moment, or the end of its quiet hours, or just before they began.

        None if neither is at or before the limit and outside of the quiet hours.
        """
        later = self.deferred(moment)
        if self._hours is None or limit is None or later <= limit:
            return later
        wall = moment.astimezone(self._zone).replace(tzinfo=None, fold=0)
        begin = datetime.combine(wall, time.fromisoformat(self._hours.start))
        if begin > wall:
            begin -= timedelta(days=1)
        # A zone may leave out a day, and with it the beginning of the hours (Apia, in 2011).
        for days in (0, 1):
            earlier = at_wall_time(begin - timedelta(days=days), self._zone) - PRECISION
            if is_allowed(earlier, self._hours.window(), self._zone):
                return earlier
        return None


def _is_same(previous: Reminder, wanted: dict[str, Any]) -> bool:
    return all(getattr(previous, name) == value for name, value in wanted.items())


def _same_schedule(previous: Reminder, changed: Reminder) -> bool:
    """Whether both want the same schedule, or both none where there is none."""
    if not (previous.is_planned and changed.is_planned):
        return not (previous.scheduled or changed.is_planned)
    names = ("fire_at", "anchor", "start_time")
    same_times = all(getattr(previous, name) == getattr(changed, name) for name in names)
    return (
        same_times
        and previous.config is not None
        and changed.config is not None
        and (previous.config.relative_to == changed.config.relative_to)
    )


def _expiry(latest: datetime, location: Location) -> datetime | None:
    try:
        return shift(latest, timedelta(days=location.retention_days))
    except InvalidInputError:
        return None


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
