"""The contract of `ExecutionStore`, for the fake and for DynamoDB."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bookflow.adapters.dynamodb.base.keys import Key
from bookflow.domain.bookings.facts import FactClaim, FactKind
from bookflow.domain.bookings.stamps import Stamp
from bookflow.domain.events.sender import Sender
from bookflow.domain.executions.batch import Audience, Batch
from bookflow.domain.executions.execution import ExecutionStatus, ReasonCode, Step, StepStatus
from bookflow.domain.executions.payloads import ExecutionRef
from bookflow.domain.executions.statistics import DayCount
from bookflow.domain.executions.step_statistics import StepCounts, step_statistics
from bookflow.domain.shared.errors import NotFoundError
from bookflow.domain.shared.pagination import FIRST_PAGE, PageRequest
from bookflow.ports import ExecutionFilter
from tests.integration.adapters.conftest import TABLE, AwsPorts
from tests.integration.adapters.samples import NOW, created, execution, step

START_FAILED: dict[str, Any] = {
    "status": ExecutionStatus.FAILED,
    "reason_code": ReasonCode.START_FAILED,
}


def test_the_first_claim_wins_and_the_second_learns_of_it(ports: Any) -> None:
    assert ports.executions.claim(execution()) == execution()
    assert ports.executions.claim(execution(version=4, machine_arn="x")) == execution()
    assert ports.executions.get("loc-1", "ex-1") == execution()


def fact(event_id: str, **changes: Any) -> FactClaim:
    """Return the claim of a status by an event."""
    stamp = Stamp(NOW, event_id).of("status", "confirmed")
    return FactClaim(
        kind=FactKind.STATUS, stamp=stamp, event_id=event_id, value="confirmed"
    ).changed(**changes)


def test_facts_are_claimed_for_one_workflow_and_booking(ports: Any) -> None:
    none = ports.executions.fact_claims("loc-1", "b-1", "wf-1")
    assert (none.claims, none.revision) == ((), 0)
    claims = none.plus(fact("e-1"))
    assert ports.executions.save_fact_claims(claims)
    assert ports.executions.fact_claims("loc-1", "b-1", "wf-1") == claims
    for other in (("loc-2", "b-1", "wf-1"), ("loc-1", "b-2", "wf-1"), ("loc-1", "b-1", "wf-2")):
        assert ports.executions.fact_claims(*other).claims == ()


def test_an_execution_is_stored_with_the_first_claim_or_neither_is(ports: Any) -> None:
    first = ports.executions.fact_claims("loc-1", "b-1", "wf-1").plus(fact("e-1"))
    assert ports.executions.claim_first(execution(), first)
    assert ports.executions.get("loc-1", "ex-1") == execution()
    assert ports.executions.fact_claims("loc-1", "b-1", "wf-1") == first
    # Another event of the booking, and another booking of the same execution.
    assert not ports.executions.claim_first(execution(id="ex-2"), first)
    elsewhere = ports.executions.fact_claims("loc-1", "b-2", "wf-1").plus(fact("e-1"))
    assert not ports.executions.claim_first(execution(), elsewhere)
    with pytest.raises(NotFoundError):
        ports.executions.get("loc-1", "ex-2")
    assert ports.executions.fact_claims("loc-1", "b-2", "wf-1").claims == ()


def reference(**changes: Any) -> ExecutionRef:
    return ExecutionRef(
        **{
            "location_id": "loc-1",
            "execution_id": "ex-1",
            "workflow_id": "wf-1",
            "version": 3,
            **changes,
        }
    )


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"booking_id": "b-1"},
        {"booking_id": "b-1", "customer_id": "c-1", "activity_id": "a-1"},
        {"booking_id": "b-2", "customer_id": "c-2", "activity_id": "a-2"},
    ],
)
def test_a_step_reads_its_records_as_they_stand_whatever_its_reference_names(
    ports: Any, named: dict[str, str]
) -> None:
    ports.bookings.record(created())
    ports.executions.claim(execution())
    found, context = ports.executions.with_context(reference(**named))
    assert found == execution()
    assert context == ports.bookings.context("loc-1", "b-1")
    assert (context.customer.first_name, context.activity.name) == ("Ada", "Sunset tour")


def test_a_step_of_an_unknown_execution_or_location_finds_none(ports: Any) -> None:
    with pytest.raises(NotFoundError):
        ports.executions.with_context(reference())
    ports.executions.claim(execution())
    assert ports.executions.with_context(reference()) == (execution(), None)


def test_a_step_reads_in_one_call_and_in_two_where_the_customer_is_another_by_now(
    aws: AwsPorts,
) -> None:
    aws.bookings.record(created())
    aws.executions.claim(execution())
    named = {"booking_id": "b-1", "customer_id": "c-1", "activity_id": "a-1"}
    aws.operations.clear()
    aws.executions.with_context(reference(**named))
    assert aws.operations == ["BatchGetItem"]
    aws.bookings.record(created("e-2", minute=5, customer={"id": "c-2", "first_name": "Grace"}))
    aws.operations.clear()
    _, context = aws.executions.with_context(reference(**named))
    assert context is not None
    assert context.customer is not None
    assert (context.customer.first_name, aws.operations) == ("Grace", ["BatchGetItem"] * 2)


def test_an_execution_is_read_with_its_steps(ports: Any) -> None:
    with pytest.raises(NotFoundError):
        ports.executions.with_steps("loc-1", "ex-1")
    ports.executions.claim(execution())
    assert ports.executions.with_steps("loc-1", "ex-1") == (execution(), [])
    for number in (2, 1):
        begins = NOW + timedelta(seconds=number)
        ports.executions.begin_step(step(node_id=f"n-{number}", started_at=begins))
    found, steps = ports.executions.with_steps("loc-1", "ex-1")
    assert (found, steps) == (execution(), ports.executions.steps("loc-1", "ex-1"))
    assert [each.node_id for each in steps] == ["n-1", "n-2"]


def batch(**changes: Any) -> Batch:
    return Batch(
        location_id="loc-1",
        workflow_id="wf-1",
        id="batch-1",
        version=1,
        machine_arn="arn",
        audience=Audience(booking_id="b-1"),
        sent_by=Sender(kind="person", id="user-1"),
        started_at=NOW,
        run_started_at=NOW,
        updated_at=NOW,
    ).changed(**changes)


def test_of_two_changes_of_a_batch_at_once_one_is_stored(ports: Any) -> None:
    store = ports.executions
    assert store.batch("loc-1", "wf-1") is None
    assert store.save_batch(batch())
    assert store.save_batch(batch()), "a repeat of the same write"
    assert not store.save_batch(batch(id="batch-2"))
    after = batch().advanced("here", {"started": 2}, NOW)
    assert store.save_batch(after)
    assert not store.save_batch(batch().stopped(NOW))
    assert store.batch("loc-1", "wf-1") == after
    assert store.batch("loc-1", "wf-2") is None
    assert store.batch("loc-2", "wf-1") is None


def test_of_two_claims_at_once_one_is_stored_and_the_other_learns_of_it(ports: Any) -> None:
    none = ports.executions.fact_claims("loc-1", "b-1", "wf-1")
    first, second = none.plus(fact("e-1")), none.plus(fact("e-2"))
    assert ports.executions.save_fact_claims(first)
    assert not ports.executions.save_fact_claims(second)
    assert ports.executions.save_fact_claims(first), "a repeat of the same write"
    stored = ports.executions.fact_claims("loc-1", "b-1", "wf-1")
    assert stored == first
    assert ports.executions.save_fact_claims(stored.plus(fact("e-2", value="cancelled")))
    assert not ports.executions.save_fact_claims(first)
    both = ports.executions.fact_claims("loc-1", "b-1", "wf-1")
    assert [each.event_id for each in both.claims] == ["e-1", "e-2"]


def test_a_first_claim_is_one_call_and_has_no_end(aws: AwsPorts) -> None:
    claims = aws.executions.fact_claims("loc-1", "b-1", "wf-1").plus(fact("e-1"))
    aws.operations.clear()
    assert aws.executions.save_fact_claims(claims)
    assert aws.operations == ["PutItem"]
    key = {"PK": {"S": "L#loc-1#BOOKING#b-1"}, "SK": {"S": "FACTS#wf-1"}}
    item = aws.dynamodb.get_item(TableName=TABLE, Key=key)["Item"]
    assert "expires_at" not in item


def test_an_unknown_execution_is_not_found(ports: Any) -> None:
    ports.executions.claim(execution(location_id="loc-2"))
    with pytest.raises(NotFoundError):
        ports.executions.get("loc-1", "ex-1")


def test_large_event_data_comes_back_whole(ports: Any) -> None:
    data = {"text": "ä" * 60_000, "numbers": list(range(1000))}
    ports.executions.claim(execution(event_data=data))
    assert ports.executions.get("loc-1", "ex-1").event_data == data


def test_progress_is_stored_until_the_end_and_the_end_stays(ports: Any) -> None:
    ports.executions.claim(execution())
    waiting = execution(status=ExecutionStatus.WAITING, launched=True)
    done = execution(status=ExecutionStatus.COMPLETED, launched=True, completed_at=NOW)
    assert ports.executions.update(waiting)
    assert ports.executions.update(done)
    assert not ports.executions.update(waiting)
    assert not ports.executions.update(execution(status=ExecutionStatus.FAILED))
    assert ports.executions.update(done)
    assert ports.executions.get("loc-1", "ex-1") == done


def test_a_record_that_is_gone_is_not_made_again(ports: Any) -> None:
    assert not ports.executions.update(execution())
    with pytest.raises(NotFoundError):
        ports.executions.get("loc-1", "ex-1")


def test_a_claim_whose_start_failed_can_be_taken_up_again(ports: Any) -> None:
    ports.executions.claim(execution())
    assert ports.executions.update(execution(**START_FAILED))
    assert ports.executions.update(execution())
    assert ports.executions.get("loc-1", "ex-1").status is ExecutionStatus.RUNNING


def test_a_start_that_was_seen_to_fail_later_is_final(ports: Any) -> None:
    ports.executions.claim(execution())
    assert ports.executions.update(execution(**START_FAILED, launched=True))
    assert not ports.executions.update(execution())


def test_a_run_that_is_under_way_is_not_recorded_as_never_started(ports: Any) -> None:
    ports.executions.claim(execution())
    assert ports.executions.mark_launched("loc-1", "ex-1")
    assert not ports.executions.update(execution(**START_FAILED))
    assert ports.executions.get("loc-1", "ex-1") == execution(launched=True)


def test_the_launch_and_the_status_of_a_run_do_not_undo_each_other(ports: Any) -> None:
    read_before = ports.executions.claim(execution())
    assert ports.executions.mark_launched("loc-1", "ex-1")
    assert ports.executions.update(read_before.changed(status=ExecutionStatus.WAITING))
    waiting = execution(status=ExecutionStatus.WAITING, launched=True)
    assert ports.executions.get("loc-1", "ex-1") == waiting
    assert ports.executions.mark_launched("loc-1", "ex-1")
    assert ports.executions.get("loc-1", "ex-1") == waiting


def test_only_an_open_run_is_marked_as_launched(ports: Any) -> None:
    assert not ports.executions.mark_launched("loc-1", "ex-1")
    ports.executions.claim(execution())
    ports.executions.update(execution(**START_FAILED))
    assert not ports.executions.mark_launched("loc-1", "ex-1")
    assert not ports.executions.get("loc-1", "ex-1").launched


def test_a_reason_is_gone_once_it_holds_no_more(ports: Any) -> None:
    ports.executions.claim(execution())
    ports.executions.update(execution(**START_FAILED))
    ports.executions.update(execution())
    ports.executions.update(execution(status=ExecutionStatus.COMPLETED))
    assert not ports.executions.update(execution())


def test_records_of_a_long_run_live_longer_and_never_shorter_again(ports: Any) -> None:
    read_before = ports.executions.claim(execution())
    begun = ports.executions.begin_step(step())
    far = NOW + timedelta(days=400)
    ports.executions.keep_until("loc-1", "ex-1", far)
    ports.executions.keep_until("loc-1", "ex-1", NOW + timedelta(days=300))
    ports.executions.update(read_before.changed(status=ExecutionStatus.WAITING))
    ports.executions.finish_step(begun.changed(status=StepStatus.COMPLETED))
    assert ports.executions.get("loc-1", "ex-1").expires_at == far
    (kept,) = ports.executions.steps("loc-1", "ex-1")
    assert (kept.status, kept.expires_at) == (StepStatus.COMPLETED, far)


def test_each_begin_counts_and_keeps_the_first_start(ports: Any) -> None:
    assert ports.executions.begin_step(step()) == step(attempts=1)
    later = step(started_at=NOW + timedelta(minutes=5), input_data={"second": True})
    begun = ports.executions.begin_step(later)
    assert begun == step(attempts=2, input_data={"second": True})
    assert list(ports.executions.steps("loc-1", "ex-1")) == [begun]


@pytest.mark.parametrize("status", [StepStatus.COMPLETED, StepStatus.SKIPPED])
def test_a_step_that_ended_well_is_not_begun_again(ports: Any, status: StepStatus) -> None:
    begun = ports.executions.begin_step(step())
    ended = begun.changed(status=status, output_data={"id": "m-1"}, completed_at=NOW)
    ports.executions.finish_step(ended)
    assert ports.executions.begin_step(step()) == ended
    ports.executions.finish_step(begun.changed(status=StepStatus.FAILED, attempts=9))
    ports.executions.finish_step(begun.changed(status=StepStatus.RUNNING, attempts=9))
    assert list(ports.executions.steps("loc-1", "ex-1")) == [ended]


def test_a_try_that_is_written_twice_counts_once(ports: Any) -> None:
    begun = ports.executions.begin_step(step(try_id="t-1"))
    assert ports.executions.begin_step(step(try_id="t-1")) == begun == step(try_id="t-1")
    assert ports.executions.begin_step(step(try_id="t-2")).attempts == 2


def test_a_step_without_a_try_left_is_not_begun(ports: Any) -> None:
    for number in (1, 2):
        begun = ports.executions.begin_step(step(try_id=f"t-{number}"), 2)
        assert (begun.try_id, begun.attempts) == (f"t-{number}", number)
    ports.executions.finish_step(begun.changed(status=StepStatus.FAILED, error_message="no"))
    left = ports.executions.begin_step(step(try_id="t-3"), 2)
    assert (left.try_id, left.status, left.error_message) == ("t-2", StepStatus.FAILED, "no")
    # Without a bound it is begun, as by a redrive.
    assert ports.executions.begin_step(step(try_id="t-3")).attempts == 3


def test_a_failed_step_may_be_begun_again_and_end_well(ports: Any) -> None:
    failed = ports.executions.begin_step(step()).changed(
        status=StepStatus.FAILED, error_message="no", completed_at=NOW
    )
    ports.executions.finish_step(failed)
    again = ports.executions.begin_step(step())
    assert (again.attempts, again.status, again.error_message) == (2, StepStatus.RUNNING, None)
    ports.executions.finish_step(again.changed(status=StepStatus.COMPLETED))
    (found,) = ports.executions.steps("loc-1", "ex-1")
    assert (found.attempts, found.status) == (2, StepStatus.COMPLETED)


def test_an_older_attempt_never_replaces_a_newer_one(ports: Any) -> None:
    first = ports.executions.begin_step(step())
    second = ports.executions.begin_step(step())
    ports.executions.finish_step(first.changed(status=StepStatus.FAILED))
    ports.executions.finish_step(first.changed(status=StepStatus.WAITING))
    assert list(ports.executions.steps("loc-1", "ex-1")) == [second]


def test_a_step_that_failed_does_not_wait_in_the_same_attempt(ports: Any) -> None:
    failed = ports.executions.begin_step(step()).changed(status=StepStatus.FAILED)
    ports.executions.finish_step(failed)
    ports.executions.finish_step(failed.changed(status=StepStatus.WAITING))
    assert list(ports.executions.steps("loc-1", "ex-1")) == [failed]
    waiting = failed.changed(status=StepStatus.WAITING, attempts=2)
    ports.executions.finish_step(waiting)
    assert list(ports.executions.steps("loc-1", "ex-1")) == [waiting]


def test_an_end_is_stored_even_where_no_begin_was(ports: Any) -> None:
    ended = step(status=StepStatus.FAILED, reason_code=ReasonCode.CRASHED, expires_at=None)
    ports.executions.finish_step(ended)
    assert list(ports.executions.steps("loc-1", "ex-1")) == [ended]


def test_steps_come_in_the_order_of_their_start(ports: Any) -> None:
    for node, minutes in (("b", 2), ("c", 1), ("a", 2), ("d#1 ä", 0)):
        ports.executions.begin_step(
            step(node_id=node.split("#")[0], started_at=NOW + timedelta(minutes=minutes))
        )
    ports.executions.begin_step(step(execution_id="ex-2"))
    ports.joins.wait("loc-1", "ex-1", "j-1", 2, "token")
    found = [found.node_id for found in ports.executions.steps("loc-1", "ex-1")]
    assert found == ["d", "c", "a", "b"]


def test_the_newest_executions_of_a_workflow_come_first(ports: Any) -> None:
    for number in (3, 1, 2):
        ports.executions.claim(
            execution(id=f"ex-{number}", started_at=NOW + timedelta(seconds=number))
        )
    ports.executions.claim(execution(id="ex-4", workflow_id="wf-2"))
    ports.executions.claim(execution(id="ex-5", location_id="loc-2"))
    assert listed(ports, PageRequest(2), workflow_id="wf-1") == ["ex-3", "ex-2"]
    assert listed(ports, workflow_id="wf-1") == ["ex-3", "ex-2", "ex-1"]


def listed(ports: Any, request: PageRequest = FIRST_PAGE, **wanted: Any) -> list[str]:
    page = ports.executions.page("loc-1", ExecutionFilter(**wanted), request)
    return [found.id for found in page.items]


def test_the_runs_of_a_location_are_listed_by_time_and_status(ports: Any) -> None:
    for number, status in enumerate(("completed", "failed", "running", "failed")):
        ports.executions.claim(
            execution(
                id=f"ex-{number}",
                workflow_id=f"wf-{number}",
                booking_id=None if number else "b-1",
                status=status,
                started_at=NOW + timedelta(seconds=number),
            )
        )
    ports.executions.claim(execution(id="ex-9", location_id="loc-2", status="failed"))
    assert listed(ports) == ["ex-3", "ex-2", "ex-1", "ex-0"]
    assert listed(ports, status=ExecutionStatus.FAILED) == ["ex-3", "ex-1"]
    assert listed(ports, workflow_id="wf-1", status=ExecutionStatus.FAILED) == ["ex-1"]
    assert listed(ports, booking_id="b-1", status=ExecutionStatus.FAILED) == []
    since, until = NOW + timedelta(seconds=1), NOW + timedelta(seconds=2)
    assert listed(ports, since=since, until=until) == ["ex-2", "ex-1"]
    assert listed(ports, status=ExecutionStatus.FAILED, until=until) == ["ex-1"]


@pytest.mark.parametrize("wanted", [{}, {"workflow_id": "wf-1"}])
def test_a_run_is_listed_by_the_status_that_it_has_now(ports: Any, wanted: Any) -> None:
    ports.executions.claim(execution())
    assert listed(ports, **wanted, status=ExecutionStatus.RUNNING) == ["ex-1"]
    ports.executions.update(execution(status=ExecutionStatus.COMPLETED))
    assert listed(ports, **wanted, status=ExecutionStatus.RUNNING) == []
    assert listed(ports, **wanted, status=ExecutionStatus.COMPLETED) == ["ex-1"]


def test_the_one_failure_far_back_is_on_the_first_page(ports: Any) -> None:
    for number in range(60):
        ports.executions.claim(
            execution(
                id=f"ex-{number}",
                workflow_id="wf-2" if number == 1 else "wf-1",
                status="completed" if number > 1 else "failed",
                started_at=NOW + timedelta(seconds=number),
            )
        )
    failed = ExecutionFilter(workflow_id="wf-1", status=ExecutionStatus.FAILED)
    page = ports.executions.page("loc-1", failed, PageRequest(10))
    assert ([each.id for each in page.items], page.position) == (["ex-0"], None)


def test_a_walk_through_a_list_misses_none_while_runs_leave_it(ports: Any) -> None:
    for number in range(5):
        ports.executions.claim(
            execution(id=f"ex-{number}", started_at=NOW + timedelta(seconds=number))
        )
    wanted = ExecutionFilter(workflow_id="wf-1", status=ExecutionStatus.RUNNING)
    seen: list[str] = []
    page = ports.executions.page("loc-1", wanted, PageRequest(2))
    while True:
        for each in page.items:
            seen.append(each.id)
            ports.executions.update(each.changed(status=ExecutionStatus.CANCELLED))
        if page.position is None:
            break
        page = ports.executions.page("loc-1", wanted, PageRequest(2, page.position))
    assert seen == ["ex-4", "ex-3", "ex-2", "ex-1", "ex-0"]


def test_the_runs_of_a_booking_are_filtered_by_page(ports: Any) -> None:
    for number in range(3):
        ports.executions.claim(
            execution(
                id=f"ex-{number}",
                booking_id="b-1",
                status="running" if number else "failed",
                started_at=NOW + timedelta(seconds=number),
            )
        )
    wanted = ExecutionFilter(booking_id="b-1", status=ExecutionStatus.FAILED)
    first = ports.executions.page("loc-1", wanted, PageRequest(2))
    assert first.items == []
    (found,) = ports.executions.page("loc-1", wanted, PageRequest(2, first.position)).items
    assert found.id == "ex-0"


def test_days_and_the_last_run_are_counted_by_workflow(ports: Any) -> None:
    ended = {"status": ExecutionStatus.COMPLETED, "completed_at": NOW}
    failed = {"status": ExecutionStatus.FAILED, "completed_at": NOW + timedelta(minutes=5)}
    for run in (execution(**ended), execution(id="ex-2", **failed)):
        ports.executions.count_end(run)
    ports.executions.count_end(execution(id="ex-3", location_id="loc-2", **ended))
    workflow_id = execution().workflow_id
    found = ports.executions.statistics("loc-1", [workflow_id, "another"])
    assert list(found) == [workflow_id]
    assert found[workflow_id].days == [DayCount(NOW.date(), completed=1, failed=1)]
    assert found[workflow_id].last_ended_at == failed["completed_at"]


def test_an_end_that_is_reported_again_is_counted_once(ports: Any) -> None:
    ended = {"status": ExecutionStatus.COMPLETED, "completed_at": NOW}
    for run in (execution(**ended), execution(id="ex-2", **ended), execution(**ended)):
        ports.executions.count_end(run)
    workflow_id = execution().workflow_id
    found = ports.executions.statistics("loc-1", [workflow_id])[workflow_id]
    assert found.days == [DayCount(NOW.date(), completed=2)]


def test_a_day_takes_the_place_of_the_one_a_week_before(ports: Any) -> None:
    workflow_id = execution().workflow_id
    for back in (9, 7, 3, 0, 7):  # the last one is reported too late to be counted
        ended = NOW - timedelta(days=back)
        ports.executions.count_end(
            execution(id=f"ex-{back}", status=ExecutionStatus.FAILED, completed_at=ended)
        )
    found = ports.executions.statistics("loc-1", [workflow_id])[workflow_id]
    assert [(NOW.date() - each.day).days for each in found.days] == [9, 3, 0]
    assert {(each.completed, each.failed) for each in found.days} == {(0, 1)}
    assert found.last_ended_at == NOW


def at(node_id: str, status: StepStatus = StepStatus.COMPLETED, **fields: Any) -> Step:
    """Return a step of the sample execution."""
    return step(node_id=node_id, status=status, **fields)


def test_steps_are_counted_with_the_end_by_day_version_and_outcome(ports: Any) -> None:
    ended = {"status": ExecutionStatus.COMPLETED, "completed_at": NOW}
    skipped = at("mail", StepStatus.SKIPPED, reason_code=ReasonCode.OPTED_OUT)
    ports.executions.count_end(execution(**ended), [at("mail"), at("crm", StepStatus.FAILED)])
    ports.executions.count_end(execution(id="ex-2", **ended), [skipped])
    ports.executions.count_end(execution(id="ex-2", **ended), [skipped])  # reported again
    ports.executions.count_end(execution(id="ex-3", version=7, **ended), [at("mail")])
    days = ports.executions.step_days("loc-1", execution().workflow_id)
    found = step_statistics(days, execution().version, NOW.date())
    assert found.ended == {"completed": 2}
    assert found.steps == [
        StepCounts("crm", completed=0, failed=1, skipped={}),
        StepCounts("mail", completed=1, failed=0, skipped={"opted_out": 1}),
    ]
    assert [each.came for each in found.steps] == [1, 2]
    assert step_statistics(days, 7, NOW.date()).ended == {"completed": 1}


def test_counters_of_steps_are_stored_by_day_and_an_end_that_is_late_counts_for_the_current_one(
    ports: Any,
) -> None:
    for back in (9, 2, 0, 1):
        ended = NOW - timedelta(days=back)
        run = execution(id=f"ex-{back}", status=ExecutionStatus.FAILED, completed_at=ended)
        for _ in range(2):
            ports.executions.count_end(run, [at("mail")])
    days = ports.executions.step_days("loc-1", execution().workflow_id)
    counted = {
        (NOW.date() - day).days: step_statistics({day: names}, execution().version, day).steps
        for day, names in days.items()
    }
    assert {back: steps[0].completed for back, steps in counted.items()} == {9: 1, 2: 1, 0: 2}
    assert step_statistics(days, execution().version, NOW.date() - timedelta(days=6)).ended == {
        "failed": 3
    }


def test_a_thousand_steps_are_counted_once(ports: Any) -> None:
    run = execution(status=ExecutionStatus.COMPLETED, completed_at=NOW)
    steps = [at(f"node_{number}") for number in range(1000)]
    for _ in range(2):
        ports.executions.count_end(run, steps)
    days = ports.executions.step_days("loc-1", run.workflow_id)
    found = step_statistics(days, run.version, NOW.date())
    assert len(found.steps) == 1000
    assert {each.completed for each in found.steps} == {1}
    assert ports.executions.statistics("loc-1", [run.workflow_id])[run.workflow_id].days == [
        DayCount(NOW.date(), completed=1)
    ]


def test_a_day_that_ends_while_its_counters_are_stored_loses_none(aws: AwsPorts) -> None:
    """Another end counts between reading the day's counters and setting them back."""
    yesterday = NOW - timedelta(days=1)
    store = aws.executions

    def count(number: int, ended: datetime) -> None:
        run = execution(id=f"ex-{number}", status=ExecutionStatus.COMPLETED, completed_at=ended)
        store.count_end(run, [at("mail")])

    count(1, yesterday)
    stale = store.table.get(Key(f"L#loc-1#WORKFLOW#{execution().workflow_id}", "STATISTICS"))
    assert stale is not None
    count(2, yesterday)
    run = execution(id="ex-3", status=ExecutionStatus.COMPLETED, completed_at=NOW)
    key = Key(stale["PK"], stale["SK"])
    assert store._begin_day(key, stale, run)
    count(3, NOW)
    assert store._begin_day(key, stale, run)  # one that was held up all the time
    days = store.step_days("loc-1", execution().workflow_id)
    counted = {(NOW.date() - day).days: sum(names.values()) for day, names in days.items()}
    assert counted == {1: 4, 0: 2}


