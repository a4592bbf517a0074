"""All ports in memory together."""

from __future__ import annotations

from dataclasses import dataclass, field

from bookflow.adapters.memory.bookings import InMemoryBookings, InMemoryErasures, InMemoryImports
from bookflow.adapters.memory.clock import SettableClock
from bookflow.adapters.memory.events import (
    InMemoryDeadLetters,
    InMemoryEventQueue,
    InMemoryEvents,
)
from bookflow.adapters.memory.executions import InMemoryEffects, InMemoryExecutions, InMemoryJoins
from bookflow.adapters.memory.machines import InMemoryMachines, InMemoryUnusedMachines
from bookflow.adapters.memory.messages import (
    InMemoryMailer,
    InMemoryMessages,
    InMemorySentSms,
    InMemorySuppressions,
    InMemoryTemplates,
    InMemoryTexter,
)
from bookflow.adapters.memory.metrics import (
    InMemoryCounter,
    InMemoryMarketingCounts,
    InMemoryRateLimits,
)
from bookflow.adapters.memory.reminders import (
    InMemoryJobQueue,
    InMemoryReminders,
    InMemorySchedules,
)
from bookflow.adapters.memory.staff import InMemoryAuditLog, InMemoryNotes, InMemoryTasks
from bookflow.adapters.memory.surveys import InMemorySurveys
from bookflow.adapters.memory.webhooks import InMemoryFunctions, InMemoryHttp, InMemorySecrets
from bookflow.adapters.memory.workflows import InMemoryWorkflows
from bookflow.domain.webhooks.url_policy import UrlPolicy


@dataclass
class InMemoryPorts:
    """All ports in memory: the Protocol `Ports`."""

    clock: SettableClock = field(default_factory=SettableClock)
    public_base_url: str = "https://bookflow.example"
    messages_per_second: int = 10
    url_policy: UrlPolicy = field(default_factory=UrlPolicy)

    def __post_init__(self) -> None:
        self.erasures = InMemoryErasures()
        self.imports = InMemoryImports()
        self.workflows = InMemoryWorkflows()
        self.bookings = InMemoryBookings(self.erasures, self.workflows)
        self.executions = InMemoryExecutions(self.bookings)
        self.messages = InMemoryMessages()
        self.effects = InMemoryEffects(self.messages)
        self.machines = InMemoryMachines()
        self.unused_machines = InMemoryUnusedMachines()
        self.functions = InMemoryFunctions()
        self.joins = InMemoryJoins()
        self.events = InMemoryEvents()
        self.event_queue = InMemoryEventQueue()
        self.dead_letters = InMemoryDeadLetters()
        self.mailer = InMemoryMailer()
        self.texter = InMemoryTexter()
        self.sent_sms = InMemorySentSms()
        self.http = InMemoryHttp()
        self.templates = InMemoryTemplates()
        self.secrets = InMemorySecrets(self.clock)
        self.surveys = InMemorySurveys()
        self.marketing_counts = InMemoryMarketingCounts()
        self.suppressions = InMemorySuppressions()
        self.notes = InMemoryNotes()
        self.tasks = InMemoryTasks()
        self.schedules = InMemorySchedules()
        self.reminders = InMemoryReminders(self.bookings)
        self.reminder_jobs = InMemoryJobQueue()
        self.audit = InMemoryAuditLog()
        self.rate_limits = InMemoryRateLimits()
        self.counter = InMemoryCounter()
