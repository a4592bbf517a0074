"""The ports: what Bookflow asks of the outside world, in its own words.

Adapters implement them for AWS; tests use the stateful fakes of `tests/fakes.py`. All stores
are keyed by location. Each call may raise `TransientError` when the same call can succeed later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from bookflow.domain.bookings import Booking, BookingContext
    from bookflow.domain.events import Event
    from bookflow.domain.executions import Execution, ReasonCode, Step
    from bookflow.domain.http_messages import HttpRequest, HttpResponse
    from bookflow.domain.joins import Decision, JoinState
    from bookflow.domain.messages import Email, TextMessage
    from bookflow.domain.records import Note, SurveyInvitation, Task
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


class BookingStore(Protocol):
    """Bookings, customers, activities and locations, as the booking system states them."""

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
        *,
        expected: BookingStatus | None,
        status: BookingStatus,
        at: str,
    ) -> None:
        """Set the status, if it still is the expected one; repeating the same stamp is no error.

        Raises:
            ConflictError: The status changed since it was read.
            NotFoundError: There is no such booking.
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

    def ensure(self, name: str, definition: Mapping[str, Any]) -> str:
        """Create the machine unless one of that name exists; return its ARN."""
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
    """Communication templates."""

    def get(self, location_id: str, template_id: str) -> Template:
        """Return the template.

        Raises:
            NotFoundError: The location has no such template.
        """
        ...

    def put(self, template: Template) -> None:
        """Store the template."""
        ...


class SurveyStore(Protocol):
    """Surveys and the invitations to answer them."""

    def get(self, location_id: str, survey_id: str) -> Survey:
        """Return the survey.

        Raises:
            NotFoundError: The location has no such survey.
        """
        ...

    def put(self, survey: Survey) -> None:
        """Store the survey."""
        ...

    def invite(self, invitation: SurveyInvitation) -> None:
        """Store an invitation."""
        ...


class NoteStore(Protocol):
    """Notes on bookings."""

    def add(self, note: Note) -> None:
        """Store the note; the same id again is no error and changes nothing."""
        ...

    def list(self, location_id: str, booking_id: str) -> Sequence[Note]:
        """Return a booking's notes, oldest first."""
        ...


class TaskStore(Protocol):
    """Tasks of a location."""

    def add(self, task: Task) -> None:
        """Store the task; the same id again is no error and changes nothing."""
        ...

    def list(self, location_id: str) -> Sequence[Task]:
        """Return the location's open tasks, the next due first."""
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
    def surveys(self) -> SurveyStore: ...
    @property
    def notes(self) -> NoteStore: ...
    @property
    def tasks(self) -> TaskStore: ...
    @property
    def counter(self) -> Counter: ...
    @property
    def public_base_url(self) -> str: ...
