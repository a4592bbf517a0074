"""State machines in AWS Step Functions: the port `Machines`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from random import SystemRandom
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError

from bookflow.adapters.aws_errors import aws_errors, error_code, is_throttled
from bookflow.domain.shared.errors import TransientError
from bookflow.ports import MachineExecution, MachineInfo

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

VISIBLE_AFTER_SECONDS = (0.1, 0.2, 0.4, 0.8, 1.5)
"""Waits for a machine that was made a moment ago: about three seconds in all."""

_SPENT_TOKEN = ("InvalidToken", "TaskDoesNotExist", "TaskTimedOut")

ENTRIES_A_CALL = 1000
"""The most that a list gives at once; without asking for it, it gives a tenth of that."""

PUBLISH_WAITS_SECONDS = 12
"""How long a publish waits for its turn to make a machine: the API's function has 30 seconds."""

SWEEP_WAITS_SECONDS = 60
"""How long the sweep waits for its turn to list."""

DELETION_WAITS_SECONDS = 30
"""How long the sweep waits for its turn to delete: with the call itself, less than `DELETION`."""

LONGEST_WAIT_SECONDS = 2.0
"""Between two tries: the quotas give 1 or 2 calls a second (AWS, "Step Functions service quotas")."""

R = TypeVar("R")

_random = SystemRandom()

CAUSE_CHARACTERS = 32_768
"""Length of a cause (AWS, "StopExecution")."""

# A machine that is being deleted is listed for a while, and may be missing at the next call.
_GONE = ("ResourceNotFound", "StateMachineDoesNotExist")

_REMEDIES = {
    "InvalidDefinition": "Report it: the compiler made a machine that AWS rejects.",
    "InvalidLoggingConfiguration": "Let Step Functions write to the stack's log group.",
    "InvalidExecutionInput": "Make the workflow or the event smaller: 256 KiB is the limit.",
}


