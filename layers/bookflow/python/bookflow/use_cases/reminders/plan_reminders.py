"""Plans the reminders of one booking: its records first, then one call of the scheduler each.

Everything that a plan depends on is read after the record that the plan replaces, and the record
is written only if it has not changed since. So the last write was based on the newest booking,
workflow and location, however many planners run at once and in whatever order events arrive. A
booking that wants no reminder and never had one has no record, so its planner writes nothing that
an older plan could meet: such a plan ends at its firing, which reads the booking again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from bookflow.domain.bookings.records import BookingContext
from bookflow.domain.events import Event
from bookflow.domain.events.booking_reminder import BookingReminder, ReminderOffset
from bookflow.domain.executions.execution import Execution, ExecutionStatus, ReasonCode
from bookflow.domain.reminders.anchors import anchor_mark
from bookflow.domain.reminders.names import ReminderKey, schedule_name
from bookflow.domain.reminders.quiet import PRECISION
from bookflow.domain.reminders.record import Reminder, event_detail
from bookflow.domain.reminders.rule import ReminderState
from bookflow.domain.reminders.succession import next_reminder
from bookflow.domain.shared.errors import BookflowError, PermanentError, TransientError
from bookflow.domain.workflows.workflow import Subscription, WorkflowVersion
from bookflow.ports import Ports, ReminderSchedule

TRIES = 5
"""Writes that others overtake, before the caller is asked to come again."""

_REPORTED = frozenset({"status", "start_time", "end_time", "booked_at"})
"""What an event says of a booking that a reminder depends on."""

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

Offsets = Mapping[str, ReminderOffset]
"""The settings of the location's enabled reminder workflows, by workflow."""


class PlanOutcome(StrEnum):
    """What planning did to a reminder."""

    GAINED = "gained"
    MOVED = "moved"
    LOST = "lost"
    SKIPPED = "skipped"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Change:
    """A reminder's record before and after planning."""

    before: Reminder | None
    after: Reminder | None

    @property
    def outcome(self) -> PlanOutcome:
        """What happened, in one word."""
        was = self.before is not None and self.before.is_planned
        if self.after is not None and self.after.is_planned:
            if not was:
                return PlanOutcome.GAINED
            same = self.before is not None and self.before.fire_at == self.after.fire_at
            return PlanOutcome.UNCHANGED if same else PlanOutcome.MOVED
        if self.after is not self.before and self.after is not None:
            if self.after.state is ReminderState.SKIPPED:
                return PlanOutcome.SKIPPED
            if was and self.after.state is ReminderState.NONE:
                return PlanOutcome.LOST
        return PlanOutcome.UNCHANGED


@dataclass(frozen=True)
class Known:
    """A reminder's record, and what was read after it.

    Attributes:
        since: When the workflow was turned on with this offset.
        send_missed: Whether what was due before that is sent now.
    """

    reminder: Reminder | None
    context: BookingContext
    offset: ReminderOffset | None
    since: datetime | None = None
    send_missed: bool = False


