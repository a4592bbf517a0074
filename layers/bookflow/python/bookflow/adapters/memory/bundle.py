"""All fakes together, sharing one count of calls."""

from __future__ import annotations

from dataclasses import dataclass, field

from bookflow.adapters.memory.bookings import InMemoryBookings
from bookflow.adapters.memory.clock import SettableClock
from bookflow.adapters.memory.events import InMemoryDeadLetters, InMemoryEvents
from bookflow.adapters.memory.executions import InMemoryEffects, InMemoryExecutions, InMemoryJoins
from bookflow.adapters.memory.fake import Calls
from bookflow.adapters.memory.machines import InMemoryMachines
from bookflow.adapters.memory.messages import (
    InMemoryMailer,
    InMemorySuppressions,
    InMemoryTemplates,
    InMemoryTexter,
)
from bookflow.adapters.memory.metrics import InMemoryCounter, InMemoryRateLimits
from bookflow.adapters.memory.reminders import (
    InMemoryJobQueue,
    InMemoryReminders,
    InMemorySchedules,
)
from bookflow.adapters.memory.staff import InMemoryAuditLog, InMemoryNotes, InMemoryTasks
from bookflow.adapters.memory.surveys import InMemorySurveys
from bookflow.adapters.memory.webhooks import InMemoryHttp, InMemorySecrets
from bookflow.adapters.memory.workflows import InMemoryWorkflows


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