class StepFunctionsMachines:
    """Makes, starts and stops Standard state machines.

    Args:
        client: A Step Functions client.
        role_arn: The role that the machines run as; its account and partition are the machines'.
        log_group_arn: Where failures are logged; input and output are not.
        prefix: Value of the tag `bookflow:prefix`, by which the stack's machines are found.
        sleep: Waits for some seconds.
        monotonic: A clock in seconds that never goes back.
    """

    def __init__(
        self,
        client: SFNClient,
        *,
        role_arn: str,
        log_group_arn: str,
        prefix: str,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._role_arn = role_arn
        self._log_group_arn = log_group_arn
        self._prefix = prefix
        self._sleep = sleep
        self._monotonic = monotonic

    def ensure(self, name: str, definition: str) -> str:
        """Create the machine, given in JSON, unless one of that name exists; return its ARN.

        The name is a digest of all that makes the machine, so an equal name is an equal machine.
        An account makes a hundred machines at once and then one a second, so it waits a while for
        its turn.

        Raises:
            TransientError: Its turn does not come, or the account has all machines it may have.
        """
        # "*" names the log group's streams (AWS, "Logging using CloudWatch Logs").
        log_group = f"{self._log_group_arn.removesuffix(':*')}:*"

        def create() -> None:
            self._client.create_state_machine(
                name=name,
                definition=definition,
                roleArn=self._role_arn,
                type="STANDARD",
                loggingConfiguration={
                    "level": "ERROR",
                    "includeExecutionData": False,
                    "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": log_group}}],
                },
                tags=[{"key": "bookflow:prefix", "value": self._prefix}],
            )

        with (
            aws_errors("Creating the state machine", _REMEDIES),
            _explained(),
            _unless("StateMachineAlreadyExists"),
        ):
            self._in_turn(create, PUBLISH_WAITS_SECONDS)
        return self._arn(name)

    def start(self, machine_arn: str, name: str, payload: Mapping[str, Any]) -> None:
        """Start the execution; a start of the same name is no error and starts nothing.

        Raises:
            TransientError: The machine cannot be seen (yet), or Step Functions is busy.
        """
        for seconds in VISIBLE_AFTER_SECONDS:
            if self._start(machine_arn, name, payload):
                return
            self._sleep(seconds)
        if not self._start(machine_arn, name, payload):
            raise TransientError(
                "Starting the execution failed: its state machine cannot be seen.",
                remedy="It is retried; if it continues, publish the workflow again.",
            )

    def stop(self, machine_arn: str, name: str, reason: str) -> None:
        """Abort the execution if it is running."""
        with aws_errors("Stopping the execution"), _unless("ExecutionDoesNotExist"):
            self._client.stop_execution(
                executionArn=_execution_arn(machine_arn, name),
                error="Cancelled",
                cause=reason[:CAUSE_CHARACTERS],
            )

    def answer(self, task_token: str, result: Mapping[str, Any]) -> None:
        """Complete a waiting task; a token that is spent is no error."""
        with aws_errors("Answering a waiting step"), _unless(*_SPENT_TOKEN):
            self._client.send_task_success(taskToken=task_token, output=_json(result))

    def find(self, machine_arn: str, name: str) -> MachineExecution | None:
        """Return how an execution stands; None if Step Functions does not know it (any more)."""
        found: MachineExecution | None = None
        with (
            aws_errors("Asking for an execution"),
            _unless("ExecutionDoesNotExist", "StateMachineDoesNotExist"),
        ):
            answer = self._client.describe_execution(executionArn=_execution_arn(machine_arn, name))
            found = MachineExecution(
                status=answer["status"],
                payload=answer.get("input", ""),
                at=answer.get("stopDate", answer["startDate"]).astimezone(UTC),
                error=answer.get("error"),
                cause=answer.get("cause"),
            )
        return found

    def running(self, machine_arn: str) -> Iterator[str]:
        """Return the names of the executions that run; a redriven execution runs again.

        AWS takes the filter `PENDING_REDRIVE` for map runs only (API reference, "ListExecutions").
        """
        pages = self._client.get_paginator("list_executions")
        with aws_errors("Listing the executions of a state machine"), _unless(*_GONE):
            for page in pages.paginate(
                stateMachineArn=machine_arn,
                statusFilter="RUNNING",
                PaginationConfig={"PageSize": ENTRIES_A_CALL},
            ):
                yield from (each["name"] for each in page["executions"])

    def inventory(self) -> Iterator[MachineInfo]:
        """Return the machines whose name begins with the stack's prefix."""
        asked: dict[str, Any] = {"maxResults": ENTRIES_A_CALL}
        while True:
            with aws_errors("Listing the state machines"):
                page = self._in_turn(
                    lambda: self._client.list_state_machines(**asked), SWEEP_WAITS_SECONDS
                )
            for machine in page["stateMachines"]:
                if machine["name"].startswith(self._prefix):
                    yield MachineInfo(machine["stateMachineArn"], machine["creationDate"])
            if "nextToken" not in page:
                return
            asked["nextToken"] = page["nextToken"]

    def is_running(self, machine_arn: str) -> bool:
        """Say whether an execution of the machine runs."""
        runs = False
        with aws_errors("Listing the executions of a state machine"), _unless(*_GONE):
            found = self._in_turn(
                lambda: self._client.list_executions(
                    stateMachineArn=machine_arn, statusFilter="RUNNING", maxResults=1
                ),
                SWEEP_WAITS_SECONDS,
            )
            runs = bool(found["executions"])
        return runs

    def delete(self, machine_arn: str) -> None:
        """Delete the machine; Step Functions takes a missing one as success."""
        with aws_errors("Deleting a state machine"):
            self._in_turn(
                lambda: self._client.delete_state_machine(stateMachineArn=machine_arn),
                DELETION_WAITS_SECONDS,
            )

    def _in_turn(self, call: Callable[[], R], seconds: float) -> R:
        """Make a call again for some seconds, while Step Functions has no room for it.

        The waits are drawn (AWS, "Exponential backoff and jitter"): another caller that waits does not
        come back at the same moments.
        """
        ends_at = self._monotonic() + seconds
        longest = LONGEST_WAIT_SECONDS / 4
        while True:
            try:
                return call()
            except ClientError as error:
                wait = _random.uniform(longest / 2, longest)
                if not _is_busy(error) or self._monotonic() + wait > ends_at:
                    raise
            self._sleep(wait)
            longest = min(2 * longest, LONGEST_WAIT_SECONDS)

    def _start(self, machine_arn: str, name: str, payload: Mapping[str, Any]) -> bool:
        """Start the execution and say whether its machine could be seen."""
        with aws_errors("Starting the execution", _REMEDIES):
            try:
                self._client.start_execution(
                    stateMachineArn=machine_arn, name=name, input=_json(payload)
                )
            except ClientError as error:
                if error_code(error) == "StateMachineDoesNotExist":
                    return False
                if error_code(error) != "ExecutionAlreadyExists":
                    raise
        return True

    def _arn(self, name: str) -> str:
        _, aws_partition, _, _, account, _ = self._role_arn.split(":", 5)
        region = self._client.meta.region_name
        return f"arn:{aws_partition}:states:{region}:{account}:stateMachine:{name}"


def _is_busy(error: ClientError) -> bool:
    """Say whether the same call may pass in seconds: a machine that is being deleted is soon gone."""
    return is_throttled(error) or error_code(error) == "StateMachineDeleting"


@contextmanager
def _explained() -> Iterator[None]:
    """Say in words of the person who publishes why no machine can be made.

    Raises:
        TransientError: The account makes machines as fast as it may, or has all that it may have.
    """
    try:
        yield
    except ClientError as error:
        if _is_busy(error):
            raise TransientError(
                "Too many workflows are published at this moment.",
                remedy="Nothing was changed. Publish again in half a minute.",
                retry_after=round(_random.uniform(15, 45)),
            ) from None
        if error_code(error) == "StateMachineLimitExceeded":
            raise TransientError(
                "The AWS account has as many state machines as it may have.",
                remedy="Nothing was changed. Ask who runs Bookflow for a higher quota at AWS.",
                retry_after=3600,
            ) from None
        raise


def _execution_arn(machine_arn: str, name: str) -> str:
    return f"{machine_arn.replace(':stateMachine:', ':execution:', 1)}:{name}"


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@contextmanager
def _unless(*codes: str) -> Iterator[None]:
    """Let errors of these codes pass as success."""
    try:
        yield
    except ClientError as error:
        if error_code(error) not in codes:
            raise
