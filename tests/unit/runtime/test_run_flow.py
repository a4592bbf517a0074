"""Delays, conditions, switches and joins steer a run and may be asked any number of times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from bookflow.domain.events import Event
from bookflow.domain.executions.execution import (
    Execution,
    ExecutionStatus,
    ReasonCode,
    Step,
    StepStatus,
)
from bookflow.domain.executions.payloads import read_flow_payload
from bookflow.domain.shared.errors import ConflictError, NothingFollows, TransientError
from bookflow.domain.workflows.graph import Graph
from bookflow.use_cases.runtime.dispatch import Dispatcher
from bookflow.use_cases.runtime.run_flow import FlowRunner
from tests.fakes import Crash, FakePorts
from tests.unit.runtime.samples import LOCATION_ID, NOTE, event, graph, new_ports, publish

LARGE = {"variable": "booking.party_size", "operator": "greater", "value": 4}
NAMED = {"variable": "customer.first_name", "operator": "equals", "value": "Ada"}


def begun(node: Mapping[str, Any], trigger: str = "Booking Created") -> tuple[FakePorts, Execution]:
    ports = new_ports()
    draft = graph(node, NOTE, trigger=trigger).model_dump()
    handles = {"condition": "true", "switch": "default"}
    draft["edges"][1]["source_handle"] = handles.get(node["type"], "out")
    publish(ports, "wf-a", Graph.model_validate(draft))
    (execution,) = Dispatcher(ports).dispatch(event(trigger.lower().replace(" ", "_")))
    ports.calls.made.clear()
    return ports, execution


def run(ports: FakePorts, execution: Execution, op: str = "") -> Mapping[str, Any]:
    started = ports.machines.started[execution.machine_arn, execution.id].payload
    (entry,) = (each for each in started["nodes"].values() if each["id"] == "flow")
    payload = {
        "schema_version": 1,
        "op": op or entry["type"],
        "execution": started["execution"],
        "node": entry,
        "attempt": 0,
    }
    return FlowRunner(ports).run(read_flow_payload(payload))


def wait(ports: FakePorts, execution: Execution) -> tuple[str, str]:
    """Ask as a machine does at the beginning of a wait and after it; return what follows, and when."""
    answer = run(ports, execution, op="delay_until")
    return answer["next"], answer["until"]


def pass_time(ports: FakePorts, until: str) -> None:
    ports.clock.moment = datetime.fromisoformat(until)


def moved_to(start: str) -> Event:
    """Return a move of the sample's booking to another time."""
    end = datetime.fromisoformat(start) + timedelta(hours=2)
    return event("booking_rescheduled", new_start_time=start, new_end_time=end.isoformat())


def step(ports: FakePorts) -> Step:
    (found,) = ports.executions.stored_steps.values()
    return found


def delay(**config: Any) -> Mapping[str, Any]:
    return {"id": "flow", "type": "delay", "config": config}


DAY_BEFORE = delay(kind="until", value=1, unit="days", direction="before", anchor="start")


def test_a_delay_says_until_when_and_the_run_waits() -> None:
    ports, execution = begun(delay(value=2, unit="hours"))
    assert run(ports, execution) == {"until": "2026-12-01T11:00:00Z"}
    assert step(ports).status is StepStatus.COMPLETED
    assert step(ports).output_data == {"until": "2026-12-01T11:00:00Z"}
    assert ports.executions.get(LOCATION_ID, execution.id).status is ExecutionStatus.WAITING


def test_a_delay_is_reckoned_from_its_first_try() -> None:
    ports, execution = begun(delay(value=2, unit="hours"))
    ports.fail_next("executions.finish_step", TransientError("busy"))
    with pytest.raises(TransientError):
        run(ports, execution)
    ports.clock.advance(minutes=30)
    assert run(ports, execution) == {"until": "2026-12-01T11:00:00Z"}
    assert (step(ports).status, step(ports).error_message) == (StepStatus.COMPLETED, None)


