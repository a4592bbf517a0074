"""Every port in memory: stateful, as strict as the AWS adapters, and able to crash on demand."""

from __future__ import annotations

import functools
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from bookflow.adapters.dynamodb.bookings import stated_by, with_status
from bookflow.adapters.dynamodb.keys import utc_text
from bookflow.domain.audit import AuditEntry
from bookflow.domain.bookings import (
    Activity,
    Booking,
    BookingContext,
    BookingStatusChange,
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
from bookflow.domain.executions import (
    Execution,
    ExecutionStatus,
    ReasonCode,
    Step,
    StepStatus,
)
from bookflow.domain.http_messages import HttpRequest, HttpResponse
from bookflow.domain.joins import Decision, JoinState
from bookflow.domain.location_settings import KeptSettings, LocationRecord
from bookflow.domain.messages import Email, TextMessage
from bookflow.domain.pages import MAX_PAGE_SIZE, PAGE_SIZE, Page
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
from bookflow.ports import (
    BookedVisit,
    Invited,
    MachineInfo,
    OutgoingEvent,
    RecordedBooking,
    ReminderSchedule,
    UpcomingPage,
)


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
        self.changes: dict[tuple[str, str, str], BookingStatusChange] = {}
        self.settings: dict[str, KeptSettings] = {}

    @port_call
    def record(self, event: Event) -> RecordedBooking | None:
        stated = stated_by(event)
        location_id = event.location_id
        if event.location is None and self._location(location_id).effective is None:
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
        change_id: str,
        *,
        expected: BookingStatus,
        status: BookingStatus,
        at: datetime,
    ) -> BookingStatusChange:
        made = self.changes.get((location_id, booking_id, change_id))
        if made:
            return made
        key = (location_id, Booking, booking_id)
        if key not in self.kept:
            raise NotFoundError("there is no such booking in this location", field="booking_id")
        change = BookingStatusChange(change_id, expected, status, at)
        self.kept[key] = with_status(self.kept[key], change)
        self.changes[location_id, booking_id, change_id] = change
        return change

    @port_call
    def status_change(
        self, location_id: str, booking_id: str, change_id: str
    ) -> BookingStatusChange | None:
        return self.changes.get((location_id, booking_id, change_id))

    @port_call
    def page(
        self,
        location_id: str,
        *,
        since: datetime,
        limit: int = PAGE_SIZE,
        position: str | None = None,
    ) -> Page[BookedVisit]:
        found = sorted(
            (
                kept.record
                for (location, model, _), kept in self.kept.items()
                if (location, model) == (location_id, Booking)
                and kept.record.start_time
                and kept.record.start_time >= since
            ),
            key=lambda one: (utc_text(one.start_time), one.id),
        )
        visits = [
            BookedVisit(one, self._read(location_id, Customer, one.customer_id)) for one in found
        ]
        return page_of(visits, limit, position)

    @port_call
    def location(self, location_id: str) -> LocationRecord:
        return self._location(location_id)

    @port_call
    def save_settings(self, location_id: str, kept: KeptSettings) -> None:
        stored = self.settings.get(location_id, KeptSettings())
        if stored == kept:
            return
        if kept.revision != stored.revision + 1:
            raise ConflictError("another save of the settings came first", field="revision")
        self.settings[location_id] = kept

    def _location(self, location_id: str) -> LocationRecord:
        stated = self._read(location_id, Location, location_id)
        return LocationRecord(location_id, stated, self.settings.get(location_id, KeptSettings()))

    def _context(
        self,
        location_id: str,
        booking_id: str | None,
        customer_id: str | None = None,
        activity_id: str | None = None,
    ) -> BookingContext | None:
        location = self._location(location_id).effective
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
    def page(
        self, location_id: str, *, limit: int = PAGE_SIZE, position: str | None = None
    ) -> Page[Workflow]:
        workflows = sorted(
            (workflow for workflow in self.stored.values() if workflow.location_id == location_id),
            key=lambda workflow: (workflow.name.casefold(), workflow.id),
        )
        return page_of(workflows, limit, position)

    @port_call
    def delete(self, workflow: Workflow, *, expires_at: datetime) -> None:
        key = (workflow.location_id, workflow.id)
        if self.stored.get(key) != workflow:
            raise _conflict()
        del self.stored[key]
        self.subscribed.pop(key, None)

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
        self.counts: dict[tuple[str, str, date], DayCount] = {}

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

    @port_call
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
        found = [
            execution
            for execution in self.stored.values()
            if execution.location_id == location_id
            and (workflow_id is None or execution.workflow_id == workflow_id)
            and (booking_id is None or execution.booking_id == booking_id)
            and status in (None, execution.status)
            and (since is None or execution.started_at >= since)
            and (until is None or execution.started_at <= until)
        ]
        newest = sorted(found, key=lambda each: (each.started_at, each.id), reverse=True)
        return page_of(newest, limit, position)

    @port_call
    def count_end(self, execution: Execution) -> None:
        ended = execution.completed_at or execution.started_at
        key = (execution.location_id, execution.workflow_id, ended.astimezone(UTC).date())
        so_far = self.counts.get(key) or DayCount(
            location_id=key[0], workflow_id=key[1], day=key[2], last_ended_at=ended
        )
        name = "completed" if execution.status is ExecutionStatus.COMPLETED else "failed"
        changes: dict[str, Any] = {name: getattr(so_far, name) + 1, "last_ended_at": ended}
        self.counts[key] = so_far.changed(**changes)

    @port_call
    def day_counts(self, location_id: str, since: date) -> Sequence[DayCount]:
        return [
            self.counts[key]
            for key in sorted(self.counts, key=lambda key: (key[2], key[1]))
            if key[0] == location_id and key[2] >= since
        ]


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
    def ensure(self, name: str, definition: str) -> str:
        arn = f"arn:aws:states:eu-central-1:123456789012:stateMachine:{name}"
        self.definitions.setdefault(arn, json.loads(definition))
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
        self.saved: dict[tuple[str, str, int], Template] = {}

    @port_call
    def get(self, location_id: str, template_id: str) -> Template:
        try:
            return self.stored[location_id, template_id]
        except KeyError:
            raise NotFoundError(
                "there is no such template in this location", field="template_id"
            ) from None

    @port_call
    def list(
        self, location_id: str, *, limit: int = PAGE_SIZE, position: str | None = None
    ) -> Page[Template]:
        found = sorted(
            (one for one in self.stored.values() if one.location_id == location_id),
            key=lambda one: one.id,
        )
        page = page_of(found, limit, position)
        return Page([one for one in page.items if one.deleted_at is None], page.position)

    @port_call
    def save(self, template: Template) -> None:
        key = (template.location_id, template.id)
        if self.saved.get((*key, template.version)) == template:
            return
        stored = self.stored.get(key)
        if template.version != (stored.version if stored else 0) + 1:
            raise ConflictError("another save of the template came first", field="version")
        self.stored[key] = template
        self.saved[*key, template.version] = template

    @port_call
    def version(self, location_id: str, template_id: str, version: int) -> Template:
        try:
            return self.saved[location_id, template_id, version]
        except KeyError:
            raise NotFoundError(
                "there is no such version of the template", field="version"
            ) from None

    @port_call
    def versions(
        self,
        location_id: str,
        template_id: str,
        *,
        limit: int = PAGE_SIZE,
        position: str | None = None,
    ) -> Page[Template]:
        found = [
            self.saved[key]
            for key in sorted(self.saved, reverse=True)
            if key[:2] == (location_id, template_id)
        ]
        return page_of(found, limit, position)


