"""Measures planning reminders: CPU a booking, AWS calls an event, and 100,000 bookings at once."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bookflow.adapters.memory.reminders import InMemoryReminders
from bookflow.domain.bookings.records import Booking, Location, StoredValue
from bookflow.domain.events import parse_event
from bookflow.domain.events.booking_reminder import ReminderOffset
from bookflow.domain.reminders.names import ReminderKey
from bookflow.domain.reminders.succession import next_reminder
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest
from bookflow.domain.workflows.export import WorkflowExport
from bookflow.ports import UpcomingBooking
from bookflow.simulation.locations import SampleLocation
from bookflow.simulation.world import World as SimulatedWorld
from bookflow.use_cases.reminders.reconcile_reminders import ReminderReconciler
from tests.performance.rows import Row
from tests.unit.reminders.world import LOCATION_ID, NOW, World, graph_of

BOOKINGS = 100_000
REPEATS = 2000
EVENTS = 3000
HOUR = timedelta(hours=1)

QUIET = {"start": "22:00", "end": "07:00"}


def rows() -> list[Row]:
    """Return the measurements."""
    return [*_rule_rows(), *_call_rows(), *_job_rows(), _simulator_row()]


def _rule_rows() -> list[Row]:
    config = ReminderOffset(event="Booking Reminder")
    rows_ = []
    for case, quiet in (("no quiet hours", None), ("due in quiet hours", QUIET)):
        place = Location.model_validate(
            {"id": LOCATION_ID, "timezone": "Europe/Berlin", "quiet_hours": quiet}
        )
        start = NOW.replace(hour=22) + timedelta(days=3)
        booking = Booking(id="b", start_time=start, end_time=start + HOUR)
        key = ReminderKey(LOCATION_ID, "b", "wf-a")

        def plan(booking: Booking = booking, place: Location = place, key: Any = key) -> None:
            next_reminder(None, key, config=config, booking=booking, location=place, now=NOW)

        rows_.append(Row("reminder rule", case, _microseconds(plan), "us", "CPU a booking"))
    return rows_


def _call_rows() -> list[Row]:
    """Count the calls of AWS for each kind of event, with two reminder workflows."""
    made = _world(2)
    start = NOW + timedelta(days=5)
    created = made.created("b", start)
    rows_ = []
    for case, envelope in (
        ("booking created as draft", made.created("b-draft", start, "draft")),
        ("booking created", created),
        ("booking created, repeated", created),
        ("booking moved", made.moved("b", start + HOUR)),
        ("status changed, same reminder", made.status("b", "confirmed", "pending")),
        ("chat message", made.chat("b")),
        ("booking cancelled", made.cancelled("b")),
    ):
        rows_.append(_call_row(made, f"{case}, 2 workflows", envelope))
    none = _world(0)
    return [*rows_, _call_row(none, "booking created, none matches", none.created("b", start))]


def _call_row(made: World, case: str, envelope: dict[str, Any]) -> Row:
    made.ports.calls.made.clear()
    made.ports.schedules.requests = 0
    made.deliver(envelope)
    calls = Counter(name.split(".")[0] for name in made.ports.calls.made)
    stores = sum(calls.values()) - calls["schedules"] - calls["machines"]
    note = f"of EventBridge Scheduler; {stores} of the table"
    return Row("calls an event", case, made.ports.schedules.requests, "calls", note)


def _job_rows() -> list[Row]:
    made = _world(0)
    made.ports.reminders = _SortedReminders(made.ports.bookings)
    for number in range(BOOKINGS):
        start = NOW + timedelta(days=2, minutes=number)
        booking = Booking(id=f"b-{number:06}", start_time=start, end_time=start + HOUR)
        made.ports.bookings.kept[LOCATION_ID, Booking, booking.id] = StoredValue(booking, 1, {})
    made.ports.reminders.sort()

    def enable() -> None:
        made.publish("wf-a", offset_value=24)
        made.work_all()

    def move() -> None:
        made.publish("wf-a", offset_value=12)
        made.work_all()

    def disable() -> None:
        made.enable("wf-a", False)
        made.work_all()

    def reconcile() -> None:
        ReminderReconciler(made.ports).run(LOCATION_ID)

    def lose_and_reconcile() -> None:
        made.ports.schedules.stored.clear()
        reconcile()

    rows_ = []
    for case, work in (
        ("enable", enable),
        ("change the offset", move),
        ("reconcile", reconcile),
        ("reconcile after all schedules were lost", lose_and_reconcile),
        ("disable", disable),
    ):
        made.ports.schedules.requests = 0
        began = time.process_time()
        work()
        seconds = time.process_time() - began
        made.ports.calls.made.clear()
        note = f"CPU; {made.ports.schedules.requests:,} requests of the scheduler"
        rows_.append(
            Row("reminder job", f"{case}, {BOOKINGS:,} bookings", round(seconds, 1), "s", note)
        )
    schedule = next(iter(_world_schedule().values()))
    size = len(json.dumps(schedule))
    rows_.append(Row("schedule", "event of one reminder", size, "bytes"))
    return rows_


def _simulator_row() -> Row:
    """Measure that a simulation takes a time in proportion to its events."""
    graph = graph_of(offset_value=24)
    simulated = SimulatedWorld(SampleLocation({"wf-a": WorkflowExport(name="wf-a", graph=graph)}))
    source = World()
    start = NOW + timedelta(days=5)
    events = [parse_event(source.created(f"b-{number}", start)) for number in range(EVENTS)]
    began = time.process_time()
    simulated.replay(events)
    seconds = round(time.process_time() - began, 1)
    return Row("simulator", f"{EVENTS:,} bookings with a reminder each", seconds, "s", "CPU")


class _SortedReminders(InMemoryReminders):
    """Bookings in the order of their starts, sorted once: a store of 100,000 needs an index."""

    def sort(self) -> None:
        """Sort the bookings."""
        kept = self._bookings.kept.values()
        self._sorted = sorted(
            (each.record for each in kept if isinstance(each.record, Booking)),
            key=lambda booking: (booking.start_time, booking.id),
        )

    def upcoming(
        self,
        location_id: str,
        workflow_ids: Any,
        *,
        since: Any,
        request: PageRequest = FIRST_PAGE,
    ) -> Page[UpcomingBooking]:
        first = int(request.position or 0)
        page = []
        for booking in self._sorted[first : first + request.limit]:
            records = {}
            for workflow_id in workflow_ids:
                record = self.stored.get(ReminderKey(location_id, booking.id, workflow_id))
                if record is not None:
                    records[workflow_id] = record
            page.append(UpcomingBooking(booking, records))
        last = first + request.limit
        return Page(page, str(last) if last < len(self._sorted) else None)


def _world(workflows: int) -> World:
    made = World()
    for number in range(workflows):
        made.publish(f"wf-{number}", offset_value=24 * (number + 1))
    made.work_all()
    return made


def _world_schedule() -> dict[str, Any]:
    made = _world(1)
    made.deliver(made.created("b", NOW + timedelta(days=5)))
    return {name: dict(each.detail) for name, each in made.ports.schedules.stored.items()}


def _microseconds(work: Callable[[], None]) -> float:
    """Return the best CPU time of several runs."""
    best = float("inf")
    for _ in range(5):
        began = time.process_time()
        for _ in range(REPEATS):
            work()
        best = min(best, (time.process_time() - began) / REPEATS * 1e6)
    return round(best, 1)
