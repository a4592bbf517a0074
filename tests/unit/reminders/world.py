"""A location with reminder workflows and bookings, whose clock, queues and crashes a test holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bookflow.domain.events import Event, parse_event
from bookflow.domain.events.booking_reminder import ReminderOffset
from bookflow.domain.reminders.names import ReminderKey
from bookflow.domain.reminders.record import Reminder
from bookflow.domain.workflows.graph import Graph
from bookflow.domain.workflows.workflow import Workflow
from bookflow.ports import ReminderSchedule
from bookflow.use_cases.jobs.run_job import PUT_OFF_SECONDS, JobRunner
from bookflow.use_cases.reminders.plan_reminders import ReminderPlanner
from bookflow.use_cases.runtime.dispatch import Dispatcher
from bookflow.use_cases.workflows.make_machine import MachineTarget
from bookflow.use_cases.workflows.publish import Publisher
from tests.fakes import CrashingCalls, FakePorts

LOCATION_ID = "spree-kayaks"
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
TARGET = MachineTarget("wf-", "arn:aws:lambda:eu-central-1:1:function:b-", "role", "logs")
CUSTOMER = {"id": "cus-1", "first_name": "Ada"}


class InterleavedCalls(CrashingCalls):
    """Calls between which another process may do its work."""

    def __init__(self) -> None:
        super().__init__()
        self._meanwhile: tuple[int, Callable[[], None]] | None = None

    def meanwhile(self, after: int, work: Callable[[], None]) -> None:
        """Do the work right after the call of that number from now."""
        self._meanwhile = (len(self.made) + after, work)

    def end(self, number: int) -> None:
        if self._meanwhile is not None and number >= self._meanwhile[0]:
            work = self._meanwhile[1]
            self._meanwhile = None
            work()
        super().end(number)

    def calm(self) -> bool:
        """Forget a crash and other work that did not come about; say whether there was such work."""
        left = self._meanwhile is not None
        self._crash_at = None
        self._meanwhile = None
        return left


@dataclass(frozen=True)
class Sent:
    """A reminder whose workflow was started."""

    workflow_id: str
    booking_id: str
    anchor: str
    at: datetime


def graph_of(**config: Any) -> Graph:
    """Return a reminder workflow with these settings of its trigger."""
    trigger = {"event": "Booking Reminder", **config}
    note = {"note": "reminded"}
    return Graph.model_validate(
        {
            "nodes": [
                {"id": "trigger", "type": "trigger", "config": trigger},
                {"id": "note", "type": "add_booking_note", "config": note},
            ],
            "edges": [{"id": "e", "source": "trigger", "target": "note"}],
        }
    )


@dataclass
class World:
    """The system under test on ports in memory."""

    location: Mapping[str, Any] = field(default_factory=dict)
    ports: FakePorts = field(default_factory=FakePorts)
    events: int = 0

    def __post_init__(self) -> None:
        self.ports.clock.moment = NOW
        self.sent: list[Sent] = []
        self._known: set[Any] = set()
        self.ports.bookings.record(_location("2026-01-01T00:00:00Z", "evt-0", **self.location))

    @property
    def now(self) -> datetime:
        return self.ports.clock.moment

    # What the booking system says ---------------------------------------------------------------

    def event(self, detail_type: str, booking_id: str, **detail: Any) -> dict[str, Any]:
        """Return the envelope of a new event that occurs now."""
        self.events += 1
        # An orderly booking system: its numbers order events of one moment.
        return {
            "detail-type": detail_type,
            "detail": {
                "event_id": f"evt-{self.events:06d}",
                "sequence": self.events,
                "location_id": LOCATION_ID,
                "occurred_at": self.now.isoformat(),
                "booking_id": booking_id,
                "customer": CUSTOMER,
                **detail,
            },
        }

    def created(
        self,
        booking_id: str,
        start: datetime,
        status: str = "confirmed",
        *,
        hours: float = 2,
        **more: Any,
    ) -> dict[str, Any]:
        return self.event(
            "Booking Created",
            booking_id,
            activity={"id": "act-1", "name": "Tour"},
            total_amount="10.00 EUR",
            start_time=start.isoformat(),
            end_time=(start + timedelta(hours=hours)).isoformat(),
            status=status,
            **more,
        )

    def moved(self, booking_id: str, start: datetime, *, hours: float = 2) -> dict[str, Any]:
        new_end = start + timedelta(hours=hours)
        return self.event(
            "Booking Rescheduled",
            booking_id,
            old_start_time=start.isoformat(),
            old_end_time=new_end.isoformat(),
            new_start_time=start.isoformat(),
            new_end_time=new_end.isoformat(),
        )

    def cancelled(self, booking_id: str) -> dict[str, Any]:
        return self.event("Booking Cancelled", booking_id, cancelled_at=self.now.isoformat())

    def status(self, booking_id: str, old: str, new: str) -> dict[str, Any]:
        return self.event("Booking Status Changed", booking_id, old_status=old, new_status=new)

    def chat(self, booking_id: str) -> dict[str, Any]:
        return self.event(
            "Chat Message Created", booking_id, thread_id="t-1", sender_type="customer"
        )

    # What operators do --------------------------------------------------------------------------

    def publish(
        self, workflow_id: str, *, enabled: bool = True, send_missed: bool = False, **config: Any
    ) -> None:
        """Publish a reminder workflow, the first time or anew, and turn it on or off."""
        workflows = self.ports.workflows
        stored = workflows.stored.get((LOCATION_ID, workflow_id))
        draft = graph_of(**config)
        if stored is None:
            stored = Workflow(
                location_id=LOCATION_ID,
                id=workflow_id,
                name=workflow_id,
                draft=draft,
                created_at=self.now,
                updated_at=self.now,
            )
        else:
            stored = stored.saved(stored.revision, updated_at=self.now, draft=draft)
        workflows.save(stored)
        self.publisher.publish(
            LOCATION_ID, workflow_id, based_on=stored.revision, send_missed=send_missed
        )
        self.enable(workflow_id, enabled, send_missed=send_missed)

    def enable(self, workflow_id: str, enabled: bool = True, *, send_missed: bool = False) -> None:
        stored = self.ports.workflows.stored[LOCATION_ID, workflow_id]
        if stored.enabled != enabled:
            self.publisher.set_enabled(
                LOCATION_ID,
                workflow_id,
                enabled,
                based_on=stored.revision,
                send_missed=send_missed,
            )

    def offset(self, workflow_id: str) -> ReminderOffset | None:
        """Return the settings that the location's enabled workflow has now."""
        planner = ReminderPlanner(self.ports)
        return planner.offsets(LOCATION_ID, list(self.ports.workflows.subscribed.values())).get(
            workflow_id
        )

    def change_location(self, **changes: Any) -> None:
        """Let the location be another one from now on; no event of a booking tells of it."""
        self.events += 1
        changed = _location(self.now.isoformat(), f"evt-{self.events:06d}", **changes)
        self.ports.bookings.record(changed)

    @property
    def publisher(self) -> Publisher:
        return Publisher(self.ports, TARGET)

    # What the runtime does ----------------------------------------------------------------------

    def deliver(self, *envelopes: dict[str, Any]) -> None:
        """Dispatch events, and note the reminders whose workflow they started."""
        for envelope in envelopes:
            try:
                Dispatcher(self.ports).dispatch(parse_event(envelope))
            finally:
                self._note_sent()

    def work(self, message: Mapping[str, Any]) -> None:
        """Do what the function `reminders` does with a message."""
        JobRunner(self.ports).do(message)

    def work_all(self) -> None:
        """Do all jobs to their end; one whose change was never stored waits a minute for it."""
        while self.ports.reminder_jobs.messages:
            message, _ = self.ports.reminder_jobs.messages.pop(0)
            if "put_off" in message:
                self.pass_time(self.now + timedelta(seconds=2 * PUT_OFF_SECONDS))
            self.work(message)

    def fire(self) -> list[dict[str, Any]]:
        """Return the events of the schedules whose time has come."""
        return self.ports.schedules.fire(self.now)

    def pass_time(self, until: datetime) -> None:
        """Let the time go by; each schedule fires at its time and is dispatched at once."""
        while schedules := [s for s in self.ports.schedules.stored.values() if s.at <= until]:
            self.ports.clock.moment = max(self.now, min(s.at for s in schedules))
            self.deliver(*self.fire())
        self.ports.clock.moment = until

    def reminder(self, booking_id: str, workflow_id: str = "wf-a") -> Reminder | None:
        return self.ports.reminders.stored.get(ReminderKey(LOCATION_ID, booking_id, workflow_id))

    def schedules(self, booking_id: str, workflow_id: str = "wf-a") -> list[ReminderSchedule]:
        return [
            schedule
            for schedule in self.ports.schedules.stored.values()
            if (schedule.detail["booking_id"], schedule.detail["workflow_id"])
            == (booking_id, workflow_id)
        ]

    def _note_sent(self) -> None:
        for _, name in self.ports.machines.started.keys() - self._known:
            data = self.ports.executions.stored[LOCATION_ID, name].event_data
            if "workflow_id" not in data:
                continue
            anchor = data.get("end_time") or data["start_time"]
            self.sent.append(Sent(data["workflow_id"], data["booking_id"], anchor, self.now))
        self._known = set(self.ports.machines.started)


def _location(occurred_at: str, event_id: str, **fields: Any) -> Event:
    return Event.model_validate(
        {
            "event_id": event_id,
            "location_id": LOCATION_ID,
            "occurred_at": occurred_at,
            "location": {"id": LOCATION_ID, "timezone": "Europe/Berlin", **fields},
        }
    )