def test_an_index_that_is_behind_shows_no_run_of_another_status(aws: AwsPorts) -> None:
    aws.executions.claim(execution(status=ExecutionStatus.COMPLETED))
    key = {"PK": {"S": "L#loc-1#EXECUTION#ex-1"}, "SK": {"S": "EXECUTION"}}
    aws.dynamodb.update_item(
        TableName=TABLE,
        Key=key,
        UpdateExpression="SET GSI4PK = :old, GSI5PK = :old_too",
        ExpressionAttributeValues={
            ":old": {"S": "L#loc-1#EXECUTIONS#running"},
            ":old_too": {"S": "L#loc-1#WORKFLOW#wf-1#EXECUTIONS#running"},
        },
    )
    assert listed(aws, status=ExecutionStatus.RUNNING) == []
    assert listed(aws, workflow_id="wf-1", status=ExecutionStatus.RUNNING) == []


def test_each_write_is_one_call(aws: AwsPorts) -> None:
    aws.operations.clear()
    aws.executions.claim(execution())
    aws.executions.claim(execution())
    aws.executions.update(execution(status=ExecutionStatus.COMPLETED))
    aws.executions.update(execution())
    assert aws.operations == ["PutItem"] * 2 + ["UpdateItem"] * 2
    aws.operations.clear()
    begun = aws.executions.begin_step(step())
    aws.executions.finish_step(begun.changed(status=StepStatus.COMPLETED))
    aws.executions.begin_step(step())
    assert aws.operations == ["UpdateItem"] * 3


