"""A trigger's filter: decided before an execution exists, with nothing claimed and nothing recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from bookflow.domain.events import Event
from bookflow.domain.executions.execution import Execution
from bookflow.domain.shared.errors import TransientError
from bookflow.use_cases.preview.dry_run import DryRunner
from bookflow.use_cases.runtime.dispatch import Dispatcher
from tests.fakes import FakePorts
from tests.unit.runtime.samples import (
    LOCATION_ID,
    NOTE,
    event,
    executions,
    graph,
    new_ports,
    publish,
)

Rule = Mapping[str, Any]

GROUPS: Rule = {"variable": "booking.party_size", "operator": "greater_or_equal", "value": 8}


def compares(variable: str, operator: str, value: Any = None) -> Rule:
    return {"variable": variable, "operator": operator, "value": value}


def filtered_by(rule: Rule, trigger: str = "Booking Created") -> FakePorts:
    ports = new_ports()
    publish(ports, "wf-a", graph(NOTE, trigger=trigger, filter=rule))
    return ports


def created(size: int, **more: Any) -> Event:
    return event(booking={"confirmation_code": "KAY-1", "party_size": size}, **more)


def dispatch(ports: FakePorts, what: Event, **tries: bool) -> Sequence[Execution]:
    return Dispatcher(ports).dispatch(what, **tries)


def test_an_event_that_meets_the_filter_starts_the_workflow() -> None:
    ports = filtered_by(GROUPS)
    assert len(dispatch(ports, created(8))) == len(ports.machines.started) == 1


def test_an_event_that_does_not_is_counted_and_costs_no_call() -> None:
    ports, without = filtered_by(GROUPS), new_ports()
    assert dispatch(ports, created(7)) == dispatch(without, created(7)) == []
    assert executions(ports) == []
    assert ports.counter.counts["EventsFiltered", None] == 1
    assert ports.calls.made == [*without.calls.made, "workflows.version", "counter.count"]


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        (compares("activity.name", "starts_with", "Sunset"), "booking_created"),
        (compares("customer.last_name", "equals", "Lovelace"), "booking_created"),
        (compares("location.country", "equals", "DE"), "booking_created"),
        (
            compares("event.total_amount", "greater", {"amount": "100.00", "currency": "EUR"}),
            "booking_created",
        ),
        (compares("event.old_status", "equals", "confirmed"), "booking_status_changed"),
        (compares("event.changed_by", "equals", "desk"), "booking_status_changed"),
    ],
)
def test_any_variable_of_the_trigger_can_be_asked(rule: Rule, name: str) -> None:
    what = event(name)
    for given, starts in ((rule, 1), ({"not": rule}, 0)):
        ports = filtered_by(given, what.detail_type)
        dispatch(ports, event())
        assert len(dispatch(ports, what)) == starts


def test_a_time_is_compared_with_the_moment_of_the_event() -> None:
    ports = filtered_by(compares("booking.start_time", "within_next", {"value": 2, "unit": "days"}))
    start = ports.clock.now() + timedelta(days=1)
    assert dispatch(ports, created(2, booking_id="bk-1", start_time=start.isoformat()))
    later = (start + timedelta(days=3)).isoformat()
    assert not dispatch(ports, created(2, booking_id="bk-2", event_id="evt-2", start_time=later))


def test_a_filtered_event_claims_nothing_so_a_later_one_of_the_same_fact_may_start() -> None:
    ports = filtered_by(GROUPS)
    assert not dispatch(ports, created(2))
    assert dispatch(ports, created(9, event_id="evt-again", occurred_at="2026-12-01T13:00:00Z"))
    assert not dispatch(
        ports, created(12, event_id="evt-third", occurred_at="2026-12-01T14:00:00Z")
    )


def test_an_execution_that_was_claimed_is_started_though_the_booking_changed_meanwhile() -> None:
    ports = filtered_by(GROUPS)
    ports.fail_next("machines.start", TransientError("busy"))
    with pytest.raises(TransientError):
        dispatch(ports, created(9))
    change = event(
        "booking_status_changed",
        old_status="pending",
        new_status="confirmed",
        occurred_at="2026-12-01T13:00:00Z",
        booking={"party_size": 3},
    )
    dispatch(ports, change)
    (started,) = dispatch(ports, created(9), first_try=False)
    assert started.id in {
        run.payload["execution"]["execution_id"] for run in ports.machines.started.values()
    }


def test_a_filter_that_is_no_rule_is_never_met() -> None:
    ports = filtered_by(GROUPS)
    for key, version in ports.workflows.published.items():
        broken = version.changed(graph=graph(NOTE, filter={"all": "x"}))
        ports.workflows.published[key] = broken
    assert not dispatch(ports, created(9))


def test_trying_out_says_that_the_filter_leaves_the_booking_out() -> None:
    ports = filtered_by(GROUPS)
    ports.bookings.record(created(2))
    runner = DryRunner(ports)
    tried = runner.dry_run_stored(LOCATION_ID, "wf-a", None, "bk-4711", {})
    assert tried.filtered
    assert [step.outcome for step in tried.steps] == ["planned", "planned"]
    bigger = event("booking_status_changed", booking={"party_size": 8})
    ports.bookings.record(bigger)
    assert not runner.dry_run_stored(LOCATION_ID, "wf-a", None, "bk-4711", {}).filtered
