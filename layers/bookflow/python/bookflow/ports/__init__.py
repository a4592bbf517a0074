"""The ports: the interfaces that use cases need from databases, services and the clock.

Adapters implement them for AWS; the simulator and the tests use the stateful ones of
`adapters/memory`. All stores are keyed by location. Each call may raise `TransientError` when the same call can succeed later.
"""

from bookflow.ports.bookings import (
    BookedVisit,
    BookingStore,
    ErasureStore,
    ImportStore,
    RecordedBooking,
)
from bookflow.ports.bundle import Ports
from bookflow.ports.clock import Clock
from bookflow.ports.events import (
    FIRST_SENT_AT,
    HAS_TURN,
    DeadLetters,
    EventPublisher,
    EventQueue,
    OutgoingEvent,
)
from bookflow.ports.executions import (
    ANY_EXECUTION,
    EffectLog,
    ExecutionFilter,
    ExecutionStore,
    JoinStore,
    Once,
)
from bookflow.ports.library import LibraryStore, TemplateStore
from bookflow.ports.machines import MachineExecution, MachineInfo, Machines, UnusedMachines
from bookflow.ports.messages import (
    Mailer,
    MarketingCounts,
    MessageStore,
    SentSmsStore,
    Suppressions,
    Texter,
)
from bookflow.ports.metrics import Counter, RateLimits
from bookflow.ports.reminders import (
    SETTLING_SECONDS,
    JobQueue,
    PlannedReminder,
    ReminderSchedule,
    ReminderStore,
    Schedules,
    UpcomingBooking,
)
from bookflow.ports.staff import OPEN_TASKS, AuditLog, NoteStore, TaskFilter, TaskStore
from bookflow.ports.surveys import Invited, SurveyStore
from bookflow.ports.webhooks import Functions, HttpSender, Secrets
from bookflow.ports.workflows import WorkflowStore
