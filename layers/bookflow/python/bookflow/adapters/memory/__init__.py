"""Every port in memory, stateful and as strict as the AWS adapters: the simulator works on them."""

from bookflow.adapters.memory.bookings import InMemoryBookings
from bookflow.adapters.memory.bundle import InMemoryPorts
from bookflow.adapters.memory.clock import SettableClock
from bookflow.adapters.memory.events import DeadLetter, InMemoryDeadLetters, InMemoryEvents
from bookflow.adapters.memory.executions import InMemoryEffects, InMemoryExecutions, InMemoryJoins
from bookflow.adapters.memory.machines import (
    InMemoryMachines,
    InMemoryUnusedMachines,
    StartedExecution,
)
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
from bookflow.adapters.memory.webhooks import InMemoryFunctions, InMemoryHttp, InMemorySecrets
from bookflow.adapters.memory.workflows import InMemoryWorkflows

__all__ = [
    "DeadLetter",
    "InMemoryAuditLog",
    "InMemoryBookings",
    "InMemoryCounter",
    "InMemoryDeadLetters",
    "InMemoryEffects",
    "InMemoryEvents",
    "InMemoryExecutions",
    "InMemoryFunctions",
    "InMemoryHttp",
    "InMemoryJobQueue",
    "InMemoryJoins",
    "InMemoryMachines",
    "InMemoryMailer",
    "InMemoryNotes",
    "InMemoryPorts",
    "InMemoryRateLimits",
    "InMemoryReminders",
    "InMemorySchedules",
    "InMemorySecrets",
    "InMemorySuppressions",
    "InMemorySurveys",
    "InMemoryTasks",
    "InMemoryTemplates",
    "InMemoryTexter",
    "InMemoryUnusedMachines",
    "InMemoryWorkflows",
    "SettableClock",
    "StartedExecution",
]
