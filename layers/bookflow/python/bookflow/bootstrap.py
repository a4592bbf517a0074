"""The composition root: which adapter stands behind each port, made when first asked for."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from bookflow.settings import Settings

if TYPE_CHECKING:
    from bookflow import ports
    from bookflow.adapters.dynamodb.base.table import Table
    from bookflow.adapters.dynamodb.messages import DynamoDBMessages
    from bookflow.domain.webhooks.url_policy import UrlPolicy
    from bookflow.use_cases.workflows.make_machine import MachineTarget

METRICS_NAMESPACE = "Bookflow"

# Nearly all that a start makes stays: to look for garbage among it would take 3% of the start.
gc.set_threshold(200_000)


class Services:
    """All ports on AWS. Imports and clients wait until a port is used.

    Args:
        settings: The function's environment.
        client: Makes a client of botocore by the service's name; by default one for the
            environment's region and credentials.
    """

    def __init__(self, settings: Settings, client: Callable[[str], Any] | None = None) -> None:
        self.settings = settings
        self._make_client = client

    def _client(self, service: str, *, tries: int = 3, read_timeout: int = 10) -> Any:
        if self._make_client:
            return self._make_client(service)
        from botocore.config import Config

        config = Config(
            retries={"mode": "standard", "total_max_attempts": tries},
            connect_timeout=3,
            read_timeout=read_timeout,
            # botocore's own name is put together anew for each call: a quarter of what a call costs.
            user_agent="bookflow",
        )
        return self._session.create_client(service, config=config)

    @cached_property
    def _session(self) -> Any:
        # boto3 would import its resources and its transfers of files as well.
        from botocore.session import get_session

        return get_session()

    @cached_property
    def _dynamodb(self) -> Any:
        return self._client("dynamodb")

    @cached_property
    def _table(self) -> Table:
        from bookflow.adapters.dynamodb.base.table import Table

        return Table(self._dynamodb, self.settings.table)

    @property
    def public_base_url(self) -> str:
        """Start of the links in messages."""
        return self.settings.public_base_url.rstrip("/")

    @property
    def messages_per_second(self) -> int:
        """Messages that batches send in a second, at most."""
        return self.settings.messages_per_second

    @cached_property
    def url_policy(self) -> UrlPolicy:
        """Where webhooks may go: one policy for what sends them and for what checks them."""
        from bookflow.domain.webhooks.url_policy import UrlPolicy

        return UrlPolicy(allowed_loopback=self.settings.allowed_loopback)

    @property
    def machine_target(self) -> MachineTarget:
        """Where publishing puts machines."""
        from bookflow.use_cases.workflows.make_machine import MachineTarget

        return MachineTarget(
            name_prefix=self.settings.require("machine_name_prefix"),
            function_arn_prefix=self.settings.require("function_arn_prefix"),
            role_arn=self.settings.require("machine_role_arn"),
            log_group_arn=self.settings.require("machine_log_group_arn"),
        )

    @cached_property
    def clock(self) -> ports.Clock:
        """The system's clock."""
        from bookflow.adapters.clock import SystemClock

        return SystemClock()

    @cached_property
    def bookings(self) -> ports.BookingStore:
        """Bookings in DynamoDB."""
        from bookflow.adapters.dynamodb.bookings import DynamoDBBookings

        return DynamoDBBookings(self._table)

    @cached_property
    def erasures(self) -> ports.ErasureStore:
        """Erasures of guests in DynamoDB."""
        from bookflow.adapters.dynamodb.booking_jobs import DynamoDBErasures

        return DynamoDBErasures(self._table)

    @cached_property
    def imports(self) -> ports.ImportStore:
        """Imports of bookings in DynamoDB."""
        from bookflow.adapters.dynamodb.booking_jobs import DynamoDBImports

        return DynamoDBImports(self._table)

    @cached_property
    def workflows(self) -> ports.WorkflowStore:
        """Workflows in DynamoDB."""
        from bookflow.adapters.dynamodb.workflows import DynamoDBWorkflows

        return DynamoDBWorkflows(self._table)

    @cached_property
    def executions(self) -> ports.ExecutionStore:
        """Executions in DynamoDB."""
        from bookflow.adapters.dynamodb.executions import DynamoDBExecutions

        return DynamoDBExecutions(self._table)

    @cached_property
    def joins(self) -> ports.JoinStore:
        """Joins in DynamoDB."""
        from bookflow.adapters.dynamodb.joins import DynamoDBJoins

        return DynamoDBJoins(self._table, self.clock)

    @cached_property
    def templates(self) -> ports.TemplateStore:
        """Templates in DynamoDB."""
        from bookflow.adapters.dynamodb.templates import DynamoDBTemplates

        return DynamoDBTemplates(self._table)

    @cached_property
    def secrets(self) -> ports.Secrets:
        """Secrets in SSM Parameter Store."""
        from bookflow.adapters.parameters import ParameterStoreSecrets

        return ParameterStoreSecrets(self._client("ssm"), self.settings.require("parameter_prefix"))

    @cached_property
    def surveys(self) -> ports.SurveyStore:
        """Surveys in DynamoDB."""
        from bookflow.adapters.dynamodb.surveys import DynamoDBSurveys

        return DynamoDBSurveys(self._table)

    @cached_property
    def marketing_counts(self) -> ports.MarketingCounts:
        """Marketing by guest and day in DynamoDB."""
        from bookflow.adapters.dynamodb.rate_limits import DynamoDBMarketingCounts

        return DynamoDBMarketingCounts(self._table)

    @cached_property
    def suppressions(self) -> ports.Suppressions:
        """Suppressed addresses in DynamoDB."""
        from bookflow.adapters.dynamodb.suppressions import DynamoDBSuppressions

        return DynamoDBSuppressions(self._table)

    @cached_property
    def notes(self) -> ports.NoteStore:
        """Notes in DynamoDB."""
        from bookflow.adapters.dynamodb.staff import DynamoDBNotes

        return DynamoDBNotes(self._table)

    @cached_property
    def tasks(self) -> ports.TaskStore:
        """Tasks in DynamoDB."""
        from bookflow.adapters.dynamodb.staff import DynamoDBTasks

        return DynamoDBTasks(self._table)

    @cached_property
    def effects(self) -> ports.EffectLog:
        """Effects in the idempotency table."""
        from bookflow.adapters.effects import DynamoDBEffects

        table = self.settings.idempotency_table
        return DynamoDBEffects(self._dynamodb, table, lambda: self._kept_messages)

    @cached_property
    def machines(self) -> ports.Machines:
        """State machines on Step Functions."""
        from bookflow.adapters.step_functions import StepFunctionsMachines

        return StepFunctionsMachines(
            self._client("stepfunctions"),
            role_arn=self.settings.machine_role_arn,
            log_group_arn=self.settings.machine_log_group_arn,
            prefix=self.settings.machine_name_prefix,
        )

    @cached_property
    def functions(self) -> ports.Functions:
        """Functions on Lambda; an answer has to come before API Gateway gives up (29 seconds)."""
        from bookflow.adapters.functions import LambdaFunctions

        return LambdaFunctions(
            self._client("lambda", tries=1, read_timeout=26),
            self.settings.require("function_arn_prefix"),
        )

    @cached_property
    def unused_machines(self) -> ports.UnusedMachines:
        """What the sweep remembers of machines, in DynamoDB."""
        from bookflow.adapters.dynamodb.machines import DynamoDBUnusedMachines

        return DynamoDBUnusedMachines(self._table)

    @cached_property
    def events(self) -> ports.EventPublisher:
        """The event bus on EventBridge."""
        from bookflow.adapters.eventbridge import EventBridgePublisher

        return EventBridgePublisher(self._client("events"), self.settings.event_bus)

    @cached_property
    def event_queue(self) -> ports.EventQueue:
        """The queue between the bus and the dispatcher."""
        from bookflow.adapters.sqs import SQSEventQueue

        return SQSEventQueue(self._client("sqs"), self.settings.require("event_queue_url"))

    @cached_property
    def dead_letters(self) -> ports.DeadLetters:
        """The dead-letter queue of the function's own queue."""
        from bookflow.adapters.sqs import SQSDeadLetters

        return SQSDeadLetters(self._client("sqs"), self.settings.require("dead_letter_queue_url"))

    @cached_property
    def mailer(self) -> ports.Mailer:
        """E-mail by SES; one try a call, as Step Functions does the retries."""
        from bookflow.adapters.ses import SESMailer

        return SESMailer(
            self._client("sesv2", tries=1),
            self.settings.require("sender_email"),
            configuration_set=self.settings.configuration_set or None,
            tracking_set=self.settings.tracking_configuration_set or None,
        )

    @cached_property
    def texter(self) -> ports.Texter:
        """SMS by SNS; one try a call, as Step Functions does the retries."""
        from bookflow.adapters.sns import SNSTexter

        return SNSTexter(self._client("sns", tries=1), self.settings.sms_sender_id or None)

    @cached_property
    def messages(self) -> ports.MessageStore:
        """Messages as sent, in DynamoDB."""
        return self._kept_messages

    @cached_property
    def _kept_messages(self) -> DynamoDBMessages:
        from bookflow.adapters.dynamodb.messages import DynamoDBMessages

        return DynamoDBMessages(self._table)

    @cached_property
    def sent_sms(self) -> ports.SentSmsStore:
        """Which steps sent text messages, in DynamoDB."""
        from bookflow.adapters.dynamodb.messages import DynamoDBSentSms

        return DynamoDBSentSms(self._table)

    @cached_property
    def http(self) -> ports.HttpSender:
        """Guarded HTTP; one sender a process, which keeps the TLS context."""
        from bookflow.adapters.http.sender import GuardedHttpSender

        return GuardedHttpSender(self.url_policy)

    @cached_property
    def schedules(self) -> ports.Schedules:
        """One-time schedules on EventBridge Scheduler."""
        from bookflow.adapters.scheduler import EventBridgeSchedules

        return EventBridgeSchedules(
            self._client("scheduler"),
            group=self.settings.require("schedule_group"),
            queue_arn=self.settings.require("event_queue_arn"),
            role_arn=self.settings.require("scheduler_role_arn"),
            dead_letter_arn=self.settings.require("scheduler_dead_letter_queue_arn"),
            calls_per_second=self.settings.scheduler_calls_per_second,
        )

    @cached_property
    def reminders(self) -> ports.ReminderStore:
        """Reminders in DynamoDB."""
        from bookflow.adapters.dynamodb.reminders import DynamoDBReminders

        return DynamoDBReminders(self._table)

    @cached_property
    def reminder_jobs(self) -> ports.JobQueue:
        """The queue of planning in pages."""
        from bookflow.adapters.job_queue import SQSJobQueue

        return SQSJobQueue(self._client("sqs"), self.settings.require("reminder_jobs_queue_url"))

    @cached_property
    def audit(self) -> ports.AuditLog:
        """The audit log in DynamoDB."""
        from bookflow.adapters.dynamodb.audit import DynamoDBAuditLog

        return DynamoDBAuditLog(self._table)

    @cached_property
    def rate_limits(self) -> ports.RateLimits:
        """Rate limits in DynamoDB."""
        from bookflow.adapters.dynamodb.rate_limits import DynamoDBRateLimits

        return DynamoDBRateLimits(self._table)

    @cached_property
    def counter(self) -> ports.Counter:
        """Metrics in the log (CloudWatch embedded metric format)."""
        from bookflow.adapters.metrics import EmfCounter

        return EmfCounter(namespace=METRICS_NAMESPACE, service=self.settings.service)


@cache
def services() -> Services:
    """Return the function's ports, from its environment."""
    return Services(Settings.from_environment())
