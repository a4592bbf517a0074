"""Random lives told by a careless booking system: each guest hears of each fact once, and in time.

The system repeats itself, tells one fact in two forms and what is no news, cuts its times to the
second, has a clock that is ahead or behind, and its messages come late, twice and in any order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from bookflow.actions.catalogue import action_types
from bookflow.domain.events import parse_event
from bookflow.domain.executions.execution import Execution
from bookflow.domain.executions.payloads import read_step_payload
from bookflow.domain.templates import Template
from bookflow.domain.timeline import EntryKind, timeline
from bookflow.domain.workflows.graph import Graph
from bookflow.use_cases.bookings.timeline import reminder_entries
from bookflow.use_cases.runtime.dispatch import Dispatcher
from bookflow.use_cases.runtime.run_step import StepRunner
from tests.fakes import Crash, FakePorts
from tests.unit.reminders.world import InterleavedCalls, World
from tests.unit.runtime.samples import LOCATION_ID, NOW, graph, new_ports, publish
from tests.unit.runtime.stated import TELLING, Message, StatedLife

HISTORIES, SOAK_HISTORIES = 150, 1000
STEPS = 25

BOOKINGS = ("b-1", "b-2")
HOUR = timedelta(hours=1)
KEPT_STATEMENTS = 20
REMINDED = 2 * HOUR

bookings = st.sampled_from(BOOKINGS)
leads = st.sampled_from([60, 60, 30, 30, 5, 1, -1, -24 * 365]).map(lambda hours: hours * HOUR)
changes = st.lists(
    st.sampled_from(["pending", "confirmed", "cancelled", "completed", "no_show"]),
    min_size=1,
    max_size=4,
)
skews = st.sampled_from([0, 0, 0, 0, 1, 24 * 400, -0.1, -48]).map(lambda hours: hours * HOUR)
forms = st.sampled_from(["own", "status", "both", "both the other way"])
crashes = st.one_of(st.none(), st.integers(1, 12))
zones = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])


@dataclass(frozen=True)
class Truth:
    """A booking as the booking system has it."""

    status: str
    start: datetime


@dataclass(frozen=True)
class Manners:
    """How the booking system tells of one change.

    Attributes:
        skew: How far its clock is ahead at that moment.
        seconds: Whether it cuts times to the second.
        again: How often it repeats what it says, each time as another event.
        numbered: Whether it gives sequence numbers.
    """

    form: str
    skew: timedelta
    seconds: bool
    again: int
    numbered: bool


manners = st.builds(
    Manners,
    form=forms,
    skew=skews,
    seconds=st.booleans(),
    again=st.sampled_from([0, 0, 1]),
    numbered=st.booleans(),
)


class GuestWorld(World):
    """A location whose workflows write to guests at once; what arrives is noted."""

    def __init__(self) -> None:
        super().__init__(ports=FakePorts(calls=InterleavedCalls()))
        known = new_ports()
        self.ports.surveys.stored |= known.surveys.stored
        self.change_location(survey_id="after-tour", email="desk@example.com")
        for trigger in TELLING:
            self._template(_name(trigger))
            publish(self.ports, _name(trigger), _writing(trigger))
        self._template("reminder")
        publish(self.ports, "reminder", _writing("Booking Reminder"))
        self.work_all()
        self.ran: dict[str, Counter[str]] = defaultdict(Counter)
        """The messages that each execution sent, by the booking's id."""

    def take(self, message: Message, received_at: datetime, crash: int | None = None) -> None:
        """Dispatch a message; a process that dies takes it again. Run what was started."""
        event = parse_event({"detail-type": message.kind, "detail": message.detail})
        if crash is not None:
            self.ports.calls.crash_after(crash)
        try:
            Dispatcher(self.ports).dispatch(event, received_at=received_at)
        except Crash:
            Dispatcher(self.ports).dispatch(event, received_at=received_at)
        self.ports.calls.calm()  # type: ignore[attr-defined]
        self.run_started()

    def deliver(self, *envelopes: dict[str, Any]) -> None:
        super().deliver(*envelopes)
        self.run_started()

    def run_started(self) -> None:
        for machine in list(self.ports.machines.started.values()):
            if machine.name not in self.ran:
                self._run(machine.payload["execution"], machine.payload["nodes"])

    def _run(self, reference: dict[str, Any], nodes: dict[str, Any]) -> None:
        before = len(self.ports.mailer.sent)
        for node in nodes.values():
            payload = read_step_payload(
                {"schema_version": 1, "execution": reference, "node": node, "attempt": 0}
            )
            StepRunner(action_types()[node["type"]](self.ports), self.ports).run(payload)
        self.ran[reference["execution_id"]] = Counter(
            each.to for each in self.ports.mailer.sent[before:]
        )

    def _template(self, name: str) -> None:
        self.ports.templates.save(
            Template(
                location_id=LOCATION_ID,
                id=name,
                name=name,
                channel="email",
                subject=name,
                html="<p>{{ location.name }}</p>",
                updated_at=NOW,
            )
        )


