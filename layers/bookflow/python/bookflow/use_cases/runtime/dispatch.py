"""Starts the workflows of one event: record, find, claim, start."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bookflow.domain.bookings.records import BookingContext
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.events import Event
from bookflow.domain.events.base import MAX_CHAIN, VisitTriggerConfig
from bookflow.domain.events.booking_reminder import BookingReminder, ReminderOffset
from bookflow.domain.events.booking_rescheduled import BookingRescheduled
from bookflow.domain.events.started_by_hand import StartedByHand
from bookflow.domain.events.without_guest import event_without_guest
from bookflow.domain.executions.execution import (
    Execution,
    ExecutionStatus,
    ReasonCode,
    execution_id,
)
from bookflow.domain.reminders.names import ReminderKey
from bookflow.domain.shared.errors import (
    BookflowError,
    InvalidInputError,
    NotFoundError,
    PermanentError,
)
from bookflow.domain.workflows.workflow import Subscription, WorkflowVersion
from bookflow.ports import SETTLING_SECONDS, Ports, RecordedBooking
from bookflow.use_cases.runtime.claim_facts import claim_execution
from bookflow.use_cases.runtime.start_input import decisions_at_start, start_input
from bookflow.use_cases.runtime.trigger_filter import meets_filter

# What plans reminders is imported where an event needs it: most locations' events start without it.
if TYPE_CHECKING:
    from bookflow.domain.reminders.eligibility import SkipReason

LATE = timedelta(minutes=5)
"""A reminder that is taken later than this after its moment counts as late, for an alarm."""


@dataclass(frozen=True)
class Trigger:
    """What starts a workflow.

    Attributes:
        event: The event as the workflow's trigger reads it.
        sent_as: Type of the event as it was sent.
        context: The records around it.
    """

    event: Event
    sent_as: str
    context: BookingContext


class Dispatcher:
    """The one entry for events, wherever they come from."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def dispatch(
        self,
        event: Event,
        *,
        first_try: bool = True,
        last_try: bool = False,
        received_at: datetime | None = None,
    ) -> Sequence[Execution]:
        """Start every enabled workflow that waits for the event, each at most once.

        The whole may be repeated at any time: records merge, claims are taken once, and a start
        of the same name starts nothing. A workflow that cannot be started keeps no other from it.

        Args:
            event: The event as parsed.
            first_try: Whether the queue has not delivered the event before: nothing is claimed.
            last_try: Whether the queue will not deliver the event again; an execution that cannot
                be started is then recorded as failed.
            received_at: When its message was sent to the queue; now, if it came by none.

        Returns:
            The executions of the event, the refused ones (`skipped`) too.

        Raises:
            TransientError: Something has to be retried.
            InvalidInputError: The location is unknown. Without its time zone nothing about the
                booking could be read rightly, so the event waits until the location is stated.
            PermanentError: The event, or the start of a workflow, is refused for good.
        """
        now = self._ports.clock.now()
        if event.location is not None:
            from bookflow.use_cases.reminders.follow_location import follow_location

            follow_location(self._ports, event)
        recorded = self._ports.bookings.record(event, received_at=received_at or now, now=now)
        if recorded is None:
            raise InvalidInputError(
                "is not a location that Bookflow knows",
                field="detail.location_id",
                remedy=(
                    "Save the location's settings, or send its record with an event; "
                    "then redrive this one."
                ),
            )
        if recorded.guest is not None:
            event = event_without_guest(event, recorded.guest)
        subscriptions = self._subscriptions(event, recorded, now)
        executions: list[Execution] = []
        failures: list[Exception] = []
        for typed, subscription in self._matches(event, recorded.context, subscriptions):
            try:
                trigger = Trigger(typed, event.detail_type, recorded.context)
                tries = (first_try, last_try)
                execution = self._run(trigger, recorded, subscription, tries)
                executions += [execution] if execution else []
            except Exception as error:
                failures.append(error)
        try:
            self._plan_reminders(event, recorded, subscriptions, executions, bool(failures))
        except Exception as error:
            failures.append(error)
        if failures:
            raise min(failures, key=lambda error: isinstance(error, PermanentError))
        return executions

    def _subscriptions(
        self, event: Event, recorded: RecordedBooking, since: datetime
    ) -> Sequence[Subscription]:
        """Return the enabled workflows, which were read just before the event was recorded.

        A reminder workflow that was turned on in between plans for the bookings that are stored
        `SETTLING_SECONDS` later. So they are read again where recording took long.
        """
        if self._ports.clock.now() - since < timedelta(seconds=SETTLING_SECONDS / 2):
            return recorded.subscriptions
        return self._ports.workflows.subscriptions(event.location_id)

    def send_now(
        self, event: BookingReminder, version: WorkflowVersion, context: BookingContext
    ) -> Execution:
        """Start the workflow of a planned reminder before its time, and record it as fired.

        It has the id of the firing that was planned, so no second message follows. It may be
        repeated at any time.

        Args:
            event: The firing, as of now.
            version: The published version.
            context: The booking and what surrounds it.
        """
        trigger = Trigger(event, event.detail_type, context)
        execution = self._ports.executions.claim(
            new_execution(trigger, version, self._ports.clock.now(), None)
        )
        if may_start(execution):
            if execution.status.is_final:
                execution = self._reopened(execution, context)
            if execution.version != version.version:
                version = self._ports.workflows.version(
                    event.location_id, execution.workflow_id, execution.version
                )
            self._start(execution, version, context, last_try=True)
        from bookflow.use_cases.reminders.plan_reminders import ReminderPlanner

        ReminderPlanner(self._ports).record_firing(event, execution)
        return execution

    def _plan_reminders(
        self,
        event: Event,
        recorded: RecordedBooking,
        subscriptions: Sequence[Subscription],
        executions: Sequence[Execution],
        failed: bool,
    ) -> None:
        is_firing = isinstance(event, BookingReminder)
        if not is_firing and all(
            each.trigger_type != BookingReminder.detail_type for each in subscriptions
        ):
            return
        from bookflow.domain.reminders.record import HELD_BACK
        from bookflow.use_cases.reminders.plan_reminders import ReminderPlanner

        planner = ReminderPlanner(self._ports)
        if not isinstance(event, BookingReminder):
            planner.follow(event, subscriptions)
        elif not failed:
            execution = executions[0] if executions else None
            held_back = execution.reason_code if execution else None
            if execution is None and any(self._matches(event, recorded.context, subscriptions)):
                held_back = ReasonCode.FILTERED
            planner.record_firing(
                event, execution, held_back=held_back if held_back in HELD_BACK else None
            )
            self._count_firing(event, executions)

    def _count_firing(self, event: BookingReminder, executions: Sequence[Execution]) -> None:
        counter = self._ports.counter
        for execution in executions:
            if execution.status is ExecutionStatus.SKIPPED:
                counter.count("RemindersSkipped")
            else:
                counter.count("RemindersStarted")
        if executions and self._ports.clock.now() - event.scheduled_for > LATE:
            counter.count("RemindersLate")

    def _matches(
        self, event: Event, context: BookingContext, subscriptions: Sequence[Subscription]
    ) -> Iterator[tuple[Event, Subscription]]:
        for typed in _forms(event, context):
            for subscription in subscriptions:
                if subscription.trigger_type == typed.detail_type and _is_meant(
                    typed, subscription
                ):
                    yield typed, subscription

    def _run(
        self,
        trigger: Trigger,
        recorded: RecordedBooking,
        subscription: Subscription,
        tries: tuple[bool, bool],
    ) -> Execution | None:
        """Return the event's execution of a workflow.

        None if another event states the same fact, or the trigger's filter is not met: then
        nothing is claimed, and a later event of the fact that meets it starts the workflow.
        """
        event, context = trigger.event, trigger.context
        first_try, last_try = tries
        version = self._ports.workflows.version(
            event.location_id, subscription.workflow_id, subscription.version
        )
        now = self._ports.clock.now()
        if not meets_filter(version.graph, event, context, now) and (
            first_try or not self._is_claimed(event, version)
        ):
            self._ports.counter.count("EventsFiltered")
            return None
        if isinstance(event, BookingReminder):
            execution = self._claim_reminder(trigger, event, version, now)
        else:
            new = new_execution(trigger, version, now, _skip_reason(event, version))
            claimed = claim_execution(self._ports, event, recorded, new)
            if claimed is None:
                return None
            execution = claimed
        if execution.status is ExecutionStatus.SKIPPED or not may_start(execution):
            return execution
        if execution.status.is_final:
            execution = self._reopened(execution, context)
        if execution.version != version.version:
            version = self._ports.workflows.version(
                event.location_id, execution.workflow_id, execution.version
            )
        self._start(execution, version, context, last_try)
        return execution

    def _is_claimed(self, event: Event, version: WorkflowVersion) -> bool:
        """Whether an earlier delivery of the event met the filter, as the records then were."""
        claimed = execution_id(event.location_id, event.event_id, version.workflow_id)
        return bool(self._ports.executions.existing(event.location_id, [claimed]))

    def _claim_reminder(
        self, trigger: Trigger, event: BookingReminder, version: WorkflowVersion, now: datetime
    ) -> Execution:
        """Claim the execution of a reminder; a refused one is stored under an id of its own."""
        executions, context = self._ports.executions, trigger.context
        skip_reason = (
            _skip_reason(event, version)
            or self._skipped_by_hand(event)
            or self._stale(event, version, context, now)
        )
        if skip_reason is None:
            claimed = executions.claim(new_execution(trigger, version, now, None))
            return self._reopened(claimed, context) if _was_withdrawn(claimed) else claimed
        earlier_id = execution_id(event.location_id, event.event_id, version.workflow_id)
        try:
            earlier = executions.get(event.location_id, earlier_id)
        except NotFoundError:
            unsent = replace(trigger, event=event.as_skip())
            skip = new_execution(unsent, version, now, skip_reason)
            return executions.claim(skip)
        if skip_reason[0] is ReasonCode.STALE_REMINDER or not may_start(earlier):
            return earlier
        # Claimed by a delivery that died before the start, and refused since.
        withdrawn = earlier.changed(
            status=ExecutionStatus.SKIPPED,
            reason_code=ReasonCode.START_FAILED,
            error_message=skip_reason[1],
            completed_at=now,
        )
        if executions.update(withdrawn):
            return withdrawn
        return executions.get(event.location_id, earlier_id)  # it has been seen to run meanwhile

    def _skipped_by_hand(self, event: BookingReminder) -> SkipReason | None:
        from bookflow.domain.reminders.eligibility import reminder_skipped_by_hand

        in_hand = self._ports.bookings.in_hand(event.location_id, event.booking_id)
        return reminder_skipped_by_hand(event, in_hand)

    def _stale(
        self,
        event: BookingReminder,
        version: WorkflowVersion,
        context: BookingContext,
        now: datetime,
    ) -> SkipReason | None:
        from bookflow.domain.reminders.eligibility import reminder_skip_reason

        config = version.trigger_config
        if not isinstance(config, ReminderOffset):
            return None
        key = ReminderKey(event.location_id, event.booking_id, event.workflow_id)
        return reminder_skip_reason(
            event,
            config,
            context.booking,
            now,
            reminder=self._ports.reminders.get(key),
            location=context.location,
        )

    def _start(
        self,
        execution: Execution,
        version: WorkflowVersion,
        context: BookingContext,
        last_try: bool,
    ) -> None:
        payload = start_input(execution, version, context)
        try:
            self._ports.machines.start(execution.machine_arn, execution.id, payload)
        except BookflowError as error:
            if last_try or isinstance(error, PermanentError):
                self._record_failed_start(execution, error)
            raise

    def _reopened(self, execution: Execution, context: BookingContext) -> Execution:
        """A redriven event starts what could not be started before, however long ago that was."""
        reopened = execution.changed(
            status=ExecutionStatus.RUNNING, reason_code=None, error_message=None, completed_at=None
        )
        executions = self._ports.executions
        executions.update(reopened)
        keep_until = reopened.outliving(self._ports.clock.now(), context.location.retention)
        if keep_until is not None:
            executions.keep_until(reopened.location_id, reopened.id, keep_until)
        return reopened

    def _record_failed_start(self, execution: Execution, error: BookflowError) -> None:
        message = f"{error.message} Redrive the event from the dead-letter queue."
        failed = execution.start_failed(message, self._ports.clock.now())
        self._ports.executions.update(failed)
        self._ports.counter.count("ExecutionsFailed")


