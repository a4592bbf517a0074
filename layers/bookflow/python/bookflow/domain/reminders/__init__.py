"""Which reminder a booking gets, and how its record changes from one plan to the next.

A reminder belongs to a workflow, a booking and an anchor: the booking's start, or its end for a
follow-up. For one anchor it is sent at most once, so its event's id is made of these alone: two
firings are one event, and a booking that moved has a new one.
"""

from bookflow.domain.reminders.anchors import anchor_mark, begins_anew, due_moment, same_moment
from bookflow.domain.reminders.names import ReminderKey, location_prefix, schedule_name
from bookflow.domain.reminders.quiet import PRECISION, is_quiet
from bookflow.domain.reminders.record import Reminder, event_detail
from bookflow.domain.reminders.rule import (
    FOLLOW_UP_GRACE,
    Plan,
    ReminderState,
    excluded_by_status,
    reminder_for,
)
from bookflow.domain.reminders.succession import OVERDUE, next_reminder

__all__ = [
    "FOLLOW_UP_GRACE",
    "OVERDUE",
    "PRECISION",
    "Plan",
    "Reminder",
    "ReminderKey",
    "ReminderState",
    "anchor_mark",
    "begins_anew",
    "due_moment",
    "event_detail",
    "excluded_by_status",
    "is_quiet",
    "location_prefix",
    "next_reminder",
    "reminder_for",
    "same_moment",
    "schedule_name",
]
