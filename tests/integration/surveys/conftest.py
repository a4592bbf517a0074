"""The real handler of the pages on an AWS in memory, with a process that can die at any call."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from bookflow.bootstrap import Services, services
from tests.aws.referee import Referee
from tests.aws.rights import Rights
from tests.aws.stack import Deployed
from tests.fakes import Crash
from tests.integration.adapters.conftest import IDEMPOTENCY_TABLE, TABLE, AwsPorts

APP = Path(__file__).resolve().parents[3] / "functions" / "pages" / "app.py"


class Site:
    """The deployed pages.

    Attributes:
        aws: The stores, as other functions have them.
        operations: Each call that the handler made of AWS, by its operation's name.
    """

    def __init__(self, aws: AwsPorts, rights: Rights) -> None:
        self.aws = aws
        self._rights = rights
        self.operations: list[str] = []
        self._crash_at: int | None = None
        self._queue_url = self._listen()
        self.handler: Any = None
        self.restart()

    def restart(self) -> None:
        """Start the function anew, as Lambda does after a crash."""
        services.cache_clear()
        spec = importlib.util.spec_from_file_location("pages_app", APP)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.handler = self._rights.acted("pages", module.handler)

    def crash_after(self, call: int) -> None:
        """Die right after AWS has done the call of that number from now (1 is the next)."""
        self._crash_at = len(self.operations) + call

    def watch(self, client: Any) -> Any:
        """Note the calls of a client that the handler uses."""
        client.meta.events.register("after-call", self._note)
        return client

    def events(self) -> list[dict[str, Any]]:
        """Return the events that reached the bus since the last time that it was asked."""
        found: list[dict[str, Any]] = []
        while True:
            answer = self.aws.sqs.receive_message(
                QueueUrl=self._queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=0
            )
            messages = answer.get("Messages", [])
            if not messages:
                return found
            for message in messages:
                found.append(json.loads(message["Body"]))
                self.aws.sqs.delete_message(
                    QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"]
                )

    def _note(self, model: Any, **_: Any) -> None:
        self.operations.append(model.name)
        if len(self.operations) == self._crash_at:
            self._crash_at = None
            raise Crash(model.name)

    def _listen(self) -> str:
        self.aws.eventbridge.put_rule(
            Name="all", EventBusName="bookings", EventPattern='{"source": ["bookflow"]}'
        )
        url = str(self.aws.sqs.create_queue(QueueName="heard")["QueueUrl"])
        attributes = self.aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        self.aws.eventbridge.put_targets(
            Rule="all",
            EventBusName="bookings",
            Targets=[{"Id": "heard", "Arn": attributes["Attributes"]["QueueArn"]}],
        )
        return url


@pytest.fixture(scope="session")
def rights(referee: Referee) -> Iterator[Rights]:
    """The role of the function `pages`, by which every call of it is judged."""
    names = {"EventBus": "bookings", "IdempotencyTable": IDEMPOTENCY_TABLE, "Table": TABLE}
    rights = Rights(Deployed(names))
    referee.judges.append(rights.judge)
    yield rights
    rights.close("surveys")


@pytest.fixture
def site(
    aws_session: boto3.Session, rights: Rights, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    for name, value in {
        "BOOKFLOW_TABLE": TABLE,
        "BOOKFLOW_IDEMPOTENCY_TABLE": IDEMPOTENCY_TABLE,
        "BOOKFLOW_EVENT_BUS": "bookings",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        made = Site(AwsPorts(aws_session), rights)

        def client(_: Services, service: str, *, tries: int = 3) -> Any:
            return made.watch(made.aws.client(service))

        monkeypatch.setattr(Services, "_client", client)
        yield made
    services.cache_clear()
