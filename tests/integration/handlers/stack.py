"""The functions' real handlers on an AWS in memory: bus, queues, tables, machines, outboxes."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.responses import DynamoHandler
from moto.ses.models import RawMessage, ses_backends
from moto.sns.models import sns_backends

from bookflow.bootstrap import Services, services
from bookflow.domain.events import Event
from bookflow.domain.executions.execution import Execution, Step, execution_id
from bookflow.domain.shared.pagination import MAX_PAGE_SIZE, PageRequest
from bookflow.domain.surveys.survey import StarQuestion, Survey
from bookflow.domain.templates import Template
from bookflow.domain.workflows.graph import Graph
from bookflow.domain.workflows.workflow import Workflow
from bookflow.ports import ExecutionFilter
from bookflow.use_cases.runtime import fair_share
from bookflow.use_cases.workflows.publish import Publisher
from local.samples import ahead_of_now
from tests.aws.referee import Referee
from tests.aws.refusals import state_problem
from tests.aws.rights import Rights
from tests.aws.stack import Deployed
from tests.integration.conftest import REGION
from tests.integration.step_functions import MOTO_CONFIG, handlers_in_process
from tests.tables import make_tables
from tests.unit.events.samples import sample
from tests.unit.runtime.samples import LOCATION, NOW

NAME = "bookflow-test"
MAX_RECEIVES = 5
LIMIT_SECONDS = 20.0
FUNCTIONS = Path(__file__).resolve().parents[3] / "functions"
SENDER = "desk@spree-kayaks.example"
CONFIGURATION_SET = f"{NAME}-mail"
TRACKING_SET = f"{NAME}-tracked-mail"

# All functions share an environment here, so one queue stands for the dead letters of each.
NAMES = {
    "IdempotencyTable": f"{NAME}-idempotency",
    "MachineRole": "machines",
    "MailFeedbackDeadLetterQueue": f"{NAME}-events-dead",
    "ReminderJobsDeadLetterQueue": f"{NAME}-events-dead",
    "SchedulerRole": "scheduler",
    "Table": NAME,
    "TrackingDeadLetterQueue": f"{NAME}-events-dead",
}
"""What this stack calls its resources where the template leaves it to CloudFormation."""

Envelope = dict[str, Any]
Handler = Callable[[dict[str, Any], Any], Any]


def load_handler(name: str) -> Handler:
    """Return the handler of a function, from its file as Lambda loads it."""
    spec = importlib.util.spec_from_file_location(f"{name}_app", FUNCTIONS / name / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Handler = module.handler
    return handler


@dataclass(frozen=True)
class DeadLetter:
    """A message on a dead-letter queue."""

    body: str
    reason: str | None
    field: str | None


class Queue:
    """A queue with its dead-letter queue, and the function that takes its messages."""

    def __init__(self, client: Any, name: str, handler: Handler) -> None:
        self._client = client
        self._handler = handler
        self._name = f"{NAME}-{name}"
        self._make()

    def _make(self) -> None:
        self._dead = self._client.create_queue(QueueName=f"{self._name}-dead")["QueueUrl"]
        policy = {"deadLetterTargetArn": self._arn(self._dead), "maxReceiveCount": MAX_RECEIVES}
        self._url = self._client.create_queue(
            QueueName=self._name,
            Attributes={"RedrivePolicy": json.dumps(policy), "VisibilityTimeout": "0"},
        )["QueueUrl"]

    @property
    def arn(self) -> str:
        return self._arn(self._url)

    @property
    def url(self) -> str:
        return str(self._url)

    @property
    def dead_letter_url(self) -> str:
        return str(self._dead)

    def send(self, *bodies: Any) -> None:
        for body in bodies:
            text = body if isinstance(body, str) else json.dumps(body)
            self._client.send_message(QueueUrl=self._url, MessageBody=text)

    def deliver(self) -> Sequence[str]:
        """Hand all waiting messages over once, in batches; return the bodies that failed."""
        waiting = [message for batch in self._batches() for message in batch]
        failed = []
        for start in range(0, len(waiting), 10):
            batch = waiting[start : start + 10]
            answer = self._handler({"Records": [_record(message) for message in batch]}, None)
            failures = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
            for message in batch:
                if message["MessageId"] in failures:
                    failed.append(message["Body"])
                    self._visible_in(message, 0)
                else:
                    self._client.delete_message(
                        QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"]
                    )
        return failed

    def dead_letters(self) -> list[DeadLetter]:
        """Take all messages off the dead-letter queue."""
        found = []
        while True:
            messages = self._client.receive_message(
                QueueUrl=self._dead, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
            ).get("Messages", [])
            if not messages:
                return found
            for message in messages:
                self._client.delete_message(
                    QueueUrl=self._dead, ReceiptHandle=message["ReceiptHandle"]
                )
                reported = message.get("MessageAttributes", {})
                found.append(
                    DeadLetter(
                        message["Body"],
                        reported.get("reason", {}).get("StringValue"),
                        reported.get("field", {}).get("StringValue"),
                    )
                )

    def clear(self) -> None:
        """Drop what the last test left, also what would come later: an event that waits its turn.

        Made anew, as moto takes one PurgeQueue a minute, like AWS.
        """
        for url in (self._url, self._dead):
            self._client.delete_queue(QueueUrl=url)
        self._make()

    def take(self) -> list[str]:
        """Take all waiting messages off the queue, without handing them over."""
        taken = [message for batch in self._batches() for message in batch]
        for message in taken:
            self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return [str(message["Body"]) for message in taken]

    def records(self) -> list[dict[str, Any]]:
        """Take all waiting messages off the queue, as the function gets them."""
        waiting = [message for batch in self._batches() for message in batch]
        for message in waiting:
            self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return [_record(message) for message in waiting]

    def _batches(self) -> Iterator[list[dict[str, Any]]]:
        while True:
            messages = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=10,
                VisibilityTimeout=600,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            if not messages:
                return
            yield messages

    def _visible_in(self, message: Mapping[str, Any], seconds: int) -> None:
        self._client.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=seconds
        )

    @staticmethod
    def _arn(url: str) -> str:
        return f"arn:aws:sqs:{REGION}:{DEFAULT_ACCOUNT_ID}:{url.rsplit('/', 1)[-1]}"


def _record(message: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {
            name: {"stringValue": each["StringValue"], "dataType": each["DataType"]}
            for name, each in message.get("MessageAttributes", {}).items()
        },
        "eventSource": "aws:sqs",
        "awsRegion": REGION,
    }


class OwnLocation:
    """One location of the stack, so that tests do not see each other's records."""

    def __init__(self, stack: Stack, location_id: str) -> None:
        self.id = location_id
        self._stack = stack
        known = {
            "event_id": "evt-0",
            "location_id": location_id,
            "occurred_at": "2026-01-01T00:00:00Z",
        }
        location = {**LOCATION, "id": location_id}
        stack.ports.bookings.record(Event.model_validate({**known, "location": location}))

    def event(self, name: str = "booking_created", **detail: Any) -> Envelope:
        """Return a sample event of this location."""
        ahead = ahead_of_now(sample(name), self._stack.ports.clock.now())
        ahead["detail"] |= {"location_id": self.id, **detail}
        ahead["detail"] = {key: each for key, each in ahead["detail"].items() if each is not ...}
        return dict(ahead)

    def publish(self, workflow_id: str, graph: Graph) -> None:
        """Publish a workflow and enable it."""
        ports = self._stack.ports
        publisher = Publisher(ports, ports.machine_target)
        ports.workflows.save(
            Workflow(
                location_id=self.id,
                id=workflow_id,
                name=workflow_id,
                draft=graph,
                created_at=NOW,
                updated_at=NOW,
            )
        )
        publisher.publish(self.id, workflow_id, based_on=1)
        publisher.set_enabled(self.id, workflow_id, True, based_on=2)

    def texts(self, *, calendar_entry: bool = False) -> None:
        """Store the template `welcome` and the survey `after-tour`."""
        ports = self._stack.ports
        ports.templates.save(
            Template(
                location_id=self.id,
                id="welcome",
                name="Welcome",
                channel="both",
                subject="{{ activity.name }} for {{ customer.first_name }}",
                html="<p>Dear {{ customer.first_name }}, see you at {{ activity.name }}</p>",
                sms="See you, {{ customer.first_name }}",
                calendar_entry=calendar_entry,
                updated_at=NOW,
            )
        )
        question = StarQuestion(id="overall", text="How was it?")
        ports.surveys.save(
            Survey(location_id=self.id, id="after-tour", name="After", questions=(question,))
        )

    def executions(self, workflow_id: str) -> Sequence[Execution]:
        wanted = ExecutionFilter(workflow_id=workflow_id)
        return self._stack.ports.executions.page(self.id, wanted, PageRequest(MAX_PAGE_SIZE)).items

    def execution(self, workflow_id: str, event_id: str = "evt-booking-created-1") -> Execution:
        return self._stack.ports.executions.get(
            self.id, execution_id(self.id, event_id, workflow_id)
        )

    def steps(self, execution: Execution) -> dict[str, Step]:
        found = self._stack.ports.executions.steps(self.id, execution.id)
        return {step.node_id: step for step in found}


