"""The ports: what Bookflow asks of the outside world, in its own words.

Adapters implement them for AWS; tests use the stateful fakes of `adapters/memory.py`. All stores
are keyed by location. Each call may raise `TransientError` when the same call can succeed later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from bookflow.domain.pages import PAGE_SIZE

if TYPE_CHECKING:
    from datetime import date, datetime, timedelta

    from bookflow.domain.audit import AuditEntry
    from bookflow.domain.bookings import Booking, BookingContext, BookingStatusChange, Customer
    from bookflow.domain.events import Event
    from bookflow.domain.executions import Execution, ExecutionStatus, ReasonCode, Step
    from bookflow.domain.http_messages import HttpRequest, HttpResponse
    from bookflow.domain.joins import Decision, JoinState
    from bookflow.domain.location_settings import KeptSettings, LocationRecord
    from bookflow.domain.messages import Email, TextMessage
    from bookflow.domain.pages import Page
    from bookflow.domain.rate_limits import RateLimit
    from bookflow.domain.records import Note, SurveyInvitation, SurveyResponse, Task, TaskStatus
    from bookflow.domain.reminder_jobs import ReminderJob
    from bookflow.domain.reminders import Reminder, ReminderKey
    from bookflow.domain.run_counts import DayCount
    from bookflow.domain.secrets import Secret, SecretInfo
    from bookflow.domain.suppression import Suppression
    from bookflow.domain.survey_results import SurveyTally
    from bookflow.domain.surveys import Survey
    from bookflow.domain.templates import Template
    from bookflow.domain.values import BookingStatus
    from bookflow.domain.workflows import Subscription, Workflow, WorkflowVersion

Once = Callable[[str, Callable[[], Mapping[str, Any]]], Mapping[str, Any]]
"""`once(name, effect)`: runs the effect at most once for this step and returns its result."""


class Clock(Protocol):
    """The time, so that tests can choose it."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


@dataclass(frozen=True)
class RecordedBooking:
    """A booking before and after an event was recorded; `before` is None for a new one."""

    before: Booking | None
    context: BookingContext


@dataclass(frozen=True)
class BookedVisit:
    """A booking in a list, with who comes, if that is known."""

    booking: Booking
    customer: Customer | None


class BookingStore(Protocol):
    """Bookings, customers and activities as the booking system states them, and locations.

    What the operators of a location set goes before what the booking system states of it,
    wherever a location is returned.
    """

    def record(self, event: Event) -> RecordedBooking | None:
        """Merge what the event states into the stored records, field by field.

        Returns None when the location is unknown and the event does not bring it.
        """
        ...

    def context(self, location_id: str, booking_id: str | None) -> BookingContext | None:
        """Return the records as they stand now (consistent), or None for an unknown location."""
        ...

    def change_status(
        self,
        location_id: str,
        booking_id: str,
        change_id: str,
        *,
        expected: BookingStatus,
        status: BookingStatus,
        at: datetime,
    ) -> BookingStatusChange:
        """Set the status, if it still is the expected one, and keep the change, all or nothing.

        A change of a known id is not made again: the first one is returned, whatever the
        booking has become since.

        Raises:
            ConflictError: The status changed since it was read.
            NotFoundError: There is no such booking.
        """
        ...

    def status_change(
        self, location_id: str, booking_id: str, change_id: str
    ) -> BookingStatusChange | None:
        """Return the change of that id, if it was made (consistent)."""
        ...

    def page(
        self,
        location_id: str,
        *,
        since: datetime,
        limit: int = PAGE_SIZE,
        position: str | None = None,
    ) -> Page[BookedVisit]:
        """Return a page of the bookings that start at or after `since`, the earliest first.

        A booking that was recorded a moment ago may be missing.
        """
        ...

    def location(self, location_id: str) -> LocationRecord:
        """Return what the booking system states of a location and what its operators set."""
        ...

    def save_settings(self, location_id: str, kept: KeptSettings) -> None:
        """Store the operators' settings if the stored revision is the one before.

        Raises:
            ConflictError: Another save came first.
        """
        ...


