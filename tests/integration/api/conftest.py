"""The real handler on the AWS adapters and an AWS in memory (moto)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from bookflow.bootstrap import Services
from tests.api import Client, TestIssuer, make_api, make_settings
from tests.aws.referee import Referee
from tests.aws.rights import Handler, Rights
from tests.aws.stack import Deployed
from tests.tables import make_tables


class CountedAws:
    """Clients on an AWS in memory; each DynamoDB call is noted by its operation's name."""

    def __init__(self, session: boto3.Session) -> None:
        self._session = session
        self.operations: list[str] = []
        make_tables(session.client("dynamodb"), "Table", "IdempotencyTable")
        session.client("events").create_event_bus(Name="bookings")
        queue = session.client("sqs").create_queue(QueueName="reminder-jobs")
        self.jobs_queue_url: str = queue["QueueUrl"]

    def client(self, service: str) -> Any:
        make: Any = self._session.client
        client = make(service)
        client.meta.events.register("before-call.dynamodb", self._note)
        return client

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
    }
    rights = Rights(Deployed(names))
    referee.judges.append(rights.judge)
    yield rights
    rights.close("api")


@pytest.fixture
def aws(aws_session: boto3.Session) -> Iterator[CountedAws]:
    with mock_aws():
        yield CountedAws(aws_session)


@pytest.fixture
def services(aws: CountedAws) -> Services:
    return Services(make_settings(aws.jobs_queue_url), client=aws.client)


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