class InMemorySecrets(Fake):
    name = "secrets"

    def __init__(self, clock: SettableClock, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self._clock = clock
        self.stored: dict[tuple[str, str], tuple[Secret, datetime]] = {}

    @port_call
    def get(self, location_id: str, name: str, *, fresh: bool = False) -> Secret:
        try:
            return self.stored[location_id, name][0]
        except KeyError:
            raise NotFoundError("there is no such secret in this location", field="name") from None

    @port_call
    def put(self, location_id: str, name: str, secret: Secret) -> None:
        self.stored[location_id, name] = (secret, self._clock.now())

    @port_call
    def delete(self, location_id: str, name: str) -> None:
        self.stored.pop((location_id, name), None)

    @port_call
    def list(self, location_id: str) -> Sequence[SecretInfo]:
        return [
            SecretInfo(key[1], self.stored[key][1])
            for key in sorted(self.stored)
            if key[0] == location_id
        ]


class InMemorySurveys(Fake):
    name = "surveys"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.stored: dict[tuple[str, str], Survey] = {}
        self.invitations: dict[tuple[str, str], SurveyInvitation] = {}
        self.responses: dict[tuple[str, str], SurveyResponse] = {}
        self.tallies: dict[tuple[str, str], SurveyTally] = {}

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
    def save(self, survey: Survey) -> None:
        key = (survey.location_id, survey.id)
        stored = self.stored.get(key)
        if stored == survey:
            return
        if survey.revision != (stored.revision if stored else 0) + 1:
            raise ConflictError("another save of the survey came first", field="revision")
        self.stored[key] = survey

    @port_call
    def list(
        self, location_id: str, *, limit: int = PAGE_SIZE, position: str | None = None
    ) -> Page[Survey]:
        found = [self.stored[key] for key in sorted(self.stored) if key[0] == location_id]
        return page_of(found, limit, position)

    @port_call
    def invite(self, invitation: SurveyInvitation) -> None:
        self.invitations.setdefault((invitation.location_id, invitation.token_hash), invitation)

    @port_call
    def invited(self, location_id: str, token_hash: str) -> Invited:
        key = (location_id, token_hash)
        return Invited(self.invitations.get(key), self.responses.get(key))

    @port_call
    def respond(self, response: SurveyResponse) -> SurveyResponse:
        key = (response.location_id, response.token_hash)
        if key not in self.responses:
            self.responses[key] = response
            tally = self._tally(response.location_id, response.survey_id)
            self.tallies[response.location_id, response.survey_id] = tally.counting(response)
        return self.responses[key]

    @port_call
    def mark_announced(self, response: SurveyResponse) -> None:
        key = (response.location_id, response.token_hash)
        self.responses[key] = response.changed(announced=True)

    @port_call
    def tally(self, location_id: str, survey_id: str) -> SurveyTally:
        return self._tally(location_id, survey_id)

    @port_call
    def comments(
        self,
        location_id: str,
        survey_id: str,
        *,
        limit: int = PAGE_SIZE,
        position: str | None = None,
    ) -> Page[SurveyResponse]:
        found = [
            response
            for response in self.responses.values()
            if (response.location_id, response.survey_id) == (location_id, survey_id)
            and response.has_comment
        ]
        found.sort(key=lambda one: (one.submitted_at, one.token_hash), reverse=True)
        return page_of(found, limit, position)

    def _tally(self, location_id: str, survey_id: str) -> SurveyTally:
        empty = SurveyTally(location_id=location_id, survey_id=survey_id)
        return self.tallies.get((location_id, survey_id), empty)


class InMemorySuppressions(Fake):
    name = "suppressions"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.stored: dict[tuple[str, str], Suppression] = {}
        self.link_keys: dict[str, bytes] = {}

    @port_call
    def find(self, location_id: str, address_hashes: Iterable[str]) -> Mapping[str, Suppression]:
        keys = [(location_id, digest) for digest in address_hashes]
        return {key[1]: self.stored[key] for key in keys if key in self.stored}

    @port_call
    def add(self, suppression: Suppression) -> None:
        key = (suppression.location_id, suppression.address_hash)
        stored = self.stored.get(key)
        if stored is None or stored.yields_to(suppression):
            self.stored[key] = suppression

    @port_call
    def remove(self, location_id: str, address_hash: str) -> None:
        self.stored.pop((location_id, address_hash), None)

    @port_call
    def list(
        self, location_id: str, *, limit: int = PAGE_SIZE, position: str | None = None
    ) -> Page[Suppression]:
        found = [one for key, one in self.stored.items() if key[0] == location_id]
        found.sort(key=lambda one: (one.created_at, one.address_hash), reverse=True)
        return page_of(found, limit, position)

    @port_call
    def link_key(self, location_id: str) -> bytes | None:
        return self.link_keys.get(location_id)

    @port_call
    def make_link_key(self, location_id: str) -> bytes:
        return self.link_keys.setdefault(location_id, location_id.encode().ljust(32, b"k"))


class InMemoryNotes(Fake):
    name = "notes"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.stored: dict[tuple[str, str, str], Note] = {}

    @port_call
    def add(self, note: Note) -> Note:
        return self.stored.setdefault((note.location_id, note.booking_id, note.id), note)

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
    def add(self, task: Task) -> Task:
        return self.stored.setdefault((task.location_id, task.id), task)

    @port_call
    def get(self, location_id: str, task_id: str) -> Task:
        try:
            return self.stored[location_id, task_id]
        except KeyError:
            raise NotFoundError("there is no such task in this location", field="task_id") from None

    @port_call
    def save(self, task: Task) -> None:
        key = (task.location_id, task.id)
        stored = self.stored.get(key)
        if stored == task:
            return
        if task.revision != (stored.revision if stored else 0) + 1:
            raise ConflictError("another save of the task came first", field="revision")
        self.stored[key] = task

    @port_call
    def list(
        self,
        location_id: str,
        *,
        status: TaskStatus = "open",
        limit: int = PAGE_SIZE,
        position: str | None = None,
    ) -> Page[Task]:
        is_open = status == "open"
        found = sorted(
            (
                task
                for task in self.stored.values()
                if (task.location_id, task.status) == (location_id, status)
            ),
            key=lambda task: (task.due_at if is_open else task.completed_at, task.id),
            reverse=not is_open,
        )
        return page_of(found, limit, position)


class InMemorySchedules(Fake):
    """Schedules that a test lets fire.

    Attributes:
        requests: How many requests of the scheduler the calls would have been.
    """

    name = "schedules"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.stored: dict[str, ReminderSchedule] = {}
        self.requests = 0

    @port_call
    def put(self, schedule: ReminderSchedule, *, exists: bool) -> None:
        self.requests += 1 if exists == (schedule.name in self.stored) else 2
        detail = json.loads(json.dumps(schedule.detail))
        self.stored[schedule.name] = ReminderSchedule(schedule.name, schedule.at, detail)

    @port_call
    def delete(self, name: str) -> None:
        self.requests += 1
        self.stored.pop(name, None)

    @port_call
    def get(self, name: str) -> ReminderSchedule | None:
        self.requests += 1
        return self.stored.get(name)

    @port_call
    def names(self, prefix: str) -> Iterator[str]:
        return iter([name for name in self.stored if name.startswith(prefix)])

    def fire(self, now: datetime) -> list[dict[str, Any]]:
        """Take the schedules whose time has come and return their events, the earliest first."""
        due = sorted((s for s in self.stored.values() if s.at <= now), key=lambda s: (s.at, s.name))
        for schedule in due:
            del self.stored[schedule.name]
        return [{"detail-type": "Booking Reminder", "detail": dict(s.detail)} for s in due]


class InMemoryReminders(Fake):
    name = "reminders"

    def __init__(self, bookings: InMemoryBookings, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self._bookings = bookings
        self.stored: dict[ReminderKey, Reminder] = {}
        self.jobs: dict[tuple[str, str], ReminderJob] = {}
        self.known_locations: set[str] = set()

    @port_call
    def get(self, key: ReminderKey) -> Reminder | None:
        return self.stored.get(key)

    @port_call
    def of_booking(self, location_id: str, booking_id: str) -> Sequence[Reminder]:
        found = [r for k, r in self.stored.items() if k[:2] == (location_id, booking_id)]
        return sorted(found, key=lambda reminder: reminder.workflow_id)

    @port_call
    def save(self, reminder: Reminder) -> bool:
        stored = self.stored.get(reminder.key)
        if reminder.revision != (stored.revision if stored else 0) + 1:
            return stored == reminder
        self.stored[reminder.key] = reminder
        return True

    @port_call
    def settle(self, reminder: Reminder) -> Reminder | None:
        stored = self.stored.get(reminder.key)
        if stored is None or stored.revision != reminder.revision:
            return stored
        settled = stored.changed(settled=True, scheduled=stored.is_planned)
        self.stored[reminder.key] = settled
        return settled

    @port_call
    def upcoming(
        self,
        location_id: str,
        workflow_ids: Iterable[str],
        *,
        since: datetime,
        cursor: str | None = None,
        limit: int = 50,
    ) -> UpcomingPage:
        wanted = set(workflow_ids)
        starts = sorted(
            (f"{utc_text(kept.record.start_time)}#{record_id}", kept.record)
            for (location, model, record_id), kept in self._bookings.kept.items()
            if location == location_id and model is Booking and kept.record.start_time
        )
        low = cursor or utc_text(since)
        listed = list(islice((entry for entry in starts if entry[0] >= low), limit))
        bookings = [
            (
                booking,
                {
                    workflow_id: self.stored[key]
                    for workflow_id in wanted
                    if (key := ReminderKey(location_id, booking.id, workflow_id)) in self.stored
                },
            )
            for _, booking in listed
        ]
        return UpcomingPage(bookings, f"{listed[-1][0]} " if len(listed) == limit else None)

    @port_call
    def job(self, location_id: str, workflow_id: str) -> ReminderJob | None:
        return self.jobs.get((location_id, workflow_id))

    @port_call
    def begin_job(self, job: ReminderJob) -> None:
        self.known_locations.add(job.location_id)
        self.jobs[job.location_id, job.workflow_id] = job

    @port_call
    def advance_job(self, job: ReminderJob) -> bool:
        stored = self.jobs[job.location_id, job.workflow_id]
        if (stored.id, stored.revision) != (job.id, job.revision - 1):
            return stored == job
        self.jobs[job.location_id, job.workflow_id] = job
        return True

    @port_call
    def locations(self) -> Iterator[str]:
        return iter(sorted(self.known_locations))


class InMemoryJobQueue(Fake):
    """Messages that a test hands over, each with its delay in seconds."""

    name = "reminder_jobs"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.messages: list[tuple[dict[str, Any], int]] = []

    @port_call
    def send(self, message: Mapping[str, Any], *, delay_seconds: int = 0) -> None:
        self.messages.append((json.loads(json.dumps(message)), delay_seconds))


class InMemoryAuditLog(Fake):
    name = "audit"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.stored: dict[tuple[str, str], AuditEntry] = {}

    @port_call
    def append(self, entry: AuditEntry) -> None:
        self.stored.setdefault((entry.location_id, entry.id), entry)

    @port_call
    def page(
        self,
        location_id: str,
        *,
        resource: tuple[str, str] | None = None,
        limit: int = PAGE_SIZE,
        position: str | None = None,
    ) -> Page[AuditEntry]:
        found = [
            entry
            for entry in self.stored.values()
            if entry.location_id == location_id
            and resource in (None, (entry.kind, entry.resource_id))
        ]
        found.sort(key=lambda entry: (entry.at, entry.id), reverse=True)
        return page_of(found, limit, position)


class InMemoryRateLimits(Fake):
    name = "rate_limits"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.full_at: dict[tuple[str, str], int] = {}

    @port_call
    def take(self, location_id: str, limit: RateLimit, now: datetime) -> timedelta:
        key, at = (location_id, limit.name), int(now.timestamp() * 1000)
        wait = limit.wait(self.full_at.get(key, 0), at)
        if not wait:
            self.full_at[key] = max(self.full_at.get(key, 0), at) + limit.interval
        return timedelta(milliseconds=wait)


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
        self.secrets = InMemorySecrets(self.clock, calls)
        self.surveys = InMemorySurveys(calls)
        self.suppressions = InMemorySuppressions(calls)
        self.notes = InMemoryNotes(calls)
        self.tasks = InMemoryTasks(calls)
        self.schedules = InMemorySchedules(calls)
        self.reminders = InMemoryReminders(self.bookings, calls)
        self.reminder_jobs = InMemoryJobQueue(calls)
        self.audit = InMemoryAuditLog(calls)
        self.rate_limits = InMemoryRateLimits(calls)
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


def page_of(records: Sequence[R], limit: int, position: str | None) -> Page[R]:
    """Return a page of records; a position is the number of records before it."""
    start = int(position or 0)
    end = start + max(1, min(limit, MAX_PAGE_SIZE))
    return Page(records[start:end], str(end) if end < len(records) else None)
