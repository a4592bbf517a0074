"""Runs compiled machines on moto's Step Functions interpreter, with handlers in this process."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from unittest.mock import patch

from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from bookflow.domain.compiler import CompiledGraph
from bookflow.domain.workflows.joins import JoinState
from tests.integration.step_functions import MOTO_CONFIG, handlers_in_process

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
        self.error_type = name


@dataclass
class Run:
    """One execution as it went.

    Attributes:
        status: SUCCEEDED or FAILED.
        ran: Node ids in the order in which they were called, each time.
        begun_at: When each node was called, on a clock that counts begins and ends.
        ended_at: When each node's last call was over, on the same clock.
        history: The execution's events, as moto keeps them.
    """

    status: str = ""
    error: str | None = None
    cause: str | None = None
    ran: list[str] = field(default_factory=list)
    begun_at: dict[str, int] = field(default_factory=dict)
    ended_at: dict[str, int] = field(default_factory=dict)
    history: list[Any] = field(default_factory=list, repr=False)

    @cached_property
    def states(self) -> list[str]:
        """Return the names of the states entered, in order."""
        return [
            event["stateEnteredEventDetails"]["name"]
            for event in self.history
            if "stateEnteredEventDetails" in event
        ]


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
        if operation == "delay_until":
            # Asked before the wait and after it.
            is_first = self.run.ran.count(node_id) == 1
            return {"until": PAST, "next": "wait" if is_first else "go"}
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


class Machine:
    """moto, entered once, and executions on it one after another.

    They go to moto's own back end: boto3 and the HTTP that moto plays cost more than the runs.
    """

    def __init__(self) -> None:
        self._flow: Flow | None = None
        self._count = 0

    def invoke(self, function_arn: str, payload: Any) -> Any:
        """Run a function of the current execution."""
        assert self._flow is not None
        return self._flow.call(
            function_arn.rsplit(":", 1)[-1].removeprefix("bookflow-test-"), payload
        )

    def execute(
        self,
        compiled: CompiledGraph,
        start_input: Mapping[str, Any],
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
        backend = stepfunctions_parser_backends[DEFAULT_ACCOUNT_ID][REGION]
        machine_arn = backend.create_state_machine(
            name=f"machine-{self._count}",
            definition=definition,
            roleArn="arn:aws:iam::123456789012:role/machine",
        ).arn
        execution = backend.start_execution(machine_arn, "run", json.dumps(dict(start_input)))
        limit = time.monotonic() + LIMIT_SECONDS
        pause = threading.Event()
        while str(execution.status) == "RUNNING":
            if time.monotonic() > limit:
                backend.stop_execution(execution.execution_arn, None, None)
                raise AssertionError(f"still running after {LIMIT_SECONDS} s: {flow.run}")
            pause.wait(0.002)
        run = flow.run
        run.status = str(execution.status)
        run.error, run.cause = execution.error, execution.cause
        run.history = execution.to_history_output()["events"]
        backend.delete_state_machine(machine_arn)
        return run


@contextmanager
def machine() -> Iterator[Machine]:
    """Enter moto, whose machines call the handlers of the execution that runs."""
    # moto logs each failed state with its whole definition.
    logging.getLogger("moto").setLevel(logging.CRITICAL)
    running = Machine()
    with (
        patch.dict(os.environ, ENVIRONMENT),
        handlers_in_process(running.invoke),
        mock_aws(config=MOTO_CONFIG),
    ):
        yield running
