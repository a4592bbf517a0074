"""One booking's planned messages: skipped, taken back, sent now, and reminders or marketing turned off."""

from __future__ import annotations

from collections.abc import Callable

from bookflow.domain.bookings.in_hand import InHand
from bookflow.domain.bookings.retention import kept_until
from bookflow.domain.events.booking_reminder import BookingReminder
from bookflow.domain.executions.execution import Execution, ExecutionStatus
from bookflow.domain.reminders.eligibility import (
    SkipReason,
    reminder_skip_reason,
    reminder_skipped_by_hand,
    skipped_by_hand,
)
from bookflow.domain.reminders.names import ReminderKey
from bookflow.domain.reminders.record import event_detail
from bookflow.domain.reminders.rule import excluded
from bookflow.domain.shared.errors import ConflictError, NotFoundError, TransientError
from bookflow.ports import Ports
from bookflow.use_cases.bookings.manage_bookings import BookingManager
from bookflow.use_cases.executions.resume import Resumer
from bookflow.use_cases.runtime.dispatch import Dispatcher

TRIES = 5
"""Writes that others overtake, before the caller is asked to come again."""


class MessagesInHand:
    """The planned messages of bookings. An entry is named by its execution, or by its workflow."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def get(self, location_id: str, booking_id: str) -> InHand:
        """Return what was decided of a booking's messages.

        Raises:
            NotFoundError: There is no such booking.
        """
        found = BookingManager(self._ports).get(location_id, booking_id).in_hand
        return found or InHand(location_id=location_id, booking_id=booking_id)

    def turn_off(
        self, location_id: str, booking_id: str, *, reminders: bool, marketing: bool
    ) -> InHand:
        """Turn the booking's reminders, and its marketing messages and surveys, off or on.

        Raises:
            NotFoundError: There is no such booking.
            TransientError: Others decided at the same moment, several times.
        """
        return self.decide(
            location_id,
            booking_id,
            lambda now: now.changed(no_reminders=reminders, no_marketing=marketing),
        )

    def skip(self, location_id: str, booking_id: str, entry_id: str, *, skipped: bool) -> InHand:
        """Skip a planned entry's messages, or take that back until its time.

        Raises:
            NotFoundError: There is no such booking, or nothing of it is planned by that id.
            TransientError: Others decided at the same moment, several times.
        """
        waiting = self.waiting(location_id, booking_id, entry_id)
        if waiting is not None:
            entry_id = waiting.owner
        elif skipped:
            self.planned(location_id, booking_id, entry_id)
        return self.decide(
            location_id, booking_id, lambda now: now.with_entry(entry_id, skipped=skipped)
        )

    def send_now(
        self, location_id: str, booking_id: str, entry_id: str, resumer: Resumer
    ) -> Execution:
        """Send a planned entry's messages now; none follows at its time. It may be repeated.

        Raises:
            NotFoundError: There is no such booking, or nothing of it is planned by that id.
            ConflictError: It would be skipped as the booking stands, or the wait is just over.
            TransientError: Something has to be retried.
        """
        waiting = self.waiting(location_id, booking_id, entry_id)
        if waiting is not None:
            stored = self._ports.bookings.in_hand(location_id, booking_id)
            _require_sendable(skipped_by_hand(waiting, stored.changed(skipped=())))
            owner = waiting.owner
            self.decide(location_id, booking_id, lambda now: now.with_entry(owner, skipped=False))
            return resumer.end_wait(location_id, entry_id)
        event = self.planned(location_id, booking_id, entry_id)
        context = BookingManager(self._ports).get(location_id, booking_id)
        reminder = self._ports.reminders.get(ReminderKey(location_id, booking_id, entry_id))
        if reminder is None or reminder.config is None or context.booking is None:
            raise _not_planned()
        now = self._ports.clock.now()
        _require_sendable(
            (
                context.in_hand
                and reminder_skipped_by_hand(event, context.in_hand.changed(skipped=()))
            )
            or reminder_skip_reason(event, reminder.config, context.booking, now)
        )
        if excluded(reminder.config, context.booking, context.location) is not None:
            raise ConflictError(
                "the trigger's filter rules this reminder out",
                field="booking_id",
            )
        self.decide(location_id, booking_id, lambda now: now.with_entry(entry_id, skipped=False))
        workflow = self._ports.workflows.get(location_id, entry_id)
        if workflow.published_version is None:
            raise _not_planned()
        version = self._ports.workflows.version(location_id, entry_id, workflow.published_version)
        return Dispatcher(self._ports).send_now(event, version, context)

    def decide(
        self, location_id: str, booking_id: str, change: Callable[[InHand], InHand]
    ) -> InHand:
        """Store a change of the decisions, made again where others decide at the same moment.

        Raises:
            NotFoundError: There is no such booking.
            TransientError: Others decided at the same moment, several times.
        """
        context = BookingManager(self._ports).get(location_id, booking_id)
        for _ in range(TRIES):
            stored = self._ports.bookings.in_hand(location_id, booking_id)
            decided = change(stored)
            if decided == stored:
                return stored
            saved = decided.changed(
                revision=stored.revision + 1,
                kept_until=kept_until(context.booking, context.location, self._ports.clock.now()),
            )
            if self._ports.bookings.save_in_hand(saved):
                return saved
        raise TransientError(
            f"Others decided about this booking at the same moment, {TRIES} times.",
            remedy="Try again.",
        )

    def waiting(self, location_id: str, booking_id: str, entry_id: str) -> Execution | None:
        """Return the execution of that id that waits, or has been ended to go on at once."""
        try:
            execution = self._ports.executions.get(location_id, entry_id)
        except NotFoundError:
            return None
        if execution.booking_id != booking_id:
            return None
        is_in_hand = execution.status in (ExecutionStatus.WAITING, ExecutionStatus.CANCELLED)
        return execution if is_in_hand else None

    def planned(self, location_id: str, booking_id: str, workflow_id: str) -> BookingReminder:
        """Return the firing of a workflow's planned reminder, as of now.

        Raises:
            NotFoundError: The booking has no such reminder.
        """
        reminder = self._ports.reminders.get(ReminderKey(location_id, booking_id, workflow_id))
        if reminder is None or not reminder.is_planned:
            raise _not_planned()
        now = self._ports.clock.now()
        return BookingReminder.model_validate(
            {**event_detail(reminder), "occurred_at": now, "scheduled_for": now}
        )


def _require_sendable(skip_reason: SkipReason | None) -> None:
    """Check that nothing would keep back what is sent now: it would count as sent."""
    if skip_reason is not None:
        raise ConflictError(skip_reason[1], field="entry_id", remedy="Load the timeline again.")


def _not_planned() -> NotFoundError:
    return NotFoundError(
        "nothing is planned by this id for the booking",
        field="entry_id",
        remedy="It may have been sent meanwhile; load the timeline again.",
    )
