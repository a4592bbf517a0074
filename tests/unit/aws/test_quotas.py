"""Each bucket lets its burst pass, refuses the next call, and fills with the clock."""

from __future__ import annotations

from contextlib import ExitStack

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import get_session
from moto import mock_aws

from tests.aws.quotas import (
    QUOTAS,
    Clock,
    Concurrency,
    Crowd,
    Quota,
    Throttle,
    TooManyRequestsError,
)
from tests.aws.referee import Referee


@pytest.mark.parametrize(("service", "operation"), sorted(QUOTAS))
def test_a_bucket_gives_its_burst_and_then_what_it_gains(service: str, operation: str) -> None:
    clock, quota = Clock(), QUOTAS[service, operation]
    throttle = Throttle(clock)
    for _ in range(quota.burst):
        assert throttle.judge(service, operation, {}) is None
    refused = throttle.judge(service, operation, {})
    assert refused is not None
    assert refused.code == quota.code
    clock.sleep(1 / quota.per_second)
    assert throttle.judge(service, operation, {}) is None
    assert throttle.judge(service, operation, {}) is not None
    assert throttle.throttled == {operation: 2}


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    clock.sleep(1_000_000)
    passed = [throttle.judge("stepfunctions", "ListTagsForResource", {}) for _ in range(101)]
    assert passed.count(None) == 100


def test_each_operation_has_a_bucket_of_its_own_and_exists() -> None:
    throttle = Throttle(Clock())
    while throttle.judge("stepfunctions", "CreateStateMachine", {}) is None:
        pass
    assert throttle.judge("stepfunctions", "UntagResource", {}) is None
    assert throttle.judge("dynamodb", "GetItem", {}) is None
    for service, operation in QUOTAS:
        assert operation in get_session().get_service_model(service).operation_names


def test_a_call_through_boto3_is_throttled_as_the_service_says_it() -> None:
    clock = Clock()
    session = boto3.Session("testing", "testing", region_name="eu-central-1")
    Referee(Throttle(clock).judge).watch(session)
    with mock_aws():
        client = session.client("stepfunctions", config=Config(retries={"total_max_attempts": 1}))
        for _ in range(100):
            client.list_state_machines()
        with pytest.raises(ClientError) as caught:
            client.list_state_machines()
        assert caught.value.response["Error"]["Code"] == "ThrottlingException"
        clock.sleep(0.2)
        client.list_state_machines()


def test_a_new_account_runs_ten_functions_at_once() -> None:
    account = Concurrency()
    with ExitStack() as running:
        for _ in range(10):
            running.enter_context(account.running())
        with pytest.raises(TooManyRequestsError), account.running():
            pass
    with account.running():
        pass


def test_a_crowd_begins_at_once_and_each_waits_for_itself() -> None:
    crowd = Crowd()
    throttle = Throttle(crowd, {("s", "Op"): Quota(2, 1)})

    def call() -> float:
        while throttle.judge("s", "Op", {}) is not None:
            crowd.sleep(1)
        return crowd.monotonic()

    assert crowd.run([call] * 5) == [0, 0, 1, 2, 3]


def test_a_crowd_reports_what_one_of_it_raised() -> None:
    def fail() -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        Crowd().run([lambda: None, fail])