class WorkflowStore(Protocol):
    """Workflows, their versions, and which of them events start."""

    def get(self, location_id: str, workflow_id: str) -> Workflow:
        """Return the workflow.

        Raises:
            NotFoundError: The location has no such workflow.
        """
        ...

    def list(self, location_id: str) -> Sequence[Workflow]:
        """Return the location's workflows by name."""
        ...

    def page(
        self, location_id: str, *, limit: int = PAGE_SIZE, position: str | None = None
    ) -> Page[Workflow]:
        """Return a page of the location's workflows by name."""
        ...

    def save(self, workflow: Workflow) -> None:
        """Store the workflow if the stored revision is the one before it.

        A workflow with revision 1 must be new.

        Raises:
            ConflictError: Another save came first.
        """
        ...

    def publish(
        self,
        workflow: Workflow,
        *,
        version: WorkflowVersion | None = None,
        subscription: Subscription | None,
    ) -> None:
        """Store the workflow, a new version if given, and what starts it, all or nothing.

        `subscription` replaces the one that the workflow had; None means that no event starts
        it any more.

        Raises:
            ConflictError: Another save came first.
        """
        ...

    def delete(self, workflow: Workflow, *, expires_at: datetime) -> None:
        """Remove the workflow if this is the stored revision; no event starts it any more.

        Its versions stay until `expires_at`, for the runs that name them.

        Raises:
            ConflictError: Another save came first.
        """
        ...

    def version(self, location_id: str, workflow_id: str, version: int) -> WorkflowVersion:
        """Return a published version; versions never change, so an answer may be kept.

        Raises:
            NotFoundError: There is no such version.
        """
        ...

    def versions(self, location_id: str, workflow_id: str) -> Sequence[WorkflowVersion]:
        """Return all versions, newest first."""
        ...

    def subscriptions(self, location_id: str) -> Sequence[Subscription]:
        """Return the enabled workflows of the location (consistent)."""
        ...

    def uses_machine(self, machine_arn: str) -> bool:
        """Say whether an enabled workflow of any location runs on the machine.

        The answer may be seconds old.
        """
        ...


class ExecutionStore(Protocol):
    """Executions and their steps."""

    def claim(self, execution: Execution) -> Execution:
        """Store the execution unless its id is taken; return the stored one either way.

        This conditional write is the guard against a double start (design, "The way of the
        data").
        """
        ...

    def get(self, location_id: str, execution_id: str) -> Execution:
        """Return the execution.

        Raises:
            NotFoundError: There is no such execution.
        """
        ...

    def update(self, execution: Execution) -> bool:
        """Store the execution's progress unless the stored one has ended; say whether it did."""
        ...

    def steps(self, location_id: str, execution_id: str) -> Sequence[Step]:
        """Return the steps in the order in which they started."""
        ...

    def begin_step(self, step: Step) -> Step:
        """Store a step as begun, counting the attempt; return it as stored.

        A step that has already ended well is returned as it is and not begun again.
        """
        ...

    def finish_step(self, step: Step) -> None:
        """Store how the step ended."""
        ...

    def by_workflow(
        self, location_id: str, workflow_id: str, *, limit: int = 50
    ) -> Sequence[Execution]:
        """Return the newest executions of a workflow."""
        ...

    def page(
        self,
        location_id: str,
        *,
        workflow_id: str | None = None,
        booking_id: str | None = None,
        status: ExecutionStatus | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = PAGE_SIZE,
        position: str | None = None,
    ) -> Page[Execution]:
        """Return a page of runs, newest first: of a workflow, of a booking, or of the location.

        At most one of workflow and booking is given; with it and a status, a page may hold fewer
        than there are. `since` and `until` bound when the run began. A run that began or changed
        its status a moment ago may be missing.
        """
        ...

    def count_end(self, execution: Execution) -> None:
        """Count a run that has just ended, in the figures of its workflow's day."""
        ...

    def day_counts(self, location_id: str, since: date) -> Sequence[DayCount]:
        """Return the figures of all workflows from that day on."""
        ...


