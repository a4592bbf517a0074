"""Plans a workflow's reminders for all future bookings, page by page, and previews the impact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from pydantic import ValidationError

from bookflow.domain.bookings.records import BookingContext, Location
from bookflow.domain.events.booking_reminder import BookingReminder, ReminderOffset
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.reminders.anchors import begins_anew
from bookflow.domain.reminders.jobs import JobState, ReminderJob, planned_since
from bookflow.domain.reminders.names import ReminderKey
from bookflow.domain.reminders.record import Reminder
from bookflow.domain.reminders.succession import next_reminder
from bookflow.domain.shared.errors import (
    InvalidInputError,
    NotFoundError,
    PermanentError,
    TransientError,
)
from bookflow.domain.shared.pagination import PageRequest, pages
from bookflow.domain.shared.records import new_id
from bookflow.domain.workflows.graph import Graph
from bookflow.domain.workflows.workflow import trigger_type_of
from bookflow.ports import SETTLING_SECONDS, Ports, UpcomingBooking
from bookflow.use_cases.begin_job import begin_job
from bookflow.use_cases.reminders.plan_reminders import (
    Change,
    Known,
    PlanOutcome,
    ReminderPlanner,
    reminding_since,
    tried,
)

PAGE = 100
"""Bookings of one message: two batch reads, and a call of the scheduler for each change."""

SLOWEST_SAVE = timedelta(minutes=1)
"""A change that is not stored by then never will be: a request of the API ends after 30 seconds."""

PREVIEWED = 2000
"""Bookings that a preview looks at, so that it fits into one request of the API."""

SOON = timedelta(hours=1)


@dataclass(frozen=True)
class Impact:
    """What a change of a workflow would do to the reminders of future bookings.

    Attributes:
        bookings: Bookings that were looked at, the earliest first.
        missed: Skipped reminders that would have been due already (`enabled_later`).
        missed_sendable: Those of them that can still be sent now, with `send_missed`.
        within_the_hour: Gained and moved reminders that are sent within an hour.
        complete: Whether all bookings were read; else the counts are a lower bound.
    """

    bookings: int
    gained: int
    moved: int
    lost: int
    skipped: int
    missed: int
    missed_sendable: int
    within_the_hour: int
    complete: bool


class ReminderJobs:
    """Jobs that bring all reminders of a workflow to what the workflow wants.

    A job carries no settings: each page reads what the workflow wants now. So a job may be
    repeated, resumed or superseded at any time, and enabling, changing and disabling are one.

    Args:
        ports: What the jobs need.
        workers: Reminders planned at the same time.
    """

    def __init__(self, ports: Ports, *, workers: int = 1) -> None:
        self._ports = ports
        self._workers = workers

    def request(
        self,
        location_id: str,
        workflow_id: str,
        *offsets: ReminderOffset | None,
        workflow_revision: int = 0,
        settings_revision: int = 0,
        send_missed_of: datetime | None = None,
    ) -> ReminderJob:
        """Begin a job; one of this workflow that still runs ends.

        To be called just before the change is stored: a crash in between leaves a job that finds
        nothing to do, and never a change without its job. Its message is sent before the job is
        stored: a crash in between leaves a message of no job, and the earlier job alone.

        Args:
            location_id: The workflow's location.
            workflow_id: Whose reminders are planned.
            offsets: The settings before and after the change: how far back bookings matter.
            workflow_revision: Revision of the workflow that the job waits for.
            settings_revision: Revision of the location's settings that the job waits for.
            send_missed_of: The moment of turning on whose missed reminders are sent now; without
                it the choice of an earlier job stays, which concerns its own moment only.
        """
        now = self._ports.clock.now()
        earlier = self._ports.reminders.job(location_id, workflow_id)
        if send_missed_of is None and earlier is not None:
            send_missed_of = earlier.send_missed_of
        job = ReminderJob(
            location_id=location_id,
            workflow_id=workflow_id,
            id=new_id("job"),
            since=planned_since(now, offsets),
            workflow_revision=workflow_revision,
            settings_revision=settings_revision,
            send_missed_of=send_missed_of,
            started_at=now,
            updated_at=now,
        )
        begin_job(
            self._ports,
            _message(job),
            lambda: self._ports.reminders.begin_job(job),
            settling=SETTLING_SECONDS,
        )
        return job

    def run_page(self, message: Mapping[str, Any]) -> ReminderJob | None:
        """Do the next page of the message's job; return the job, None if it is over.

        Raises:
            TransientError: The page has to be retried; what is done stays done.
            InvalidInputError: The message names no job.
        """
        job = self._job_of(message)
        if job is None:
            return None
        self._require_stored(job)
        planner = ReminderPlanner(self._ports)
        page = self._ports.reminders.upcoming(
            job.location_id,
            [job.workflow_id],
            since=job.since,
            request=PageRequest(PAGE, job.cursor),
        )
        location, offset, since = self._wanted(job, planner)
        send_missed = since is not None and since == job.send_missed_of

        def plan(entry: UpcomingBooking) -> Change:
            booking, reminders = entry
            known = Known(
                reminders.get(job.workflow_id),
                BookingContext(location=location, booking=booking),
                offset,
                since,
                send_missed,
            )
            key = ReminderKey(job.location_id, booking.id, job.workflow_id)
            return planner.converge(key, known)

        _ = self._ports.schedules  # clients are not made in threads (boto3, "Multithreading")
        results = tried(plan, page.items, workers=self._workers)
        counts: Counter[str] = Counter(each.outcome for each in results if isinstance(each, Change))
        del counts[PlanOutcome.UNCHANGED]
        now = self._ports.clock.now()
        if transient := [each for each in results if isinstance(each, TransientError)]:
            # Counted before the page comes again, which finds nothing to do there.
            self._ports.reminders.advance_job(job.counted(counts, now))
            raise transient[0]
        if failed := sum(isinstance(each, PermanentError) for each in results):
            counts["failed"] = failed
        counts["seen"] = len(page.items)
        after = job.advanced(page.position, counts, now)
        if not self._ports.reminders.advance_job(after):
            return None
        if after.state is JobState.RUNNING:
            self._ports.reminder_jobs.send(_message(after))
        return after

    def fail(self, message: Mapping[str, Any], error: Exception) -> None:
        """Record that the message's job was given up, so that nobody waits for it.

        Raises:
            InvalidInputError: The message names no job.
        """
        job = self._job_of(message)
        if job is not None:
            self._ports.reminders.advance_job(job.failed(error, self._ports.clock.now()))

    def preview(self, location_id: str, workflow_id: str, offset: ReminderOffset | None) -> Impact:
        """Return what enabling the workflow with these settings would do, and change nothing.

        Args:
            location_id: Whose bookings are looked at.
            workflow_id: Whose reminders are meant.
            offset: The settings (see `draft_offset`); None for "no reminders".

        Raises:
            NotFoundError: The location is not known.
        """
        now = self._ports.clock.now()
        location = self._location(location_id)
        subscriptions = self._ports.workflows.subscriptions(location_id)
        stored = ReminderPlanner(self._ports).offsets(location_id, subscriptions).get(workflow_id)
        since = reminding_since(subscriptions).get(workflow_id)
        if offset is not None and begins_anew(offset, stored):
            since = now
        outcomes: Counter[str] = Counter()
        position, seen = None, 0
        for page in pages(
            lambda request: self._ports.reminders.upcoming(
                location_id,
                [workflow_id],
                since=planned_since(now, [offset, stored]),
                request=request,
            )
        ):
            position = page.position
            seen += len(page.items)
            for booking, reminders in page.items:
                before = reminders.get(workflow_id)
                key = ReminderKey(location_id, booking.id, workflow_id)
                plan = partial(
                    next_reminder,
                    before,
                    key,
                    config=offset,
                    booking=booking,
                    location=location,
                    now=now,
                    since=since,
                )
                after = plan()
                outcome = Change(before, after).outcome
                if outcome is PlanOutcome.SKIPPED and _is_missed(after):
                    outcomes["missed"] += 1
                    sent = plan(send_missed=True)
                    outcomes["sendable"] += sent is not None and sent.is_planned
                outcomes[outcome] += 1
                if outcome in {PlanOutcome.GAINED, PlanOutcome.MOVED} and _is_soon(
                    after, now + SOON
                ):
                    outcomes["soon"] += 1
            if seen >= PREVIEWED:
                break
        return Impact(
            bookings=seen,
            gained=outcomes[PlanOutcome.GAINED],
            moved=outcomes[PlanOutcome.MOVED],
            lost=outcomes[PlanOutcome.LOST],
            skipped=outcomes[PlanOutcome.SKIPPED],
            missed=outcomes["missed"],
            missed_sendable=outcomes["sendable"],
            within_the_hour=outcomes["soon"],
            complete=position is None,
        )

    def _job_of(self, message: Mapping[str, Any]) -> ReminderJob | None:
        """Return the job that the message is for, None if it is complete or there is a newer one."""
        job_id = _field(message, "job_id")
        job = self._ports.reminders.job(
            _field(message, "location_id"), _field(message, "workflow_id")
        )
        if job is None or job.id != job_id or job.state is JobState.COMPLETED:
            return None
        return job

    def _require_stored(self, job: ReminderJob) -> None:
        """A page that is ahead of the change would plan what was wanted before it."""
        if self._ports.clock.now() - job.started_at > SLOWEST_SAVE:
            return
        if (job.workflow_revision and self._workflow_revision(job) < job.workflow_revision) or (
            job.settings_revision
            and self._ports.bookings.location(job.location_id).kept.revision < job.settings_revision
        ):
            raise TransientError("The change whose reminders are planned is not stored yet.")

    def _workflow_revision(self, job: ReminderJob) -> int:
        try:
            return self._ports.workflows.get(job.location_id, job.workflow_id).revision
        except NotFoundError:
            return job.workflow_revision  # deleted, which comes after every change

    def _wanted(
        self, job: ReminderJob, planner: ReminderPlanner
    ) -> tuple[Location, ReminderOffset | None, datetime | None]:
        """Return the location, what its workflow wants and since when; read after the records."""
        subscriptions = self._ports.workflows.subscriptions(job.location_id)
        offset = planner.offsets(job.location_id, subscriptions).get(job.workflow_id)
        since = reminding_since(subscriptions).get(job.workflow_id)
        return self._location(job.location_id), offset, since

    def _location(self, location_id: str) -> Location:
        context = self._ports.bookings.context(location_id, None)
        if context is None:
            raise NotFoundError("there is no such location", field="location_id")
        return context.location


def draft_offset(graph: Graph) -> ReminderOffset | None:
    """Return the reminder settings of a graph; None if something else starts it, or nothing."""
    try:
        trigger_type = trigger_type_of(graph)
        if trigger_type != BookingReminder.detail_type:
            return None
        return ReminderOffset.model_validate(dict(graph.trigger.config))
    except (PermanentError, ValidationError):
        return None


def _is_missed(reminder: Reminder | None) -> bool:
    return reminder is not None and reminder.reason_code is ReasonCode.ENABLED_LATER


def _is_soon(reminder: Reminder | None, until: datetime) -> bool:
    return reminder is not None and reminder.fire_at is not None and reminder.fire_at <= until


def _message(job: ReminderJob) -> dict[str, str]:
    return {"location_id": job.location_id, "workflow_id": job.workflow_id, "job_id": job.id}


def _field(message: Mapping[str, Any], name: str) -> str:
    value = message.get(name)
    if not isinstance(value, str):
        raise InvalidInputError("is missing", field=name, remedy="It is no message of a job.")
    return value
