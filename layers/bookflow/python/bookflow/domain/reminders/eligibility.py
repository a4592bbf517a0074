"""The send-time guard: whether a step that waited, or a reminder, still applies to its booking."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from bookflow.domain.bookings.in_hand import InHand
from bookflow.domain.bookings.records import Booking, Location
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.events import Event, event_types
from bookflow.domain.events.booking_reminder import BookingReminder, ReminderOffset
from bookflow.domain.events.booking_rescheduled import BookingRescheduled
from bookflow.domain.events.started_by_hand import StartedByHand
from bookflow.domain.executions.execution import Execution, ReasonCode
from bookflow.domain.reminders.anchors import anchor_mark, due_moment, same_moment
from bookflow.domain.reminders.quiet import PRECISION, is_quiet
from bookflow.domain.reminders.record import Reminder
from bookflow.domain.reminders.rule import FOLLOW_UP_GRACE, excluded_by_status
from bookflow.domain.reminders.succession import OVERDUE
from bookflow.domain.workflows.workflow import WorkflowVersion

SkipReason = tuple[ReasonCode, str]
"""A reason code for programs and a sentence for people."""


def step_skip_reason(
    execution: Execution,
    booking: Booking | None,
    written: Collection[BookingStatus] = (),
) -> SkipReason | None:
    """Return why a step that comes after a delay must not run, or None.

    The booking is compared with how it stood when the execution began (design, "Effects happen
    once"): a workflow about a cancellation began with a cancelled booking, so it continues as long
    as that holds. A move does not end a wait: one until a time around the booking follows it, and a
    duration has nothing to do with it. Only a reminder's execution ends, because the new time has a
    reminder of its own.

    Args:
        execution: The execution.
        booking: The booking as it stands.
        written: Statuses that the execution itself gave the booking: what they changed is no news
            to it.
    """
    if booking is None:
        return None
    if booking.status is BookingStatus.DRAFT:
        return (
            ReasonCode.BOOKING_DRAFT,
            "The booking went back to draft while the execution waited.",
        )
    cancelled_before = execution.booking_status is BookingStatus.CANCELLED
    cancelled_now = booking.status is BookingStatus.CANCELLED
    is_news = booking.status not in written
    if is_news and cancelled_now and not cancelled_before:
        return ReasonCode.BOOKING_CANCELLED, "The booking was cancelled while the execution waited."
    if is_news and cancelled_before and not cancelled_now:
        return (
            ReasonCode.BOOKING_REINSTATED,
            "The booking was taken up again while the execution waited.",
        )
    is_reminder = execution.event_type == BookingReminder.detail_type
    known_start = execution.booking_start
    if is_reminder and known_start is not None and booking.start_time != known_start:
        return ReasonCode.BOOKING_MOVED, "The booking was moved while the execution waited."
    return None


def guest_skip_reason(
    execution: Execution, booking: Booking | None, written: Collection[BookingStatus] = ()
) -> SkipReason | None:
    """Return why a step must not write to the customer, wherever it stands, or None.

    An event may come late: after the visit, or after what it states was superseded. Its
    execution starts all the same, for what it reports to other systems and the staff.

    Args:
        execution: The execution.
        booking: The booking as it stands.
        written: Statuses that the execution itself gave the booking: what they changed is no news
            to it.
    """
    if execution.visit_over:
        return ReasonCode.VISIT_OVER, "The visit was over when this event came."
    if booking is None or booking.status in written:
        return None
    announces = event_types()[execution.event_type].announces_visit
    cancelled_before = execution.booking_status is BookingStatus.CANCELLED and not announces
    cancelled_now = booking.status is BookingStatus.CANCELLED
    if cancelled_now and not cancelled_before:
        return ReasonCode.BOOKING_CANCELLED, "The booking is cancelled by now."
    if cancelled_before and not cancelled_now:
        return ReasonCode.BOOKING_REINSTATED, "The booking is no longer cancelled."
    is_about_move = execution.event_type == BookingRescheduled.detail_type
    if is_about_move and execution.booking_start != booking.start_time:
        return ReasonCode.BOOKING_MOVED, "The booking has moved to another time since."
    return None


def planned_entries(execution: Execution) -> tuple[str, ...]:
    """Return what an execution is named by among the planned messages of its booking.

    It is the first of its chain; before it fires, a reminder is named by its workflow. What a person
    started by hand is no reminder.
    """
    is_reminder = execution.event_type == BookingReminder.detail_type
    if is_reminder and execution.derived_from is None:
        return execution.owner, execution.workflow_id
    return (execution.owner,)


def skipped_by_hand(execution: Execution, in_hand: InHand | None) -> SkipReason | None:
    """Return why people do not want the messages of an execution to go out, or None.

    What a person started by hand is no automatic message.
    """
    if in_hand is None:
        return None
    if execution.owner in in_hand.skipped:
        return ReasonCode.SKIPPED_BY_HAND, "It was skipped by hand."
    is_reminder = execution.event_type == BookingReminder.detail_type
    if is_reminder and execution.derived_from is None and in_hand.no_reminders:
        return ReasonCode.MESSAGES_OFF, "Reminders are turned off for this booking."
    return None


def reminder_skipped_by_hand(event: BookingReminder, in_hand: InHand) -> SkipReason | None:
    """Return why people do not want a reminder that fires to go out, or None."""
    if not in_hand.skips_reminder(event.workflow_id):
        return None
    if in_hand.no_reminders:
        return ReasonCode.MESSAGES_OFF, "Reminders are turned off for this booking."
    return ReasonCode.SKIPPED_BY_HAND, "It was skipped by hand."


def later_step_skip_reason(
    version: WorkflowVersion,
    node_id: str,
    booking: Booking | None,
    now: datetime,
    zone: ZoneInfo,
) -> SkipReason | None:
    """Return why a step that comes after a delay comes too late for its booking, or None.

    Only executions that began with a reminder before the start can come too late: they may have
    begun late, or waited for a send window. A step that the graph itself puts after the start, such
    as a survey two hours after the end, is meant for then.

    Args:
        version: What the execution goes by.
        node_id: The step's node.
        booking: The booking as it stands.
        now: The present moment.
        zone: The location's, for calendar days.
    """
    config = version.trigger_config
    if not isinstance(config, ReminderOffset) or config.relative_to == "after_end":
        return None
    if booking is None or booking.start_time is None or now < booking.start_time:
        return None
    # What starts executions never asks this, and has no use for the delays of graphs.
    from bookflow.domain.reminders.planned_time import time_by_graph

    begin = due_moment(config, booking.start_time, zone)
    if time_by_graph(version.graph, node_id, booking, begin=begin, zone=zone) >= booking.start_time:
        return None
    return ReasonCode.BOOKING_STARTED, "The booking started while the execution waited."


def first_step_skip_reason(
    execution: Execution,
    event: Event,
    booking: Booking | None,
    now: datetime,
    written: Collection[BookingStatus] = (),
) -> SkipReason | None:
    """Return why a step that comes before any delay must not run, or None.

    Only the steps of a reminder can come too late for their booking, and only those that were
    started for a departure can find it elsewhere: they may be retried minutes after the start,
    or resumed by a person days later.
    """
    if isinstance(event, StartedByHand) and booking and not event.is_for(booking.start_time):
        return ReasonCode.BOOKING_MOVED, "The booking has moved to another departure since."
    if not isinstance(event, BookingReminder):
        return None
    reason = step_skip_reason(execution, booking, written)
    if reason is not None or booking is None or event.relative_to == "after_end":
        return reason
    if booking.start_time is not None and now >= booking.start_time:
        return ReasonCode.BOOKING_STARTED, "The booking started before the reminder went out."
    return None


def reminder_skip_reason(
    event: BookingReminder,
    config: ReminderOffset,
    booking: Booking | None,
    now: datetime,
    *,
    reminder: Reminder | None = None,
    location: Location | None = None,
) -> SkipReason | None:
    """Return why a reminder that fires now must not start its workflow, or None.

    Args:
        event: The firing.
        config: The trigger's settings as published now.
        booking: The booking as it stands.
        now: The present moment.
        reminder: The record of the plan, read after the booking; None for a firing that
            Bookflow did not plan, which is judged by the booking alone.
        location: Whose quiet hours a firing that comes late must keep.
    """
    if booking is None or booking.start_time is None:
        return ReasonCode.STALE_REMINDER, "The booking is not known any more."
    excluded = excluded_by_status(config, booking)
    if excluded is not None:
        return excluded, _EXCLUDED[excluded]
    if _has_moved(event, booking):
        return ReasonCode.BOOKING_MOVED, "The booking was moved after the reminder was planned."
    if config.relative_to == "before_start" and now >= booking.start_time:
        return ReasonCode.BOOKING_STARTED, "The booking has already started."
    if reminder is None:
        return None
    if not _is_due(reminder, config, event, now):
        return ReasonCode.STALE_REMINDER, "The reminder was planned anew, or was sent before."
    return _untimely(config, reminder.fire_at or now, now, location)


_EXCLUDED = {
    ReasonCode.GUEST_ERASED: "The guest was erased.",
    ReasonCode.BOOKING_CANCELLED: "The booking is cancelled.",
    ReasonCode.BOOKING_DRAFT: "The booking is a draft.",
    ReasonCode.BOOKING_PENDING: "The booking is not confirmed.",
    ReasonCode.BOOKING_CONFIRMED: "The booking is confirmed; the reminder is for others.",
    ReasonCode.BOOKING_COMPLETED: "The booking is completed.",
    ReasonCode.BOOKING_NO_SHOW: "The customer did not come.",
}


def _untimely(
    config: ReminderOffset, planned_for: datetime, now: datetime, location: Location | None
) -> SkipReason | None:
    """Return why a reminder must not go out at this moment, even if it still applies to its booking."""
    if config.relative_to == "after_end" and now - planned_for > FOLLOW_UP_GRACE:
        return ReasonCode.TOO_LATE, "The follow-up came more than a day late."
    if location is None:
        return None
    if now - planned_for > OVERDUE and is_quiet(location, now):
        return ReasonCode.QUIET_HOURS, "The reminder came late, in the quiet hours."
    # The hours may have changed since. One that fires some seconds late is judged by its plan.
    if is_quiet(location, planned_for):
        return ReasonCode.QUIET_HOURS, "Its time lies in quiet hours that were set later."
    return None


def _has_moved(event: BookingReminder, booking: Booking) -> bool:
    if event.relative_to == "after_end":
        return booking.end_time != event.end_time
    return booking.start_time != event.start_time


def _is_due(
    reminder: Reminder, config: ReminderOffset, event: BookingReminder, now: datetime
) -> bool:
    if not reminder.is_planned or reminder.fire_at is None or reminder.config is None:
        return False
    if not same_moment(reminder.config, config):
        return False
    planned_for_this = reminder.mark == anchor_mark(event.relative_to, event.anchor)
    return planned_for_this and reminder.fire_at <= now + PRECISION
