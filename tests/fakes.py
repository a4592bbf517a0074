"""Every port in memory: stateful, as strict as the AWS adapters, and able to crash on demand."""

from __future__ import annotations

import functools
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from bookflow.adapters.dynamodb.bookings import stated_by, with_status
from bookflow.domain.bookings import (
    Activity,
    Booking,
    BookingContext,
    Customer,
    Kept,
    Location,
    OpenRecord,
    merge,
    stamp,
)
from bookflow.domain.errors import (
    ConflictError,
    NotFoundError,
    OutcomeUnknownError,
    TransientError,
)
from bookflow.domain.events import Event
from bookflow.domain.executions import Execution, ReasonCode, Step, StepStatus
from bookflow.domain.http_messages import HttpRequest, HttpResponse
from bookflow.domain.joins import Decision, JoinState
from bookflow.domain.messages import Email, TextMessage
from bookflow.domain.records import Note, SurveyInvitation, Task
from bookflow.domain.surveys import Survey
from bookflow.domain.templates import Template
from bookflow.domain.values import BookingStatus
from bookflow.domain.workflows import Subscription, Workflow, WorkflowVersion
from bookflow.ports import MachineInfo, OutgoingEvent, RecordedBooking


class Crash(BaseException):
    """The process dies here: no `except Exception` runs after it, as after a kill."""


class Calls:
    """The calls made of all ports, and what shall happen at them.

    Attributes:
        made: Each call as `port.method`, the oldest first. Reading the clock is no call.
    """

    def __init__(self) -> None:
        self.made: list[str] = []
        self._crash_at: int | None = None
        self._failures: defaultdict[str, list[Exception]] = defaultdict(list)

    def crash_after(self, number: int) -> None:
        """Crash once, right after the call of that number from now (1 is the next)."""
        self._crash_at = len(self.made) + number

    def fail_next(self, name: str, *errors: Exception) -> None:
        """Let the next calls of that name raise these errors and do nothing."""
        self._failures[name].extend(errors)

    def begin(self, name: str) -> int:
        """Note a call and return its number."""
        self.made.append(name)
        if self._failures[name]:
            raise self._failures[name].pop(0)
        return len(self.made)

    def end(self, number: int) -> None:
        """Crash if it shall happen after this call."""
        if number == self._crash_at:
            self._crash_at = None
            raise Crash(f"after call {number}, {self.made[number - 1]}")


class Fake:
    """One port in memory."""

    name = ""

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()


FakeT = TypeVar("FakeT", bound=Fake)
P = ParamSpec("P")
R = TypeVar("R")


def port_call(
    method: Callable[Concatenate[FakeT, P], R],
) -> Callable[Concatenate[FakeT, P], R]:
    """Count the calls of a method, and crash or fail at them as told."""

    @functools.wraps(method)
    def counted(self: FakeT, *args: P.args, **kwargs: P.kwargs) -> R:
        number = self.calls.begin(f"{self.name}.{method.__name__}")
        result = method(self, *args, **kwargs)
        self.calls.end(number)
        return result

    return cast("Callable[Concatenate[FakeT, P], R]", counted)


