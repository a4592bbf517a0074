"""Compares the reminders that should be with the schedules that are, and repairs both ways."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from bookflow.domain.bookings import BookingContext
from bookflow.domain.errors import PermanentError
from bookflow.domain.executions import ReasonCode
from bookflow.domain.reminder_jobs import planned_since
from bookflow.domain.reminders import Reminder, ReminderKey, location_prefix
from bookflow.ports import Ports
from bookflow.use_cases.plan_reminders import Change, Known, Offsets, Outcome, ReminderPlanner

NEXT_RUNS = timedelta(days=2)
"""The time of a schedule is looked at when it fires before the next run but one: a list of
schedules tells only their names, and each look is a call."""

PAGE = 100

_REASONS = {
    Outcome.GAINED: ReasonCode.REMINDER_MISSING,
    Outcome.MOVED: ReasonCode.REMINDER_MOVED,
    Outcome.LOST: ReasonCode.REMINDER_ORPHANED,
    Outcome.SKIPPED: ReasonCode.REMINDER_ORPHANED,
}


class ReminderReconciler:
    """The daily run, also by hand; it may be repeated and runs while events come in."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def request_all(self) -> int:
        """Ask for a run of each location that has ever had reminders; return how many."""
        count = 0
        for location_id in self._ports.reminders.locations():
            self.request(location_id)
            count += 1
        return count

    def request(self, location_id: str) -> None:
        """Ask for a run of one location."""
        self._ports.reminder_jobs.send({"reconcile": location_id})

    def run(self, location_id: str) -> Mapping[ReasonCode, int]:
        """Repair the reminders of a location; return what was wrong and how often.

        A reminder that cannot be repaired keeps no other from it.

        Raises:
            TransientError: It has to be run again; what is repaired stays so.
            PermanentError: At least one could not be repaired, for this reason; all others are.
        """
        # Listed first: what is planned from now on is in no list and taken for no orphan.
        names = set(self._ports.schedules.names(location_prefix(location_id)))
        planner = ReminderPlanner(self._ports)
        repaired: Counter[ReasonCode] = Counter()
        failures: list[PermanentError] = []
        known = self._follow_bookings(location_id, planner, names, repaired, failures)
        for name in sorted(names - known):
            with _going_on(failures):
                self._follow_schedule(location_id, name, planner, repaired)
        for reason, count in repaired.items():
            self._ports.counter.count("RemindersRepaired", count, reason=reason)
        if failures:
            raise failures[0]
        return dict(repaired)

    def _follow_bookings(
        self,
        location_id: str,
        planner: ReminderPlanner,
        names: set[str],
        repaired: Counter[ReasonCode],
        failures: list[PermanentError],
    ) -> set[str]:
        """Repair what bookings want and schedules lack; return the names that are wanted."""
        known: set[str] = set()
        cursor = None
        offsets = self._offsets(location_id, planner)
        since = planned_since(self._ports.clock.now(), offsets.values())
        while True:
            page = self._ports.reminders.upcoming(
                location_id, offsets, since=since, cursor=cursor, limit=PAGE
            )
            offsets = self._offsets(location_id, planner)
            surroundings = self._ports.bookings.context(location_id, None)
            if surroundings is None:
                return known
            for booking, reminders in page.bookings:
                context = BookingContext(location=surroundings.location, booking=booking)
                for workflow_id, offset in offsets.items():
                    key = ReminderKey(location_id, booking.id, workflow_id)
                    reminder = reminders.get(workflow_id)
                    with _going_on(failures):
                        drift = self._drift(reminder, names)
                        change = planner.converge(
                            key, Known(reminder, context, offset), force=drift is not None
                        )
                        _count(change, drift, repaired)
                        if change.after is not None and change.after.is_planned:
                            known.add(change.after.schedule_name)
            cursor = page.cursor
            if cursor is None:
                return known

    def _follow_schedule(
        self,
        location_id: str,
        name: str,
        planner: ReminderPlanner,
        repaired: Counter[ReasonCode],
    ) -> None:
        """Look at a schedule that no booking in sight wants: plan its booking, or delete it."""
        schedule = self._ports.schedules.get(name)
        if schedule is None:
            return
        if schedule.detail.get("location_id", location_id) != location_id:
            return  # another location's: the beginnings of their names are alike
        told = schedule.detail.get("booking_id")
        booking_id = told if isinstance(told, str) else None
        if booking_id is not None:
            changes = planner.plan(location_id, booking_id)
            if any(_wants(change.after, name) for change in changes):
                return
        self._ports.schedules.delete(name)
        repaired[ReasonCode.REMINDER_ORPHANED] += 1
        if booking_id is not None:
            self._put_back(location_id, booking_id, name, planner)

    def _put_back(
        self, location_id: str, booking_id: str, name: str, planner: ReminderPlanner
    ) -> None:
        """Make a schedule again that an event planned just before it was deleted as nobody's."""
        for reminder in self._ports.reminders.of_booking(location_id, booking_id):
            if _wants(reminder, name):
                planner.renew(reminder.key)

    def _drift(self, reminder: Reminder | None, names: set[str]) -> ReasonCode | None:
        """Return what is wrong with the schedule of a planned reminder, or None."""
        if reminder is None or not reminder.is_planned or reminder.fire_at is None:
            return None
        now = self._ports.clock.now()
        if reminder.schedule_name in names and reminder.fire_at - now > NEXT_RUNS:
            return None
        schedule = self._ports.schedules.get(reminder.schedule_name)
        if schedule is None:
            return ReasonCode.REMINDER_MISSING
        return None if _fits(reminder, schedule.at, now) else ReasonCode.REMINDER_MOVED

    def _offsets(self, location_id: str, planner: ReminderPlanner) -> Offsets:
        return planner.offsets(location_id, self._ports.workflows.subscriptions(location_id))


@contextmanager
def _going_on(failures: list[PermanentError]) -> Iterator[None]:
    """Note a failure that trying again cannot help, and go on."""
    try:
        yield
    except PermanentError as error:
        failures.append(error)


def _fits(reminder: Reminder, at: datetime, now: datetime) -> bool:
    """A reminder whose time has passed may have been planned anew, a little after now."""
    fire_at = reminder.fire_at
    return fire_at is not None and (at == fire_at or (fire_at < now and at >= fire_at))


def _wants(reminder: Reminder | None, name: str) -> bool:
    return reminder is not None and reminder.is_planned and reminder.schedule_name == name


def _count(change: Change, drift: ReasonCode | None, repaired: Counter[ReasonCode]) -> None:
    reason = _REASONS.get(change.outcome, drift)
    unsettled = change.after is change.before and change.after and not change.after.settled
    if reason is None and unsettled:
        reason = ReasonCode.REMINDER_MISSING
    if reason is not None:
        repaired[reason] += 1
