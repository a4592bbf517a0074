"""Each event starts each workflow that wants it, once, whatever breaks on the way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from bookflow.domain.events import Event
from bookflow.domain.executions.execution import Execution, ExecutionStatus, ReasonCode
from bookflow.domain.shared.errors import InvalidInputError, PermanentError, TransientError
from bookflow.use_cases.executions.manage_executions import ExecutionManager
from bookflow.use_cases.runtime.dispatch import Dispatcher
from bookflow.use_cases.workflows.publish import Publisher
from tests.fakes import Crash, FakePorts
from tests.unit.runtime.samples import (
    LOCATION,
    LOCATION_ID,
    NOTE,
    TARGET,
    event,
    executions,
    graph,
    new_ports,
    publish,
)

RULE = {"variable": "event.customer.id", "operator": "equals", "value": "cus-1001"}


def dispatch(ports: FakePorts, what: Event, *, last_try: bool = False) -> Sequence[Execution]:
    return Dispatcher(ports).dispatch(what, last_try=last_try)


def three_workflows() -> FakePorts:
    ports = new_ports()
    publish(ports, "wf-a", graph(NOTE))
    publish(ports, "wf-b", graph(NOTE))
    publish(ports, "wf-c", graph({**NOTE, "type": "create_task", "config": {"title": "Call"}}))
    return ports


def started(ports: FakePorts) -> list[str]:
    return sorted(
        run.payload["execution"]["workflow_id"] for run in ports.machines.started.values()
    )


def test_an_event_starts_every_enabled_workflow_that_waits_for_it() -> None:
    ports = three_workflows()
    publish(ports, "wf-off", graph(NOTE), enabled=False)
    publish(ports, "wf-other", graph(NOTE, trigger="Booking Cancelled"))
    found = dispatch(ports, event())
    assert [each.workflow_id for each in found] == ["wf-a", "wf-b", "wf-c"]
    assert started(ports) == ["wf-a", "wf-b", "wf-c"]
    assert {each.status for each in found} == {ExecutionStatus.RUNNING}


def test_an_execution_keeps_the_event_and_pins_its_version() -> None:
    ports = new_ports()
    version = publish(ports, "wf-a", graph(NOTE))
    (execution,) = dispatch(ports, event(causation_chain=["wf-0"], seat="4A"))
    assert execution.version == version.version == 1
    assert execution.machine_arn == version.machine_arn
    assert execution.event_type == "Booking Created"
    assert execution.event_data["seat"] == "4A"
    assert execution.event_data["start_time"] == "2027-06-12T18:30:00+02:00"
    assert execution.causation_chain == ("wf-0",)
    assert execution.booking_status == "confirmed"
    assert execution.expires_at == ports.clock.now() + timedelta(days=90)
    (run,) = ports.machines.started.values()
    assert run.name == execution.id


def test_the_retention_is_the_locations_own() -> None:
    ports = new_ports(location={**LOCATION, "retention_days": 7})
    publish(ports, "wf-a", graph(NOTE))
    (execution,) = dispatch(ports, event())
    assert execution.expires_at == ports.clock.now() + timedelta(days=7)


def test_a_repeated_event_starts_nothing_twice() -> None:
    ports = three_workflows()
    first = dispatch(ports, event())
    for _ in range(184):
        assert dispatch(ports, event()) == first
    assert len(ports.machines.started) == len(executions(ports)) == 3


def test_a_crash_after_any_call_and_a_redelivery_give_each_workflow_one_run() -> None:
    straight = three_workflows()
    dispatch(straight, event())
    calls = len(straight.calls.made)
    assert calls > 6
    for number in range(1, calls + 1):
        ports = three_workflows()
        ports.crash_after(number)
        with pytest.raises(Crash):
            dispatch(ports, event())
        dispatch(ports, event())
        assert executions(ports) == executions(straight), ports.calls.made
        assert ports.machines.started == straight.machines.started
        assert ports.bookings.context(LOCATION_ID, "bk-4711") == straight.bookings.context(
            LOCATION_ID, "bk-4711"
        )


def test_a_redelivery_after_a_publication_starts_what_was_claimed() -> None:
    ports = new_ports()
    old = publish(ports, "wf-a", graph(NOTE))
    ports.fail_next("machines.start", TransientError("busy"))
    with pytest.raises(TransientError):
        dispatch(ports, event())
    new = publish(ports, "wf-a", graph(NOTE, {**NOTE, "id": "second"}))
    assert new.machine_arn != old.machine_arn
    (execution,) = dispatch(ports, event())
    assert (execution.version, execution.machine_arn) == (old.version, old.machine_arn)
    (run,) = ports.machines.started.values()
    assert run.machine_arn == old.machine_arn
    assert run.payload["execution"]["version"] == old.version
    assert len(run.payload["nodes"]) == 1


@pytest.mark.parametrize("error", [TransientError("busy"), PermanentError("refused")])
def test_a_workflow_that_cannot_be_started_keeps_no_other_from_it(error: Exception) -> None:
    ports = three_workflows()
    ports.fail_next("machines.start", error)
    with pytest.raises(type(error)):
        dispatch(ports, event())
    assert started(ports) == ["wf-b", "wf-c"]


def test_what_can_be_tried_again_is_reported_before_what_cannot() -> None:
    ports = three_workflows()
    ports.fail_next("machines.start", PermanentError("refused"), TransientError("busy"))
    with pytest.raises(TransientError):
        dispatch(ports, event())


def test_a_start_that_fails_to_the_last_is_recorded_as_failed() -> None:
    ports = new_ports()
    publish(ports, "wf-a", graph(NOTE))
    ports.fail_next("machines.start", TransientError("busy"), TransientError("busy"))
    with pytest.raises(TransientError):
        dispatch(ports, event())
    assert executions(ports)[0].status is ExecutionStatus.RUNNING
    with pytest.raises(TransientError):
        dispatch(ports, event(), last_try=True)
    (execution,) = executions(ports)
    assert execution.status is ExecutionStatus.FAILED
    assert execution.reason_code is ReasonCode.START_FAILED
    assert execution.completed_at == ports.clock.now()
    assert "Redrive" in str(execution.error_message)
    assert ports.counter.counts["ExecutionsFailed", None] == 1


def test_a_start_that_is_refused_for_good_is_recorded_at_once() -> None:
    ports = new_ports()
    publish(ports, "wf-a", graph(NOTE))
    ports.fail_next("machines.start", PermanentError("The input is too large."))
    with pytest.raises(PermanentError):
        dispatch(ports, event())
    (execution,) = executions(ports)
    assert execution.status is ExecutionStatus.FAILED
    assert "The input is too large." in str(execution.error_message)


def test_a_redriven_event_starts_what_could_not_be_started() -> None:
    ports = new_ports()
    publish(ports, "wf-a", graph(NOTE))
    ports.fail_next("machines.start", TransientError("busy"))
    with pytest.raises(TransientError):
        dispatch(ports, event(), last_try=True)
    dispatch(ports, event())
    (execution,) = executions(ports)
    assert execution.status is ExecutionStatus.RUNNING
    assert (execution.reason_code, execution.error_message, execution.completed_at) == (None,) * 3
    assert started(ports) == ["wf-a"]


def test_a_redriven_event_has_its_run_recorded_for_as_long_as_any() -> None:
    ports = new_ports(location={**LOCATION, "retention_days": 10})
    publish(ports, "wf-a", graph(NOTE))
    ports.fail_next("machines.start", TransientError("busy"))
    with pytest.raises(TransientError):
        dispatch(ports, event(), last_try=True)
    ports.clock.advance(days=9)
    dispatch(ports, event())
    (execution,) = executions(ports)
    assert execution.expires_at == ports.clock.now() + timedelta(days=10)


@pytest.mark.parametrize(
    "changes",
    [
        {"launched": True},
        {"launched": True, "status": ExecutionStatus.WAITING},
        {"launched": True, "status": ExecutionStatus.COMPLETED},
        {"launched": True, "status": ExecutionStatus.FAILED, "reason_code": ReasonCode.STEP_FAILED},
        {"status": ExecutionStatus.CANCELLED},
    ],
)
def test_a_run_that_went_on_is_not_started_again(changes: dict[str, Any]) -> None:
    ports = new_ports()
    publish(ports, "wf-a", graph(NOTE))
    (execution,) = dispatch(ports, event())
    ports.executions.stored[LOCATION_ID, execution.id] = execution.changed(**changes)
    ports.machines.started.clear()
    dispatch(ports, event())
    assert not ports.machines.started


def test_an_unknown_location_is_refused_and_its_field_is_named() -> None:
    ports = FakePorts()
    with pytest.raises(InvalidInputError) as caught:
        dispatch(ports, event())
    assert caught.value.field == "detail.location_id"
    assert ports.calls.made == ["bookings.record"]


def test_an_event_can_bring_its_location() -> None:
    ports = FakePorts()
    assert dispatch(ports, event(location=LOCATION)) == []
    assert ports.bookings.context(LOCATION_ID, "bk-4711") is not None


def test_an_unknown_booking_is_no_reason_to_start_nothing() -> None:
    ports = new_ports()
    publish(ports, "wf-a", graph(NOTE, trigger="Chat Message Created"))
    (execution,) = dispatch(ports, event("chat_message_created", booking_id="bk-new"))
    assert (execution.booking_id, execution.booking_status) == ("bk-new", None)
    assert started(ports) == ["wf-a"]


def test_a_draft_triggers_nothing_and_is_remembered() -> None:
    ports = new_ports()
    publish(ports, "wf-a", graph(NOTE))
    publish(ports, "wf-chat", graph(NOTE, trigger="Chat Message Created"))
    assert not dispatch(ports, event(status="draft"))
    assert not dispatch(ports, event("chat_message_created"))
    context = ports.bookings.context(LOCATION_ID, "bk-4711")
    assert context is not None
    assert context.is_draft
    assert not ports.machines.started


@pytest.mark.parametrize("draft_first", [True, False])
def test_a_booking_that_leaves_draft_is_created_once_in_either_order(draft_first: bool) -> None:
    ports = new_ports()
    publish(ports, "wf-created", graph(NOTE))
    publish(ports, "wf-changed", graph(NOTE, trigger="Booking Status Changed"))
    draft = event(status="draft")
    left = event("booking_status_changed", old_status="draft", new_status="confirmed")
    for told in (draft, left, draft, left) if draft_first else (left, draft, left, draft):
        dispatch(ports, told)
    assert started(ports) == ["wf-changed", "wf-created"]
    created = next(each for each in executions(ports) if each.workflow_id == "wf-created")
    assert (created.event_type, created.booking_status) == ("Booking Created", "confirmed")


def test_a_change_to_completed_also_starts_what_waits_for_completed_bookings() -> None:
    ports = new_ports()
    publish(ports, "wf-changed", graph(NOTE, trigger="Booking Status Changed"))
    publish(ports, "wf-completed", graph(NOTE, trigger="Booking Completed"))
    dispatch(ports, event())
    found = dispatch(ports, event("booking_status_changed"))
    assert [(each.workflow_id, each.event_type) for each in found] == [
        ("wf-changed", "Booking Status Changed"),
        ("wf-completed", "Booking Completed"),
    ]
    assert found[1].event_data["changed_by"] == "desk"
    dispatch(ports, event("booking_status_changed"))
    assert len(ports.machines.started) == 2


def test_a_reminder_starts_only_its_own_workflow() -> None:
    ports = new_ports()
    dispatch(ports, event())
    for workflow_id in ("pre-visit-reminder", "another-reminder"):
        publish(ports, workflow_id, graph(NOTE, trigger="Booking Reminder"))
    found = dispatch(ports, event("booking_reminder"))
    assert [each.workflow_id for each in found] == ["pre-visit-reminder"]
    assert found[0].status is ExecutionStatus.RUNNING


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        (event("booking_cancelled"), ReasonCode.BOOKING_CANCELLED),
        (event("booking_rescheduled"), ReasonCode.BOOKING_MOVED),
    ],
)
def test_a_stale_reminder_is_recorded_as_skipped(before: Event, reason: ReasonCode) -> None:
    ports = new_ports()
    publish(ports, "pre-visit-reminder", graph(NOTE, trigger="Booking Reminder"))
    dispatch(ports, event())
    dispatch(ports, before)
    for _ in range(2):
        (execution,) = dispatch(ports, event("booking_reminder"))
        assert (execution.status, execution.reason_code) == (ExecutionStatus.SKIPPED, reason)
        assert execution.completed_at == execution.started_at
    assert not ports.machines.started


@pytest.mark.parametrize(("late_by", "is_late"), [(0, False), (5, False), (6, True), (600, True)])
def test_reminders_are_counted_with_those_that_come_late(late_by: int, is_late: bool) -> None:
    ports = new_ports()
    publish(ports, "pre-visit-reminder", graph(NOTE, trigger="Booking Reminder"))
    dispatch(ports, event())
    planned = ports.clock.now() - timedelta(minutes=late_by)
    (execution,) = dispatch(ports, event("booking_reminder", scheduled_for=planned.isoformat()))
    outcome = "Skipped" if execution.status is ExecutionStatus.SKIPPED else "Started"
    assert ports.counter.counts[f"Reminders{outcome}", None] == 1
    assert ports.counter.counts["RemindersLate", None] == int(is_late)


def test_a_reminder_for_a_booking_that_nobody_knows_is_skipped() -> None:
    ports = new_ports()
    publish(ports, "pre-visit-reminder", graph(NOTE, trigger="Booking Reminder"))
    (execution,) = dispatch(ports, event("booking_reminder", booking_id="bk-unknown"))
    assert execution.reason_code is ReasonCode.STALE_REMINDER


def test_a_workflow_never_re_enters_its_own_chain() -> None:
    ports = three_workflows()
    found = dispatch(ports, event(causation_chain=["wf-x", "wf-b"]))
    assert [each.status.value for each in found] == ["running", "skipped", "running"]
    assert found[1].reason_code is ReasonCode.CAUSATION_CIRCLE
    assert "wf-x -> wf-b" in str(found[1].error_message)
    assert started(ports) == ["wf-a", "wf-c"]


def test_a_chain_ends_at_eight() -> None:
    ports = new_ports()
    publish(ports, "wf-a", graph(NOTE))
    chain = [f"wf-{number}" for number in range(8)]
    (last,) = dispatch(ports, event(causation_chain=chain[:7]))
    assert last.status is ExecutionStatus.RUNNING
    other = {"event_id": "evt-2", "booking_id": "bk-2"}
    (refused,) = dispatch(ports, event(**other, causation_chain=chain))
    assert refused.reason_code is ReasonCode.CAUSATION_TOO_LONG


def test_conditions_on_the_event_are_decided_at_the_start() -> None:
    ports = new_ports()
    condition = {"id": "if", "type": "condition", "config": {"rule": RULE}}
    draft = graph(condition)
    draft = draft.model_copy(
        update={
            "nodes": (*draft.nodes, graph(NOTE).nodes[1]),
            "edges": (
                *draft.edges,
                draft.edges[0].model_copy(
                    update={"id": "e9", "source": "if", "source_handle": "true", "target": "note"}
                ),
            ),
        }
    )
    publish(ports, "wf-a", draft)
    (execution,) = dispatch(ports, event())
    entries = ports.machines.started[execution.machine_arn, execution.id].payload["nodes"].values()
    assert {entry["id"]: entry.get("decision") for entry in entries} == {"if": "true", "note": None}
    (shown,) = ExecutionManager(ports).details(LOCATION_ID, execution.id).steps
    assert (shown.node_id, shown.output_data) == ("if", {"handle": "true"})


def test_another_locations_workflows_are_left_alone() -> None:
    ports = three_workflows()
    elsewhere = event(location_id="loc-2", location={"id": "loc-2"})
    assert dispatch(ports, elsewhere) == []
    assert not ports.machines.started


def test_a_workflow_that_was_turned_off_is_not_started() -> None:
    ports = new_ports()
    publish(ports, "wf-a", graph(NOTE))
    stored = ports.workflows.get(LOCATION_ID, "wf-a")
    Publisher(ports, TARGET).set_enabled(LOCATION_ID, "wf-a", False, based_on=stored.revision)
    assert dispatch(ports, event()) == []
