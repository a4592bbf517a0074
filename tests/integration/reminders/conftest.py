"""The reminders' ports on an AWS in memory (moto): DynamoDB, EventBridge Scheduler and SQS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import boto3
import pytest
from moto import mock_aws

from bookflow.adapters.dynamodb.reminders import DynamoDBReminders
from bookflow.adapters.job_queue import SQSJobQueue
from bookflow.adapters.memory.metrics import InMemoryCounter
from bookflow.adapters.scheduler import EventBridgeSchedules, TokenBucket
from bookflow.domain.webhooks.url_policy import UrlPolicy
from tests.aws.referee import Referee
from tests.aws.rights import Rights
from tests.aws.stack import Deployed
from tests.integration.adapters.conftest import TABLE, AwsPorts
from tests.integration.conftest import REGION

GROUP = "bookflow-test-reminders"
QUEUE_ARN = f"arn:aws:sqs:{REGION}:123456789012:events"
ROLE_ARN = "arn:aws:iam::123456789012:role/scheduler"
DEAD_LETTER_ARN = f"arn:aws:sqs:{REGION}:123456789012:reminders-dead"


class ReminderAws(AwsPorts):
    """The AWS adapters that reminders need.

    Attributes:
        scheduler_calls: Each call of the scheduler, by its operation's name.
    """

    public_base_url = "https://bookflow.example"
    url_policy = UrlPolicy()

    def __init__(self, session: boto3.Session, rights: Rights) -> None:
        super().__init__(session)
        self.rights = rights
        self.scheduler_calls: list[str] = []
        self.reminders = DynamoDBReminders(self.table)
        self.counter = InMemoryCounter()
        # Made before a function acts, which has no right to make them.
        _ = self.schedules, self.reminder_jobs

    @cached_property
    def scheduler(self) -> Any:
        client = self.client("scheduler")
        client.create_schedule_group(Name=GROUP)
        client.meta.events.register("before-call.scheduler", self._note_scheduler)
        return client

    @cached_property
    def schedules(self) -> EventBridgeSchedules:
        return EventBridgeSchedules(
            self.scheduler,
            group=GROUP,
            queue_arn=QUEUE_ARN,
            role_arn=ROLE_ARN,
            dead_letter_arn=DEAD_LETTER_ARN,
            bucket=TokenBucket(1000, sleep=self.waits.append),
        )

    @cached_property
    def jobs_url(self) -> str:
        return str(self.sqs.create_queue(QueueName="reminder-jobs")["QueueUrl"])

    @cached_property
    def reminder_jobs(self) -> SQSJobQueue:
        return SQSJobQueue(self.sqs, self.jobs_url)

    def job_messages(self) -> list[dict[str, Any]]:
        """Return what is on the queue and not delayed, and take it off."""
        found: list[dict[str, Any]] = []
        answer = self.sqs.receive_message(QueueUrl=self.jobs_url, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            found.append(json.loads(message["Body"]))
            self.sqs.delete_message(QueueUrl=self.jobs_url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def _note_scheduler(self, model: Any, **_: Any) -> None:
        self.scheduler_calls.append(model.name)


@pytest.fixture(scope="session")
def rights(referee: Referee) -> Iterator[Rights]:
    """The roles of the functions that plan reminders; a test says which of them acts."""
    names = {"ReminderJobsQueue": "reminder-jobs", "SchedulerRole": "scheduler", "Table": TABLE}
    rights = Rights(Deployed(names))
    referee.judges.append(rights.judge)
    yield rights
    rights.close("reminders")


@pytest.fixture
def aws(aws_session: boto3.Session, rights: Rights) -> Iterator[ReminderAws]:
    with mock_aws():
        yield ReminderAws(aws_session, rights)