class SettableClock:
    """A clock that stands still until it is moved."""

    def __init__(self, moment: datetime = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def advance(self, **duration: float) -> None:
        """Move on by a duration, given as for `timedelta`."""
        self.moment += timedelta(**duration)


class InMemoryBookings(Fake):
    name = "bookings"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.kept: dict[tuple[str, type[OpenRecord], str], Kept[Any]] = {}

    @port_call
    def record(self, event: Event) -> RecordedBooking | None:
        stated = stated_by(event)
        location_id = event.location_id
        if event.location is None and self._read(location_id, Location, location_id) is None:
            return None
        before = self._read(location_id, Booking, event.booking_id)
        for record in stated:
            key = (location_id, type(record), record.id)
            merged: Kept[Any] = merge(
                self.kept.get(key), record, stamp(event.occurred_at, event.event_id)
            )
            self.kept[key] = merged
        context = self._context(
            location_id,
            event.booking_id,
            event.customer.id if event.customer else None,
            event.activity.id if event.activity else None,
        )
        return RecordedBooking(before, context) if context else None

    @port_call
    def context(self, location_id: str, booking_id: str | None) -> BookingContext | None:
        return self._context(location_id, booking_id)

    @port_call
    def change_status(
        self,
        location_id: str,
        booking_id: str,
        *,
        expected: BookingStatus | None,
        status: BookingStatus,
        at: str,
    ) -> None:
        key = (location_id, Booking, booking_id)
        if key not in self.kept:
            raise NotFoundError("there is no such booking in this location", field="booking_id")
        self.kept[key] = with_status(self.kept[key], expected=expected, status=status, at=at)

    def _context(
        self,
        location_id: str,
        booking_id: str | None,
        customer_id: str | None = None,
        activity_id: str | None = None,
    ) -> BookingContext | None:
        location = self._read(location_id, Location, location_id)
        if location is None:
            return None
        booking = self._read(location_id, Booking, booking_id)
        if booking:
            customer_id = booking.customer_id or customer_id
            activity_id = booking.activity_id or activity_id
        return BookingContext(
            location=location,
            booking=booking,
            customer=self._read(location_id, Customer, customer_id),
            activity=self._read(location_id, Activity, activity_id),
        )

    def _read(self, location_id: str, model: type[R], record_id: str | None) -> R | None:
        kept = self.kept.get((location_id, model, record_id or ""))  # type: ignore[arg-type]
        return kept.record if kept else None


class InMemoryWorkflows(Fake):
    name = "workflows"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.stored: dict[tuple[str, str], Workflow] = {}
        self.published: dict[tuple[str, str, int], WorkflowVersion] = {}
        self.subscribed: dict[tuple[str, str], Subscription] = {}

    @port_call
    def get(self, location_id: str, workflow_id: str) -> Workflow:
        try:
            return self.stored[location_id, workflow_id]
        except KeyError:
            raise NotFoundError(
                "there is no such workflow in this location", field="workflow_id"
            ) from None

    @port_call
    def list(self, location_id: str) -> Sequence[Workflow]:
        return sorted(
            (workflow for workflow in self.stored.values() if workflow.location_id == location_id),
            key=lambda workflow: (workflow.name.casefold(), workflow.id),
        )

    @port_call
    def save(self, workflow: Workflow) -> None:
        if self.stored.get((workflow.location_id, workflow.id)) != workflow:
            self._check_revision(workflow)
            self.stored[workflow.location_id, workflow.id] = workflow

    @port_call
    def publish(
        self,
        workflow: Workflow,
        *,
        version: WorkflowVersion | None = None,
        subscription: Subscription | None,
    ) -> None:
        key = (workflow.location_id, workflow.id)
        self._check_revision(workflow)
        if version is not None:
            if (*key, version.version) in self.published:
                raise _conflict()
            self.published[*key, version.version] = version
        self.stored[key] = workflow
        self.subscribed.pop(key, None)
        if subscription is not None:
            self.subscribed[key] = subscription

    @port_call
    def version(self, location_id: str, workflow_id: str, version: int) -> WorkflowVersion:
        try:
            return self.published[location_id, workflow_id, version]
        except KeyError:
            raise NotFoundError(
                "there is no such version of the workflow", field="version"
            ) from None

    @port_call
    def versions(self, location_id: str, workflow_id: str) -> Sequence[WorkflowVersion]:
        return [
            self.published[key]
            for key in sorted(self.published, reverse=True)
            if key[:2] == (location_id, workflow_id)
        ]

    @port_call
    def subscriptions(self, location_id: str) -> Sequence[Subscription]:
        return [self.subscribed[key] for key in sorted(self.subscribed) if key[0] == location_id]

    @port_call
    def uses_machine(self, machine_arn: str) -> bool:
        return any(used.machine_arn == machine_arn for used in self.subscribed.values())

    def _check_revision(self, workflow: Workflow) -> None:
        stored = self.stored.get((workflow.location_id, workflow.id))
        if workflow.revision != (stored.revision if stored else 0) + 1:
            raise _conflict()


class InMemoryExecutions(Fake):
    name = "executions"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.stored: dict[tuple[str, str], Execution] = {}
        self.stored_steps: dict[tuple[str, str, str], Step] = {}

    @port_call
    def claim(self, execution: Execution) -> Execution:
        return self.stored.setdefault((execution.location_id, execution.id), execution)

    @port_call
    def get(self, location_id: str, execution_id: str) -> Execution:
        try:
            return self.stored[location_id, execution_id]
        except KeyError:
            raise NotFoundError(
                "there is no such execution in this location", field="execution_id"
            ) from None

    @port_call
    def update(self, execution: Execution) -> bool:
        key = (execution.location_id, execution.id)
        stored = self.stored.get(key)
        if stored is None:
            return False
        never_started = stored.reason_code is ReasonCode.START_FAILED and not stored.launched
        if stored.status.is_final and not never_started:
            return stored == execution
        self.stored[key] = execution
        return True

    @port_call
    def steps(self, location_id: str, execution_id: str) -> Sequence[Step]:
        return sorted(
            (
                step
                for key, step in self.stored_steps.items()
                if key[:2] == (location_id, execution_id)
            ),
            key=lambda step: (step.started_at, step.node_id),
        )

    @port_call
    def begin_step(self, step: Step) -> Step:
        key = (step.location_id, step.execution_id, step.node_id)
        stored = self.stored_steps.get(key)
        if stored is None:
            self.stored_steps[key] = step.changed(attempts=1)
        elif not _ended_well(stored):
            self.stored_steps[key] = step.changed(
                attempts=stored.attempts + 1, started_at=stored.started_at
            )
        return self.stored_steps[key]

    @port_call
    def finish_step(self, step: Step) -> None:
        key = (step.location_id, step.execution_id, step.node_id)
        stored = self.stored_steps.get(key)
        if stored is None:
            self.stored_steps[key] = step
            return
        older = step.attempts < stored.attempts
        reopens = (
            stored.status.is_final and not step.status.is_final and step.attempts == stored.attempts
        )
        if not (older or reopens or _ended_well(stored)):
            self.stored_steps[key] = step.changed(started_at=stored.started_at)

    @port_call
    def by_workflow(
        self, location_id: str, workflow_id: str, *, limit: int = 50
    ) -> Sequence[Execution]:
        return sorted(
            (
                execution
                for execution in self.stored.values()
                if (execution.location_id, execution.workflow_id) == (location_id, workflow_id)
            ),
            key=lambda execution: (execution.started_at, execution.id),
            reverse=True,
        )[:limit]


class InMemoryEffects(Fake):
    """Remembers effects. Between the two records of an effect only the effect's own calls lie."""

    name = "effects"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.outcomes: dict[str, dict[str, Any] | None] = {}

    @port_call
    def once(self, key: str, effect: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        if key not in self.outcomes:
            self.outcomes[key] = None
            try:
                result = json.loads(json.dumps(dict(effect()), default=str))
            except OutcomeUnknownError as error:
                self.outcomes[key] = {
                    "unknown": {
                        "message": error.message,
                        "field": error.field,
                        "remedy": error.remedy,
                    }
                }
            except Exception:
                del self.outcomes[key]
                raise
            else:
                self.outcomes[key] = {"result": result}
        outcome = self.outcomes[key]
        if outcome is None:
            raise OutcomeUnknownError(
                "An earlier try of this step began its effect and left no record of how it ended.",
                remedy="Look at the receiver whether it arrived.",
            )
        if "unknown" in outcome:
            raise OutcomeUnknownError(**outcome["unknown"])
        result = outcome["result"]
        return dict(result)


@dataclass
class StartedRun:
    """One execution of a machine.

    Attributes:
        stopped: Why it was aborted, if it was.
        ended: Whether it came to its end; a test says so.
    """

    machine_arn: str
    name: str
    payload: Mapping[str, Any]
    stopped: str | None = None
    ended: bool = False


class InMemoryMachines(Fake):
    name = "machines"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.definitions: dict[str, Mapping[str, Any]] = {}
        self.started: dict[tuple[str, str], StartedRun] = {}
        self.answers: dict[str, Mapping[str, Any]] = {}
        self.unused_since: dict[str, datetime] = {}
        self.created_at = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)

    @port_call
    def ensure(self, name: str, definition: Mapping[str, Any]) -> str:
        arn = f"arn:aws:states:eu-central-1:123456789012:stateMachine:{name}"
        self.definitions.setdefault(arn, json.loads(json.dumps(definition)))
        return arn

    @port_call
    def start(self, machine_arn: str, name: str, payload: Mapping[str, Any]) -> None:
        if machine_arn not in self.definitions:
            raise TransientError("Starting the execution failed: its state machine cannot be seen.")
        run = StartedRun(machine_arn, name, json.loads(json.dumps(payload)))
        self.started.setdefault((machine_arn, name), run)

    @port_call
    def stop(self, machine_arn: str, name: str, reason: str) -> None:
        run = self.started.get((machine_arn, name))
        if run and run.stopped is None and not run.ended:
            run.stopped = reason

    @port_call
    def inventory(self) -> Iterator[MachineInfo]:
        return iter(
            [
                MachineInfo(arn, self.created_at, self.unused_since.get(arn))
                for arn in self.definitions
            ]
        )

    @port_call
    def is_running(self, machine_arn: str) -> bool:
        return any(
            run.machine_arn == machine_arn and run.stopped is None and not run.ended
            for run in self.started.values()
        )

    @port_call
    def mark_unused(self, machine_arn: str, since: datetime | None) -> None:
        if since is None:
            self.unused_since.pop(machine_arn, None)
        elif machine_arn in self.definitions:
            self.unused_since[machine_arn] = since

    @port_call
    def delete(self, machine_arn: str) -> None:
        self.definitions.pop(machine_arn, None)
        self.unused_since.pop(machine_arn, None)
        for key in [key for key in self.started if key[0] == machine_arn]:
            del self.started[key]

    @port_call
    def answer(self, task_token: str, result: Mapping[str, Any]) -> None:
        self.answers.setdefault(task_token, json.loads(json.dumps(result)))


class InMemoryJoins(Fake):
    name = "joins"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.states: defaultdict[tuple[str, str, str], JoinState] = defaultdict(JoinState)

    @port_call
    def arrive(
        self, location_id: str, execution_id: str, join: str, decided: Mapping[str, Decision]
    ) -> JoinState:
        key = (location_id, execution_id, join)
        self.states[key] = self.states[key].arrive(decided)
        return self.states[key]

    @port_call
    def wait(
        self, location_id: str, execution_id: str, join: str, expected: int, token: str
    ) -> JoinState:
        key = (location_id, execution_id, join)
        self.states[key] = self.states[key].wait(token, expected)
        return self.states[key]


class InMemoryEvents(Fake):
    name = "events"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.published: list[OutgoingEvent] = []

    @port_call
    def publish(self, events: Iterable[OutgoingEvent]) -> None:
        self.published.extend(
            OutgoingEvent(event.detail_type, json.loads(json.dumps(event.detail)))
            for event in events
        )


@dataclass(frozen=True)
class DeadLetter:
    """One input that no retry can mend."""

    body: str
    reason: str
    field: str | None


class InMemoryDeadLetters(Fake):
    name = "dead_letters"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.letters: list[DeadLetter] = []

    @port_call
    def put(self, body: str, *, reason: str, field: str | None) -> None:
        self.letters.append(DeadLetter(body, reason, field))


class InMemoryMailer(Fake):
    name = "mailer"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.sent: list[Email] = []

    @port_call
    def send(self, email: Email) -> str:
        self.sent.append(email)
        return f"email-{len(self.sent)}"


class InMemoryTexter(Fake):
    name = "texter"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.sent: list[TextMessage] = []

    @port_call
    def send(self, message: TextMessage) -> str:
        self.sent.append(message)
        return f"sms-{len(self.sent)}"


def _ok(request: HttpRequest) -> HttpResponse:
    return HttpResponse(200, {"content-type": "application/json"}, b"{}", False, 1)


class InMemoryHttp(Fake):
    """Answers requests with `respond`, which a test may replace."""

    name = "http"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.requests: list[HttpRequest] = []
        self.respond: Callable[[HttpRequest], HttpResponse] = _ok

    @port_call
    def send(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        return self.respond(request)


class InMemoryTemplates(Fake):
    name = "templates"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.stored: dict[tuple[str, str], Template] = {}

    @port_call
    def get(self, location_id: str, template_id: str) -> Template:
        try:
            return self.stored[location_id, template_id]
        except KeyError:
            raise NotFoundError(
                "there is no such template in this location", field="template_id"
            ) from None

    @port_call
    def put(self, template: Template) -> None:
        self.stored[template.location_id, template.id] = template


class InMemorySurveys(Fake):
    name = "surveys"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.stored: dict[tuple[str, str], Survey] = {}
        self.invitations: dict[tuple[str, str], SurveyInvitation] = {}

    @port_call
    def get(self, location_id: str, survey_id: str) -> Survey:
        try:
            return self.stored[location_id, survey_id]
        except KeyError:
            raise NotFoundError(
                "there is no such survey in this location", field="survey_id"
            ) from None

    @port_call
    def put(self, survey: Survey) -> None:
        self.stored[survey.location_id, survey.id] = survey

    @port_call
    def invite(self, invitation: SurveyInvitation) -> None:
        self.invitations.setdefault((invitation.location_id, invitation.token_hash), invitation)


class InMemoryNotes(Fake):
    name = "notes"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.stored: dict[tuple[str, str, str], Note] = {}

    @port_call
    def add(self, note: Note) -> None:
        self.stored.setdefault((note.location_id, note.booking_id, note.id), note)

    @port_call
    def list(self, location_id: str, booking_id: str) -> Sequence[Note]:
        return sorted(
            (note for key, note in self.stored.items() if key[:2] == (location_id, booking_id)),
            key=lambda note: (note.created_at, note.id),
        )


class InMemoryTasks(Fake):
    name = "tasks"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.stored: dict[tuple[str, str], Task] = {}

    @port_call
    def add(self, task: Task) -> None:
        self.stored.setdefault((task.location_id, task.id), task)

    @port_call
    def list(self, location_id: str) -> Sequence[Task]:
        return sorted(
            (
                task
                for task in self.stored.values()
                if task.location_id == location_id and task.status == "open"
            ),
            key=lambda task: (task.due_at, task.id),
        )


class InMemoryCounter(Fake):
    name = "counter"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.counts: Counter[tuple[str, ReasonCode | None]] = Counter()

    @port_call
    def count(self, name: str, value: int = 1, *, reason: ReasonCode | None = None) -> None:
        self.counts[name, reason] += value


@dataclass
class InMemoryPorts:
    """All ports in memory, sharing one count of calls: the Protocol `Ports`."""

    calls: Calls = field(default_factory=Calls)
    clock: SettableClock = field(default_factory=SettableClock)
    public_base_url: str = "https://bookflow.example"

    def __post_init__(self) -> None:
        calls = self.calls
        self.bookings = InMemoryBookings(calls)
        self.workflows = InMemoryWorkflows(calls)
        self.executions = InMemoryExecutions(calls)
        self.effects = InMemoryEffects(calls)
        self.machines = InMemoryMachines(calls)
        self.joins = InMemoryJoins(calls)
        self.events = InMemoryEvents(calls)
        self.dead_letters = InMemoryDeadLetters(calls)
        self.mailer = InMemoryMailer(calls)
        self.texter = InMemoryTexter(calls)
        self.http = InMemoryHttp(calls)
        self.templates = InMemoryTemplates(calls)
        self.surveys = InMemorySurveys(calls)
        self.notes = InMemoryNotes(calls)
        self.tasks = InMemoryTasks(calls)
        self.counter = InMemoryCounter(calls)

    def crash_after(self, number: int) -> None:
        """Raise `Crash` once, right after the port call of that number from now (1 is next)."""
        self.calls.crash_after(number)

    def fail_next(self, name: str, *errors: Exception) -> None:
        """Let the next calls of `port.method` raise these errors and do nothing."""
        self.calls.fail_next(name, *errors)


def _ended_well(step: Step) -> bool:
    return step.status in {StepStatus.COMPLETED, StepStatus.SKIPPED}


def _conflict() -> ConflictError:
    return ConflictError("another save of the workflow came first", field="revision")