def test_records_carry_their_time_to_live_in_seconds(aws: AwsPorts) -> None:
    aws.executions.claim(execution())
    aws.executions.begin_step(step())
    items = aws.dynamodb.query(
        TableName=TABLE,
        KeyConditionExpression="PK = :pk",
        ExpressionAttributeValues={":pk": {"S": "L#loc-1#EXECUTION#ex-1"}},
    )["Items"]
    expected = {"N": str(int((NOW + timedelta(days=90)).timestamp()))}
    assert [item["expires_at"] for item in items] == [expected, expected]


def test_a_page_of_many_executions_is_two_calls_and_never_a_scan(aws: AwsPorts) -> None:
    for number in range(200):
        aws.executions.claim(
            execution(id=f"ex-{number}", started_at=NOW + timedelta(seconds=number))
        )
    aws.operations.clear()
    assert listed(aws, PageRequest(50), workflow_id="wf-1")[:2] == ["ex-199", "ex-198"]
    assert aws.operations == ["Query", "BatchGetItem"]


def test_the_executions_of_a_booking_and_the_future_bookings_have_an_index(aws: AwsPorts) -> None:
    aws.bookings.record(created())
    for number in (1, 2):
        aws.executions.claim(
            execution(id=f"ex-{number}", started_at=NOW + timedelta(seconds=number))
        )
    aws.executions.claim(execution(id="ex-3", booking_id=None))
    runs = aws.table.query_index("GSI2", "L#loc-1#BOOKING#b-1#EXECUTIONS", newest_first=True)
    assert [run["PK"] for run in runs] == ["L#loc-1#EXECUTION#ex-2", "L#loc-1#EXECUTION#ex-1"]
    (booking,) = aws.table.query("L#loc-1#BOOKINGS", index="GSI1", begins_with="2026-12-12T09:00")
    assert booking["PK"] == "L#loc-1#BOOKING#b-1"