def _forms(event: Event, context: BookingContext) -> Iterator[Event]:
    """Yield the event as its own trigger and as each one that is derived from it.

    Drafts start nothing, and neither does an event that says itself that nothing changed.
    """
    if isinstance(event, BookingReminder):
        yield event
        return
    if context.is_draft or event.reports_no_change:
        return
    if event.stated_booking().status is not BookingStatus.DRAFT:
        yield event.completed(context)
    for model in event.derived(context.booking):
        typed = model.derived_from(event, context)
        if typed is not None:
            yield typed


def _is_meant(event: Event, subscription: Subscription) -> bool:
    """A reminder, and a start by hand, is for one workflow; other events are for all."""
    if isinstance(event, BookingReminder | StartedByHand):
        return event.workflow_id == subscription.workflow_id
    return True


def may_start(execution: Execution) -> bool:
    """Whether a claimed execution still has to be started."""
    is_open = not execution.status.is_final and not execution.launched
    return is_open or execution.never_started


def _was_withdrawn(execution: Execution) -> bool:
    """Whether the execution was claimed, never started, and refused in the end."""
    return execution.status is ExecutionStatus.SKIPPED and execution.never_started


def _skip_reason(event: Event, version: WorkflowVersion) -> SkipReason | None:
    if version.workflow_id in event.causation_chain:
        return (
            ReasonCode.CAUSATION_CIRCLE,
            "The event was caused by this very workflow; running it again would go in circles. "
            f"Chain: {' -> '.join(event.causation_chain)}.",
        )
    if len(event.causation_chain) >= MAX_CHAIN:
        return (
            ReasonCode.CAUSATION_TOO_LONG,
            f"Workflows caused one another {MAX_CHAIN} times in a row; the chain ends here. "
            f"Chain: {' -> '.join(event.causation_chain)}.",
        )
    return None


