"""The real handler on the AWS adapters and an AWS in memory (moto)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from bookflow.api.app import Api
from bookflow.bootstrap import Services
from bookflow.settings import Settings
from tests.api import TARGET, Client, TestIssuer, make_api
from tests.unit.template import checks

REGION = "eu-central-1"


class CountedAws:
    """Clients on an AWS in memory; each DynamoDB call is noted by its operation's name."""

    def __init__(self, session: boto3.Session) -> None:
        self._session = session
        self.operations: list[str] = []
        _make_tables(session.client("dynamodb"))
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


def _make_tables(client: Any) -> None:
    """Make the tables with the keys and indexes of the template."""
    for name, properties in checks.resources(checks.load(), "AWS::DynamoDB::Table").items():
        made = ("AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema")
        client.create_table(
            TableName=name, **{key: properties[key] for key in made if key in properties}
        )


@pytest.fixture(scope="session")
def aws_session() -> boto3.Session:
    """One session for all tests: it keeps the services' models, which are slow to read."""
    return boto3.Session(
        aws_access_key_id="testing", aws_secret_access_key="testing", region_name=REGION
    )


@pytest.fixture
def aws(aws_session: boto3.Session) -> Iterator[CountedAws]:
    with mock_aws():
        yield CountedAws(aws_session)


@pytest.fixture
def services(aws: CountedAws) -> Services:
    settings = Settings(
        table="Table",
        idempotency_table="IdempotencyTable",
        event_bus="bookings",
        machine_role_arn=TARGET.role_arn,
        machine_log_group_arn=TARGET.log_group_arn,
        machine_name_prefix=TARGET.name_prefix,
        function_arn_prefix=TARGET.function_arn_prefix,
        parameter_prefix="/bookflow/test/",
        reminder_jobs_queue_url=aws.jobs_queue_url,
        sender_email="desk@example.com",
        public_base_url="https://bookflow.example",
    )
    return Services(settings, client=aws.client)


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