def test_a_delivery_is_noted_at_its_step_and_outlives_what_is_stored_later(ports: Any) -> None:
    begun = ports.executions.begin_step(step())
    where = (begun.location_id, begun.execution_id, begun.node_id)
    ports.executions.note_delivery(*where, "m-1", "delivered")
    ports.executions.finish_step(begun.changed(status=StepStatus.FAILED))
    ports.executions.note_delivery(*where, "m-2", "not delivered: Invalid phone number")
    ports.executions.note_delivery(*where, "m-1", "delivered")
    again = ports.executions.begin_step(step())
    both = {"m-1": "delivered", "m-2": "not delivered: Invalid phone number"}
    assert again.deliveries == both
    ports.executions.finish_step(again.changed(status=StepStatus.COMPLETED))
    ports.executions.note_delivery(*where, "m-3", "delivered")
    (stored,) = ports.executions.steps(*where[:2])
    assert (stored.status, stored.deliveries) == (
        StepStatus.COMPLETED,
        {**both, "m-3": "delivered"},
    )
    # A resumed execution takes the step over.
    ports.executions.finish_step(stored.changed(execution_id="ex-2"))
    (kept,) = ports.executions.steps(begun.location_id, "ex-2")
    assert kept.deliveries == stored.deliveries


def test_a_delivery_makes_no_step(ports: Any) -> None:
    ports.executions.note_delivery("loc-1", "ex-1", "msg", "m-1", "delivered")
    assert ports.executions.steps("loc-1", "ex-1") == []
