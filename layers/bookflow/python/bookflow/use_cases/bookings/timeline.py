"""Shows what workflows did for a booking, what they will do, and what they skipped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bookflow.actions.send_survey_email import SendSurveyEmail
from bookflow.actions.send_template import SendTemplate
from bookflow.domain.bookings.in_hand import InHand
from bookflow.domain.events.booking_reminder import BookingReminder
from bookflow.domain.executions.execution import Execution, ReasonCode, Step
from bookflow.domain.messages.sent.sent_message import ShownMessage
from bookflow.domain.reminders.record import Reminder
from bookflow.domain.reminders.rule import ReminderState
from bookflow.domain.shared.errors import NotFoundError
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest
from bookflow.domain.timeline import EntryKind, TimelineEntry, stated_move, timeline
from bookflow.ports import ExecutionFilter, Ports
from bookflow.use_cases.bookings.manage_bookings import BookingManager
from bookflow.use_cases.messages.sent_messages import SentMessages

RUNS = 20
"""Runs of a page; the steps of each are one more read."""

SENDING_ACTIONS = frozenset({SendTemplate.type, SendSurveyEmail.type})
"""Actions whose messages are kept."""

_REASONS: Mapping[ReasonCode, str] = {
    ReasonCode.BOOKING_CANCELLED: "The booking is cancelled.",
    ReasonCode.BOOKING_COMPLETED: "The booking is completed.",
    ReasonCode.BOOKING_DRAFT: "The booking is a draft.",
    ReasonCode.BOOKING_NO_SHOW: "The customer did not come.",
    ReasonCode.BOOKING_STARTED: "The booking had started by then.",
    ReasonCode.BOOKING_TIME_UNKNOWN: "The booking has no time that it could be reckoned from.",
    ReasonCode.ENABLED_LATER: "The workflow was turned on or changed after this reminder was due.",
    ReasonCode.FILTERED: "The trigger's filter left the booking out.",
    ReasonCode.MESSAGES_OFF: "Reminders are turned off for this booking.",
    ReasonCode.QUIET_HOURS: "It would have fallen into the quiet hours.",
    ReasonCode.SKIPPED_BY_HAND: "It was skipped by hand.",
    ReasonCode.TOO_LATE: "Its moment had passed before it could be sent.",
    ReasonCode.WORKFLOW_DISABLED: "The workflow is off.",
}


class BookingTimeline:
    """The timeline of bookings."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def page(
        self, location_id: str, booking_id: str, request: PageRequest = FIRST_PAGE
    ) -> Page[TimelineEntry]:
        """Return the entries of a page of executions, the newest first, each page by time.

        The first page also holds the reminders that are planned or were skipped before any
        execution.

        Args:
            location_id: The booking's location.
            booking_id: The booking.
            request: How many executions of a page, and where it begins.

        Raises:
            NotFoundError: The location knows no such booking.
        """
        planned: Sequence[TimelineEntry] = ()
        if request.position is None:
            in_hand = BookingManager(self._ports).get(location_id, booking_id).in_hand
            planned = tuple(reminder_entries(self._ports, location_id, booking_id))
        else:
            in_hand = self._ports.bookings.in_hand(location_id, booking_id)
        executions = self._ports.executions.page(
            location_id, ExecutionFilter(booking_id=booking_id), request
        )
        with_steps = [
            (each, self._ports.executions.steps(location_id, each.id)) for each in executions.items
        ]
        entries = timeline(with_steps, planned, self._ports.clock.now())
        owners = {each.id: each.owner for each in executions.items}
        decided = (_in_hand(each, in_hand, owners) for each in entries)
        shown = self._with_messages(decided, with_steps)
        return executions.holding(list(shown))

    def _with_messages(
        self,
        entries: Iterable[TimelineEntry],
        executions: Iterable[tuple[Execution, Sequence[Step]]],
    ) -> Iterator[TimelineEntry]:
        """Add to each entry what its step sent; only executions that may have sent are asked."""
        sent: dict[tuple[str, str], list[ShownMessage]] = defaultdict(list)
        reader = SentMessages(self._ports)
        for execution, steps in executions:
            if any(step.node_type in SENDING_ACTIONS for step in steps):
                for message in reader.sent_by(execution, steps):
                    sent[execution.id, message.node_id].append(message)
        for entry in entries:
            found = sent.get((entry.execution_id or "", entry.node_id or ""))
            yield entry.changed(messages=tuple(found)) if found else entry


def _in_hand(
    entry: TimelineEntry, in_hand: InHand | None, owners: Mapping[str, str]
) -> TimelineEntry:
    """Return a planned entry with what people decided of it.

    Args:
        entry: The entry.
        in_hand: What people decided.
        owners: The first of the chain of each execution.
    """
    if entry.kind is not EntryKind.PLANNED or in_hand is None:
        return entry
    name = owners[entry.execution_id] if entry.execution_id else entry.workflow_id
    names = {name}
    if entry.event_type == BookingReminder.detail_type:
        names.add(entry.workflow_id)
    if any(each.used_by is None and each.entry_id in names for each in in_hand.edited):
        entry = entry.changed(edited=True)
    if name in in_hand.skipped:
        return entry.changed(
            reason_code=ReasonCode.SKIPPED_BY_HAND,
            reason="It is skipped by hand; that can be taken back until its time.",
        )
    if in_hand.no_reminders and entry.event_type == BookingReminder.detail_type:
        return entry.changed(
            reason_code=ReasonCode.MESSAGES_OFF,
            reason="Reminders are turned off for this booking, so it is not sent.",
        )
    return entry


def reminder_entries(ports: Ports, location_id: str, booking_id: str) -> Iterator[TimelineEntry]:
    """Return the reminders of a booking that are planned, or were skipped before any execution."""
    for reminder in ports.reminders.of_booking(location_id, booking_id):
        if reminder.is_planned and reminder.fire_at is not None:
            yield _entry(ports, reminder, EntryKind.PLANNED)
        elif reminder.state is ReminderState.SKIPPED or (
            reminder.state is ReminderState.NONE and reminder.reason_code is not None
        ):
            yield _entry(ports, reminder, EntryKind.SKIPPED)


def _entry(ports: Ports, reminder: Reminder, kind: EntryKind) -> TimelineEntry:
    is_planned = kind is EntryKind.PLANNED and reminder.fire_at is not None
    return TimelineEntry(
        at=reminder.fire_at if is_planned and reminder.fire_at else reminder.changed_at,
        kind=kind,
        workflow_id=reminder.workflow_id,
        workflow_name=_workflow_name(ports, reminder),
        event_type=BookingReminder.detail_type,
        what="reminder",
        reason_code=reminder.note if is_planned else reminder.reason_code,
        reason=stated_move(reminder.note) if is_planned else _reason(reminder.reason_code),
    )


def _workflow_name(ports: Ports, reminder: Reminder) -> str:
    try:
        return ports.workflows.get(reminder.location_id, reminder.workflow_id).name
    except NotFoundError:
        return ""


def _reason(code: ReasonCode | None) -> str | None:
    return None if code is None else _REASONS.get(code, f"{code.replace('_', ' ').capitalize()}.")
