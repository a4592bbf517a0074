"""The real handler on the AWS adapters and an AWS in memory (moto)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from bookflow.bootstrap import Services
from bookflow.use_cases.webhooks.deliver import carry_out
from tests.api import TARGET, Client, TestIssuer, make_api, make_settings
from tests.aws.referee import Referee
from tests.aws.rights import Handler, Rights
from tests.aws.stack import Deployed
from tests.integration.functions import run_functions
from tests.tables import make_tables


class CountedAws:
    """Clients on an AWS in memory; each DynamoDB call is noted by its operation's name."""

    def __init__(self, session: boto3.Session) -> None:
        self._session = session
        self.operations: list[str] = []
        make_tables(session.client("dynamodb"), "Table", "IdempotencyTable")
        session.client("events").create_event_bus(Name="bookings")
        session.client("scheduler").create_schedule_group(Name="reminders")
        queue = session.client("sqs").create_queue(QueueName="reminder-jobs")
        self.jobs_queue_url: str = queue["QueueUrl"]

    def client(self, service: str) -> Any:
        make: Any = self._session.client
        client = make(service, config=Config(retries={"total_max_attempts": 1}))
        if service == "lambda":
            run_functions(client, self._run)
        client.meta.events.register("before-call.dynamodb", self._note)
        return client

    def services(self, rights: Rights) -> Services:
        """Return the ports on this AWS, with the function that sends webhooks behind them."""
        services = Services(make_settings(self.jobs_queue_url), client=self.client)
        self._webhook = rights.acted("webhook", lambda order, _: carry_out(services, order))
        return services

    def _run(self, function_arn: str, payload: Any) -> Any:
        assert function_arn == f"{TARGET.function_arn_prefix}webhook"
        return self._webhook(payload, None)

    def _note(self, model: Any, **_: Any) -> None:
        self.operations.append(model.name)


@pytest.fixture(scope="session")
def rights(referee: Referee) -> Iterator[Rights]:
    """The role of the function `api`, by which every call of it is judged."""
    names = {
        "EventBus": "bookings",
        "IdempotencyTable": "IdempotencyTable",
        "MachineRole": "bookflow-machines",
        "ReminderJobsQueue": "reminder-jobs",
        "ScheduleGroup": "reminders",
    }
    rights = Rights(Deployed(names, {"SenderEmail": make_settings("").sender_email}))
    referee.judges.append(rights.judge)
    yield rights
    rights.close("api")


@pytest.fixture
def aws(aws_session: boto3.Session) -> Iterator[CountedAws]:
    with mock_aws():
        yield CountedAws(aws_session)


@pytest.fixture
def services(aws: CountedAws, rights: Rights) -> Services:
    return aws.services(rights)


@pytest.fixture
def issuer() -> TestIssuer:
    return TestIssuer()


@pytest.fixture
def api(services: Services, issuer: TestIssuer, rights: Rights) -> Handler:
    return rights.acted("api", make_api(services, issuer))


@pytest.fixture
def admin(api: Handler, issuer: TestIssuer) -> Client:
    """An admin of the location loc-1."""
    return Client(api, issuer.person(loc_1="admin"))