def _name(trigger: str) -> str:
    return trigger.lower().replace(" ", "-")


def _writing(trigger: str) -> Graph:
    """Return a workflow that writes to the guest, or asks about a completed visit, and notes it."""
    note = {"id": "note", "type": "add_booking_note", "config": {"note": "noted"}}
    config = {"template": "reminder" if trigger == "Booking Reminder" else _name(trigger)}
    mail: dict[str, Any] = {"id": "mail", "type": "send_template", "config": config}
    if trigger == "Booking Completed":
        mail = {"id": "mail", "type": "send_survey_email", "config": {}}
    if trigger == "Booking Status Changed":
        return graph(note, trigger=trigger)
    offset = {"offset_value": 2, "offset_unit": "hours"} if trigger == "Booking Reminder" else {}
    return graph(note, mail, trigger=trigger, **offset)


class CarelessSystems(RuleBasedStateMachine):
    """Bookings change, a careless system tells of it, and its messages come as they like."""

    @initialize(
        lead=leads,
        how=manners,
        has_end=st.booleans(),
        statuses=st.tuples(st.sampled_from(["confirmed", "draft", "pending"]), changes),
    )
    def begin(
        self, lead: timedelta, how: Manners, has_end: bool, statuses: tuple[str, list[str]]
    ) -> None:
        self.world = GuestWorld()
        self.lives = {booking: StatedLife() for booking in BOOKINGS}
        self.truth: dict[str, Truth] = {}
        self.inbox: list[Message] = []
        self.number = 0
        self.judged: set[str] = set()
        self.reminded: set[tuple[str, str]] = set()
        self.create("b-1", lead, statuses[0], how, has_end)
        self.change("b-1", statuses[1], how)

    # What happens, and how it is told --------------------------------------------------------------

    @rule(
        booking=bookings,
        lead=leads,
        status=st.sampled_from(["draft", "pending", "confirmed"]),
        how=manners,
        has_end=st.booleans(),
    )
    def create(
        self, booking: str, lead: timedelta, status: str, how: Manners, has_end: bool
    ) -> None:
        if booking in self.truth:
            return
        start = self.world.now + lead
        self.truth[booking] = Truth(status, start)
        for _ in range(how.again + 1):
            self._tell(
                "Booking Created",
                booking,
                how,
                activity={"id": "act-1", "name": "Tour"},
                status=status,
                start_time=start.isoformat(),
                **({"end_time": (start + 2 * HOUR).isoformat()} if has_end else {}),
            )

    @precondition(lambda self: self.truth)
    @rule(booking=bookings, statuses=changes, how=manners)
    def change(self, booking: str, statuses: list[str], how: Manners) -> None:
        for status in statuses:
            if booking in self.truth and self.truth[booking].status != status:
                self._change(booking, status, how)

    def _change(self, booking: str, status: str, how: Manners) -> None:
        old = self.truth[booking].status
        self.truth[booking] = replace(self.truth[booking], status=status)
        own = {"cancelled": "Booking Cancelled", "completed": "Booking Completed"}.get(status)
        told = ["status"] if own is None or how.form == "status" else [how.form]
        told = {"both": ["own", "status"], "both the other way": ["status", "own"]}.get(
            told[0], told
        )
        for form in told * (how.again + 1):
            if form == "own" and own is not None:
                more = {"cancelled_at": self.world.now.isoformat()} if status == "cancelled" else {}
                self._tell(own, booking, how, **more)
            else:
                self._tell(
                    "Booking Status Changed", booking, how, old_status=old, new_status=status
                )

    @precondition(lambda self: self.truth)
    @rule(booking=bookings, lead=leads, how=manners)
    def move(self, booking: str, lead: timedelta, how: Manners) -> None:
        if booking in self.truth:
            old, start = self.truth[booking].start, self.world.now + lead
            self.truth[booking] = replace(self.truth[booking], start=start)
            for _ in range(how.again + 1):
                self._tell_move(booking, old, start, how)

    @precondition(lambda self: self.truth)
    @rule(booking=bookings, times=st.booleans(), how=manners)
    def tell_no_news(self, booking: str, times: bool, how: Manners) -> None:
        if booking not in self.truth:
            return
        known = self.truth[booking]
        if times:
            self._tell_move(booking, known.start, known.start, how)
        else:
            self._tell(
                "Booking Status Changed",
                booking,
                how,
                old_status=known.status,
                new_status=known.status,
            )

    @rule(zone=zones)
    def change_the_zone(self, zone: str) -> None:
        message = self._message("Chat Message Created", "b-1", self.world.now)
        message.detail.update(thread_id="t-1", sender_type="customer")
        message.detail["location"] = {"id": LOCATION_ID, "timezone": zone}
        self.inbox.append(message)

    # How the messages come ----------------------------------------------------------------------

    @precondition(lambda self: self.inbox)
    @rule(crash=crashes)
    def deliver_the_first(self, crash: int | None) -> None:
        self._take(self.inbox.pop(0), crash)

    @precondition(lambda self: self.inbox)
    @rule(random=st.one_of(st.none(), st.randoms(use_true_random=False)))
    def deliver_all(self, random: Random | None) -> None:
        if random is not None:
            random.shuffle(self.inbox)
        while self.inbox:
            self._take(self.inbox.pop(0), None)

    @precondition(lambda self: self.inbox)
    @rule(place=st.integers(0, 20), stays=st.booleans(), crash=crashes)
    def deliver_any(self, place: int, stays: bool, crash: int | None) -> None:
        message = self.inbox[place % len(self.inbox)]
        if not stays:
            self.inbox.remove(message)
        self._take(message, crash)

    @rule(booking=bookings, place=st.integers(0, 20))
    def redrive(self, booking: str, place: int) -> None:
        """A message comes again from a dead-letter queue, which dates it anew."""
        taken = self.lives[booking].messages
        if taken:
            self.world.take(taken[place % len(taken)], self.world.now)
            self._judge()

    @rule(hours=st.sampled_from([0.01, 0.5, 3, 30]))
    def wait(self, hours: float) -> None:
        until = self.world.now + hours * HOUR
        while schedules := [s for s in self.world.ports.schedules.stored.values() if s.at <= until]:
            self.world.ports.clock.moment = max(self.world.now, min(s.at for s in schedules))
            self.world.deliver(*self.world.fire())
            self._judge()
        self.world.ports.clock.moment = until

    # What must hold ------------------------------------------------------------------------------

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        while self.inbox:
            self._take(self.inbox.pop(0), None)
        for booking, life in self.lives.items():
            for trigger in TELLING:
                self._check_facts(booking, life, trigger)
            self._check_skips(booking)

    def _check_facts(self, booking: str, life: StatedLife, trigger: str) -> None:
        """No fact starts anything twice; in order, each starts its workflow."""
        started = [
            each.event_id
            for each in self._executions(booking)
            if each.workflow_id == _name(trigger)
        ]
        facts = life.facts(trigger)
        for series in life.series(trigger):
            of_series = Counter(started)
            count = sum(of_series[each.id] for each in series)
            assert count <= 1, f"{trigger} of {booking} started {count} times for one fact"
        if life.came_in_order:
            heard = [each for each in started if each not in life.muted]
            assert len(heard) == len(facts), f"{trigger} of {booking}: {started} for {facts}"

    def _check_skips(self, booking: str) -> None:
        store = self.world.ports.executions
        found = [(each, store.steps(LOCATION_ID, each.id)) for each in self._executions(booking)]
        planned = reminder_entries(self.world.ports, LOCATION_ID, booking)
        for entry in timeline(found, planned, self.world.now):
            if entry.kind is EntryKind.SKIPPED:
                assert entry.reason_code, f"unexplained: {entry}"
                assert entry.reason, f"unexplained: {entry}"

    def _judge(self) -> None:
        """Judge each execution that has just ended by what had been stated until then."""
        for execution in list(self.world.ports.executions.stored.values()):
            if execution.id in self.world.ran and execution.id not in self.judged:
                self.judged.add(execution.id)
                self._judge_one(execution)

    def _judge_one(self, execution: Execution) -> None:
        booking = str(execution.booking_id)
        life = self.lives[booking]
        sent = self.world.ran[execution.id]
        about = f"{execution.event_type} of {booking} at {self.world.now}"
        assert sent.keys() <= {f"{booking}@example.com"}, about
        steps = self.world.ports.executions.steps(LOCATION_ID, execution.id)
        assert ("note", "completed") in {(each.node_id, each.status) for each in steps}, about
        trigger = execution.event_type
        if trigger in ("Booking Status Changed", "Chat Message Created"):
            return
        if trigger == "Booking Completed":
            is_first = sum(map(bool, self._surveys(booking))) - bool(sent) == 0
            wanted = life.status not in ("cancelled", "no_show") and is_first
        elif trigger == "Booking Reminder":
            wanted = True  # one that is not to be sent starts nothing
            start = execution.event_data["start_time"]
            moment = datetime.fromisoformat(start)
            # A booking whose status is not known yet is taken for a confirmed one.
            assert life.status in (None, "confirmed"), about
            assert life.times is not None, about
            assert datetime.fromisoformat(life.times[0]) == moment, about
            assert self.world.now < moment, about
            mark = (booking, moment.astimezone(UTC).isoformat())
            assert mark not in self.reminded, f"twice: {about}"
            self.reminded.add(mark)
        elif trigger == "Booking Cancelled":
            wanted = life.status == "cancelled"
        else:
            wanted = life.status != "cancelled" and not life.is_over(self.world.now)
        if trigger == "Booking Rescheduled" and wanted:
            new = execution.event_data["new_start_time"]
            assert life.times is not None
            wanted = datetime.fromisoformat(life.times[0]) == datetime.fromisoformat(new)
        assert bool(sent) == wanted, f"{'sent' if sent else 'not sent'}: {about}"
        assert sum(sent.values()) <= 1, f"twice: {about}"

    def _surveys(self, booking: str) -> list[int]:
        return [
            self.world.ran[each.id].total()
            for each in self._executions(booking)
            if each.workflow_id == "booking-completed" and each.id in self.judged
        ]

    # Helpers -------------------------------------------------------------------------------------

    def _executions(self, booking: str) -> list[Execution]:
        return [
            each
            for each in self.world.ports.executions.stored.values()
            if each.booking_id == booking
        ]

    def _take(self, message: Message, crash: int | None) -> None:
        booking = str(message.detail["booking_id"])
        self.lives[booking].take(message)
        self.world.take(message, message.sent_at, crash)
        self._judge()
        self.world.work_all()
        self._check_heard(message, self.lives[booking])

    def _check_heard(self, message: Message, life: StatedLife) -> None:
        """Once an event is taken, the facts that it tells have started their workflows."""
        if message.is_no_news or message.id in life.muted or life.status == "draft":
            return
        if max(len(life.by_status), len(life.by_times)) > KEPT_STATEMENTS:
            return  # statements that are forgotten may join two facts
        is_made = any(each.kind == "Booking Created" for each in life.messages)
        for trigger, telling in TELLING.items():
            is_late = trigger == "Booking Created" and not is_made
            # A draft that comes after what made a booking of it completes that.
            completes = message.kind == trigger == "Booking Created" and life.is_live
            if is_late or not (telling(message) or completes):
                continue
            (series,) = [
                {each.id for each in series}
                for series in life.series(trigger)
                if message.id in {each.id for each in series}
            ]
            started = {
                each.event_id
                for each in self._executions(str(message.detail["booking_id"]))
                if each.workflow_id == _name(trigger)
            }
            assert started & series, f"{trigger} by {message.id} started nothing"

    def _tell_move(self, booking: str, old: datetime, start: datetime, how: Manners) -> None:
        self._tell(
            "Booking Rescheduled",
            booking,
            how,
            old_start_time=old.isoformat(),
            old_end_time=(old + 2 * HOUR).isoformat(),
            new_start_time=start.isoformat(),
            new_end_time=(start + 2 * HOUR).isoformat(),
        )

    def _tell(self, kind: str, booking: str, how: Manners, **more: Any) -> None:
        at = self.world.now + how.skew
        message = self._message(kind, booking, at.replace(microsecond=0) if how.seconds else at)
        if how.numbered:
            message.detail["sequence"] = self.number
        message.detail.update(more)
        self.inbox.append(message)
        self.world.ports.clock.advance(seconds=0.25)

    def _message(self, kind: str, booking: str, at: datetime) -> Message:
        self.number += 1
        detail = {
            "event_id": f"evt-{self.number}",
            "location_id": LOCATION_ID,
            "occurred_at": at.isoformat(),
            "booking_id": booking,
            "customer": {"id": f"cus-{booking}", "email": f"{booking}@example.com"},
        }
        return Message(kind, detail, self.world.now)


class TestCarelessSystems(CarelessSystems.TestCase):
    settings = settings(max_examples=HISTORIES, stateful_step_count=STEPS, deadline=None)


@pytest.mark.soak
class TestManyCarelessSystems(CarelessSystems.TestCase):
    settings = settings(max_examples=SOAK_HISTORIES, stateful_step_count=STEPS, deadline=None)
