"""Sweeping thousands of machines and publishing hundreds of workflows, under an account's quotas."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import boto3
import pytest
from moto import mock_aws

from bookflow.adapters.step_functions import StepFunctionsMachines
from bookflow.api.problems import to_problem
from bookflow.domain.shared.errors import PermanentError
from bookflow.domain.workflows.workflow import WorkflowVersion
from bookflow.use_cases.sweeping.sweep_machines import GRACE, ROUND, Sweeper
from bookflow.use_cases.workflows.publish import Publisher
from tests.aws.quotas import Crowd, Throttle
from tests.aws.referee import Referee
from tests.integration.adapters.conftest import LOG_GROUP_ARN, ROLE_ARN, TRY_ONCE
from tests.integration.conftest import REGION
from tests.soak import amounts
from tests.unit.runtime.samples import LOCATION_ID, NOTE, TARGET, graph, new_ports, save

DEFINITION = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
HOUR = timedelta(hours=1)
FUNCTION_SECONDS = 900


class Account:
    """Step Functions with an account's quotas; sleeping moves the one clock of all."""

    def __init__(self) -> None:
        self.crowd = Crowd()
        self.throttle = Throttle(self.crowd)
        self.unlimited = _session().client("stepfunctions")
        referee = Referee(self.throttle.judge)
        self.ports = new_ports()
        self.ports.machines = StepFunctionsMachines(  # type: ignore[assignment]
            referee.watch(_session()).client("stepfunctions", config=TRY_ONCE),
            role_arn=ROLE_ARN,
            log_group_arn=LOG_GROUP_ARN,
            prefix=TARGET.name_prefix,
            sleep=self.sleep,
            monotonic=self.crowd.monotonic,
        )
        self._began_at = self.ports.clock.now()

    def sleep(self, seconds: float) -> None:
        self.crowd.sleep(seconds)
        self.ports.clock.moment = self._began_at + timedelta(seconds=self.crowd.now)

    def make(self, count: int) -> list[str]:
        return [
            self.unlimited.create_state_machine(
                name=f"{TARGET.name_prefix}{number:05d}", definition=DEFINITION, roleArn=ROLE_ARN
            )["stateMachineArn"]
            for number in range(count)
        ]

    def left(self) -> set[str]:
        pages = self.unlimited.get_paginator("list_state_machines").paginate()
        return {machine["stateMachineArn"] for page in pages for machine in page["stateMachines"]}

    def sweep(self) -> Counter[str]:
        """Sweep once a day and continue each hour, as the schedules do, until it is over."""
        done: Counter[str] = Counter()
        for number in range(24):
            sweeper = Sweeper(self.ports)
            began_at = self.crowd.now
            done += Counter(sweeper.resume() if number else sweeper.run())
            assert self.crowd.now - began_at < FUNCTION_SECONDS
            if self.ports.unused_machines.stopped_at() is None:
                return done
            self.sleep(HOUR.total_seconds())
        raise AssertionError("the sweep is not over in a day")


def _session() -> boto3.Session:
    return boto3.Session("testing", "testing", region_name=REGION)


@pytest.fixture
def account() -> Iterator[Account]:
    with mock_aws():
        yield Account()


@pytest.mark.parametrize("count", amounts(150, soak=5000))
def test_a_sweep_of_all_machines_ends_within_a_day(account: Account, count: int) -> None:
    arns = account.make(count)
    account.unlimited.start_execution(stateMachineArn=arns[7], name="ex-1", input="{}")
    assert account.sweep() == {"marked": count - 1, "kept": 1}
    assert account.sweep() == {"waiting": count - 1, "kept": 1}
    account.sleep(GRACE.total_seconds())
    assert account.sweep() == {"deleted": count - 1, "kept": 1}
    assert account.left() == {arns[7]}


def test_a_sweep_that_nothing_waits_for_asks_step_functions_only_for_the_list(
    account: Account,
) -> None:
    account.make(3)
    account.sweep()
    account.throttle.judge = lambda service, operation, params: (  # type: ignore[method-assign]
        None if operation == "ListStateMachines" else pytest.fail(operation)
    )
    assert account.sweep() == {"waiting": 3}


def test_a_sweep_continues_behind_the_machine_where_it_stopped(account: Account) -> None:
    arns = account.make(4)
    sweeper = Sweeper(account.ports)
    asked = account.ports.workflows.uses_machine

    def slowly(arn: str) -> bool:
        account.sleep(ROUND.total_seconds() / 2)
        return asked(arn)

    account.ports.workflows.uses_machine = slowly  # type: ignore[method-assign]
    assert sweeper.run() == {"marked": 2}
    assert account.ports.unused_machines.stopped_at() == arns[1].rpartition(":")[2]
    assert Sweeper(account.ports).resume() == {"marked": 2}
    assert Sweeper(account.ports).resume() == {}


def test_a_machine_that_aws_refuses_to_show_does_not_end_the_sweep(account: Account) -> None:
    arns = account.make(3)

    def refuse(model: Any, params: Any, **_: Any) -> None:
        if arns[1] in str(params):
            raise account.unlimited.exceptions.InvalidArn(
                {"Error": {"Code": "InvalidArn", "Message": "no"}}, model.name
            )

    client: Any = account.ports.machines._client  # type: ignore[attr-defined]
    client.meta.events.register("before-call.*.ListExecutions", refuse)
    with pytest.raises(PermanentError, match="InvalidArn"):
        Sweeper(account.ports).run()
    assert len(account.ports.unused_machines.marks()) == 2
    assert account.ports.unused_machines.stopped_at() is None


@pytest.mark.parametrize("count", [200])
def test_all_of_many_publishes_at_once_come_through(account: Account, count: int) -> None:
    """Each is answered in time: published, or told when to come again (HTTP 503)."""
    answers: Counter[int] = Counter()

    def publish(number: int) -> WorkflowVersion:
        workflow_id = f"wf-{number}"
        revision = save(account.ports, workflow_id, graph(NOTE)).revision
        # A role of its own makes a machine of its own.
        target = replace(TARGET, role_arn=f"{ROLE_ARN}-{number}")
        publisher = Publisher(account.ports, target)
        while True:
            asked_at = account.crowd.now
            try:
                _, version = publisher.publish(LOCATION_ID, workflow_id, based_on=revision)
            except Exception as error:
                reported = to_problem(error)
                answers[reported.problem.status] += 1
                assert "Publish again in half a minute" in reported.problem.detail
                assert account.crowd.now - asked_at < 20
                account.crowd.sleep(float(reported.headers["Retry-After"]))
            else:
                answers[200] += 1
                assert account.crowd.now - asked_at < 20
                return version

    versions = account.crowd.run([partial(publish, number) for number in range(count)])
    assert len({version.machine_arn for version in versions}) == count
    assert set(answers) == {200, 503}
    assert answers[200] == count
    assert account.left() == {version.machine_arn for version in versions}