def test_the_second_delay_of_a_run_is_reported_how_long_the_run_has_lasted() -> None:
    ports, execution = begun(delay(value=200, unit="days"))
    ports.clock.advance(days=164)
    with pytest.raises(NothingFollows, match="363 days"):
        run(ports, execution)
    assert step(ports).reason_code is ReasonCode.TOO_LATE


def test_records_outlive_a_delay_that_is_longer_than_their_retention() -> None:
    ports, execution = begun(delay(value=200, unit="days"))
    run(ports, execution)
    waits_until = execution.started_at + timedelta(days=200, hours=-1)  # to summer time
    kept = ports.executions.get(LOCATION_ID, execution.id)
    assert kept.expires_at == step(ports).expires_at == waits_until + timedelta(days=90)


def test_a_short_delay_leaves_the_life_of_the_records_and_costs_no_call() -> None:
    ports, execution = begun(delay(value=45, unit="days"))
    run(ports, execution)
    assert ports.executions.get(LOCATION_ID, execution.id).expires_at == execution.expires_at
    assert "executions.keep_until" not in ports.calls.made


def test_a_delay_that_is_over_does_not_wait() -> None:
    ports, execution = begun(
        delay(kind="until", value=300, unit="days", direction="before", anchor="start")
    )
    assert run(ports, execution) == {"until": "2026-12-01T09:00:00Z"}
    assert ports.executions.get(LOCATION_ID, execution.id).status is ExecutionStatus.RUNNING


def test_a_delay_until_the_booking_follows_it_as_it_stands() -> None:
    ports, execution = begun(DAY_BEFORE)
    ports.bookings.record(event("booking_rescheduled"))
    assert wait(ports, execution) == ("wait", "2027-06-18T16:30:00Z")


def test_a_wait_until_the_booking_goes_on_where_the_booking_moved_later() -> None:
    ports, execution = begun(DAY_BEFORE)
    assert wait(ports, execution) == ("wait", "2027-06-11T16:30:00Z")
    assert step(ports).status is StepStatus.WAITING
    ports.bookings.record(event("booking_rescheduled"))
    pass_time(ports, "2027-06-11T16:30:00Z")
    assert wait(ports, execution) == ("wait", "2027-06-18T16:30:00Z")
    assert step(ports).output_data == {"until": "2027-06-18T16:30:00Z"}
    pass_time(ports, "2027-06-18T16:30:00Z")
    assert wait(ports, execution) == ("go", "2027-06-18T16:30:00Z")
    assert step(ports).status is StepStatus.COMPLETED
    assert step(ports).completed_at == ports.clock.moment


def test_a_wait_until_the_booking_is_asked_any_number_of_times() -> None:
    ports, execution = begun(DAY_BEFORE)
    for _ in range(3):
        assert wait(ports, execution) == ("wait", "2027-06-11T16:30:00Z")
    pass_time(ports, "2027-06-11T16:30:02Z")  # a little late, as machines are
    for _ in range(2):
        assert wait(ports, execution) == ("go", "2027-06-11T16:30:00Z")
    ports.bookings.record(event("booking_rescheduled"))
    assert wait(ports, execution) == ("go", "2027-06-11T16:30:00Z")  # what follows has begun


@pytest.mark.parametrize("number", range(1, 7))
def test_a_wait_that_breaks_off_anywhere_ends_as_if_it_had_not(number: int) -> None:
    ports, execution = begun(DAY_BEFORE)
    wait(ports, execution)
    ports.bookings.record(event("booking_rescheduled"))
    pass_time(ports, "2027-06-11T16:30:00Z")
    ports.calls.crash_after(number)
    with pytest.raises(Crash):
        wait(ports, execution)
    assert wait(ports, execution) == ("wait", "2027-06-18T16:30:00Z")


def test_a_wait_ends_at_once_where_the_booking_moved_earlier_and_still_comes() -> None:
    ports, execution = begun(DAY_BEFORE)
    wait(ports, execution)
    ports.bookings.record(moved_to("2027-06-12T10:00:00+02:00"))
    pass_time(ports, "2027-06-11T16:30:00Z")
    assert wait(ports, execution) == ("go", "2027-06-11T16:30:00Z")