def _stated_status(event: Event, context: BookingContext) -> BookingStatus | None:
    """Return the status that the execution is about.

    An event that says the booking is confirmed may come after it was cancelled: its execution is
    not about that cancellation, and what it sends later must not go out.
    """
    stored = context.booking.status if context.booking else None
    return event.stated_booking().status or stored


def _stated_start(event: Event, context: BookingContext) -> datetime | None:
    """Return the start that the execution is about: a move is about the time that it states."""
    if isinstance(event, BookingRescheduled):
        return event.new_start_time
    return context.booking.start_time if context.booking else None


def _is_visit_over(version: WorkflowVersion, context: BookingContext, now: datetime) -> bool:
    """Whether the customer is not written to any more: the visit is over, and that counts."""
    config = version.trigger_config
    if not isinstance(config, VisitTriggerConfig) or context.booking is None:
        return False
    if config.also_past_visits:
        return False
    ends = context.booking.end_time or context.booking.start_time
    return ends is not None and ends < now


def new_execution(
    trigger: Trigger, version: WorkflowVersion, now: datetime, skip_reason: SkipReason | None
) -> Execution:
    """Return the execution that a trigger starts on a version, to be claimed."""
    event, context = trigger.event, trigger.context
    reason, message = skip_reason or (None, None)
    return Execution(
        location_id=event.location_id,
        id=execution_id(event.location_id, event.event_id, version.workflow_id),
        workflow_id=version.workflow_id,
        workflow_name=version.name,
        version=version.version,
        event_id=event.event_id,
        event_type=event.detail_type,
        derived_from=None if trigger.sent_as == event.detail_type else trigger.sent_as,
        event_data=event.model_dump(mode="json", exclude_unset=True),
        booking_id=event.booking_id,
        causation_chain=event.causation_chain,
        booking_status=_stated_status(event, context),
        booking_start=_stated_start(event, context),
        visit_over=_is_visit_over(version, context, now),
        machine_arn=version.machine_arn,
        decisions={} if skip_reason else decisions_at_start(event, version, context),
        status=ExecutionStatus.SKIPPED if skip_reason else ExecutionStatus.RUNNING,
        reason_code=reason,
        error_message=message,
        started_at=now,
        completed_at=now if skip_reason else None,
        expires_at=now + context.location.retention,
    )
