"""Runs compiled machines on moto's Step Functions interpreter, with handlers in this process."""

from __future__ import annotations

import functools
import json
import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import boto3
from antlr4.atn.PredictionMode import PredictionMode
from antlr4.ListTokenSource import ListTokenSource
from antlr4.Token import CommonToken
from moto import mock_aws
from moto.awslambda_simple.models import LambdaSimpleBackend
from moto.core import DEFAULT_ACCOUNT_ID
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.parse import asl_parser
from moto.stepfunctions.parser.asl.utils import json_path
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from bookflow.domain.compiler import CompiledGraph
from bookflow.domain.joins import JoinState

REGION = "eu-west-1"
PREFIX = f"arn:aws:lambda:{REGION}:123456789012:function:bookflow-test-"
PAST = "2020-01-01T00:00:00Z"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
}
LIMIT_SECONDS = 20.0

Payload = dict[str, Any]


class StepError(Exception):
    """What a handler raises: the error's name as Lambda reports it."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


@dataclass
class Run:
    """One execution as it went.

    Attributes:
        status: SUCCEEDED or FAILED.
        ran: Node ids in the order in which they were called, each time.
        begun_at: When each node was called, on a clock that counts begins and ends.
        ended_at: When each node's last call was over, on the same clock.
        states: Names of the states entered, in order.
    """

    status: str = ""
    error: str | None = None
    cause: str | None = None
    ran: list[str] = field(default_factory=list)
    begun_at: dict[str, int] = field(default_factory=dict)
    ended_at: dict[str, int] = field(default_factory=dict)
    states: list[str] = field(default_factory=list)


class Flow:
    """Stands for all the functions: what each node shall do comes from the test."""

    def __init__(self, behave: Callable[[str, Payload], str]) -> None:
        self._behave = behave
        self._lock = threading.Lock()
        self._clock = 0
        self._joins: dict[str, JoinState] = {}
        self.run = Run()

    def call(self, function: str, payload: Payload) -> Any:
        operation = payload.get("op")
        if operation == "join_wait":
            return self._join(
                payload["join"], lambda state: state.wait(payload["token"], payload["expected"])
            )
        if operation == "join_arrive":
            for join, decisions in payload["decisions"].items():
                self._join(join, lambda state, decisions=decisions: state.arrive(decisions))
            return {}
        entry = payload["node"]
        node_id = entry["id"]
        assert function == ((operation and "flow") or entry["type"])
        with self._lock:
            self._clock += 1
            self.run.ran.append(node_id)
            self.run.begun_at[node_id] = self._clock
        try:
            handle = self._behave(node_id, payload)
        finally:
            with self._lock:
                self._clock += 1
                self.run.ended_at[node_id] = self._clock
        if operation == "delay":
            return {"until": PAST}
        if operation == "switch":
            return {"handle": entry["cases"].get(handle, handle) if "cases" in entry else handle}
        return {"handle": handle}

    def _join(self, join: str, change: Callable[[JoinState], JoinState]) -> Payload:
        with self._lock:
            state = self._joins[join] = change(self._joins.get(join, JoinState()))
            outcome = state.outcome()
        if outcome is not None and state.token is not None:
            stepfunctions_parser_backends[DEFAULT_ACCOUNT_ID][REGION].send_task_success(
                state.token, json.dumps({"decision": outcome})
            )
        return {}


def without(value: Any) -> Any:
    """Return a definition without its retriers."""
    if isinstance(value, list):
        return [without(item) for item in value]
    if isinstance(value, dict):
        return {key: without(item) for key, item in value.items() if key != "Retry"}
    return value


TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
"""A token of JSON."""


@functools.cache
def token_type(text: str) -> int:
    """Ask moto's lexer, which takes its time, once for each text."""
    return int(asl_parser.ASLLexer(asl_parser.InputStream(text)).nextToken().type)


def token(text: str) -> CommonToken:
    found = CommonToken(type=token_type(text))
    found.text = text
    found.line = found.column = found.start = found.stop = 0
    return found


def quick_parse(definition: str) -> tuple[Any, Any]:
    """Parse as moto does, but in ANTLR's faster mode, and with the tokens known already."""
    source = ListTokenSource([*map(token, TOKEN.findall(definition))])
    parser = asl_parser.ASLParser(asl_parser.CommonTokenStream(source))
    parser._interp.predictionMode = PredictionMode.SLL
    parser.removeErrorListeners()
    errors = asl_parser.SyntaxErrorListener()
    parser.addErrorListener(errors)
    tree = parser.state_machine()
    assert not errors.errors, errors.errors
    return asl_parser.Preprocessor().visit(tree), tree


