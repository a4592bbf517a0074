"""Each fact starts each workflow once, in whatever form, order and number its events come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookflow.actions.catalogue import action_types
from bookflow.domain.bookings.facts import (
    FactClaim,
    FactClaims,
    FactKind,
    Statement,
    StatementHistory,
)
from bookflow.domain.bookings.stamps import Stamp
from bookflow.domain.events import Event, parse_event
from bookflow.domain.executions.execution import Execution, ReasonCode, Step
from bookflow.domain.shared.errors import TransientError
from bookflow.use_cases.runtime.dispatch import Dispatcher
from bookflow.use_cases.runtime.run_step import StepRunner
from tests.fakes import Crash, FakePorts
from tests.unit.events.samples import sample
from tests.unit.reminders.world import InterleavedCalls
from tests.unit.runtime.samples import (
    LOCATION,
    LOCATION_ID,
    NOTE,
    NOW,
    event,
    executions,
    graph,
    new_ports,
    payloads,
    publish,
)

TRIGGERS = (
    "Booking Created",
    "Booking Confirmed",
    "Booking Status Changed",
    "Booking Rescheduled",
    "Booking Cancelled",
    "Booking Completed",
    "Chat Message Created",
)
CUSTOMER = {"id": "cus-1001", "first_name": "Ada", "email": "ada@example.com"}
START = datetime.fromisoformat("2027-06-12T18:30:00+02:00")
DAY = timedelta(days=1)
BEGAN = NOW - timedelta(hours=2)


def at(minute: int) -> str:
    return (BEGAN + timedelta(minutes=minute)).isoformat()


def created(minute: int, status: str = "confirmed", **more: Any) -> Event:
    return event(event_id=f"cr-{minute}", occurred_at=at(minute), status=status, **more)


def changed(minute: int, old: str, new: str, **more: Any) -> Event:
    return event(
        "booking_status_changed",
        event_id=f"st-{minute}",
        occurred_at=at(minute),
        old_status=old,
        new_status=new,
        customer=CUSTOMER,
        **more,
    )


def moved(minute: int, days: int, hours: int | None = 2) -> Event:
    """Return a move by days; without hours it does not say when the visit ends."""
    start, new_start = START, START + days * DAY
    return event(
        "booking_rescheduled",
        event_id=f"mv-{minute}",
        occurred_at=at(minute),
        old_start_time=start.isoformat(),
        old_end_time=(start + timedelta(hours=2)).isoformat(),
        new_start_time=new_start.isoformat(),
        new_end_time=(new_start + timedelta(hours=hours)).isoformat() if hours else ...,
    )


def cancelled(minute: int) -> Event:
    return event("booking_cancelled", event_id=f"ca-{minute}", occurred_at=at(minute))


def completed(minute: int) -> Event:
    return event(
        "booking_completed", event_id=f"co-{minute}", occurred_at=at(minute), customer=CUSTOMER
    )


def all_workflows() -> FakePorts:
    """Return a location with one workflow for each trigger, named by it."""
    ports = new_ports()
    for trigger in TRIGGERS:
        publish(ports, trigger.lower().replace(" ", "-"), graph(NOTE, trigger=trigger))
    return ports


def started(ports: FakePorts) -> Counter[str]:
    return Counter(each.event_type for each in executions(ports))


def deliver(events: Iterable[Event], *, repeated: bool = True) -> Counter[str]:
    """Deliver events to all workflows, each again after each; return what was started."""
    ports, taken = all_workflows(), list[Event]()
    for each in events:
        taken.append(each)
        for one in taken if repeated else (each,):
            Dispatcher(ports).dispatch(one)
    assert len(ports.machines.started) == len(executions(ports))
    return started(ports)


LIVES: Mapping[str, tuple[Sequence[Event], Mapping[str, int]]] = {
    "both forms of a cancellation": (
        [created(0), changed(5, "confirmed", "cancelled"), cancelled(6)],
        {
            "Booking Created": 1,
            "Booking Confirmed": 1,
            "Booking Status Changed": 1,
            "Booking Cancelled": 1,
        },
    ),
    "confirmed later, moved twice to one time, completed in both forms": (
        [
            created(0, "pending"),
            changed(3, "pending", "confirmed"),
            moved(5, 7),
            moved(6, 7),
            completed(9),
        ],
        {
            "Booking Created": 1,
            "Booking Confirmed": 1,
            "Booking Status Changed": 1,
            "Booking Rescheduled": 1,
            "Booking Completed": 1,
        },
    ),
    "moved on and on, each move stated twice": (
        [created(0), moved(3, 7), moved(4, 7), moved(5, 14), moved(6, 14)],
        {"Booking Created": 1, "Booking Confirmed": 1, "Booking Rescheduled": 2},
    ),
    "from draft": (
        [created(0, "draft"), changed(3, "draft", "pending"), changed(5, "pending", "confirmed")],
        {"Booking Created": 1, "Booking Confirmed": 1, "Booking Status Changed": 2},
    ),
    "a draft that is given up": (
        [created(0, "draft"), changed(3, "draft", "cancelled")],
        {"Booking Status Changed": 1},
    ),
    "statuses that change nothing": (
        [created(0), changed(2, "confirmed", "confirmed"), changed(4, "completed", "completed")],
        {"Booking Created": 1, "Booking Confirmed": 1},
    ),
}


@pytest.mark.parametrize(("events", "right"), LIVES.values(), ids=list(LIVES))
def test_every_order_of_a_life_starts_the_same(
    events: Sequence[Event], right: Mapping[str, int]
) -> None:
    for order in permutations(events):
        assert deliver(order) == Counter(right), [each.event_id for each in order]


def test_a_status_that_comes_back_is_another_fact() -> None:
    life = [
        created(0),
        changed(1, "confirmed", "completed"),
        changed(2, "completed", "confirmed"),
        changed(3, "confirmed", "completed"),
        completed(4),
    ]
    right = {
        "Booking Created": 1,
        "Booking Confirmed": 1,
        "Booking Status Changed": 3,
        "Booking Completed": 2,
    }
    assert deliver(life) == Counter(right)
    # In no order does a fact start anything twice; a series that nobody has split yet is one fact.
    for order in permutations(life):
        found = deliver(order)
        assert all(found[name] <= right[name] for name in found)
        assert found["Booking Completed"] >= 1


@pytest.mark.parametrize(
    ("ends", "moves"), [((2, None), 1), ((None, 2), 1), ((None, None), 1), ((2, 3), 2)]
)
def test_an_end_that_is_not_stated_makes_no_other_move(
    ends: tuple[int | None, int | None], moves: int
) -> None:
    life = [created(0), *(moved(5 + place, 7, hours) for place, hours in enumerate(ends))]
    for order in permutations(life):
        assert deliver(order)["Booking Rescheduled"] == moves


@pytest.mark.parametrize(
    ("old_end", "new_end", "moves"), [(2, 3, 1), (2, 2, 0), (2, None, 0), (None, 3, 0)]
)
def test_a_visit_that_only_ends_at_another_time_has_moved(
    old_end: int | None, new_end: int | None, moves: int
) -> None:
    ends = {
        name: (START + timedelta(hours=hours)).isoformat() if hours else ...
        for name, hours in (("old_end_time", old_end), ("new_end_time", new_end))
    }
    starts = dict.fromkeys(("old_start_time", "new_start_time"), START.isoformat())
    move = event("booking_rescheduled", occurred_at=at(5), **starts, **ends)
    assert deliver([created(0), move])["Booking Rescheduled"] == moves


def test_a_booking_is_confirmed_again_only_after_a_cancellation() -> None:
    life = [
        created(0),
        changed(1, "confirmed", "pending"),
        changed(2, "pending", "confirmed"),
        changed(3, "confirmed", "cancelled"),
        changed(4, "cancelled", "confirmed"),
        changed(5, "confirmed", "completed"),
        changed(6, "completed", "confirmed"),
    ]
    assert deliver(life)["Booking Confirmed"] == 2


@pytest.mark.parametrize("status", ["pending", "completed", "no_show", "cancelled"])
def test_what_is_not_confirmed_is_not_reported_as_confirmed(status: str) -> None:
    assert deliver([created(0, status)])["Booking Confirmed"] == 0


# Ties, and clocks of senders ------------------------------------------------------------------


@pytest.mark.parametrize("first", [0, 1])
def test_both_forms_at_one_moment_are_one_fact(first: int) -> None:
    forms = [changed(5, "confirmed", "cancelled"), cancelled(5)]
    found = deliver([created(0), forms[first], forms[1 - first]])
    assert (found["Booking Cancelled"], found["Booking Status Changed"]) == (1, 1)


@pytest.mark.parametrize("minutes", [-60 * 24 * 365, -600, 600, 60 * 24 * 365 * 30])
def test_a_senders_wrong_clock_starts_each_fact_once(minutes: int) -> None:
    life = [created(0), changed(minutes, "confirmed", "cancelled"), cancelled(minutes + 1)]
    for order in permutations(life):
        found = deliver(order)
        assert (found["Booking Created"], found["Booking Cancelled"]) == (1, 1)


# What claims a fact, and what does not -----------------------------------------------------------


def test_a_derived_trigger_waits_for_what_it_needs_and_claims_nothing() -> None:
    ports = all_workflows()
    alone = event(
        "booking_status_changed", occurred_at=at(5), old_status="confirmed", new_status="cancelled"
    )
    Dispatcher(ports).dispatch(alone)
    assert started(ports) == {"Booking Status Changed": 1}
    Dispatcher(ports).dispatch(cancelled(6))
    assert started(ports) == {"Booking Status Changed": 1, "Booking Cancelled": 1}


def test_a_derived_trigger_has_the_fields_of_its_own_form() -> None:
    ports = all_workflows()
    Dispatcher(ports).dispatch(created(0, "draft"))
    Dispatcher(ports).dispatch(changed(3, "draft", "confirmed"))
    Dispatcher(ports).dispatch(changed(5, "confirmed", "cancelled", reason="Storm"))
    found = {each.event_type: each for each in executions(ports)}
    cancellation = found["Booking Cancelled"].event_data
    assert cancellation["cancelled_by"] == "desk"
    assert cancellation["reason"] == "Storm"
    assert datetime.fromisoformat(cancellation["cancelled_at"]).isoformat() == at(5)
    assert cancellation["customer"]["last_name"] == "Lovelace"
    made = found["Booking Created"]
    assert made.derived_from == "Booking Status Changed"
    assert made.event_data["activity"]["name"] == "Sunset Kayak Tour"
    assert made.event_data["start_time"] == "2027-06-12T18:30:00+02:00"
    assert (made.event_data["status"], made.booking_status) == ("confirmed", "confirmed")


def test_a_cancellation_has_the_customer_of_the_records() -> None:
    ports = all_workflows()
    Dispatcher(ports).dispatch(created(0))
    without = event("booking_cancelled", occurred_at=at(5), customer=...)
    Dispatcher(ports).dispatch(without)
    (found,) = [each for each in executions(ports) if each.event_type == "Booking Cancelled"]
    assert found.event_data["customer"]["first_name"] == "Ada"


def test_a_booking_object_in_another_event_takes_nothing_from_what_follows() -> None:
    said = {"status": "confirmed", "start_time": START.isoformat()}
    chat = event("chat_message_created", occurred_at=at(1), customer=CUSTOMER, booking=said)
    for order in permutations([chat, created(0), changed(2, "pending", "confirmed")]):
        found = deliver(order)
        assert found == {
            "Chat Message Created": 1,
            "Booking Created": 1,
            "Booking Confirmed": 1,
            "Booking Status Changed": 1,
        }


@pytest.mark.parametrize("days_later", [0, 5])
def test_an_event_that_died_on_its_way_still_starts_what_it_asks_for(days_later: int) -> None:
    life = [created(0), changed(5, "confirmed", "cancelled")]
    straight = all_workflows()
    for each in life:
        Dispatcher(straight).dispatch(each)
    calls = len(straight.calls.made)
    for number in range(1, calls + 1):
        ports = all_workflows()
        ports.crash_after(number)
        waiting = list(life)
        for each in life:
            try:
                Dispatcher(ports).dispatch(each)
                waiting.remove(each)
            except Crash:
                continue
        ports.clock.advance(minutes=days_later * 24 * 60)
        for each in waiting:
            Dispatcher(ports).dispatch(each)
        assert started(ports) == started(straight), ports.calls.made
        assert len(ports.machines.started) == len(straight.machines.started)


def test_a_start_that_failed_is_made_up_for_by_its_own_event_only() -> None:
    ports = new_ports()
    publish(ports, "wf-a", graph(NOTE, trigger="Booking Cancelled"))
    ports.fail_next("machines.start", TransientError("busy"))
    with pytest.raises(TransientError):
        Dispatcher(ports).dispatch(cancelled(5))
    Dispatcher(ports).dispatch(changed(6, "confirmed", "cancelled"))
    assert ports.machines.started == {}
    Dispatcher(ports).dispatch(cancelled(5))
    assert len(ports.machines.started) == 1


def test_of_two_events_at_once_one_starts_the_workflow() -> None:
    """Another process takes the other form between any two calls."""
    forms = [changed(5, "confirmed", "cancelled"), cancelled(6)]
    for one, other in (forms, forms[::-1]):
        for number in range(1, 40):
            ports = new_ports()
            publish(ports, "wf-a", graph(NOTE, trigger="Booking Cancelled"))
            Dispatcher(ports).dispatch(created(0))
            ports.crash_after(number)
            try:
                Dispatcher(ports).dispatch(one)
            except Crash:
                Dispatcher(ports).dispatch(other)
                Dispatcher(ports).dispatch(one)
            assert len(ports.machines.started) == 1


def test_what_another_process_states_meanwhile_tells_two_facts_apart() -> None:
    """Between any two calls another process takes that it was confirmed, and cancelled again."""

    def take_others() -> None:
        Dispatcher(ports).dispatch(changed(6, "cancelled", "confirmed"))
        Dispatcher(ports).dispatch(cancelled(7))

    for number in range(1, 20):
        ports = FakePorts(calls=InterleavedCalls())
        known = new_ports()
        ports.bookings.kept |= known.bookings.kept
        publish(ports, "wf-a", graph(NOTE, trigger="Booking Cancelled"))
        Dispatcher(ports).dispatch(created(0))
        ports.calls.meanwhile(number, take_others)  # type: ignore[attr-defined]
        Dispatcher(ports).dispatch(cancelled(5))
        if ports.calls.calm():  # type: ignore[attr-defined]
            take_others()
        assert {each.event_id for each in executions(ports)} == {"ca-5", "ca-7"}, number


def test_a_replay_by_a_person_starts_its_workflow_anew() -> None:
    ports = all_workflows()
    Dispatcher(ports).dispatch(created(0))
    again = event(event_id="rp-1", occurred_at=at(0), replay_of="cr-0")
    for _ in range(2):
        Dispatcher(ports).dispatch(again)
    assert started(ports)["Booking Created"] == 2


statuses = st.sampled_from(["pending", "confirmed", "cancelled", "completed"])


@given(st.lists(st.tuples(st.integers(0, 5), statuses), min_size=1, max_size=8), st.randoms())
def test_claims_tell_series_apart_whatever_the_order_of_arrival(
    told: list[tuple[int, str]], random: Any
) -> None:
    """No two claims lie in one series of equal statuses, as it is known in the end."""
    stamped = [
        (Stamp(BEGAN + timedelta(minutes=minute), f"e-{number}").of("status", status), number)
        for number, (minute, status) in enumerate(told)
    ]
    random.shuffle(stamped)
    history = StatementHistory()
    claims = FactClaims(location_id="l", booking_id="b", workflow_id="w")
    for stamp, number in stamped:
        status = told[number][1]
        history = history.with_status(Statement(stamp, f"e-{number}", status))
        claim = FactClaim(kind=FactKind.STATUS, stamp=stamp, event_id=f"e-{number}", value=status)
        if not claims.is_known(claim, history):
            claims = claims.plus(claim)
    claimed = {claim.event_id for claim in claims.claims}
    series: list[list[str]] = []
    last = None
    for one in history.status:
        if one.value != last:
            series.append([])
        series[-1].append(one.event_id)
        last = one.value
    assert all(len(claimed.intersection(each)) <= 1 for each in series)


# Visits that are over, and what is superseded ------------------------------------------------------

MAIL = {"id": "mail", "type": "send_template", "config": {"template": "welcome"}}
STAFF = {
    "id": "staff",
    "type": "send_template",
    "config": {"template": "welcome", "recipient_type": "admin"},
}
SURVEY = {"id": "survey", "type": "send_survey_email", "config": {}}
TASK = {"id": "task", "type": "create_task", "config": {"title": "Call"}}
EVERYTHING = (MAIL, STAFF, SURVEY, NOTE, TASK)
PAST = {
    "start_time": (NOW - 2 * DAY).isoformat(),
    "end_time": (NOW - 2 * DAY + timedelta(hours=2)).isoformat(),
}


def run_all(ports: FakePorts, execution: Execution) -> dict[str, Step]:
    """Run the steps of a started execution in their order."""
    version = ports.workflows.version(LOCATION_ID, execution.workflow_id, execution.version)
    given = payloads(ports, execution)
    for node in version.graph.nodes[1:]:
        StepRunner(action_types()[node.type](ports), ports).run(given[node.id])
    return {step.node_id: step for step in ports.executions.steps(LOCATION_ID, execution.id)}


def skipped(steps: Mapping[str, Step]) -> dict[str, ReasonCode | None]:
    return {name: step.reason_code for name, step in steps.items() if step.status == "skipped"}


def one_execution(ports: FakePorts) -> Execution:
    (found,) = executions(ports)
    return found


UNSENT = {"mail": ReasonCode.VISIT_OVER, "survey": ReasonCode.VISIT_OVER}


@pytest.mark.parametrize("trigger", ["Booking Created", "Booking Confirmed"])
@pytest.mark.parametrize("without_end", [True, False])
@pytest.mark.parametrize("also_past_visits", [True, False])
def test_a_past_visit_is_reported_to_all_but_the_customer(
    trigger: str, without_end: bool, also_past_visits: bool
) -> None:
    ports = new_ports()
    settings = {"also_past_visits": True} if also_past_visits else {}
    publish(ports, "wf-a", graph(*EVERYTHING, trigger=trigger, **settings))
    times = {**PAST, "end_time": ...} if without_end else PAST
    Dispatcher(ports).dispatch(created(0, **times))
    steps = run_all(ports, one_execution(ports))
    assert skipped(steps) == ({} if also_past_visits else UNSENT)
    assert all(step.error_message for step in steps.values() if step.status == "skipped")


@pytest.mark.parametrize(
    ("ends", "is_over"), [(timedelta(minutes=-1), True), (timedelta(minutes=1), False)]
)
def test_a_visit_is_over_at_its_end(ends: timedelta, is_over: bool) -> None:
    ports = new_ports()
    publish(ports, "wf-a", graph(MAIL))
    times = {"start_time": (NOW - DAY).isoformat(), "end_time": (NOW + ends).isoformat()}
    Dispatcher(ports).dispatch(created(0, **times))
    assert one_execution(ports).visit_over == is_over


@pytest.mark.parametrize(
    ("recipient", "is_guest"),
    [
        ("{{ customer.email }}", True),
        ("{{ booking.guests | join(', ', attribute='email') }}", True),
        ("{% for one in booking.guests %}{{ one.email }}, {% endfor %}", True),
        ("desk@example.com, {{ event.contact_email }}", True),
        ("{{ eventData.contact }}", True),
        ("{{ location.email }}", False),
        ("{{ activity.facilitators | join(', ', attribute='email') }}", False),
        ("customer@desk.example, booking@desk.example", False),
    ],
)
def test_all_guests_are_spared_a_message_about_a_past_visit(recipient: str, is_guest: bool) -> None:
    ports = new_ports()
    config = {"template": "welcome", "recipient_type": "custom", "custom_recipient": recipient}
    publish(ports, "wf-a", graph({**MAIL, "config": config}))
    known = {
        "guests": [{"email": "bo@example.com"}],
        "contact_email": "cy@example.com",
        "contact": "cy@example.com",
    }
    people = {"facilitators": [{"name": "Jo", "email": "jo@example.com"}]}
    activity = {"id": "act-1", "name": "Tour", **people}
    Dispatcher(ports).dispatch(created(0, booking=known, activity=activity, **PAST, **known))
    expected = {"mail": ReasonCode.VISIT_OVER} if is_guest else {}
    assert skipped(run_all(ports, one_execution(ports))) == expected
    assert bool(ports.mailer.sent) != is_guest


def test_a_move_into_the_past_is_not_announced_and_stays_marked() -> None:
    ports = new_ports()
    publish(ports, "wf-a", graph(*EVERYTHING, trigger="Booking Rescheduled"))
    Dispatcher(ports).dispatch(created(0))
    into_the_past = {
        "new_start_time": PAST["start_time"],
        "new_end_time": PAST["end_time"],
        "occurred_at": at(5),
    }
    Dispatcher(ports).dispatch(event("booking_rescheduled", **into_the_past))
    assert skipped(run_all(ports, one_execution(ports))) == UNSENT


def test_what_came_in_time_is_not_over_when_its_event_comes_again() -> None:
    ports = new_ports()
    publish(ports, "wf-a", graph(MAIL))
    Dispatcher(ports).dispatch(created(0))
    ports.clock.moment = START + 30 * DAY
    Dispatcher(ports).dispatch(created(0))
    assert not one_execution(ports).visit_over


def late(trigger: str, *events: Event) -> dict[str, ReasonCode | None]:
    """Return the skipped steps of a workflow whose only event is the last one."""
    ports = new_ports()
    for each in events[:-1]:
        Dispatcher(ports).dispatch(each)
    publish(ports, "wf-a", graph(*EVERYTHING, trigger=trigger))
    Dispatcher(ports).dispatch(events[-1])
    return skipped(run_all(ports, one_execution(ports)))


@pytest.mark.parametrize(
    ("trigger", "events", "reason"),
    [
        (
            "Booking Created",
            (changed(5, "confirmed", "cancelled"), created(0)),
            ReasonCode.BOOKING_CANCELLED,
        ),
        (
            "Booking Cancelled",
            (created(0), changed(9, "cancelled", "confirmed"), cancelled(5)),
            ReasonCode.BOOKING_REINSTATED,
        ),
        (
            "Booking Rescheduled",
            (created(0), changed(9, "confirmed", "cancelled"), moved(5, 7)),
            ReasonCode.BOOKING_CANCELLED,
        ),
        (
            "Booking Rescheduled",
            (created(0), moved(9, 14), moved(5, 7)),
            ReasonCode.BOOKING_MOVED,
        ),
    ],
)
def test_a_late_event_starts_its_workflow_and_the_customer_hears_nothing_superseded(
    trigger: str, events: Sequence[Event], reason: ReasonCode
) -> None:
    found = late(trigger, *events)
    assert found["mail"] is reason
    assert found.keys() == {"mail", "survey"}


def test_a_survey_is_asked_once_though_a_visit_is_completed_twice() -> None:
    ports = new_ports()
    publish(ports, "wf-a", graph(SURVEY, trigger="Booking Completed"))
    publish(ports, "wf-b", graph(SURVEY, trigger="Booking Completed"))
    life = [created(0), completed(1), changed(2, "completed", "confirmed"), completed(3)]
    for each in life:
        Dispatcher(ports).dispatch(each)
    reasons = [
        step.reason_code for each in executions(ports) for step in run_all(ports, each).values()
    ]
    assert Counter(reasons) == {None: 1, ReasonCode.ALREADY_ASKED: 3}
    assert len(ports.mailer.sent) == 1


def test_a_location_without_a_customer_is_left_alone() -> None:
    """Half a record is no reason to start: nobody could be written to."""
    ports = new_ports(location=LOCATION)
    publish(ports, "wf-a", graph(NOTE, trigger="Booking Completed"))
    envelope = sample("booking_status_changed", occurred_at=at(1))
    Dispatcher(ports).dispatch(parse_event(envelope))
    assert executions(ports) == []
