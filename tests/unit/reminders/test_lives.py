"""Random lives of bookings and workflows: no reminder twice, missing, for a wrong time or too late."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from bookflow.domain.bookings.records import Booking
from bookflow.domain.reminders.rule import ReminderState
from bookflow.ports import ReminderSchedule
from tests.fakes import Crash, FakePorts
from tests.unit.reminders.oracle import MINUTE, Quiet, Rule, can_still_go, ideal, soonest
from tests.unit.reminders.world import LOCATION_ID, InterleavedCalls, Sent, World

HISTORIES, SOAK_HISTORIES = 150, 1000
STEPS = 25

BOOKINGS = ("b-1", "b-2")
WORKFLOWS = ("wf-a", "wf-b")

bookings = st.sampled_from(BOOKINGS)
workflows = st.sampled_from(WORKFLOWS)
leads = st.sampled_from((26, 47, 73, 20, 5, 1, -3, 100)).map(lambda hours: timedelta(hours=hours))
statuses = st.sampled_from(["confirmed", "confirmed", "pending", "draft"])
crashes = st.one_of(st.none(), st.integers(1, 30))
others = st.one_of(st.none(), st.tuples(st.integers(1, 10), st.integers(0, 20)))
configs = st.fixed_dictionaries(
    {
        "offset": st.sampled_from(
            [
                (0, "minutes", None),
                (30, "minutes", None),
                (2, "hours", None),
                (24, "hours", None),
                (1, "days", None),
                (3, "days", None),
                (1, "days", "16:00"),
                (2, "days", "02:30"),
            ]
        ),
        "relative_to": st.sampled_from(["before_start", "before_start", "after_end"]),
        "late_bookings": st.sampled_from(["send_now", "skip"]),
        "minimum_minutes_after_creation": st.sampled_from([0, 15, 120]),
        "statuses": st.sampled_from(
            [["confirmed", "completed"], ["confirmed"], ["pending", "confirmed"], ["pending"]]
        ),
    }
)
quiet_hours = st.sampled_from([None, None, (22, 7), (12, 14)])
zones = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]
)
beginnings = st.sampled_from(
    [
        datetime(2026, 12, 1, 9, 0, tzinfo=UTC),
        # A day or two before the clocks go back or forward in one of the zones.
        datetime(2026, 3, 6, 9, 0, tzinfo=UTC),
        datetime(2026, 3, 27, 9, 0, tzinfo=UTC),
        datetime(2026, 4, 3, 9, 0, tzinfo=UTC),
        datetime(2026, 10, 2, 9, 0, tzinfo=UTC),
        datetime(2026, 10, 23, 9, 0, tzinfo=UTC),
        datetime(2026, 10, 30, 9, 0, tzinfo=UTC),
    ]
)


@dataclass(frozen=True)
class Truth:
    """A booking as the booking system has it, whatever has reached us.

    Attributes:
        appeared_at: When it was made, or last ceased to be a draft; None for a mere draft.
    """

    status: str
    start: datetime
    end: datetime
    appeared_at: datetime | None

    def is_due_for(self, rule: Rule) -> bool:
        wanted = rule.statuses if rule.after_end else rule.statuses - {"completed"}
        return self.status in wanted


@dataclass(frozen=True)
class Enabling:
    """When a workflow was turned on with its offset, and the bookings that were known by then."""

    at: datetime
    sends_missed: bool
    settled: frozenset[str]


class Lives(RuleBasedStateMachine):
    """Bookings and workflows change, messages are repeated, late and disordered, processes die."""

    @initialize(
        beginning=beginnings,
        zone=zones,
        quiet=quiet_hours,
        plans=st.tuples(configs, configs),
        starts=st.tuples(leads, leads),
        statuses=st.tuples(statuses, statuses),
        loses=st.booleans(),
    )
    def begin(
        self,
        beginning: datetime,
        zone: str,
        quiet: tuple[int, int] | None,
        plans: tuple[dict[str, Any], ...],
        starts: tuple[timedelta, ...],
        statuses: tuple[str, ...],
        loses: bool,
    ) -> None:
        hours = {"start": f"{quiet[0]:02}:00", "end": f"{quiet[1]:02}:00"} if quiet else None
        self.calls = InterleavedCalls()
        self.world = World(
            location={"quiet_hours": hours, "timezone": zone},
            ports=FakePorts(calls=self.calls),
        )
        self.world.ports.clock.moment = beginning
        self.quiet = Quiet(ZoneInfo(zone), *(quiet or ()))
        self.quiets = {self.quiet}
        self.known_since: dict[Any, datetime] = {}
        self.truth: dict[str, Truth] = {}
        self.rules: dict[str, Rule] = {}
        self.inbox: list[dict[str, Any]] = []
        self.enabled: dict[str, Enabling] = {}
        self.loses = loses
        """Whether the scheduler loses schedules and makes some up, which the reconciler repairs."""
        self.changed_at: dict[str, datetime] = {}
        for workflow, config in zip(WORKFLOWS, plans, strict=True):
            self.publish(workflow, config, None)
        for booking, start, status in zip(BOOKINGS, starts, statuses, strict=True):
            self._create(booking, start, status)

    # What happens to bookings -------------------------------------------------------------------

    @rule(booking=bookings, lead=leads)
    def move(self, booking: str, lead: timedelta) -> None:
        self._move(booking, self.world.now + lead)

    @rule(booking=bookings, lead=leads)
    def move_there_and_back(self, booking: str, lead: timedelta) -> None:
        start = self.truth[booking].start
        self._move(booking, self.world.now + lead)
        self._move(booking, start)

    @rule(
        booking=bookings,
        status=st.sampled_from(
            ["cancelled"] * 2 + ["confirmed"] * 2 + ["pending", "draft", "completed", "no_show"]
        ),
    )
    def change_status(self, booking: str, status: str) -> None:
        known = self.truth[booking]
        if status == "cancelled":
            self.inbox.append(self.world.cancelled(booking))
        else:
            self.inbox.append(self.world.status(booking, known.status, status))
        self.changed_at[booking] = self.world.now
        appears = known.status == "draft" and status not in {"draft", "cancelled"}
        self.truth[booking] = replace(
            known,
            status=status,
            appeared_at=self.world.now if appears else known.appeared_at,
        )

    # What operators do --------------------------------------------------------------------------

    @rule(workflow=workflows, config=configs, crash=crashes, missed=st.booleans())
    def publish(
        self, workflow: str, config: dict[str, Any], crash: int | None, missed: bool = False
    ) -> None:
        self._no_two_saves_at_once()
        value, unit, at = config["offset"]
        settings_ = {key: config[key] for key in config if key != "offset"}
        if at is not None:
            settings_["at"] = at
        self._try(
            lambda: self.world.publish(
                workflow, offset_value=value, offset_unit=unit, send_missed=missed, **settings_
            ),
            crash,
        )
        self._read_rule(workflow, sends_missed=missed)

    @rule(workflow=workflows, enabled=st.booleans(), crash=crashes, missed=st.booleans())
    def switch(self, workflow: str, enabled: bool, crash: int | None, missed: bool) -> None:
        self._no_two_saves_at_once()
        stored = self.world.ports.workflows.stored.get((LOCATION_ID, workflow))
        if stored is not None and stored.published_version is not None:
            self._try(lambda: self.world.enable(workflow, enabled, send_missed=missed), crash)
            self._read_rule(workflow, sends_missed=missed)

    @rule(quiet=quiet_hours, zone=zones)
    def change_the_location(self, quiet: tuple[int, int] | None, zone: str) -> None:
        hours = {"start": f"{quiet[0]:02}:00", "end": f"{quiet[1]:02}:00"} if quiet else None
        chat = self.world.chat("b-1")
        chat["detail"]["location"] = {"id": LOCATION_ID, "quiet_hours": hours, "timezone": zone}
        self._dispatch(chat)
        self.quiet = Quiet(ZoneInfo(zone), *(quiet or ()))
        self.quiets.add(self.quiet)

    # What the runtime does, and does wrong ------------------------------------------------------

    @precondition(lambda self: self.inbox)
    @rule(place=st.integers(0, 20), repeated=st.booleans(), crash=crashes, other=others)
    def deliver(
        self, place: int, repeated: bool, crash: int | None, other: tuple[int, int] | None
    ) -> None:
        message = self.inbox[place % len(self.inbox)]
        self._meanwhile(other)
        if self._try(lambda: self._dispatch(message), crash) and not repeated:
            self._remove(message)

    @precondition(lambda self: self.inbox)
    @rule()
    def deliver_all(self) -> None:
        self._deliver_all()

    @rule(minutes=st.sampled_from([45, 180, 1000, 1440, 3000]))
    def pass_calm_time(self, minutes: int) -> None:
        """Everything is delivered in time."""
        self._deliver_all()
        self.world.work_all()
        until = self.world.now + timedelta(minutes=minutes)
        while times := [s.at for s in self._schedules() if s.at <= until]:
            self.world.ports.clock.moment = max(self.world.now, min(times))
            self.inbox += self.world.fire()
            self._deliver_all()
        self.world.ports.clock.moment = until

    @precondition(lambda self: self.world.ports.reminder_jobs.messages)
    @rule(place=st.integers(0, 5), repeated=st.booleans(), crash=crashes, other=others)
    def work(
        self, place: int, repeated: bool, crash: int | None, other: tuple[int, int] | None
    ) -> None:
        messages = self.world.ports.reminder_jobs.messages
        message = messages[place % len(messages)]
        self._meanwhile(other)
        if self._try(lambda: self.world.work(message[0]), crash) and not repeated:
            messages.remove(message)

    @rule(minutes=st.sampled_from([1, 10, 45, 180, 1000, 1440, 3000]))
    def pass_time(self, minutes: int) -> None:
        """Schedules fire at their time; their events wait for delivery like all others."""
        until = self.world.now + timedelta(minutes=minutes)
        ports = self.world.ports
        while times := [s.at for s in self._schedules() if s.at <= until]:
            ports.clock.moment = max(self.world.now, min(times))
            self.inbox += self.world.fire()
        ports.clock.moment = until

    @precondition(lambda self: self.loses)
    @rule(crash=crashes, other=others)
    def reconcile(self, crash: int | None, other: tuple[int, int] | None) -> None:
        self._meanwhile(other)
        self._try(lambda: self.world.work({"reconcile": LOCATION_ID}), crash)

    @precondition(lambda self: self.loses and self.world.ports.schedules.stored)
    @rule(place=st.integers(0, 5))
    def lose_a_schedule(self, place: int) -> None:
        stored = self.world.ports.schedules.stored
        del stored[sorted(stored)[place % len(stored)]]

    @precondition(lambda self: self.loses and self.world.ports.schedules.stored)
    @rule(place=st.integers(0, 5))
    def copy_a_schedule(self, place: int) -> None:
        stored = self.world.ports.schedules.stored
        name = sorted(stored)[place % len(stored)]
        stray = f"{name[:30]}{'0' * 32}"
        stored[stray] = ReminderSchedule(stray, stored[name].at, stored[name].detail)

    # What must hold in the end ------------------------------------------------------------------

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        self.calls.calm()
        for workflow in WORKFLOWS:
            self._read_rule(workflow)
        self._deliver_all()
        self.world.work_all()
        if self.loses:
            self.world.work({"reconcile": LOCATION_ID})
        promised = self._check_schedules()
        while schedules := self._schedules():
            self.world.ports.clock.moment = max(self.world.now, min(s.at for s in schedules))
            self.inbox += self.world.fire()
            self._deliver_all()
        sent = [(each.workflow_id, each.booking_id, _moment(each)) for each in self.world.sent]
        assert len(sent) == len(set(sent)), f"sent twice: {sent}"
        assert promised <= set(sent), f"missing: {promised - set(sent)}"

    def _check_schedules(self) -> set[tuple[str, str, datetime]]:
        """Compare the schedules with the oracle; return the reminders that must go out."""
        promised: set[tuple[str, str, datetime]] = set()
        wanted = 0
        for workflow in WORKFLOWS:
            for booking in BOOKINGS:
                schedules = self.world.schedules(booking, workflow)
                wanted += len(schedules)
                rule_, truth = self.rules.get(workflow), self.truth.get(booking)
                if rule_ is None or truth is None or not truth.is_due_for(rule_):
                    assert not schedules, f"{booking} wants no reminder of {workflow}"
                    continue
                anchor = truth.end if rule_.after_end else truth.start
                if self._check_pair(workflow, booking, rule_, truth, anchor, schedules):
                    promised.add((workflow, booking, anchor))
        assert wanted == len(self.world.ports.schedules.stored), "a schedule of nobody"
        return promised

    def _check_pair(
        self,
        workflow: str,
        booking: str,
        rule_: Rule,
        truth: Truth,
        anchor: datetime,
        schedules: list[ReminderSchedule],
    ) -> bool:
        now, about = self.world.now, f"{workflow} for {booking} at {self.world.now}"
        assert len(schedules) <= 1, f"two schedules: {about}"
        was_sent = any(
            (each.workflow_id, each.booking_id, _moment(each)) == (workflow, booking, anchor)
            for each in self.world.sent
        )
        if was_sent:
            assert not schedules, f"sent before, and planned again: {about}"
            return False
        for schedule in schedules:
            assert schedule.at >= now, f"a schedule in the past: {about}"
            assert rule_.after_end or schedule.at <= anchor, f"after the start: {about}"
            assert self.quiet.nearly_allows(schedule.at), f"in quiet hours: {about}"
        due = ideal(rule_, anchor, self.quiet)
        if due is not None and due > now + MINUTE:
            assert [each.at for each in schedules] == [due], f"not at {due}: {about}"
            return True
        earliest = now + 2 * MINUTE
        if truth.appeared_at is not None:
            earliest = max(earliest, truth.appeared_at + rule_.distance + MINUTE)
        missed = self._is_missed(workflow, booking, rule_, anchor, truth)
        if missed is True:
            assert not schedules, f"due before the workflow was turned on: {about}"
            self._check_skip(workflow, booking, rule_, anchor)
            return False
        is_late = self._is_late(workflow, booking, rule_, anchor)
        is_late = is_late and not self._is_taken_for_known(workflow, booking)
        is_chosen = missed is None and self.enabled[workflow].sends_missed
        if is_late and not rule_.sends_late and not is_chosen:
            assert not schedules, f"late and not wanted: {about}"
            self._check_skip(workflow, booking, rule_, anchor)
        for schedule in schedules:
            assert schedule.at <= soonest(earliest, self.quiet), f"later than need be: {about}"
            if is_late and truth.appeared_at is not None:
                distance = schedule.at - truth.appeared_at
                assert distance >= rule_.distance, f"too near to the creation: {about}"
        if missed is None:
            return False
        if rule_.sends_late and can_still_go(rule_, anchor, self.quiet, earliest):
            assert schedules, f"missing, due {due}: {about}"
            return True
        return False

    def _is_late(self, workflow: str, booking: str, rule_: Rule, anchor: datetime) -> bool:
        """Whether nobody can have known of the reminder when it was due.

        It is not enough that it was due under the hours of today: under earlier ones it may have
        been known in time, and then it is sent.
        """
        since = max(self.known_since[booking, anchor], self.known_since[workflow, rule_.moment])
        return all(since > due for due in rule_.dues(anchor, self.quiets))

    def _is_taken_for_known(self, workflow: str, booking: str) -> bool:
        """Whether nothing says that the booking moved: it is then sent late rather than lost.

        Nobody reminded it before, so it has no record, and it moved before the turning on was
        planned for it. Since then it counts as known.
        """
        reminder, enabling = self.world.reminder(booking, workflow), self.enabled[workflow]
        has_changed = self.changed_at[booking] >= enabling.at
        is_first = reminder is not None and reminder.revision == 1 and reminder.promised
        return has_changed and is_first

    def _is_missed(
        self, workflow: str, booking: str, rule_: Rule, anchor: datetime, truth: Truth
    ) -> bool | None:
        """Whether it was due before the workflow was turned on; None where that is open.

        It is open for a booking that changed since, or of which we may have heard later, and under
        zones or quiet hours that differ in it.
        """
        enabling = self.enabled[workflow]
        dues = [due < enabling.at for due in rule_.dues(anchor, self.quiets)]
        is_new = truth.appeared_at is not None and truth.appeared_at >= enabling.at
        if is_new or not any(dues):
            return False
        is_settled = booking in enabling.settled and self.changed_at[booking] < enabling.at
        return True if is_settled and all(dues) and not enabling.sends_missed else None

    def _check_skip(self, workflow: str, booking: str, rule_: Rule, anchor: datetime) -> None:
        """A booking that is still to come tells why it is not reminded."""
        if not rule_.after_end and self.world.now < anchor:
            reminder = self.world.reminder(booking, workflow)
            assert reminder is not None
            assert reminder.state is ReminderState.SKIPPED
            assert reminder.reason_code is not None

    def _move(self, booking: str, start: datetime) -> None:
        end = start + timedelta(hours=2)
        self.inbox.append(self.world.moved(booking, start))
        self.truth[booking] = replace(self.truth[booking], start=start, end=end)
        self._note_anchors(booking)

    def _create(self, booking: str, lead: timedelta, status: str) -> None:
        start = self.world.now + lead
        self.inbox.append(self.world.created(booking, start, status))
        appeared_at = None if status == "draft" else self.world.now
        self.truth[booking] = Truth(status, start, start + timedelta(hours=2), appeared_at)
        self._note_anchors(booking)

    def _note_anchors(self, booking: str) -> None:
        self.changed_at[booking] = self.world.now
        for anchor in (self.truth[booking].start, self.truth[booking].end):
            self.known_since.setdefault((booking, anchor), self.world.now)

    # Helpers --------------------------------------------------------------------------------------

    def _no_two_saves_at_once(self) -> None:
        """A moment of turning on names what was chosen then: two saves of a workflow take time."""
        self.pass_time(1)

    def _dispatch(self, message: dict[str, Any]) -> None:
        before = self._bookings()
        count = len(self.world.sent)
        self.world.deliver(message)
        after = self._bookings()
        for sent in self.world.sent[count:]:
            assert any(self._fits(sent, known) for known in (before, after)), f"wrongly: {sent}"

    def _bookings(self) -> dict[str, Booking]:
        kept = self.world.ports.bookings.kept
        return {name: each.record for (_, model, name), each in kept.items() if model is Booking}

    def _fits(self, sent: Sent, known: dict[str, Booking]) -> bool:
        booking = known.get(sent.booking_id)
        if booking is None:
            return False
        # Which of the two it was for is reported by the event that was sent.
        is_end = _moment(sent) == booking.end_time
        fits_time = is_end or _moment(sent) == booking.start_time
        wrong = {"draft", "cancelled", "no_show"} | (set() if is_end else {"completed"})
        in_time = is_end or (booking.start_time is not None and sent.at < booking.start_time)
        loud = self.quiet.nearly_allows(sent.at)
        return fits_time and str(booking.status) not in wrong and in_time and loud

    def _schedules(self) -> list[ReminderSchedule]:
        return list(self.world.ports.schedules.stored.values())

    def _deliver_all(self) -> None:
        while self.inbox:
            message = self.inbox[0]
            self._dispatch(message)
            self._remove(message)

    def _remove(self, message: dict[str, Any]) -> None:
        if message in self.inbox:
            self.inbox.remove(message)

    def _meanwhile(self, other: tuple[int, int] | None) -> None:
        """Let another process deliver another event between two calls."""
        if other is None or not self.inbox:
            return
        after, place = other
        message = self.inbox[place % len(self.inbox)]
        self.calls.meanwhile(after, lambda: self._dispatch(message))

    def _try(self, work: Callable[[], None], crash: int | None) -> bool:
        """Do the work, which dies after some calls if it makes so many; say whether it did not."""
        if crash is not None:
            self.calls.crash_after(crash)
        try:
            work()
        except Crash:
            return False
        finally:
            self.calls.calm()
        return True

    def _read_rule(self, workflow: str, *, sends_missed: bool = False) -> None:
        """Note what the operators have published: what is stored counts, crash or not."""
        subscription = self.world.ports.workflows.subscribed.get((LOCATION_ID, workflow))
        before = self.rules.pop(workflow, None)
        if subscription is not None:
            version = self.world.ports.workflows.published[
                LOCATION_ID, workflow, subscription.version
            ]
            config = dict(version.graph.trigger.config)
            found = Rule(
                **_offset_of(config),
                after_end=config["relative_to"] == "after_end",
                sends_late=config["late_bookings"] == "send_now",
                distance=timedelta(minutes=config["minimum_minutes_after_creation"]),
                statuses=frozenset(config["statuses"]),
            )
            self.rules[workflow] = found
            self.known_since.setdefault((workflow, found.moment), self.world.now)
            is_same = before is not None and before.moment == found.moment
            # Bookings that nobody reminded before are turned on for, too.
            if before is None or not is_same or not found.statuses <= before.statuses:
                heard = {message["detail"]["booking_id"] for message in self.inbox}
                settled = frozenset(self.truth.keys() - heard)
                self.enabled[workflow] = Enabling(self.world.now, sends_missed, settled)


def _offset_of(config: dict[str, Any]) -> dict[str, Any]:
    """Return the offset of a trigger's settings in the terms of the oracle."""
    if config["offset_unit"] != "days":
        return {"offset": timedelta(**{config["offset_unit"]: config["offset_value"]})}
    at = config.get("at")
    clock = (int(at[:2]), int(at[3:])) if at else None
    return {"days": config["offset_value"], "at": clock}


