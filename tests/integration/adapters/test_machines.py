"""The contract of `Machines`, for the fake and for Step Functions."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bookflow.adapters.step_functions import (
    LONGEST_WAIT_SECONDS,
    PUBLISH_WAITS_SECONDS,
    VISIBLE_AFTER_SECONDS,
)
from bookflow.domain.executions.machine_deletion import DELETION
from bookflow.domain.shared.errors import PermanentError, TransientError
from bookflow.use_cases.sweeping.sweep_machines import GRACE
from tests.integration.adapters.conftest import LOG_GROUP_ARN, ROLE_ARN, AwsPorts
from tests.integration.adapters.samples import NOW

UNKNOWN_ARN = "arn:aws:states:eu-central-1:123456789012:stateMachine:none"
STATES = {"A": {"Type": "Pass", "End": True, "Comment": "ä"}}
DEFINITION = json.dumps({"StartAt": "A", "States": STATES})


def _refuse(client: Any, operation: str, code: str, *, times: int = 1) -> None:
    """Let the next calls answer with an error of that code."""
    left = [times]

    def refuse(**_: Any) -> None:
        if left[0]:
            left[0] -= 1
            error = {"Error": {"Code": code, "Message": "it says ada@example.com"}}
            raise ClientError(error, operation)  # type: ignore[arg-type]

    client.meta.events.register(f"before-call.*.{operation}", refuse)


def test_a_machine_is_made_once_and_found_again(ports: Any) -> None:
    arn = ports.machines.ensure("m-1", DEFINITION)
    assert arn == "arn:aws:states:eu-central-1:123456789012:stateMachine:m-1"
    assert ports.machines.ensure("m-1", DEFINITION) == arn
    assert ports.machines.ensure("m-1", DEFINITION.replace("ä", "other")) == arn


def test_a_start_of_the_same_name_starts_nothing(ports: Any) -> None:
    arn = ports.machines.ensure("m-1", DEFINITION)
    ports.machines.start(arn, "ex-1", {"a": "ä"})
    ports.machines.start(arn, "ex-1", {"a": "ä"})
    ports.machines.start(arn, "ex-1", {"a": "other"})
    assert list(ports.machines.running(arn)) == ["ex-1"]
    run = ports.machines.find(arn, "ex-1")
    assert json.loads(run.payload) == {"a": "ä"}


def test_a_machine_that_cannot_be_seen_is_for_a_later_try(ports: Any) -> None:
    with pytest.raises(TransientError):
        ports.machines.start(UNKNOWN_ARN, "ex-1", {})


def test_stopping_what_does_not_run_is_no_error(ports: Any) -> None:
    arn = ports.machines.ensure("m-1", DEFINITION)
    ports.machines.stop(arn, "ex-1", "why")
    ports.machines.start(arn, "ex-1", {})
    ports.machines.stop(arn, "ex-1", "why" * 20_000)
    ports.machines.stop(arn, "ex-1", "again")
    assert ports.machines.find(arn, "ex-1").status == "ABORTED"


def test_the_inventory_names_the_machines(ports: Any) -> None:
    arns = {ports.machines.ensure(f"bookflow-test-{number}", DEFINITION) for number in (1, 2)}
    found = list(ports.machines.inventory())
    assert {machine.arn for machine in found} == arns
    assert {machine.name for machine in found} == {"bookflow-test-1", "bookflow-test-2"}


LATER = NOW + timedelta(days=20)


def test_a_machine_is_marked_until_its_mark_is_taken_off(ports: Any) -> None:
    marks = ports.unused_machines
    assert marks.marks() == {}
    marks.mark("m-1", NOW)
    marks.mark("m-2", LATER)
    assert marks.marks() == {"m-1": NOW, "m-2": LATER}
    marks.take_up("m-1", LATER)
    marks.take_up("m-3", LATER)
    marks.forget("m-2")
    marks.forget("m-2")
    assert marks.marks() == {}


def test_a_machine_that_is_being_deleted_cannot_be_taken_up_until_that_is_over(ports: Any) -> None:
    marks = ports.unused_machines
    marks.mark("m-1", NOW)
    assert marks.begin_deletion("m-1", NOW, LATER)
    assert not marks.begin_deletion("m-1", NOW, LATER)
    with pytest.raises(TransientError, match="being deleted") as caught:
        marks.take_up("m-1", LATER + DELETION - timedelta(seconds=1))
    assert caught.value.retry_after == DELETION.total_seconds()
    marks.take_up("m-1", LATER + DELETION)
    assert not marks.begin_deletion("m-1", NOW, LATER)


def test_a_deletion_that_failed_leaves_the_mark_and_lets_the_machine_be_used(ports: Any) -> None:
    marks = ports.unused_machines
    marks.mark("m-1", NOW)
    assert marks.begin_deletion("m-1", NOW, LATER)
    marks.mark("m-1", NOW)
    assert marks.marks() == {"m-1": NOW}
    marks.take_up("m-1", LATER)


def test_a_machine_that_was_taken_up_or_marked_anew_is_not_deleted(ports: Any) -> None:
    marks = ports.unused_machines
    assert not marks.begin_deletion("m-1", NOW, LATER)
    marks.mark("m-1", LATER)
    assert not marks.begin_deletion("m-1", NOW, LATER)


def test_a_sweep_remembers_where_it_stopped_beside_its_marks(ports: Any) -> None:
    marks = ports.unused_machines
    assert marks.stopped_at() is None
    marks.mark("m-1", NOW)
    marks.stop_at("m-7")
    assert marks.stopped_at() == "m-7"
    assert set(marks.marks()) == {"m-1"}
    marks.stop_at(None)
    marks.stop_at(None)
    assert marks.stopped_at() is None


def test_a_mark_expires_long_after_its_machine_should_be_deleted(aws: AwsPorts) -> None:
    aws.unused_machines.mark("m-1", NOW)
    (item,) = aws.dynamodb.scan(TableName="bookflow")["Items"]
    assert int(item["expires_at"]["N"]) > (NOW + 3 * GRACE).timestamp()


def test_a_machine_is_made_by_one_call(aws: AwsPorts) -> None:
    calls: list[str] = []
    aws.sfn.meta.events.register("before-call", lambda model, **_: calls.append(model.name))
    aws.machines.ensure("m-1", DEFINITION)
    assert calls == ["CreateStateMachine"]


@pytest.mark.parametrize("code", ["ThrottlingException", "StateMachineDeleting"])
def test_a_publish_waits_for_its_turn_and_then_says_when_to_come_again(
    aws: AwsPorts, code: str
) -> None:
    _refuse(aws.sfn, "CreateStateMachine", code, times=3)
    aws.machines.ensure("m-1", DEFINITION)
    assert len(aws.waits) == 3
    _refuse(aws.sfn, "CreateStateMachine", code, times=99)
    with pytest.raises(TransientError, match="Too many workflows") as caught:
        aws.machines.ensure("m-2", DEFINITION)
    assert sum(aws.waits) < 3 * LONGEST_WAIT_SECONDS + PUBLISH_WAITS_SECONDS
    assert 15 <= (caught.value.retry_after or 0) <= 45


def test_an_account_with_all_its_machines_says_so(aws: AwsPorts) -> None:
    _refuse(aws.sfn, "CreateStateMachine", "StateMachineLimitExceeded")
    with pytest.raises(TransientError, match="as many state machines"):
        aws.machines.ensure("m-1", DEFINITION)
    assert aws.waits == []


def test_a_machine_runs_from_a_start_to_a_stop(ports: Any) -> None:
    arn = ports.machines.ensure("bookflow-test-1", DEFINITION)
    assert not ports.machines.is_running(arn)
    ports.machines.start(arn, "ex-1", {})
    assert ports.machines.is_running(arn)
    ports.machines.stop(arn, "ex-1", "why")
    assert not ports.machines.is_running(arn)


def test_a_deleted_machine_is_gone_and_troubles_nobody(ports: Any) -> None:
    arn = ports.machines.ensure("bookflow-test-1", DEFINITION)
    ports.machines.delete(arn)
    ports.machines.delete(arn)
    assert list(ports.machines.inventory()) == []
    assert not ports.machines.is_running(arn)


def test_a_machine_that_goes_while_it_is_looked_at_is_no_error(aws: AwsPorts) -> None:
    arn = aws.machines.ensure("bookflow-test-1", DEFINITION)
    _refuse(aws.sfn, "ListExecutions", "StateMachineDoesNotExist")
    assert not aws.machines.is_running(arn)


def test_machines_of_other_stacks_are_not_listed(aws: AwsPorts) -> None:
    aws.machines.ensure("another-stack-wf-1", DEFINITION)
    arn = aws.machines.ensure("bookflow-test-1", DEFINITION)
    assert [machine.arn for machine in aws.machines.inventory()] == [arn]


def test_the_machine_is_standard_logs_failures_and_carries_the_stack(aws: AwsPorts) -> None:
    arn = aws.machines.ensure("m-1", DEFINITION)
    made = aws.sfn.describe_state_machine(stateMachineArn=arn)
    assert made["definition"] == DEFINITION
    assert (made["type"], made["roleArn"]) == ("STANDARD", ROLE_ARN)
    assert made["loggingConfiguration"] == {
        "level": "ERROR",
        "includeExecutionData": False,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": f"{LOG_GROUP_ARN}:*"}}],
    }
    tags = aws.sfn.list_tags_for_resource(resourceArn=arn)["tags"]
    assert tags == [{"key": "bookflow:prefix", "value": "bookflow-test"}]


def test_a_started_run_has_the_payload_and_a_stopped_one_is_aborted(aws: AwsPorts) -> None:
    arn = aws.machines.ensure("m-1", DEFINITION)
    aws.machines.start(arn, "ex-1", {"a": "ä"})
    (run,) = aws.sfn.list_executions(stateMachineArn=arn)["executions"]
    found = aws.sfn.describe_execution(executionArn=run["executionArn"])
    assert (found["name"], json.loads(found["input"])) == ("ex-1", {"a": "ä"})
    aws.machines.stop(arn, "ex-1", "The workflow was stopped.")
    found = aws.sfn.describe_execution(executionArn=run["executionArn"])
    assert found["status"] == "ABORTED"


def test_a_run_is_reported_of_while_it_runs_and_after(aws: AwsPorts) -> None:
    arn = aws.machines.ensure("m-1", DEFINITION)
    assert aws.machines.find(arn, "ex-1") is None
    assert aws.machines.find(UNKNOWN_ARN, "ex-1") is None
    assert list(aws.machines.running(UNKNOWN_ARN)) == []
    aws.machines.start(arn, "ex-1", {"a": "ä"})
    aws.machines.start(arn, "ex-2", {})
    run = aws.machines.find(arn, "ex-1")
    assert run is not None
    assert (run.status, json.loads(run.payload)) == ("RUNNING", {"a": "ä"})
    assert set(aws.machines.running(arn)) == {"ex-1", "ex-2"}
    aws.machines.stop(arn, "ex-1", "Over.")
    ended = aws.machines.find(arn, "ex-1")
    assert ended is not None
    assert ended.status == "ABORTED"
    assert ended.at >= run.at
    assert list(aws.machines.running(arn)) == ["ex-2"]


def test_a_list_of_runs_asks_for_a_thousand_a_call(aws: AwsPorts) -> None:
    asked: list[Any] = []
    aws.sfn.meta.events.register(
        "before-parameter-build.stepfunctions.ListExecutions",
        lambda params, **_: asked.append(params.get("maxResults")),
    )
    arn = aws.machines.ensure("m-1", DEFINITION)
    for number in range(101):
        aws.machines.start(arn, f"ex-{number}", {})
    asked.clear()
    assert len(set(aws.machines.running(arn))) == 101
    assert asked == [1000]


def test_a_machine_that_is_seen_late_is_started_in_the_same_call(aws: AwsPorts) -> None:
    arn = aws.machines.ensure("m-1", DEFINITION)
    _refuse(aws.sfn, "StartExecution", "StateMachineDoesNotExist", times=3)
    aws.machines.start(arn, "ex-1", {})
    assert aws.waits == list(VISIBLE_AFTER_SECONDS[:3])
    assert len(aws.sfn.list_executions(stateMachineArn=arn)["executions"]) == 1


def test_the_waits_for_a_machine_end_after_three_seconds(aws: AwsPorts) -> None:
    with pytest.raises(TransientError):
        aws.machines.start(UNKNOWN_ARN, "ex-1", {})
    assert sum(aws.waits) == pytest.approx(3)


@pytest.mark.parametrize("code", ["InvalidToken", "TaskDoesNotExist", "TaskTimedOut"])
def test_a_spent_token_is_no_error(aws: AwsPorts, code: str) -> None:
    calls: list[Any] = []
    aws.sfn.meta.events.register("before-call.*.SendTaskSuccess", lambda **_: calls.append(1))
    _refuse(aws.sfn, "SendTaskSuccess", code)
    aws.machines.answer("token", {"decision": "active"})
    assert calls == [1]


def test_another_error_of_an_answer_is_reported_without_aws_own_words(aws: AwsPorts) -> None:
    _refuse(aws.sfn, "SendTaskSuccess", "AccessDeniedException")
    with pytest.raises(PermanentError) as caught:
        aws.machines.answer("token", {})
    assert "SendTaskSuccess" in str(caught.value)
    assert "example.com" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ExecutionLimitExceeded", TransientError),
        ("StateMachineDeleting", TransientError),
        ("ThrottlingException", TransientError),
        ("InvalidExecutionInput", PermanentError),
    ],
)
def test_errors_of_a_start_say_whether_a_retry_helps(
    aws: AwsPorts, code: str, kind: type[Exception]
) -> None:
    _refuse(aws.sfn, "StartExecution", code, times=9)
    with pytest.raises(kind):
        aws.machines.start(UNKNOWN_ARN, "ex-1", {})