class StateTooLargeError(Exception):
    """Step Functions takes no output of a state that is larger than its limit."""

    error_type = "States.DataLimitExceeded"


class Stack:
    """What template.yaml deploys, as far as booking events go through it."""

    def __init__(self, rights: Rights) -> None:
        self._sfn = boto3.client("stepfunctions")
        self._events = boto3.client("events")
        self._counter = count(1)
        self.rights = rights
        self.invoked: list[tuple[str, Any]] = []
        self.receiver_url = ""
        self.received: list[tuple[str, bytes]] = []
        self.status_codes: list[int] = []
        self.handlers = {
            path.parent.name: rights.acted(path.parent.name, load_handler(path.parent.name))
            for path in FUNCTIONS.glob("*/app.py")
        }
        sqs = boto3.client("sqs")
        self.queue = Queue(sqs, "events", self.handlers["dispatcher"])
        self.tracking = Queue(sqs, "tracking", self.handlers["track_execution"])
        self.feedback = Queue(sqs, "mail-feedback", self.handlers["mail_feedback"])
        self._dynamodb = boto3.client("dynamodb")
        make_tables(self._dynamodb, NAME, f"{NAME}-idempotency")
        self._events.create_event_bus(Name=f"{NAME}-events")
        for name, pattern, queue in (
            (
                "bookings",
                {"source": [{"anything-but": {"prefix": "bookflow.internal"}}]},
                self.queue,
            ),
        ):
            bus = f"{NAME}-events"
            self._events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern))
            self._events.put_targets(
                Rule=name, EventBusName=bus, Targets=[{"Id": "queue", "Arn": queue.arn}]
            )
        boto3.client("sesv2").create_email_identity(EmailIdentity=SENDER)

    def reminder_settings(self) -> Mapping[str, str]:
        """Return where reminders are planned; moto keeps schedules and fires none."""
        boto3.client("scheduler").create_schedule_group(Name=f"{NAME}-reminders")
        jobs = boto3.client("sqs").create_queue(QueueName=f"{NAME}-reminder-jobs")["QueueUrl"]
        return {
            "BOOKFLOW_SCHEDULE_GROUP": f"{NAME}-reminders",
            "BOOKFLOW_SCHEDULER_ROLE_ARN": f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/scheduler",
            "BOOKFLOW_EVENT_QUEUE_ARN": self.queue.arn,
            "BOOKFLOW_SCHEDULER_DEAD_LETTER_QUEUE_ARN": self.queue.arn,
            "BOOKFLOW_REMINDER_JOBS_QUEUE_URL": str(jobs),
        }

    def work_off_jobs(self) -> list[Mapping[str, Any]]:
        """Hand the jobs' messages to the function until none is left; return them."""
        sqs = boto3.client("sqs")
        done: list[Mapping[str, Any]] = []
        url = sqs.get_queue_url(QueueName=f"{NAME}-reminder-jobs")["QueueUrl"]
        while messages := sqs.receive_message(QueueUrl=url).get("Messages"):
            for message in messages:
                record = {
                    "messageId": message["MessageId"],
                    "receiptHandle": message["ReceiptHandle"],
                    "body": message["Body"],
                    "attributes": {"ApproximateReceiveCount": "1"},
                    "messageAttributes": {},
                    "eventSource": "aws:sqs",
                    "awsRegion": "eu-central-1",
                }
                answer = self.handlers["reminders"]({"Records": [record]}, None)
                assert answer == {"batchItemFailures": []}
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                done.append(json.loads(message["Body"]))
        return done

    @property
    def ports(self) -> Services:
        return services()

    def warm(self) -> None:
        """Make every client before threads ask for one."""
        for name in ("executions", "effects", "machines", "events", "mailer", "texter", "http"):
            getattr(self.ports, name)

    def place(self) -> OwnLocation:
        """Return a new location, and empty what the last test left."""
        for queue in (self.queue, self.tracking, self.feedback):
            queue.clear()
        self.invoked.clear()
        self.received.clear()
        self.status_codes.clear()
        # moto copies every item for each transaction.
        for name in (NAME, f"{NAME}-idempotency"):
            self._dynamodb.delete_table(TableName=name)
        make_tables(self._dynamodb, NAME, f"{NAME}-idempotency")
        return OwnLocation(self, f"loc-{next(self._counter)}")

    def put(self, *envelopes: Envelope) -> None:
        """Put events on the bus as another system does."""
        for envelope in envelopes:
            answer = self._events.put_events(
                Entries=[
                    {
                        "EventBusName": f"{NAME}-events",
                        "Source": envelope["source"],
                        "DetailType": envelope["detail-type"],
                        "Detail": json.dumps(envelope["detail"]),
                    }
                ]
            )
            assert answer["FailedEntryCount"] == 0

    def rests(self, execution: Execution) -> bool:
        """Whether a run has come to a Wait state: moto misses a stop that comes before it."""
        history = self._sfn.get_execution_history(executionArn=_run_arn(execution))
        return any(event["type"] == "WaitStateEntered" for event in history["events"])

    def finished(self, execution: Execution) -> dict[str, Any]:
        """Wait until Step Functions has ended a run; return it as described."""
        arn = _run_arn(execution)
        found: dict[str, Any] = {}

        def ended() -> bool:
            found.update(self._sfn.describe_execution(executionArn=arn))
            return found["status"] != "RUNNING"

        self.waits_until(ended)
        return found

    def waits_until(self, is_so: Callable[[], bool]) -> None:
        """Look again and again, for a limited time."""
        limit = time.monotonic() + LIMIT_SECONDS
        pause = threading.Event()
        while not is_so():
            assert time.monotonic() < limit, f"never came: {self.invoked}"
            pause.wait(0.005)

    def status_event(self, execution: Execution, status: str, **detail: Any) -> Envelope:
        """Return what Step Functions would put on the default bus; moto puts nothing there."""
        reference = {
            "location_id": execution.location_id,
            "execution_id": execution.id,
            "workflow_id": execution.workflow_id,
            "version": execution.version,
        }
        return {
            "detail-type": "Step Functions Execution Status Change",
            "source": "aws.states",
            "detail": {
                "name": execution.id,
                "status": status,
                "startDate": 1796115600000,
                "stopDate": None if status == "RUNNING" else 1796115605000,
                "input": json.dumps({"execution": reference}),
                **detail,
            },
        }

    def complete(self, place: OwnLocation, workflow_id: str, **event: str) -> Execution:
        """Wait for the end of a run, tell it to the tracking function, return the record."""
        execution = place.execution(workflow_id, **event)
        ended = self.finished(execution)
        reported = {name: ended.get(name) for name in ("input", "error", "cause")}
        self.tracking.send(self.status_event(execution, ended["status"], **reported))
        assert not self.tracking.deliver()
        return place.execution(workflow_id, **event)

    def invoke(self, function_arn: str, payload: Any) -> Any:
        """Run a handler as Lambda does for Step Functions."""
        name = function_arn.rsplit(":", 1)[-1].removeprefix(f"{NAME}-")
        self.invoked.append((name, payload))
        self.rights.invoked(name)
        answer = self.handlers[name](payload, None)
        problem = state_problem(answer)
        if problem:
            raise StateTooLargeError(problem.message)
        return answer

    @staticmethod
    def emails(address: str) -> list[Any]:
        """Return what SES sent to an address."""
        sent = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
        return [each for each in sent if address in _recipients(each)]

    @staticmethod
    def texts(number: str) -> list[str]:
        """Return what SNS sent to a phone number."""
        sent = sns_backends[DEFAULT_ACCOUNT_ID][REGION].sms_messages.values()
        return [message for to, message in sent if to == number]


