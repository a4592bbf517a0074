"""The ports: the interfaces that use cases need from databases, services and the clock.

Adapters implement them for AWS; the simulator and the tests use the stateful ones of
`adapters/memory`. All stores are keyed by location. Each call may raise `TransientError` when the same call can succeed later.
"""

from bookflow.ports.bookings import BookedVisit, BookingStore, RecordedBooking
from bookflow.ports.bundle import Ports
from bookflow.ports.clock import Clock
from bookflow.ports.events import DeadLetters, EventPublisher, OutgoingEvent
from bookflow.ports.executions import EffectLog, ExecutionStore, JoinStore, Once
from bookflow.ports.machines import MachineExecution, MachineInfo, Machines, UnusedMachines
from bookflow.ports.messages import Mailer, Suppressions, TemplateStore, Texter
from bookflow.ports.metrics import Counter, RateLimits
from bookflow.ports.privacy import ErasureStore
from bookflow.ports.reminders import (
    JobQueue,
    ReminderSchedule,
    ReminderStore,
    Schedules,
    UpcomingPage,
)
from bookflow.ports.staff import AuditLog, NoteStore, TaskStore
from bookflow.ports.surveys import Invited, SurveyStore
from bookflow.ports.webhooks import HttpSender, Secrets
from bookflow.ports.workflows import WorkflowStore

__all__ = [
    "AuditLog",
    "BookedVisit",
    "BookingStore",
    "Clock",
    "Counter",
    "DeadLetters",
    "EffectLog",
    "ErasureStore",
    "EventPublisher",
    "ExecutionStore",
    "HttpSender",
    "Invited",
    "JobQueue",
    "JoinStore",
    "MachineExecution",
    "MachineInfo",
    "Machines",
    "Mailer",
    "NoteStore",
    "Once",
    "OutgoingEvent",
    "Ports",
    "RateLimits",
    "RecordedBooking",
    "ReminderSchedule",
    "ReminderStore",
    "Schedules",
    "Secrets",
    "Suppressions",
    "SurveyStore",
    "TaskStore",
    "TemplateStore",
    "Texter",
    "UnusedMachines",
    "UpcomingPage",
    "WorkflowStore",
]