def _moment(sent: Sent) -> datetime:
    return datetime.fromisoformat(sent.anchor)


class TestLives(Lives.TestCase):
    settings = settings(max_examples=HISTORIES, stateful_step_count=STEPS)


@pytest.mark.soak
class TestManyLives(Lives.TestCase):
    settings = settings(max_examples=SOAK_HISTORIES, stateful_step_count=STEPS)


# Lives that were wrong once ---------------------------------------------------------------------


def begun(lead: timedelta, status: str = "confirmed") -> Lives:
    """Return a life in which reminders at the start are planned; the second booking's is so near."""
    lives = Lives()
    at_the_start = settings_of((0, "minutes", None), "send_now")
    lives.begin(
        beginning=datetime(2026, 12, 1, 9, tzinfo=UTC),
        zone="Europe/Berlin",
        quiet=None,
        plans=(at_the_start, at_the_start),
        starts=(timedelta(hours=26), lead),
        statuses=(status, "confirmed"),
        loses=False,
    )
    lives.deliver_all()
    return lives


def settings_of(
    offset: tuple[int, str, str | None], late: str, anchor: str = "before_start"
) -> dict[str, Any]:
    """Return a trigger's settings, as the rules of a life draw them."""
    return {
        "offset": offset,
        "relative_to": anchor,
        "late_bookings": late,
        "minimum_minutes_after_creation": 0,
        "statuses": ["confirmed", "completed"],
    }


