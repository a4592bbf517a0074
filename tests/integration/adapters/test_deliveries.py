"""Deliveries beside their steps, for the fake and for DynamoDB, and the function that sends them."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from bookflow.adapters.functions import LambdaFunctions
from bookflow.domain.executions.execution import StepStatus
from bookflow.domain.privacy.erased_records import erased_step
from bookflow.domain.shared.errors import NotFoundError, TransientError
from bookflow.domain.webhooks.deliveries import Delivery, sent_request
from tests.aws.referee import Referee
from tests.aws.refusals import Refusal
from tests.integration.adapters.conftest import TRY_ONCE, AwsPorts
from tests.integration.adapters.samples import NOW, execution, step
from tests.integration.functions import run_functions


def delivery(delivery_id: str, body: str = "{}") -> Delivery:
    request = sent_request("POST", "https://crm.example.com/", {"a": "b"}, body.encode())
    return Delivery(id=delivery_id, message_id="msg_1", sent_at=NOW, request=request)


def ids(ports: Any, node_id: str = "n-1", execution_id: str = "ex-1") -> list[str]:
    found = ports.executions.deliveries("loc-1", node_id, [execution_id, "ex-none"])
    return [each.id for each in found.get(execution_id, ())]


def test_each_try_adds_its_deliveries_and_no_write_of_the_step_takes_any(ports: Any) -> None:
    store = ports.executions
    begun = store.begin_step(step(try_id="t-1"))
    store.finish_step(begun, [delivery("dl-1")])
    begun = store.begin_step(step(try_id="t-2"))
    store.finish_step(begun.changed(status=StepStatus.FAILED), [delivery("dl-2", "x" * 9000)])
    store.finish_step(begun.changed(status=StepStatus.FAILED, error_message="Later"))
    assert ids(ports) == ["dl-1", "dl-2"]
    assert store.step("loc-1", "ex-1", "n-1").error_message == "Later"
    first = store.deliveries("loc-1", "n-1", ["ex-1"])["ex-1"][0]
    assert first == delivery("dl-1")


def test_a_delivery_by_hand_is_added_to_a_step_that_is_over_and_exists(ports: Any) -> None:
    store = ports.executions
    done = store.begin_step(step()).changed(status=StepStatus.COMPLETED)
    store.finish_step(done, [delivery("dl-1")])
    assert store.add_delivery(done, delivery("dl-2"))
    assert ids(ports) == ["dl-1", "dl-2"]
    assert not store.add_delivery(done.changed(node_id="none"), delivery("dl-3"))
    assert ids(ports, "none") == []
    with pytest.raises(NotFoundError):
        store.step("loc-1", "ex-1", "none")


def test_an_erased_step_takes_no_delivery_that_was_under_way(ports: Any) -> None:
    store = ports.executions
    done = store.begin_step(step(input_data={"url": "https://crm.example.com/"}))
    store.finish_step(done.changed(status=StepStatus.COMPLETED), [delivery("dl-1")])
    read = store.step("loc-1", "ex-1", "n-1")
    store.overwrite(execution(), [erased_step(read)])
    assert ids(ports) == []
    assert not store.add_delivery(read, delivery("dl-2"))
    assert ids(ports) == []


def test_a_step_without_deliveries_has_none(ports: Any) -> None:
    ports.executions.begin_step(step())
    assert ids(ports) == []


def test_a_write_that_botocore_repeats_shows_a_delivery_once(aws: AwsPorts) -> None:
    begun = aws.executions.begin_step(step())
    for _ in range(2):
        aws.executions.finish_step(begun, [delivery("dl-1")])
    assert ids(aws) == ["dl-1"]


def test_the_deliveries_of_a_hundred_executions_are_one_call(aws: AwsPorts) -> None:
    aws.operations.clear()
    aws.executions.deliveries("loc-1", "n-1", [f"ex-{number}" for number in range(100)])
    assert aws.operations == ["BatchGetItem"]


def functions(session: boto3.Session, invoke: Any) -> LambdaFunctions:
    make: Any = session.client
    client = make("lambda", config=TRY_ONCE)
    return LambdaFunctions(
        run_functions(client, invoke), "arn:aws:lambda:eu-central-1:123456789012:function:s-"
    )


def test_a_function_is_run_by_its_name_and_answers(aws_session: boto3.Session) -> None:
    called: list[Any] = []

    def invoke(arn: str, payload: Any) -> Any:
        called.append((arn, payload))
        return {"ok": payload["n"]}

    assert functions(aws_session, invoke).invoke("webhook", {"n": 1}) == {"ok": 1}
    assert called == [("arn:aws:lambda:eu-central-1:123456789012:function:s-webhook", {"n": 1})]


@pytest.mark.parametrize("answer", [None, "text", ZeroDivisionError("x")])
def test_a_function_that_does_not_answer_as_agreed_is_no_permanent_error(
    aws_session: boto3.Session, answer: Any
) -> None:
    def invoke(_: str, __: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(TransientError, match="ended without an answer"):
        functions(aws_session, invoke).invoke("webhook", {})


def test_a_throttled_function_is_busy(aws_session: boto3.Session, referee: Referee) -> None:
    def throttled(service: str, *_: Any) -> Refusal | None:
        return Refusal("TooManyRequestsException", "Rate exceeded") if service == "lambda" else None

    referee.judges.append(throttled)
    try:
        with pytest.raises(TransientError):
            functions(aws_session, lambda *_: {}).invoke("webhook", {})
    finally:
        referee.judges.remove(throttled)


def test_a_client_that_would_send_twice_is_not_taken(aws_session: boto3.Session) -> None:
    make: Any = aws_session.client
    with pytest.raises(ValueError, match="total_max_attempts"):
        LambdaFunctions(make("lambda"), "x")