class Machine:
    """moto, entered once, and executions on it one after another."""

    def __init__(self) -> None:
        self._flow: Flow | None = None
        self._count = 0
        self.client = boto3.client("stepfunctions", region_name=REGION)

    def invoke(self, function_name: str, body: str | bytes, headers: Any) -> bytes:
        assert self._flow is not None
        try:
            result = self._flow.call(
                function_name.rsplit(":", 1)[-1].removeprefix("bookflow-test-"), json.loads(body)
            )
        except StepError as error:
            headers["x-amz-function-error"] = "Unhandled"
            result = {"errorMessage": str(error), "errorType": error.name, "stackTrace": ["a", "b"]}
        return json.dumps(result).encode()

    def execute(
        self,
        compiled: CompiledGraph,
        run_input: Mapping[str, Any],
        behave: Callable[[str, Payload], str],
        *,
        retries: bool = True,
    ) -> Run:
        """Run one execution to its end.

        Half of a definition is retriers, and moto's parser takes milliseconds for each line: where
        nothing transient happens, `retries=False` leaves them out.
        """
        self._count += 1
        flow = self._flow = Flow(behave)
        definition = (
            compiled.definition_json if retries else json.dumps(without(compiled.definition))
        )
        machine_arn = self.client.create_state_machine(
            name=f"machine-{self._count}",
            definition=definition,
            roleArn="arn:aws:iam::123456789012:role/machine",
        )["stateMachineArn"]
        arn = self.client.start_execution(
            stateMachineArn=machine_arn, name="run", input=json.dumps(dict(run_input))
        )["executionArn"]
        backend = stepfunctions_parser_backends[DEFAULT_ACCOUNT_ID][REGION]
        execution = backend.describe_execution(arn)
        limit = time.monotonic() + LIMIT_SECONDS
        pause = threading.Event()
        while str(execution.status) == "RUNNING":
            if time.monotonic() > limit:
                self.client.stop_execution(executionArn=arn)
                raise AssertionError(f"still running after {LIMIT_SECONDS} s: {flow.run}")
            pause.wait(0.002)
        described = self.client.describe_execution(executionArn=arn)
        run = flow.run
        run.status = described["status"]
        run.error = described.get("error")
        run.cause = described.get("cause")
        history = self.client.get_execution_history(executionArn=arn, maxResults=1000)
        run.states = [
            event["stateEnteredEventDetails"]["name"]
            for event in history["events"]
            if "stateEnteredEventDetails" in event
        ]
        self.client.delete_state_machine(stateMachineArn=machine_arn)
        return run


@contextmanager
def machine() -> Iterator[Machine]:
    """Enter moto with real handlers, and mend or quicken what of it the tests need.

    - moto invokes handlers through `LambdaSimpleBackend.invoke`, which only echoes.
    - It takes `$[*].stopped[*]` without a match for an error; Step Functions gives `[]`
      (an indefinite path selects nothing), so its pattern of such paths is widened.
    - It makes a boto3 client for each call, in many threads at once, which boto3 does not allow
      (the default session is not thread-safe); here all share one.
    - It sleeps between retries for as long as the machine says, and parses each JSONPath anew.
    - It parses a definition twice, in the slower of ANTLR's modes, and its lexer is slow.
    """
    # moto logs each failed state with its whole definition.
    logging.getLogger("moto").setLevel(logging.CRITICAL)
    slow_parse = json_path.parse
    current: list[Machine] = []

    def invoke(
        _: LambdaSimpleBackend,
        function_name: str,
        qualifier: str | None,
        body: Any,
        headers: Any,
        response_headers: Any,
    ) -> bytes:
        return current[0].invoke(function_name, body, response_headers)

    class NoSleep:
        @staticmethod
        def sleep(_: float) -> None:
            return None

    with (
        patch.dict(os.environ, ENVIRONMENT),
        patch.object(LambdaSimpleBackend, "invoke", invoke),
        patch.object(
            json_path, "_PATTERN_SLICE_OR_WILDCARD_ACCESS", r"\$(?:\..+)?\[\*\](?:\.[^[]+|\[\*\])*$"
        ),
        patch.object(json_path, "parse", functools.lru_cache(maxsize=None)(slow_parse)),
        patch.object(retrier_decl, "time", NoSleep),
        patch.object(
            asl_parser.AmazonStateLanguageParser,
            "parse",
            staticmethod(functools.lru_cache(maxsize=1)(quick_parse)),
        ),
        mock_aws(
            config={
                "stepfunctions": {"execute_state_machine": True},
                "lambda": {"use_docker": False},
            }
        ),
    ):
        current.append(Machine())
        functions = boto3.client("lambda", region_name=REGION)
        with patch.object(lambda_eval_utils, "boto_client_for", lambda **_: functions):
            yield current[0]
