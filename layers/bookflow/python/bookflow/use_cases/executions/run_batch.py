"""Starts the executions of a batch, page by page, within the sending rate.

Whatever is done may be done again: an execution is claimed by workflow, booking and batch, and a
start of the same name starts nothing. So a page that broke off is begun anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from bookflow.domain.bookings.records import BookingContext
from bookflow.domain.catalogue.by_hand import as_trigger
from bookflow.domain.events import Event
from bookflow.domain.events.booking_reminder import ReminderOffset
from bookflow.domain.events.started_by_hand import StartedByHand
from bookflow.domain.executions.batch import Audience, Batch, BatchState
from bookflow.domain.executions.execution import ExecutionStatus
from bookflow.domain.shared.errors import (
    BookflowError,
    InvalidInputError,
    NotFoundError,
    TransientError,
)
from bookflow.domain.shared.pagination import Page, PageRequest
from bookflow.domain.workflows.workflow import WorkflowVersion
from bookflow.ports import BookedVisit, Ports
from bookflow.use_cases.runtime.dispatch import Trigger, may_start, new_execution
from bookflow.use_cases.runtime.start_input import start_input
from bookflow.use_cases.runtime.trigger_filter import meets_filter

PAGE = 10
"""Bookings of a message, or a few more: what was begun cannot be stopped, and a pause follows."""

PAGES_READ = 20
"""Pages of bookings that a message looks through for them."""


class BatchRunner:
    """The work of batches."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def run_page(self, message: Mapping[str, Any]) -> Batch | None:
        """Start the next page of a message's batch; return the batch, None if its run is over.

        Raises:
            TransientError: The page has to be done again; what was started stays so.
            InvalidInputError: The message names no batch.
        """
        batch = self._of(message)
        if batch is None:
            return None
        if self._is_deleted(batch):
            self._ports.executions.save_batch(batch.stopped(self._ports.clock.now()))
            return None
        version = self._ports.workflows.version(
            batch.location_id, batch.workflow_id, batch.version
        ).changed(machine_arn=batch.machine_arn)
        bookings, cursor = self._next_bookings(batch)
        counts: Counter[str] = Counter()
        postponed: TransientError | None = None
        for booking_id in bookings:
            try:
                counts[self._start(batch, version, booking_id)] += 1
            except TransientError as error:
                postponed = error  # the others do not wait for it
        if postponed is not None:
            raise postponed
        del counts["left_out"]
        after = batch.advanced(cursor, counts, self._ports.clock.now())
        if not self._ports.executions.save_batch(after):
            return None
        if after.state is BatchState.RUNNING:
            pause = batch.pause(len(bookings), self._ports.messages_per_second)
            self._ports.reminder_jobs.send(batch_message(after), delay_seconds=pause)
        return after

    def fail(self, message: Mapping[str, Any], error: Exception) -> None:
        """Record that a batch was given up, so that nobody waits for it.

        Raises:
            InvalidInputError: The message names no batch.
        """
        batch = self._of(message)
        if batch is not None:
            self._ports.executions.save_batch(batch.failed(error, self._ports.clock.now()))

    def _of(self, message: Mapping[str, Any]) -> Batch | None:
        """Return the batch that a message is for, None if that run is over."""
        names = [message.get(name) for name in ("location_id", "workflow_id", "batch")]
        if not all(isinstance(name, str) for name in names):
            raise InvalidInputError(
                "is missing", field="batch", remedy="It is no message of a batch."
            )
        location_id, workflow_id, batch_id = map(str, names)
        batch = self._ports.executions.batch(location_id, workflow_id)
        if batch is None or (batch.id, batch.run) != (batch_id, message.get("run")):
            return None
        # One that failed goes on where it stopped, if its message comes again.
        return batch if batch.state in (BatchState.RUNNING, BatchState.FAILED) else None

    def _is_deleted(self, batch: Batch) -> bool:
        """Whether the workflow was deleted meanwhile; its versions outlive it."""
        try:
            self._ports.workflows.get(batch.location_id, batch.workflow_id)
        except NotFoundError:
            return True
        return False

    def _next_bookings(self, batch: Batch) -> tuple[list[str], str | None]:
        """Return the next bookings, and where those after them begin."""
        found: list[str] = []
        cursor = batch.cursor
        for _ in range(PAGES_READ):
            page = bookings_of(
                self._ports, batch.location_id, batch.audience, PageRequest(PAGE, cursor)
            )
            found += [each.booking.id for each in page.items]
            cursor = page.position
            if cursor is None or len(found) >= PAGE:
                break
        return found, cursor

    def _start(self, batch: Batch, version: WorkflowVersion, booking_id: str) -> str:
        """Start the workflow for a booking, unless it has; return what to count."""
        ports, now = self._ports, self._ports.clock.now()
        context = ports.bookings.context(batch.location_id, booking_id)
        if context is None or context.booking is None or not batch.audience.holds(context.booking):
            return "left_out"  # it changed since the page was read
        event = event_for(batch, version, context)
        if event is None:
            return "unsuited"
        if not meets_filter(version.graph, event, context, now):
            return "filtered"
        trigger = Trigger(event, StartedByHand.detail_type, context)
        mine = new_execution(trigger, version, now, None)
        execution = ports.executions.claim(mine)
        # The event occurs when its run begins.
        is_mine = execution.event_data["occurred_at"] == mine.event_data["occurred_at"]
        is_earlier = not (is_mine or execution.never_started)
        outcome = "already" if is_earlier else "over" if execution.visit_over else "started"
        if not may_start(execution):
            return outcome
        if execution.status.is_final:
            execution = execution.changed(
                status=ExecutionStatus.RUNNING,
                reason_code=None,
                error_message=None,
                completed_at=None,
            )
            ports.executions.update(execution)
        if execution.version != version.version:
            version = ports.workflows.version(
                batch.location_id, batch.workflow_id, execution.version
            )
        try:
            payload = start_input(execution, version, context)
            ports.machines.start(execution.machine_arn, execution.id, payload)
        except TransientError:
            raise
        except BookflowError as error:
            ports.executions.update(execution.start_failed(str(error), now))
            ports.counter.count("ExecutionsFailed")
            return "failed"
        return outcome


