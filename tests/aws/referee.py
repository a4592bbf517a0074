"""Stands between boto3 and an AWS in memory, and answers as AWS would where that would not.

Every client of a session that is refereed passes here before its call is sent. botocore's event
`provide-client-params` brings the parameters, and `before-call` may answer in the place of AWS
(boto3 guide, "Extensibility guide"); both hand over the same `context`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import boto3
import botocore.session
from botocore.awsrequest import AWSResponse

from tests.aws.refusals import Refusal, refusal

PARAMS = "bookflow.params"

Judge = Callable[[str, str, Mapping[str, Any]], Refusal | None]
"""Takes service, operation and parameters; returns how the call is refused, if it is."""


class Referee:
    """Asks its judges about each call, in order; the first refusal is the answer.

    Attributes:
        calls: How many calls it saw, so that a test can tell that it is at work.
    """

    def __init__(self, *judges: Judge) -> None:
        self.judges = [refusal, *judges]
        self.calls = 0

    def watch(self, session: boto3.Session) -> boto3.Session:
        """Referee the clients that the session makes from now on."""
        self._listen(session.events)
        return session

    def watched_session(self) -> botocore.session.Session:
        """Return a session of botocore, as functions have, whose clients are refereed."""
        session = botocore.session.Session()
        self._listen(session.get_component("event_emitter"))
        return session

    def _listen(self, events: Any) -> None:
        events.register("provide-client-params", self._keep)
        events.register("before-call", self._judge)

    def _keep(self, params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
        context[PARAMS] = params

    def _judge(self, model: Any, context: dict[str, Any], **_: Any) -> Any:
        self.calls += 1
        for judge in self.judges:
            found = judge(model.service_model.service_name, model.name, context[PARAMS])
            if found:
                return answer(found)
        return None


def answer(found: Refusal) -> tuple[AWSResponse, dict[str, Any]]:
    """Return a refusal as botocore has it from AWS: the HTTP answer and what was read of it."""
    return AWSResponse("https://aws.test/", 400, {}, None), {
        "Error": {"Code": found.code, "Message": found.message},
        "ResponseMetadata": {"HTTPStatusCode": 400, "HTTPHeaders": {}, "RetryAttempts": 0},
    }
