"""Compares the reminders that should be with the schedules that are, and repairs both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bookflow.domain.bookings.records import BookingContext
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.reminders.jobs import planned_since
from bookflow.domain.reminders.names import ReminderKey, location_prefix
from bookflow.domain.reminders.record import Reminder
from bookflow.domain.shared.errors import BookflowError, PermanentError, TransientError
from bookflow.domain.shared.pagination import Page, PageRequest, pages
from bookflow.ports import Ports, UpcomingBooking
from bookflow.use_cases.reminders.plan_reminders import (
    Change,
    Known,
    Offsets,
    PlanOutcome,
    ReminderPlanner,
    reminding_since,
    tried,
)

NEXT_RUNS = timedelta(days=2)
"""The time of a schedule is looked at when it fires before the pass after the next: a list of
schedules has only their names, and each look is a call."""

ROUND = timedelta(minutes=1)
"""Time after which another pass continues. The function has two and a half minutes, in which it also
lists the location's schedules (100,000 take 40 seconds at the rate of calls that it may make) and
ends the page that it has begun."""

_AFTER_ALL = datetime.max.replace(tzinfo=UTC)
"""Later than the start of any booking."""

_REASONS = {
    PlanOutcome.GAINED: ReasonCode.REMINDER_MISSING,
    PlanOutcome.MOVED: ReasonCode.REMINDER_MOVED,
    PlanOutcome.LOST: ReasonCode.REMINDER_ORPHANED,
    PlanOutcome.SKIPPED: ReasonCode.REMINDER_ORPHANED,
}


class ReminderReconciler:
    """The daily pass, also by hand; it may be repeated and executions while events come in.

    Args:
        ports: What the pass needs.
        workers: Reminders looked at and repaired at the same time.
    """

    def __init__(self, ports: Ports, *, workers: int = 1) -> None:
        self._ports = ports
        self._workers = workers

    def request_all(self) -> int:
        """Ask for a pass over each location that has ever had reminders; return how many."""
        count = 0
        for location_id in self._ports.reminders.locations():
            self.request(location_id)
            count += 1
        return count

    def request(self, location_id: str) -> None:
        """Ask for a pass over one location."""
        self._ports.reminder_jobs.send({"reconcile": location_id})

    def run(
        self, location_id: str, looked_at_until: datetime | None = None
    ) -> Mapping[ReasonCode, int]:
        """Repair the reminders of a location; return what was wrong and how often.

        A reminder that cannot be repaired keeps no other from it. A pass that takes too long asks
        for another one, which continues from there.

        Args:
            location_id: The location.
            looked_at_until: Bookings that start earlier were looked at by the earlier passes.

        Raises:
            TransientError: It has to be run again; what is repaired stays so.
            PermanentError: At least one could not be repaired, for this reason; all others are.
        """
        reconciliation = _Reconciliation(self._ports, location_id, self._workers)
        try:
            rest = (
                reconciliation.follow_bookings(looked_at_until) or reconciliation.follow_schedules()
            )
            if rest is not None:
                message = {"reconcile": location_id, "looked_at_until": rest.isoformat()}
                self._ports.reminder_jobs.send(message)
        finally:
            for reason, count in reconciliation.repaired.items():
                self._ports.counter.count("RemindersRepaired", count, reason=reason)
        if reconciliation.failures:
            raise reconciliation.failures[0]
        return dict(reconciliation.repaired)


Repair = tuple[Change, ReasonCode | None]
"""What planning did to a reminder, and what was wrong with it before."""


class _Reconciliation:
    """One pass over a location.

    Attributes:
        repaired: What was wrong, and how often.
        failures: Why single reminders could not be repaired.
    """

    def __init__(self, ports: Ports, location_id: str, workers: int) -> None:
        self._ports = ports
        self._location_id = location_id
        self._workers = workers
        self._planner = ReminderPlanner(ports)
        # Listed first: what is planned from now on is in no list and taken for no orphan.
        self._names = frozenset(ports.schedules.names(location_prefix(location_id)))
        # However long the list took, each pass has time to come further than the one before.
        self._ends_at = ports.clock.now() + ROUND
        self._known: set[str] = set()
        self._since: Mapping[str, datetime | None] = {}
        self.repaired: Counter[ReasonCode] = Counter()
        self.failures: list[PermanentError] = []

    def follow_bookings(self, looked_at_until: datetime | None) -> datetime | None:
        """Repair what bookings want and schedules lack; return where time ran out, if it did."""
        offsets = self._offsets()
        since = planned_since(self._ports.clock.now(), offsets.values())

        def upcoming(request: PageRequest) -> Page[UpcomingBooking]:
            return self._ports.reminders.upcoming(
                self._location_id, offsets, since=since, request=request
            )

        for page in pages(upcoming):
            offsets = self._offsets()
            surroundings = self._ports.bookings.context(self._location_id, None)
            if surroundings is None:
                return None
            known = [
                (
                    ReminderKey(self._location_id, booking.id, workflow_id),
                    Known(
                        reminders.get(workflow_id),
                        BookingContext(location=surroundings.location, booking=booking),
                        offset,
                        self._since.get(workflow_id),
                    ),
                )
                for booking, reminders in page.items
                for workflow_id, offset in offsets.items()
            ]
            new = [each for each in known if not _starts_before(looked_at_until, each[1])]
            for _, of in known[: len(known) - len(new)]:  # the earliest bookings come first
                self._keep(of.reminder)
            self._note(tried(self._repair, new, workers=self._workers))
            if page.position and new and self._is_over():
                return _start(new[-1][1])
        return None

    def follow_schedules(self) -> datetime | None:
        """Look at the schedules that no booking in sight wants; likewise."""
        for name in sorted(self._names - self._known):
            if self._is_over():
                return _AFTER_ALL
            try:
                self._follow_schedule(name)
            except PermanentError as error:
                self.failures.append(error)
        return None

    def _repair(self, of: tuple[ReminderKey, Known]) -> Repair:
        key, known = of
        drift = self._drift(known.reminder)
        if known.reminder is not None and drift is ReasonCode.REMINDER_MISSING:
            # Made, not moved: it saves a call for each of what may be thousands.
            known = replace(known, reminder=known.reminder.changed(scheduled=False))
        change = self._planner.converge(key, known, force=drift is not None)
        return change, _wrong(change, drift)

    def _note(self, results: Sequence[Repair | BookflowError]) -> None:
        """Note what became of a page; all of it, before a transient error ends the pass."""
        for result in results:
            if isinstance(result, PermanentError):
                self.failures.append(result)
            elif not isinstance(result, BookflowError):
                change, wrong = result
                if wrong is not None:
                    self.repaired[wrong] += 1
                self._keep(change.after)
        for result in results:
            if isinstance(result, TransientError):
                raise result

    def _keep(self, reminder: Reminder | None) -> None:
        """Take the schedule of a planned reminder for no orphan."""
        if reminder is not None and reminder.is_planned:
            self._known.add(reminder.schedule_name)

    def _follow_schedule(self, name: str) -> None:
        """Look at a schedule that no booking in sight wants: plan its booking, or delete it."""
        schedule = self._ports.schedules.get(name)
        if schedule is None:
            return
        if schedule.detail.get("location_id", self._location_id) != self._location_id:
            return  # another location's: the beginnings of their names are the same
        value = schedule.detail.get("booking_id")
        booking_id = value if isinstance(value, str) else None
        if booking_id is not None:
            changes = self._planner.plan(self._location_id, booking_id)
            if any(_wants(change.after, name) for change in changes):
                return
        self._ports.schedules.delete(name)
        self.repaired[ReasonCode.REMINDER_ORPHANED] += 1
        if booking_id is not None:
            self._put_back(booking_id, name)

    def _put_back(self, booking_id: str, name: str) -> None:
        """Make a schedule again that an event planned just before it was deleted as nobody's."""
        for reminder in self._ports.reminders.of_booking(self._location_id, booking_id):
            if _wants(reminder, name):
                self._planner.renew(reminder.key)

    def _drift(self, reminder: Reminder | None) -> ReasonCode | None:
        """Return what is wrong with the schedule of a planned reminder, or None."""
        if reminder is None or not reminder.is_planned or reminder.fire_at is None:
            return None
        now = self._ports.clock.now()
        if reminder.schedule_name in self._names and reminder.fire_at - now > NEXT_RUNS:
            return None
        schedule = self._ports.schedules.get(reminder.schedule_name)
        if schedule is None:
            return ReasonCode.REMINDER_MISSING
        return None if _is_right(reminder, schedule.at, now) else ReasonCode.REMINDER_MOVED

    def _offsets(self) -> Offsets:
        subscriptions = self._ports.workflows.subscriptions(self._location_id)
        self._since = reminding_since(subscriptions)
        return self._planner.offsets(self._location_id, subscriptions)

    def _is_over(self) -> bool:
        return self._ports.clock.now() >= self._ends_at


def _start(known: Known) -> datetime | None:
    return known.context.booking.start_time if known.context.booking else None


def _starts_before(moment: datetime | None, known: Known) -> bool:
    start = _start(known)
    return moment is not None and start is not None and start < moment


def _is_right(reminder: Reminder, at: datetime, now: datetime) -> bool:
    """A reminder whose time has passed may have been planned anew, a little after now."""
    fire_at = reminder.fire_at
    return fire_at is not None and (at == fire_at or (fire_at < now and at >= fire_at))


def _wants(reminder: Reminder | None, name: str) -> bool:
    return reminder is not None and reminder.is_planned and reminder.schedule_name == name


def _wrong(change: Change, drift: ReasonCode | None) -> ReasonCode | None:
    """Return what was wrong with a reminder that was planned again."""
    reason = _REASONS.get(change.outcome, drift)
    unsettled = change.after is change.before and change.after and not change.after.settled
    return ReasonCode.REMINDER_MISSING if reason is None and unsettled else reason