class EffectLog(Protocol):
    """Remembers effects, so that none happens twice."""

    def once(self, key: str, effect: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        """Run the effect unless it has run for this key; return its (remembered) result.

        An error of the effect means that it did not happen and may be tried again, except
        `OutcomeUnknownError`, which is remembered and raised again.

        Raises:
            OutcomeUnknownError: An earlier try began and left no result.
        """
        ...


@dataclass(frozen=True)
class MachineInfo:
    """A state machine of this stack.

    Attributes:
        unused_since: When the sweeper first found that nothing references it; None if it never
            did, or if it has been in use again.
    """

    arn: str
    created_at: datetime
    unused_since: datetime | None = None


class Machines(Protocol):
    """State machines: Step Functions."""

    def ensure(self, name: str, definition: str) -> str:
        """Create the machine, given in JSON, unless one of that name exists; return its ARN."""
        ...

    def start(self, machine_arn: str, name: str, payload: Mapping[str, Any]) -> None:
        """Start the execution; a start of the same name is no error and starts nothing."""
        ...

    def stop(self, machine_arn: str, name: str, reason: str) -> None:
        """Abort the execution if it is running."""
        ...

    def answer(self, task_token: str, result: Mapping[str, Any]) -> None:
        """Complete a waiting task; a token that is spent is no error."""
        ...

    def inventory(self) -> Iterator[MachineInfo]:
        """Return the machines of this stack."""
        ...

    def is_running(self, machine_arn: str) -> bool:
        """Say whether an execution of the machine runs, or is about to be redriven."""
        ...

    def mark_unused(self, machine_arn: str, since: datetime | None) -> None:
        """Remember since when nothing references the machine; None forgets it."""
        ...

    def delete(self, machine_arn: str) -> None:
        """Delete the machine; one that is gone is no error."""
        ...


class JoinStore(Protocol):
    """Joins that wait for branches (see `domain/joins.py`)."""

    def arrive(
        self, location_id: str, execution_id: str, join: str, decided: Mapping[str, Decision]
    ) -> JoinState:
        """Record decided edges and return the join's state after it (atomic, repeatable)."""
        ...

    def wait(
        self, location_id: str, execution_id: str, join: str, expected: int, token: str
    ) -> JoinState:
        """Record who waits and return the join's state after it (atomic, repeatable)."""
        ...


@dataclass(frozen=True)
class OutgoingEvent:
    """An event that Bookflow puts on the bus: `detail_type` and its JSON `detail`."""

    detail_type: str
    detail: Mapping[str, Any]


class EventPublisher(Protocol):
    """The event bus."""

    def publish(self, events: Iterable[OutgoingEvent]) -> None:
        """Put the events on the bus, source `bookflow`.

        Raises:
            TransientError: At least one event was not taken.
        """
        ...


class DeadLetters(Protocol):
    """Where input goes that no retry can mend."""

    def put(self, body: str, *, reason: str, field: str | None) -> None:
        """Keep the input with the reason for a person to look at."""
        ...


class Mailer(Protocol):
    """E-mail."""

    def send(self, email: Email) -> str:
        """Send and return the provider's message id.

        Raises:
            OutcomeUnknownError: The connection broke after the request was made.
        """
        ...


class Texter(Protocol):
    """SMS."""

    def send(self, message: TextMessage) -> str:
        """Send and return the provider's message id.

        Raises:
            OutcomeUnknownError: The connection broke after the request was made.
        """
        ...


class HttpSender(Protocol):
    """HTTP requests to addresses that operators chose, guarded against SSRF."""

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send and return the response, whatever its status."""
        ...


class TemplateStore(Protocol):
    """Communication templates and all their versions."""

    def get(self, location_id: str, template_id: str) -> Template:
        """Return the latest version; a deleted template says so itself.

        Raises:
            NotFoundError: The location has no such template.
        """
        ...

    def list(
        self, location_id: str, *, limit: int = PAGE_SIZE, position: str | None = None
    ) -> Page[Template]:
        """Return a page of the location's templates by id, without deleted ones."""
        ...

    def save(self, template: Template) -> None:
        """Store the next version, if the stored one is the version before it.

        Version 1 must be new. Versions never change after they are written.

        Raises:
            ConflictError: Another save came first.
        """
        ...

    def version(self, location_id: str, template_id: str, version: int) -> Template:
        """Return the template as it was saved with that version.

        Raises:
            NotFoundError: There is no such version.
        """
        ...

    def versions(
        self,
        location_id: str,
        template_id: str,
        *,
        limit: int = PAGE_SIZE,
        position: str | None = None,
    ) -> Page[Template]:
        """Return a page of the versions, newest first."""
        ...


class Secrets(Protocol):
    """Secrets of a location, by name."""

    def get(self, location_id: str, name: str, *, fresh: bool = False) -> Secret:
        """Return the secret; unless `fresh`, it may be as old as a minute.

        Raises:
            NotFoundError: The location has no such secret.
        """
        ...

    def put(self, location_id: str, name: str, secret: Secret) -> None:
        """Store the secret in the place of any other of its name."""
        ...

    def delete(self, location_id: str, name: str) -> None:
        """Remove the secret; one that is gone is no error."""
        ...

    def list(self, location_id: str) -> Sequence[SecretInfo]:
        """Return names and dates of the location's secrets, by name; never a value."""
        ...


@dataclass(frozen=True)
class Invited:
    """What is known of a survey link: the invitation may be forgotten, a response is kept."""

    invitation: SurveyInvitation | None = None
    response: SurveyResponse | None = None


class SurveyStore(Protocol):
    """Surveys, the invitations to answer them, the responses and their counts."""

    def get(self, location_id: str, survey_id: str) -> Survey:
        """Return the survey.

        Raises:
            NotFoundError: The location has no such survey.
        """
        ...

    def put(self, survey: Survey) -> None:
        """Store the survey, whatever is stored."""
        ...

    def save(self, survey: Survey) -> None:
        """Store the survey if the stored revision is the one before it; revision 1 must be new.

        Raises:
            ConflictError: Another save came first.
        """
        ...

    def list(
        self, location_id: str, *, limit: int = PAGE_SIZE, position: str | None = None
    ) -> Page[Survey]:
        """Return a page of the location's surveys by id."""
        ...

    def invite(self, invitation: SurveyInvitation) -> None:
        """Store an invitation."""
        ...

    def invited(self, location_id: str, token_hash: str) -> Invited:
        """Return the invitation of a token and the response to it (consistent)."""
        ...

    def respond(self, response: SurveyResponse) -> SurveyResponse:
        """Store the response unless there is one; return the stored one either way.

        It is counted in the survey's tally in the same write.
        """
        ...

    def mark_announced(self, response: SurveyResponse) -> None:
        """Remember that the response's event is on the bus."""
        ...

    def tally(self, location_id: str, survey_id: str) -> SurveyTally:
        """Return the survey's counts (consistent); those of no response are zero."""
        ...

    def comments(
        self,
        location_id: str,
        survey_id: str,
        *,
        limit: int = PAGE_SIZE,
        position: str | None = None,
    ) -> Page[SurveyResponse]:
        """Return a page of the responses that hold a text, newest first.

        One stored a moment ago may be missing.
        """
        ...


class Suppressions(Protocol):
    """Addresses that are not to be written to, and the keys of unsubscribe links."""

    def find(self, location_id: str, address_hashes: Iterable[str]) -> Mapping[str, Suppression]:
        """Return the suppressions of these addresses by their hash (consistent)."""
        ...

    def add(self, suppression: Suppression) -> None:
        """Store the suppression unless there is one that it does not replace."""
        ...

    def remove(self, location_id: str, address_hash: str) -> None:
        """Forget the suppression; one that is gone is no error."""
        ...

    def list(
        self, location_id: str, *, limit: int = PAGE_SIZE, position: str | None = None
    ) -> Page[Suppression]:
        """Return a page of the location's suppressions, newest first.

        A change made a moment ago may be missing.
        """
        ...

    def link_key(self, location_id: str) -> bytes | None:
        """Return the secret that signs the location's unsubscribe links, if there is one."""
        ...

    def make_link_key(self, location_id: str) -> bytes:
        """Return that secret; the first call makes it, and it never changes."""
        ...


class NoteStore(Protocol):
    """Notes on bookings."""

    def add(self, note: Note) -> Note:
        """Store the note unless its id is taken; return the stored one either way."""
        ...

    def list(self, location_id: str, booking_id: str) -> Sequence[Note]:
        """Return a booking's notes, oldest first."""
        ...


class TaskStore(Protocol):
    """Tasks of a location."""

    def add(self, task: Task) -> Task:
        """Store the task unless its id is taken; return the stored one either way."""
        ...

    def get(self, location_id: str, task_id: str) -> Task:
        """Return the task.

        Raises:
            NotFoundError: The location has no such task.
        """
        ...

    def save(self, task: Task) -> None:
        """Store the task if the stored revision is the one before it.

        Raises:
            ConflictError: Another save came first.
        """
        ...

    def list(
        self,
        location_id: str,
        *,
        status: TaskStatus = "open",
        limit: int = PAGE_SIZE,
        position: str | None = None,
    ) -> Page[Task]:
        """Return a page of tasks: open ones by their due time, completed ones newest first.

        A change made a moment ago may be missing.
        """
        ...


@dataclass(frozen=True)
class ReminderSchedule:
    """A one-time schedule.

    Attributes:
        at: When it fires, in UTC.
        detail: The `detail` of the event Booking Reminder that it puts on the event queue.
    """

    name: str
    at: datetime
    detail: Mapping[str, Any]


class Schedules(Protocol):
    """One-time schedules of the stack's group: EventBridge Scheduler."""

    def put(self, schedule: ReminderSchedule, *, exists: bool) -> None:
        """Create the schedule or move it; `exists` says which of the two to try first."""
        ...

    def delete(self, name: str) -> None:
        """Delete the schedule; one that is gone is no error."""
        ...

    def get(self, name: str) -> ReminderSchedule | None:
        """Return the schedule as it stands, with an empty detail if it is none of ours."""
        ...

    def names(self, prefix: str) -> Iterator[str]:
        """Return the names that begin so."""
        ...


@dataclass(frozen=True)
class UpcomingPage:
    """Some of a location's bookings by their start, with the records of their reminders.

    Attributes:
        bookings: Each booking with its records by workflow; the booking was read after them.
        cursor: Where the next page begins; None after the last.
    """

    bookings: Sequence[tuple[Booking, Mapping[str, Reminder]]]
    cursor: str | None


class ReminderStore(Protocol):
    """The records of reminders, the jobs that plan them, and the locations that have any."""

    def get(self, key: ReminderKey) -> Reminder | None:
        """Return the record (consistent)."""
        ...

    def of_booking(self, location_id: str, booking_id: str) -> Sequence[Reminder]:
        """Return the records of a booking (consistent)."""
        ...

    def save(self, reminder: Reminder) -> bool:
        """Store the record if the stored revision is the one before it; say whether it was."""
        ...

    def settle(self, reminder: Reminder) -> Reminder | None:
        """Note that the schedule is as this record wants it, unless the record has changed.

        Returns the stored record: of the same revision if it was settled.
        """
        ...

    def upcoming(
        self,
        location_id: str,
        workflow_ids: Iterable[str],
        *,
        since: datetime,
        cursor: str | None = None,
        limit: int = PAGE_SIZE,
    ) -> UpcomingPage:
        """Return bookings that start at or after `since`, the earliest first.

        A booking that was recorded a moment ago may be missing.
        """
        ...

    def job(self, location_id: str, workflow_id: str) -> ReminderJob | None:
        """Return the workflow's latest job."""
        ...

    def begin_job(self, job: ReminderJob) -> None:
        """Store a new job in place of the workflow's earlier one, and remember the location."""
        ...

    def advance_job(self, job: ReminderJob) -> bool:
        """Store the progress if this job's stored revision is the one before it."""
        ...

    def locations(self) -> Iterator[str]:
        """Return the locations that have ever had a reminder workflow."""
        ...


class JobQueue(Protocol):
    """The queue of work that is done in pages."""

    def send(self, message: Mapping[str, Any], *, delay_seconds: int = 0) -> None:
        """Put a message on the queue; it may arrive more than once."""
        ...


class AuditLog(Protocol):
    """Who changed what."""

    def append(self, entry: AuditEntry) -> None:
        """Keep the entry; the same one again changes nothing."""
        ...

    def page(
        self,
        location_id: str,
        *,
        resource: tuple[str, str] | None = None,
        limit: int = PAGE_SIZE,
        position: str | None = None,
    ) -> Page[AuditEntry]:
        """Return a page of the location's entries, newest first.

        `resource` narrows it to one thing, given by its kind and id; an entry made a moment ago
        may then be missing.
        """
        ...


class RateLimits(Protocol):
    """How often each location may make costly calls."""

    def take(self, location_id: str, limit: RateLimit, now: datetime) -> timedelta:
        """Take a call from the location's bucket; return how long to wait if it is empty.

        Nothing is taken where a wait is returned; zero means that the call may be made.
        """
        ...


class Counter(Protocol):
    """Counts what happens, for alarms and dashboards."""

    def count(self, name: str, value: int = 1, *, reason: ReasonCode | None = None) -> None:
        """Add to a metric."""
        ...


class Ports(Protocol):
    """All ports, each made when it is first asked for."""

    @property
    def clock(self) -> Clock: ...
    @property
    def bookings(self) -> BookingStore: ...
    @property
    def workflows(self) -> WorkflowStore: ...
    @property
    def executions(self) -> ExecutionStore: ...
    @property
    def effects(self) -> EffectLog: ...
    @property
    def machines(self) -> Machines: ...
    @property
    def joins(self) -> JoinStore: ...
    @property
    def events(self) -> EventPublisher: ...
    @property
    def dead_letters(self) -> DeadLetters: ...
    @property
    def mailer(self) -> Mailer: ...
    @property
    def texter(self) -> Texter: ...
    @property
    def http(self) -> HttpSender: ...
    @property
    def templates(self) -> TemplateStore: ...
    @property
    def secrets(self) -> Secrets: ...
    @property
    def surveys(self) -> SurveyStore: ...
    @property
    def suppressions(self) -> Suppressions: ...
    @property
    def notes(self) -> NoteStore: ...
    @property
    def tasks(self) -> TaskStore: ...
    @property
    def schedules(self) -> Schedules: ...
    @property
    def reminders(self) -> ReminderStore: ...
    @property
    def reminder_jobs(self) -> JobQueue: ...
    @property
    def audit(self) -> AuditLog: ...
    @property
    def rate_limits(self) -> RateLimits: ...
    @property
    def counter(self) -> Counter: ...
    @property
    def public_base_url(self) -> str: ...