def test_a_wait_is_skipped_where_the_booking_moved_earlier_and_has_begun() -> None:
    ports, execution = begun(DAY_BEFORE)
    wait(ports, execution)
    ports.bookings.record(moved_to("2027-06-10T10:00:00+02:00"))
    pass_time(ports, "2027-06-11T16:30:00Z")
    with pytest.raises(NothingFollows):
        wait(ports, execution)
    assert step(ports).status is StepStatus.SKIPPED
    assert step(ports).reason_code is ReasonCode.TOO_LATE


def test_a_wait_does_not_begin_anew_where_it_ends_just_after_its_window() -> None:
    ports, execution = begun(
        delay(**DAY_BEFORE["config"], send_window={"start": "18:00", "end": "18:31"})
    )
    assert wait(ports, execution) == ("wait", "2027-06-11T16:30:00Z")
    pass_time(ports, "2027-06-11T16:31:05Z")
    assert wait(ports, execution) == ("go", "2027-06-11T16:30:00Z")


def test_a_wait_of_a_machine_that_asks_once_ends_as_it_began() -> None:
    ports, execution = begun(DAY_BEFORE)
    assert run(ports, execution) == {"until": "2027-06-11T16:30:00Z"}
    assert step(ports).status is StepStatus.COMPLETED


@pytest.mark.parametrize(
    ("trigger", "config", "reason"),
    [
        (
            "Chat Message Created",
            {"kind": "until", "value": 1, "unit": "days", "anchor": "end"},
            ReasonCode.BOOKING_TIME_UNKNOWN,
        ),
        (
            "Booking Created",
            {"value": 300, "unit": "days", "limit": "booking_start"},
            ReasonCode.TOO_LATE,
        ),
        (
            "Booking Created",
            {"kind": "until", "value": 360, "unit": "days", "direction": "after"},
            ReasonCode.TOO_LATE,
        ),
    ],
    ids=["no time", "past its limit", "too far"],
)
def test_a_delay_that_must_not_be_waited_for_is_skipped_and_nothing_follows(
    trigger: str, config: Mapping[str, Any], reason: ReasonCode
) -> None:
    ports, execution = begun(delay(**config), trigger)
    for _ in range(2):
        with pytest.raises(NothingFollows) as reported:
            run(ports, execution)
        skipped = step(ports)
        assert (skipped.status, skipped.reason_code) == (StepStatus.SKIPPED, reason)
        assert skipped.error_message == reported.value.message
    assert ports.executions.get(LOCATION_ID, execution.id).status is ExecutionStatus.RUNNING


def test_a_crash_in_a_delay_and_a_retry_give_the_same_end() -> None:
    straight, execution = begun(delay(value=2, unit="hours"))
    run(straight, execution)
    for number in range(1, len(straight.calls.made) + 1):
        ports, execution = begun(delay(value=2, unit="hours"))
        ports.crash_after(number)
        with pytest.raises(Crash):
            run(ports, execution)
        ports.clock.advance(minutes=5)
        answer = datetime.fromisoformat(run(ports, execution)["until"])
        assert answer == step(ports).started_at + timedelta(hours=2)
        assert step(ports).status is StepStatus.COMPLETED
        found = ports.executions.get(LOCATION_ID, execution.id)
        assert found.status is ExecutionStatus.WAITING


@pytest.mark.parametrize(("size", "handle"), [(5, "true"), (4, "false")])
def test_a_condition_reads_the_booking_as_it_stands(size: int, handle: str) -> None:
    ports, execution = begun({"id": "flow", "type": "condition", "config": {"rule": LARGE}})
    later = {"occurred_at": "2026-12-01T08:00:00Z", "booking": {"party_size": size}}
    ports.bookings.record(event("chat_message_created", **later))
    assert run(ports, execution) == {"handle": handle}
    assert step(ports).output_data == {"handle": handle}


