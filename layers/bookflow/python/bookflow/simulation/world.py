"""The simulated world: workflows, events and schedules over ports in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import takewhile
from typing import Any

from bookflow.adapters.memory.bundle import InMemoryPorts
from bookflow.adapters.memory.reminders import InMemorySchedules
from bookflow.domain.events import Event, parse_event
from bookflow.domain.events.booking_reminder import BookingReminder
from bookflow.domain.timeline import EntryKind, TimelineEntry, timeline
from bookflow.ports import ReminderSchedule
from bookflow.simulation.engine import MAX_MOMENTS, VirtualTime
from bookflow.simulation.execution import SimulatedExecution
from bookflow.simulation.locations import LocationSource
from bookflow.use_cases.bookings.timeline import reminder_entries
from bookflow.use_cases.runtime.dispatch import Dispatcher

_FILTERED = ("EventsFiltered", None)

BookingKey = tuple[str, str]
"""A location and a booking; an empty id stands for no booking."""


@dataclass(frozen=True)
class SimulatedEvent:
    """An event that came, from outside or from a workflow; firings of reminders are none.

    Attributes:
        filtered: How many workflows it did not start because of their triggers' filters.
    """

    at: datetime
    event_type: str
    filtered: int


class World:
    """Everything that happens to some bookings under some workflows.

    Nothing is sent: messages and requests end in memory.

    Args:
        place: What is in a location when its first event happens.
        limit: How much may happen.
    """

    def __init__(self, place: LocationSource, *, limit: int = MAX_MOMENTS) -> None:
        self._ports = InMemoryPorts()
        self._schedules = self._ports.schedules = _NotedSchedules()
        self._time = VirtualTime(self._set_clock, limit)
        self._place = place
        self._filled: set[str] = set()
        self._seen: set[str] = set()
        self._events: dict[BookingKey, list[SimulatedEvent]] = {}
        self._plans: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._published = 0
        self._planned: dict[str, datetime] = {}

    @property
    def now(self) -> datetime | None:
        """The moment that the world has come to; None before anything events."""
        return self._time.now

    @property
    def events(self) -> Mapping[BookingKey, Sequence[SimulatedEvent]]:
        """The events of each booking, the earliest first."""
        return self._events

    def replay(self, events: Iterable[Event], until: datetime | None = None) -> None:
        """Let the events happen, each at the moment when it occurred, and all that follows.

        Without `until` it continues until nothing is left to happen.
        """
        ordered = sorted(events, key=lambda event: event.occurred_at)
        if ordered:
            self._set_clock(ordered[0].occurred_at)
        for event in ordered:
            self._time.plan(event.occurred_at, partial(self._occur, event))
        self._time.run(until)

    def timeline(self) -> Mapping[BookingKey, Sequence[TimelineEntry]]:
        """Return the timeline of each booking that anything was done or planned for.

        What a step would have sent or written is in the entry's details, as `plan`.
        """
        store = self._ports.executions
        executions: dict[BookingKey, list[Any]] = {}
        for execution in store.stored.values():
            steps = store.steps(execution.location_id, execution.id)
            key = (execution.location_id, execution.booking_id or "")
            executions.setdefault(key, []).append((execution, steps))
        now = self._ports.clock.now()
        found = {
            key: timeline(executions.get(key, ()), reminder_entries(self._ports, *key), now)
            for key in sorted(self._events.keys() | executions.keys())
        }
        return {key: [*map(self._shown, entries)] for key, entries in found.items() if entries}

    def timezone_of(self, location_id: str) -> str:
        """Return the IANA time zone that a location's times are shown in."""
        context = self._ports.bookings.context(location_id, None)
        return context.location.timezone if context else "UTC"

    def _shown(self, entry: TimelineEntry) -> TimelineEntry:
        plan = self._plans.get((entry.execution_id or "", entry.node_id or ""))
        if entry.kind is not EntryKind.DONE or plan is None:
            return entry
        return entry.changed(details={"plan": plan})

    def _occur(self, event: Event) -> None:
        if event.location_id not in self._filled:
            self._filled.add(event.location_id)
            self._place.fill(self._ports, event.location_id)
        events = self._events.setdefault((event.location_id, event.booking_id or ""), [])
        counts, at = self._ports.counter.counts, self._ports.clock.now()
        before = counts[_FILTERED]
        Dispatcher(self._ports).dispatch(event)
        if not isinstance(event, BookingReminder):
            events.append(SimulatedEvent(at, event.detail_type, counts[_FILTERED] - before))
        self._follow()

    def _follow(self) -> None:
        """Start what was started, dispatch what was published, plan what was scheduled."""
        self._start_executions()
        published = self._ports.events.published
        while self._published < len(published):
            outgoing = published[self._published]
            self._published += 1
            event = parse_event({"detail-type": outgoing.detail_type, "detail": outgoing.detail})
            self._time.plan(self._ports.clock.now(), partial(self._occur, event))
        while self._schedules.put_lately:
            schedule = self._schedules.put_lately.pop(0)
            if self._planned.get(schedule.name) != schedule.at:
                self._planned[schedule.name] = schedule.at
                self._time.plan(schedule.at, partial(self._fire, schedule))

    def _fire(self, planned: ReminderSchedule) -> None:
        """Fire a schedule, unless it was moved or deleted since it was planned."""
        schedule = self._ports.schedules.get(planned.name)
        if schedule is None or schedule.at != planned.at:
            return
        self._ports.schedules.delete(planned.name)
        self._occur(
            parse_event({"detail-type": BookingReminder.detail_type, "detail": schedule.detail})
        )

    def _start_executions(self) -> None:
        newest = reversed(self._ports.machines.started.values())
        new = [*takewhile(lambda started: started.name not in self._seen, newest)]
        for started in reversed(new):
            self._seen.add(started.name)
            ref = started.payload["execution"]
            version = self._ports.workflows.version(
                ref["location_id"], ref["workflow_id"], ref["version"]
            )
            SimulatedExecution(
                self._ports, self._time, version, started.payload, self._follow, self._plans
            ).start()

    def _set_clock(self, moment: datetime) -> None:
        self._ports.clock.moment = moment.astimezone(UTC)


class _NotedSchedules(InMemorySchedules):
    """Schedules that note which were made or moved: to look at all of them takes too long."""

    def __init__(self) -> None:
        super().__init__()
        self.put_lately: list[ReminderSchedule] = []

    def put(self, schedule: ReminderSchedule, *, exists: bool) -> None:
        super().put(schedule, exists=exists)
        self.put_lately.append(self.stored[schedule.name])