@contextmanager
def _receiver(received: list[tuple[str, bytes]], codes: list[int]) -> Iterator[int]:
    """Take HTTP requests on this machine and yield the port."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            body = self.rfile.read(length)
            received.append((self.path, body))
            self.send_response(codes.pop(0) if codes else 204)
            if self.path.startswith("/echo"):
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                return
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def running_stack() -> Iterator[Stack]:
    """Enter moto and let its Step Functions run the handlers, without waits between retries."""
    stacks: list[Stack] = []
    received: list[tuple[str, bytes]] = []
    codes: list[int] = []

    def invoke(function_arn: str, payload: Any) -> Any:
        return stacks[0].invoke(function_arn, payload)

    call_table = DynamoHandler.call_action
    table_lock = threading.RLock()

    def call_alone(handler: DynamoHandler) -> Any:
        with table_lock:
            return call_table(handler)

    with (
        pytest.MonkeyPatch.context() as environment,
        handlers_in_process(invoke),
        # A transaction that fails takes moto's tables back, with what other threads wrote meanwhile.
        patch.object(DynamoHandler, "call_action", call_alone),
        mock_aws(config=MOTO_CONFIG),
        _receiver(received, codes) as port,
    ):
        for name in [name for name in os.environ if name.startswith(("AWS_", "BOOKFLOW_"))]:
            environment.delenv(name)
        settings = {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": REGION,
            "POWERTOOLS_SERVICE_NAME": NAME,
            "BOOKFLOW_TABLE": NAME,
            "BOOKFLOW_IDEMPOTENCY_TABLE": f"{NAME}-idempotency",
            "BOOKFLOW_EVENT_BUS": f"{NAME}-events",
            "BOOKFLOW_MAX_RECEIVE_COUNT": str(MAX_RECEIVES),
            "BOOKFLOW_FUNCTION_ARN_PREFIX": f"arn:aws:lambda:{REGION}:{DEFAULT_ACCOUNT_ID}:function:{NAME}-",
            "BOOKFLOW_MACHINE_NAME_PREFIX": f"{NAME}-wf-",
            "BOOKFLOW_MACHINE_ROLE_ARN": f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/machines",
            "BOOKFLOW_MACHINE_LOG_GROUP_ARN": f"arn:aws:logs:{REGION}:{DEFAULT_ACCOUNT_ID}:log-group:m",
            "BOOKFLOW_PARAMETER_PREFIX": f"/bookflow/{NAME}/",
            "BOOKFLOW_SENDER_EMAIL": SENDER,
            "BOOKFLOW_CONFIGURATION_SET": CONFIGURATION_SET,
            "BOOKFLOW_TRACKING_CONFIGURATION_SET": TRACKING_SET,
            "BOOKFLOW_PUBLIC_BASE_URL": "https://bookflow.example",
            "BOOKFLOW_WEBHOOK_ALLOWED_LOOPBACK": f"127.0.0.1:{port}",
        }
        for name, value in settings.items():
            environment.setenv(name, value)
        # On a busy machine a handful of events take as long as a flood.
        environment.setattr(fair_share, "AT_ONCE_SECONDS", math.inf)
        environment.setattr(boto3, "DEFAULT_SESSION", None)
        boto3.setup_default_session()
        rights = Rights(Deployed(NAMES, {"SenderEmail": SENDER}))
        referee = Referee(rights.judge)
        referee.watch(boto3.DEFAULT_SESSION)
        session = referee.watched_session()
        environment.setattr("botocore.session.get_session", lambda: session)
        services.cache_clear()
        stack = Stack(rights)
        stack.received, stack.status_codes = received, codes
        stack.receiver_url = f"http://127.0.0.1:{port}"
        # One dead-letter queue for all functions here, as they share an environment.
        environment.setenv("BOOKFLOW_DEAD_LETTER_QUEUE_URL", stack.queue.dead_letter_url)
        environment.setenv("BOOKFLOW_EVENT_QUEUE_URL", stack.queue.url)
        for name, value in stack.reminder_settings().items():
            environment.setenv(name, value)
        stacks.append(stack)
        stack.warm()
        try:
            yield stack
        finally:
            services.cache_clear()
            rights.close("handlers")


def _run_arn(execution: Execution) -> str:
    machine = execution.machine_arn.replace(":stateMachine:", ":execution:", 1)
    return f"{machine}:{execution.id}"


def _recipients(message: Any) -> list[str]:
    raw = isinstance(message, RawMessage)
    recipients: list[str] = message.destinations if raw else message.destinations["ToAddresses"]
    return recipients


def call_name(operation: str, params: Mapping[str, Any]) -> str:
    """Return the operation of a call, marked where it is of the records of effects."""
    writes = [write for action in params.get("TransactItems", []) for write in action.values()]
    tables = {each.get("TableName") for each in (params, *writes)}
    return f"effect:{operation}" if f"{NAME}-idempotency" in tables else operation
