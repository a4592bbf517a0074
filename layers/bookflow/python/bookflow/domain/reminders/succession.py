"""How the record of a reminder changes from one plan to the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from bookflow.domain.bookings.records import Booking, Location
from bookflow.domain.events.booking_reminder import ReminderOffset
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.reminders.anchors import anchor_mark, anchor_of, due_moment, same_moment
from bookflow.domain.reminders.names import ReminderKey
from bookflow.domain.reminders.record import HELD_BACK, Reminder
from bookflow.domain.reminders.rule import FOLLOW_UP_GRACE, Plan, ReminderState, reminder_for
from bookflow.domain.shared.wall_time import shift, to_utc, zone_named

OVERDUE = timedelta(minutes=15)
"""A firing that is later than this was lost or waited in a queue, and is planned anew."""

_OVER = frozenset({ReminderState.FIRED, ReminderState.SKIPPED})


def next_reminder(
    previous: Reminder | None,
    key: ReminderKey,
    *,
    config: ReminderOffset | None,
    booking: Booking | None,
    location: Location,
    now: datetime,
    since: datetime | None = None,
    send_missed: bool = False,
) -> Reminder | None:
    """Return the record as it shall stand; the very same object when nothing changes.

    Returns None where there is no record and nothing to record.

    Args:
        previous: The record as it stands.
        key: Whose reminder it is.
        config: The settings of the enabled workflow, None if it is off (or no reminder any more).
        booking: The booking as it stands, read after `previous`.
        location: The location, likewise.
        now: The present moment.
        since: When the workflow was turned on with this offset. A reminder that was due before is
            not sent to a booking that was there by then. None if that is not known.
        send_missed: Whether it is sent to them all the same, now.
    """
    if config is None and previous is not None and previous.state in _OVER:
        return previous
    since = None if config is None else _known_from(since, booking)
    asked = _Asked(config, booking, location, to_utc(now), since, send_missed)
    plan, basis = _plan_and_basis(previous, asked)
    if previous is None and plan.state is ReminderState.NONE:
        return None
    wanted = _wanted(plan, asked)
    if previous is not None and _is_same(previous, wanted):
        return previous
    latest = max(moment for moment in (asked.now, plan.fire_at, asked.anchor) if moment)
    changed = Reminder(
        **key._asdict(),
        **wanted,
        **basis._asdict(),
        fired=previous.fired if previous else (),
        turn=previous.turn if previous else 0,
        revision=previous.revision + 1 if previous else 1,
        changed_at=asked.now,
        expires_at=shift(latest, location.retention),
    )
    return _with_schedule(previous, changed)


def _known_from(since: datetime | None, booking: Booking | None) -> datetime | None:
    """Return from when the workflow was on and the booking, if it was imported, known."""
    imported = booking.imported_at if booking else None
    return max((each for each in (since, imported) if each), key=to_utc, default=None)


@dataclass(frozen=True)
class _Asked:
    """What a plan depends on, beside the record that it replaces."""

    config: ReminderOffset | None
    booking: Booking | None
    location: Location
    now: datetime
    since: datetime | None
    send_missed: bool

    @property
    def anchor(self) -> datetime | None:
        return anchor_of(self.config, self.booking) if self.config and self.booking else None


class _Basis(NamedTuple):
    """What a plan once said goes by when it is made again: see `Reminder`."""

    known_since: datetime
    promised: bool = False
    existed: bool = False


def _plan_and_basis(previous: Reminder | None, asked: _Asked) -> tuple[Plan, _Basis]:
    if previous is None or (_is_enabled_after(previous, asked) and not _is_moved(previous, asked)):
        basis = _first_basis(asked)
    elif previous.follows(asked.config, asked.anchor):
        existed = previous.existed and not _is_made_since(asked)
        basis = _Basis(previous.known_since, previous.promised, existed)
    else:
        basis = _Basis(
            asked.now
        )  # the booking was made, moved or taken up while the workflow is on
    plan = _plan(previous, asked, basis)
    is_missed = plan.reason is ReasonCode.ENABLED_LATER and asked.send_missed
    if is_missed or _is_overdue(plan, asked.now):
        basis = _Basis(asked.now, promised=True)
        plan = _plan(previous, asked, basis)
    return plan, basis


def _first_basis(asked: _Asked) -> _Basis:
    """Return how a booking is planned for the first time since the workflow was turned on.

    A booking of which nobody said when it was made is taken for one that was there.
    """
    if asked.since is None or _is_made_since(asked):
        return _Basis(asked.now)
    is_known = asked.booking is not None and asked.booking.booked_at is not None
    return _Basis(min(asked.now, asked.since) if is_known else asked.now, existed=True)


def _is_enabled_after(previous: Reminder, asked: _Asked) -> bool:
    """Return whether the workflow was turned on, or its offset changed, after a record was made."""
    if asked.config is None:
        return False
    return previous.since != asked.since or not same_moment(asked.config, previous.config)


def _is_moved(previous: Reminder, asked: _Asked) -> bool:
    """Return whether the booking moved while the workflow was on, as far as the record says.

    Moves are followed as they come. So where the record of a workflow that was on has another
    start, the move is what is planned for now, although the turning on is not planned yet.
    """
    start = asked.booking.start_time if asked.booking else None
    was_on = previous.config is not None and previous.start_time is not None
    return was_on and start is not None and previous.start_time != to_utc(start)


def _is_made_since(asked: _Asked) -> bool:
    """Return whether the booking was made, as far as is known, while the workflow was on."""
    made = asked.booking.booked_at if asked.booking else None
    return made is not None and asked.since is not None and made >= asked.since


def _plan(previous: Reminder | None, asked: _Asked, basis: _Basis) -> Plan:
    config, anchor = asked.config, asked.anchor
    if config is None:
        return Plan(ReminderState.NONE, reason=ReasonCode.WORKFLOW_DISABLED)
    if previous and anchor and anchor_mark(config.relative_to, anchor) in previous.fired:
        is_recorded = previous.anchor == anchor
        return Plan(
            ReminderState.FIRED,
            previous.fire_at if is_recorded else None,
            note=previous.note if is_recorded else None,
        )
    plan = reminder_for(
        config.model_copy(update={"late_bookings": "send_now"}) if basis.promised else config,
        asked.booking,
        asked.location,
        now=basis.known_since,
        enabled_at=asked.since if basis.existed else None,
    )
    if previous and _was_held_back(previous, config, anchor):
        # The booking alone can be asked again, as each of its changes plans anew.
        is_open = plan.reason is ReasonCode.FILTERED
        return plan if is_open else Plan(ReminderState.SKIPPED, reason=previous.reason_code)
    if previous and plan.state is ReminderState.NONE and previous.skips(config, anchor):
        # What was not sent stays recorded, whatever becomes of the booking later.
        return Plan(previous.state, reason=previous.reason_code)
    passed = _passed(config, anchor, plan, asked)
    if passed is None or plan.state is ReminderState.NONE:
        return plan
    # A booking that was over before anybody asked for a reminder is no news.
    state = ReminderState.NONE if previous is None else ReminderState.SKIPPED
    return Plan(state, reason=plan.reason or passed)


def _was_held_back(previous: Reminder, config: ReminderOffset, anchor: datetime | None) -> bool:
    """Return whether the reminder of this anchor was held back when it was due."""
    if previous.reason_code not in HELD_BACK or not previous.skips(config, anchor):
        return False
    same_filter = previous.config is not None and previous.config.filter == config.filter
    return same_filter or previous.reason_code is not ReasonCode.FILTERED


def _is_overdue(plan: Plan, now: datetime) -> bool:
    if plan.state is not ReminderState.PLANNED or plan.fire_at is None:
        return False
    return now - plan.fire_at > OVERDUE


def _passed(
    config: ReminderOffset, anchor: datetime | None, plan: Plan, asked: _Asked
) -> ReasonCode | None:
    """Return why nothing can be sent any more, or None."""
    if anchor is None:
        return None
    if config.relative_to == "before_start":
        return ReasonCode.BOOKING_STARTED if asked.now >= anchor else None
    moment = plan.fire_at or due_moment(config, anchor, zone_named(asked.location.timezone))
    return ReasonCode.TOO_LATE if asked.now - moment > FOLLOW_UP_GRACE else None


def _wanted(plan: Plan, asked: _Asked) -> dict[str, Any]:
    """Return the fields by which two records say the same."""
    start = asked.booking.start_time if asked.booking else None
    return {
        "state": plan.state,
        "fire_at": plan.fire_at,
        "reason_code": plan.reason,
        "note": plan.note,
        "config": asked.config,
        "anchor": asked.anchor,
        "start_time": to_utc(start) if start else None,
        "since": asked.since,
    }


def _is_same(previous: Reminder, wanted: dict[str, Any]) -> bool:
    return all(getattr(previous, name) == value for name, value in wanted.items())


def _with_schedule(previous: Reminder | None, changed: Reminder) -> Reminder:
    """Return the record with what is known of its schedule."""
    existed = previous is not None and previous.scheduled
    settled = not changed.is_planned and not existed
    if previous is not None and _same_schedule(previous, changed):
        settled = previous.settled
    return changed.model_copy(
        update={"scheduled": changed.is_planned or existed, "settled": settled}
    )


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
