"""The contract of `Machines`, for the fake and for Step Functions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bookflow.adapters.step_functions import VISIBLE_AFTER_SECONDS
from bookflow.domain.shared.errors import PermanentError, TransientError
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


def test_the_inventory_names_the_machines_and_since_when_they_are_unused(ports: Any) -> None:
    arns = [ports.machines.ensure(f"bookflow-test-{number}", DEFINITION) for number in (1, 2)]
    ports.machines.mark_unused(arns[1], NOW)
    found = {machine.arn: machine.unused_since for machine in ports.machines.inventory()}
    assert found == {arns[0]: None, arns[1]: NOW}
    assert ports.machines.marked_unused(arns[1]) == NOW
    ports.machines.mark_unused(arns[1], None)
    assert {machine.unused_since for machine in ports.machines.inventory()} == {None}


def test_a_machine_that_is_asked_for_again_is_unused_no_more(ports: Any) -> None:
    arn = ports.machines.ensure("bookflow-test-1", DEFINITION)
    ports.machines.mark_unused(arn, NOW)
    assert ports.machines.ensure("bookflow-test-1", DEFINITION) == arn
    assert ports.machines.marked_unused(arn) is None


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


@pytest.mark.parametrize("operation", ["ListTagsForResource", "ListExecutions", "TagResource"])
def test_a_machine_that_goes_while_it_is_looked_at_is_no_error(
    aws: AwsPorts, operation: str
) -> None:
    arn = aws.machines.ensure("bookflow-test-1", DEFINITION)
    code = "StateMachineDoesNotExist" if operation == "ListExecutions" else "ResourceNotFound"
    _refuse(aws.sfn, operation, code)
    assert [machine.arn for machine in aws.machines.inventory()] == [arn]
    assert not aws.machines.is_running(arn)
    aws.machines.mark_unused(arn, NOW)


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