def test_a_booking_that_moves_before_a_new_offset_is_planned_is_a_late_one() -> None:
    lives = begun(timedelta(hours=73))
    lives.pass_calm_time(minutes=45)
    three_days = settings_of((3, "days", None), "skip")
    lives.publish(workflow="wf-a", config=three_days, crash=None, missed=False)
    lives.pass_time(minutes=3000)
    lives.move(booking="b-2", lead=timedelta(hours=26))
    lives.teardown()


def test_a_booking_without_a_record_that_moves_before_it_is_planned_is_sent_late() -> None:
    lives = begun(timedelta(hours=73), status="pending")
    others_too = settings_of((24, "hours", None), "skip") | {"statuses": ["pending", "confirmed"]}
    lives.publish(workflow="wf-a", config=others_too, crash=None, missed=False)
    lives.pass_time(minutes=1000)
    assert lives.world.reminder("b-1", "wf-a") is None
    lives.move(booking="b-1", lead=timedelta(hours=20))
    lives.deliver_all()
    assert lives.world.schedules("b-1", "wf-a")
    lives.teardown()


def test_a_firing_that_waited_leaves_no_schedule_that_was_made_again_meanwhile() -> None:
    lives = begun(timedelta(hours=-3))
    lives.pass_calm_time(minutes=1440)
    after = settings_of((3, "days", None), "send_now", "after_end")
    lives.publish(workflow="wf-a", config=after, crash=None, missed=False)
    lives.move_there_and_back(booking="b-2", lead=timedelta(hours=26))
    lives.deliver(place=1, repeated=False, crash=None, other=None)
    lives.pass_time(minutes=3000)
    lives.change_status(booking="b-2", status="cancelled")
    lives.teardown()
