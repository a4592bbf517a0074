"""The ports twice: in memory, and the AWS adapters on an AWS in memory (moto)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from bookflow.adapters.dynamodb.audit import DynamoDBAuditLog
from bookflow.adapters.dynamodb.base.table import Table
from bookflow.adapters.dynamodb.booking_jobs import DynamoDBErasures, DynamoDBImports
from bookflow.adapters.dynamodb.bookings import DynamoDBBookings
from bookflow.adapters.dynamodb.executions import DynamoDBExecutions
from bookflow.adapters.dynamodb.joins import DynamoDBJoins
from bookflow.adapters.dynamodb.machines import DynamoDBUnusedMachines
from bookflow.adapters.dynamodb.messages import DynamoDBMessages, DynamoDBSentSms
from bookflow.adapters.dynamodb.rate_limits import DynamoDBMarketingCounts, DynamoDBRateLimits
from bookflow.adapters.dynamodb.staff import DynamoDBNotes, DynamoDBTasks
from bookflow.adapters.dynamodb.suppressions import DynamoDBSuppressions
from bookflow.adapters.dynamodb.surveys import DynamoDBSurveys
from bookflow.adapters.dynamodb.templates import DynamoDBTemplates
from bookflow.adapters.dynamodb.workflows import DynamoDBWorkflows
from bookflow.adapters.effects import DynamoDBEffects
from bookflow.adapters.eventbridge import EventBridgePublisher
from bookflow.adapters.memory.clock import SettableClock
from bookflow.adapters.parameters import ParameterStoreSecrets
from bookflow.adapters.ses import SESMailer
from bookflow.adapters.sns import SNSTexter
from bookflow.adapters.sqs import SQSDeadLetters
from bookflow.adapters.step_functions import StepFunctionsMachines
from tests.fakes import FakePorts
from tests.integration.conftest import REGION
from tests.tables import make_tables

TABLE = "bookflow"
IDEMPOTENCY_TABLE = "bookflow-idempotency"
ROLE_ARN = "arn:aws:iam::123456789012:role/bookflow-machines"
LOG_GROUP_ARN = f"arn:aws:logs:{REGION}:123456789012:log-group:bookflow"
SENDER = "desk@example.com"
TRY_ONCE = Config(retries={"total_max_attempts": 1, "mode": "standard"})


class AwsPorts:
    """The AWS adapters, and what they run on; clients are made when they are first asked for.

    Attributes:
        operations: Each DynamoDB call made, by its operation's name.
        waits: Seconds that the adapters slept.
    """

    def __init__(self, session: boto3.Session) -> None:
        self._session = session
        self.operations: list[str] = []
        self.waits: list[float] = []
        self.clock = SettableClock()
        self.dynamodb = self.client("dynamodb")
        make_tables(self.dynamodb, TABLE, IDEMPOTENCY_TABLE)
        self.dynamodb.meta.events.register("before-call.dynamodb", self._note)
        self.table = Table(self.dynamodb, TABLE)
        self.bookings = DynamoDBBookings(self.table)
        self.erasures = DynamoDBErasures(self.table)
        self.imports = DynamoDBImports(self.table)
        self.workflows = DynamoDBWorkflows(self.table)
        self.executions = DynamoDBExecutions(self.table)
        self.joins = DynamoDBJoins(self.table, self.clock)
        self.templates = DynamoDBTemplates(self.table)
        self.surveys = DynamoDBSurveys(self.table)
        self.suppressions = DynamoDBSuppressions(self.table)
        self.messages = DynamoDBMessages(self.table)
        self.sent_sms = DynamoDBSentSms(self.table)
        self.notes = DynamoDBNotes(self.table)
        self.tasks = DynamoDBTasks(self.table)
        self.unused_machines = DynamoDBUnusedMachines(self.table)
        self.audit = DynamoDBAuditLog(self.table)
        self.rate_limits = DynamoDBRateLimits(self.table)
        self.marketing_counts = DynamoDBMarketingCounts(self.table)
        self.effects = DynamoDBEffects(self.dynamodb, IDEMPOTENCY_TABLE, lambda: self.messages)

    def client(self, service: str, **options: Any) -> Any:
        """Return a client on the same AWS."""
        make: Any = self._session.client
        return make(service, **options)

    @cached_property
    def sfn(self) -> Any:
        return self.client("stepfunctions")

    @cached_property
    def machines(self) -> StepFunctionsMachines:
        return StepFunctionsMachines(
            self.sfn,
            role_arn=ROLE_ARN,
            log_group_arn=LOG_GROUP_ARN,
            prefix="bookflow-test",
            sleep=self.waits.append,
            monotonic=lambda: sum(self.waits),
        )

    @cached_property
    def eventbridge(self) -> Any:
        client = self.client("events")
        client.create_event_bus(Name="bookings")
        return client

    @cached_property
    def events(self) -> EventBridgePublisher:
        return EventBridgePublisher(self.eventbridge, "bookings")

    @cached_property
    def sqs(self) -> Any:
        return self.client("sqs")

    @cached_property
    def queue_url(self) -> str:
        return str(self.sqs.create_queue(QueueName="dead-letters")["QueueUrl"])

    @cached_property
    def dead_letters(self) -> SQSDeadLetters:
        return SQSDeadLetters(self.sqs, self.queue_url)

    @cached_property
    def mailer(self) -> SESMailer:
        client = self.client("sesv2", config=TRY_ONCE)
        client.create_email_identity(EmailIdentity=SENDER)
        return SESMailer(client, SENDER)

    @cached_property
    def ssm(self) -> Any:
        return self.client("ssm")

    @cached_property
    def secrets(self) -> ParameterStoreSecrets:
        return ParameterStoreSecrets(self.ssm, "/bookflow/test/")

    @cached_property
    def texter(self) -> SNSTexter:
        return SNSTexter(self.client("sns", config=TRY_ONCE), "Kayaks")

    def _note(self, model: Any, **_: Any) -> None:
        self.operations.append(model.name)


@pytest.fixture
def aws(aws_session: boto3.Session) -> Iterator[AwsPorts]:
    with mock_aws():
        yield AwsPorts(aws_session)


@pytest.fixture(params=["memory", "aws"])
def ports(request: pytest.FixtureRequest) -> Any:
    """Either kind of ports: what holds for one must hold for the other."""
    return FakePorts() if request.param == "memory" else request.getfixturevalue("aws")