class ReminderPlanner:
    """Keeps the schedules of a booking as the booking and the workflows want them."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def follow(self, event: Event, subscriptions: Sequence[Subscription]) -> Sequence[Change]:
        """Plan the reminders of the event's booking, if the event can have changed them.

        To be called after the event is recorded, for each delivery of it: a call that was lost
        in a crash is made up for.

        Args:
            event: The event as parsed.
            subscriptions: The location's enabled workflows.

        Raises:
            TransientError: Something has to be retried.
        """
        said = event.stated_booking().model_fields_set - {"customer_id"}
        if event.booking_id is None or not said:
            return ()
        offsets = self.offsets(event.location_id, subscriptions)
        if not (offsets and said & _REPORTED.union(*map(_filtered_by, offsets.values()))):
            return ()
        return self._plan(event.location_id, event.booking_id, subscriptions)

    def plan(self, location_id: str, booking_id: str) -> Sequence[Change]:
        """Plan all reminders of a booking as everything stands now.

        Raises:
            TransientError: Something has to be retried.
        """
        return self._plan(location_id, booking_id, self._ports.workflows.subscriptions(location_id))

    def record_firing(
        self,
        event: BookingReminder,
        execution: Execution | None,
        *,
        held_back: ReasonCode | None = None,
    ) -> None:
        """Record that a reminder fired, and plan what its booking still needs.

        Args:
            event: The firing, with the reminder's own id.
            execution: What it started, or the skipped one; None if its workflow is off.
            held_back: Why it was not sent though it was due, one of `HELD_BACK`, if that is so.

        Raises:
            TransientError: Something has to be retried.
        """
        sent = execution is not None and execution.status is not ExecutionStatus.SKIPPED
        key = ReminderKey(event.location_id, event.booking_id, event.workflow_id)
        mark = anchor_mark(event.relative_to, event.anchor)
        for _ in range(TRIES):
            reminder = self._ports.reminders.get(key)
            if reminder is None:
                return
            was_due = reminder.fire_at == event.scheduled_for
            after = reminder.after_firing(
                mark, event.turn, sent=sent, held_back=held_back if was_due else None
            )
            if after is reminder or self._ports.reminders.save(after):
                break
        else:
            raise _overtaken()
        is_renewed = reminder.fire_at != event.scheduled_for
        if after.turn != reminder.turn and (after.is_planned or is_renewed):
            # It may have been moved, or made again as overdue, rather than have fired; the new
            # turn has another name.
            self._ports.schedules.delete(schedule_name(key, reminder.turn))
        if after.state is not ReminderState.FIRED or not after.settled:
            self.plan(event.location_id, event.booking_id)

    def offsets(self, location_id: str, subscriptions: Sequence[Subscription]) -> Offsets:
        """Return the settings of the reminder workflows among the subscriptions.

        Raises:
            NotFoundError: A subscription names a version that is not there.
        """
        versions = [
            self._ports.workflows.version(location_id, each.workflow_id, each.version)
            for each in subscriptions
            if each.trigger_type == BookingReminder.detail_type
        ]
        offsets = {version.workflow_id: reminder_offset(version) for version in versions}
        return {each: offset for each, offset in offsets.items() if offset is not None}

    def converge(self, key: ReminderKey, known: Known, *, force: bool = False) -> Change:
        """Bring one reminder to what it shall be.

        Args:
            key: Whose reminder it is.
            known: Its record and what was read after it.
            force: Whether its schedule is known to be wrong, whatever the record says.

        Raises:
            TransientError: Other planners came first several times, or the scheduler is busy.
        """
        for _ in range(TRIES):
            change = Change(known.reminder, self._wanted(key, known))
            if change.after is None:
                return change
            if change.after is known.reminder or self._ports.reminders.save(change.after):
                if force or not change.after.settled:
                    self._apply(change.after, _may_exist(change.before))
                return change
            known = replace(self._read(key), send_missed=known.send_missed)
        raise _overtaken()

    def renew(self, key: ReminderKey) -> None:
        """Make the schedule of a reminder again, whatever its record says of it.

        Raises:
            TransientError: Something has to be retried.
        """
        self.converge(key, self._read(key), force=True)

    def _plan(
        self, location_id: str, booking_id: str, subscriptions: Sequence[Subscription]
    ) -> Sequence[Change]:
        """Plan all reminders of a booking; one that cannot be planned keeps no other from it."""
        offsets = self.offsets(location_id, subscriptions)
        stored = self._ports.reminders.of_booking(location_id, booking_id)
        reminders = {reminder.workflow_id: reminder for reminder in stored}
        if any(offsets.get(name) != reminder.config for name, reminder in reminders.items()):
            subscriptions = self._ports.workflows.subscriptions(location_id)
            offsets = self.offsets(location_id, subscriptions)
        context = self._ports.bookings.context(location_id, booking_id)
        if context is None:
            return ()
        since = reminding_since(subscriptions)
        changes: list[Change] = []
        failures: list[Exception] = []
        for workflow_id in _ordered(offsets, reminders):
            key = ReminderKey(location_id, booking_id, workflow_id)
            known = Known(
                reminders.get(workflow_id),
                context,
                offsets.get(workflow_id),
                since.get(workflow_id),
            )
            try:
                changes.append(self.converge(key, known))
            except Exception as error:
                failures.append(error)
        if failures:
            raise min(failures, key=lambda error: isinstance(error, PermanentError))
        return changes

    def _wanted(self, key: ReminderKey, known: Known) -> Reminder | None:
        return next_reminder(
            known.reminder,
            key,
            config=known.offset,
            booking=known.context.booking,
            location=known.context.location,
            now=self._ports.clock.now(),
            since=known.since,
            send_missed=known.send_missed,
        )

    def _read(self, key: ReminderKey) -> Known:
        """Read everything anew, the record first."""
        reminder = self._ports.reminders.get(key)
        subscriptions = self._ports.workflows.subscriptions(key.location_id)
        context = self._ports.bookings.context(key.location_id, key.booking_id)
        if context is None:
            raise TransientError("The location was deleted while its reminders were planned.")
        offset = self.offsets(key.location_id, subscriptions).get(key.workflow_id)
        since = reminding_since(subscriptions).get(key.workflow_id)
        return Known(reminder, context, offset, since)

    def _apply(self, reminder: Reminder, exists: bool) -> None:
        """Make the schedule what the record wants, and see that the record still wants it."""
        for _ in range(TRIES):
            if reminder.is_planned:
                self._ports.schedules.put(self._schedule(reminder), exists=exists)
            elif exists or reminder.scheduled:
                self._ports.schedules.delete(reminder.schedule_name)
            stored = self._ports.reminders.settle(reminder)
            if stored is None or stored.revision == reminder.revision:
                return
            # Another planner wrote meanwhile, and this call may have undone its call.
            if stored.turn != reminder.turn:
                self._ports.schedules.delete(reminder.schedule_name)
            reminder, exists = stored, True
        raise _overtaken()

    def _schedule(self, reminder: Reminder) -> ReminderSchedule:
        detail = event_detail(reminder)
        at = max(reminder.fire_at or reminder.known_since, self._ports.clock.now() + PRECISION)
        return ReminderSchedule(name=reminder.schedule_name, at=at, detail=detail)


def tried(
    plan: Callable[[ItemT], ResultT], items: Sequence[ItemT], *, workers: int
) -> list[ResultT | BookflowError]:
    """Plan for each item, several at a time; return what became of each, in their order."""

    def attempt(item: ItemT) -> ResultT | BookflowError:
        try:
            return plan(item)
        except BookflowError as error:
            return error

    if workers == 1:
        return [attempt(item) for item in items]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(attempt, items))


def reminder_offset(version: WorkflowVersion | None) -> ReminderOffset | None:
    """Return a version's reminder settings, None if something else starts it."""
    config = version.trigger_config if version else None
    return config if isinstance(config, ReminderOffset) else None


def _filtered_by(offset: ReminderOffset) -> frozenset[str]:
    """Return the booking's fields that the filter of a reminder reads."""
    if offset.filter is None:
        return frozenset()
    from bookflow.domain.flow.conditions.booking_filter import booking_fields

    return booking_fields(offset.filter)


def reminding_since(subscriptions: Sequence[Subscription]) -> Mapping[str, datetime | None]:
    """Return when each workflow was turned on with the offset that it has now."""
    return {each.workflow_id: each.reminding_since for each in subscriptions}


def _ordered(offsets: Offsets, reminders: Mapping[str, Reminder]) -> Collection[str]:
    return sorted(offsets.keys() | reminders.keys())


def _may_exist(before: Reminder | None) -> bool:
    return before is not None and before.scheduled


def _overtaken() -> TransientError:
    return TransientError(
        f"Other plans for the same reminder came first, {TRIES} times.",
        remedy="Bookflow retries it.",
    )