def test_a_switch_records_the_case_as_drawn_and_answers_by_its_name_in_the_machine() -> None:
    cases = [{"id": "large", "rule": LARGE}, {"id": "ada", "name": "Ada", "rule": NAMED}]
    ports, execution = begun({"id": "flow", "type": "switch", "config": {"cases": cases}})
    answer = run(ports, execution)
    assert step(ports).output_data == {"handle": "ada"}
    # No edge leaves from that case.
    assert answer == {"handle": "none"}


def test_a_condition_whose_decision_cannot_be_stored_is_reported_and_tried_again() -> None:
    ports, execution = begun({"id": "flow", "type": "condition", "config": {"rule": LARGE}})
    ports.fail_next("executions.finish_step", TransientError("busy"))
    with pytest.raises(TransientError):
        run(ports, execution)
    assert step(ports).error_message == "busy"
    assert run(ports, execution) == {"handle": "false"}
    assert (step(ports).status, step(ports).attempts) == (StepStatus.COMPLETED, 2)


REFERENCE = {"location_id": LOCATION_ID, "execution_id": "ex_1", "workflow_id": "wf", "version": 1}
WAITING = {
    "schema_version": 1,
    "op": "join_wait",
    "execution": REFERENCE,
    "join": "n4",
    "expected": 2,
    "token": "token-1",
}


def arrival(edge: str, decision: str) -> dict[str, Any]:
    decisions = {"n4": {edge: decision}}
    return {
        "schema_version": 1,
        "op": "join_arrive",
        "execution": REFERENCE,
        "decisions": decisions,
    }


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        ("active", "active", "active"),
        ("active", "inactive", "active"),
        ("inactive", "inactive", "inactive"),
        ("active", "stopped", "stopped"),
    ],
)
def test_a_join_goes_on_once_all_is_decided_in_any_order(
    first: str, second: str, outcome: str
) -> None:
    reported = [WAITING, arrival("n2.out", first), arrival("n3.out", second)]
    for order in permutations(reported):
        ports = FakePorts()
        flow = FlowRunner(ports)
        for payload in order[:2]:
            flow.run(read_flow_payload(payload))
            flow.run(read_flow_payload(payload))
        assert not ports.machines.answers
        for _ in range(2):
            flow.run(read_flow_payload(order[2]))
        assert ports.machines.answers == {"token-1": {"decision": outcome}}


def test_a_crash_at_a_join_and_a_retry_let_it_go_on() -> None:
    reported = [WAITING, arrival("n2.out", "active"), arrival("n3.out", "inactive")]
    for order in permutations(reported):
        for crash in range(1, 5):
            ports = FakePorts()
            ports.crash_after(crash)
            flow = FlowRunner(ports)
            crashes = 0
            for payload in order:
                try:
                    flow.run(read_flow_payload(payload))
                except Crash:
                    crashes += 1
                    flow.run(read_flow_payload(payload))
            assert crashes == 1
            assert ports.machines.answers == {"token-1": {"decision": "active"}}


def test_an_edge_is_decided_once() -> None:
    flow = FlowRunner(FakePorts())
    flow.run(read_flow_payload(arrival("n2.out", "active")))
    with pytest.raises(ConflictError):
        flow.run(read_flow_payload(arrival("n2.out", "inactive")))


def test_a_wait_that_is_tried_again_is_answered_by_its_latest_token() -> None:
    ports = FakePorts()
    flow = FlowRunner(ports)
    flow.run(read_flow_payload(WAITING))
    flow.run(read_flow_payload({**WAITING, "token": "token-2"}))
    flow.run(read_flow_payload(arrival("n2.out", "active")))
    flow.run(read_flow_payload(arrival("n3.out", "active")))
    assert ports.machines.answers == {"token-2": {"decision": "active"}}


def test_the_time_that_a_wait_ends_is_written_in_utc() -> None:
    ports, execution = begun(delay(value=1, unit="minutes"))
    ports.clock.moment = ports.clock.moment.astimezone() + timedelta(microseconds=5)
    assert run(ports, execution) == {"until": "2026-12-01T09:01:00Z"}
