"""The real handler on the AWS adapters and an AWS in memory (moto)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from bookflow.api.app import Api
from bookflow.bootstrap import Services
from tests.api import Client, TestIssuer, make_api, make_settings
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
def api(services: Services, issuer: TestIssuer) -> Api:
    return make_api(services, issuer)


@pytest.fixture
def admin(api: Api, issuer: TestIssuer) -> Client:
    """An admin of the location loc-1."""
    return Client(api, issuer.person(loc_1="admin"))