def batch_message(batch: Batch) -> dict[str, Any]:
    """Return the message that asks for the next page of a batch's run."""
    return {
        "batch": batch.id,
        "run": batch.run,
        "location_id": batch.location_id,
        "workflow_id": batch.workflow_id,
    }


def bookings_of(
    ports: Ports, location_id: str, audience: Audience, request: PageRequest
) -> Page[BookedVisit]:
    """Return the bookings of an audience among those of a page, as the index shows them.

    The page may hold none while more follow.
    """
    if audience.booking_id is not None:
        found = ports.bookings.find(location_id, audience.booking_id)
        return Page([each for each in found if audience.holds(each.booking)])
    if audience.since is None:
        raise InvalidInputError("is missing", field="since", remedy="Choose a date.")
    page = ports.bookings.page(location_id, since=audience.since, request=request)
    last = page.items[-1].booking.start_time if page.items else None
    is_over = audience.until is not None and last is not None and last >= audience.until
    held = [each for each in page.items if audience.holds(each.booking)]
    return Page(held, None if is_over else page.position)


def event_for(batch: Batch, version: WorkflowVersion, context: BookingContext) -> Event | None:
    """Return the event that starts a version for a booking, as its trigger reads it.

    None if the trigger needs what no record says of the booking.
    """
    if context.booking is None:
        return None
    event = StartedByHand(
        event_id=batch.event_id(context.booking.id),
        location_id=batch.location_id,
        occurred_at=batch.run_started_at,
        booking_id=context.booking.id,
        workflow_id=batch.workflow_id,
        batch_id=batch.id,
        since=batch.audience.since,
        until=batch.audience.until,
        sent_by=batch.sent_by,
    )
    config = version.trigger_config
    if isinstance(config, ReminderOffset) and config.relative_to == "before_start":
        # A reminder that knows an end follows the end.
        start_only = context.booking.model_copy(update={"end_time": None})
        context = context.model_copy(update={"booking": start_only})
    return as_trigger(version.trigger_type, event, context)
