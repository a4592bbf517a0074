"""The pieces of Amazon States Language that a machine is made of (JSONPath dialect)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bookflow.domain.graph import RetryPolicy

State = dict[str, Any]

PAYLOAD_SCHEMA_VERSION = 1
"""Version of the payload that every Task sends; functions accept all past ones."""

EXECUTION_TIMEOUT_SECONDS = 31_449_600
"""A year less a day: the longest that any run may take (a Standard execution ends at a year)."""

TRANSIENT_ERRORS = (
    "TransientError",
    "DeliveryUncertain",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.Unknown",
    "Sandbox.Timedout",
    "States.Timeout",
)
"""Errors that may pass: our own two, and those that the AWS guide on Lambda in Step Functions names."""

RETRY_AFTER_SECONDS = (60, 300, 900)
"""Waits that a function may ask for, by raising an error named `RetryAfter<seconds>`."""

MAX_RETRY_DELAY_SECONDS = 900

FLOW_FUNCTION = "flow"
"""Function of delays, conditions, switches and joins."""

STEP_FAILED_ERROR = "BookflowStepFailed"
"""Error of an execution whose failed step let its siblings finish first."""

ACTIVE = "active"
INACTIVE = "inactive"
STOPPED = "stopped"

HANDLE_PATH = "$.taken.handle"
"""Where the handle that a node took is kept for the states right after it."""

JOINED_PATH = "$.joined"
DECISION_PATH = "$.join.decision"

CAUGHT_CAUSE = "States.ArrayGetItem(States.StringSplit(States.JsonToString($.failure), '['), 0)"
"""A caught error as text, up to the first bracket: the stack trace would fill the payload."""

_FLATTENED = {"active.$": "$[*].active[*]", "stopped.$": "$[*].stopped[*]"}
_OUTCOMES: Mapping[str, State] = {
    ACTIVE: {"active": [True], "stopped": []},
    INACTIVE: {"active": [], "stopped": []},
}


def branch_outcome(outcome: str) -> State:
    """Return what a branch puts out when it ends `active` or `inactive`."""
    return {key: list(value) for key, value in _OUTCOMES[outcome].items()}


def retry(policy: RetryPolicy) -> list[State]:
    """Return the retriers of a policy: backoff with full jitter, and waits that were asked for."""
    if policy.max_attempts == 1:
        return []
    again = policy.max_attempts - 1
    backoff: State = {
        "ErrorEquals": list(TRANSIENT_ERRORS),
        "IntervalSeconds": policy.interval_seconds,
        "MaxAttempts": again,
        "BackoffRate": policy.backoff_rate,
        "JitterStrategy": "FULL",
    }
    # Definitions are bounded, so a limit is stated only where a wait can reach it.
    if policy.interval_seconds * policy.backoff_rate ** (again - 1) > MAX_RETRY_DELAY_SECONDS:
        # Step Functions wants it above the first wait.
        backoff["MaxDelaySeconds"] = max(MAX_RETRY_DELAY_SECONDS, policy.interval_seconds + 1)
    retriers = [backoff]
    retriers.extend(
        {
            "ErrorEquals": [f"RetryAfter{seconds}"],
            "IntervalSeconds": seconds,
            "MaxAttempts": again,
            "BackoffRate": 1.0,
        }
        for seconds in RETRY_AFTER_SECONDS
    )
    return retriers


def join_retry() -> list[State]:
    """Return the retriers of a join's own calls.

    They are repeatable and ours alone, so every error is tried again, and for long: a lost arrival
    would hold the run until its time is over.
    """
    return [
        {
            "ErrorEquals": ["States.ALL"],
            "IntervalSeconds": 1,
            "MaxAttempts": 9,
            "BackoffRate": 2.0,
            "JitterStrategy": "FULL",
        }
    ]


def node_task(arn: str, slot: str, retriers: list[State], operation: str | None) -> State:
    """Return the Task of a node; `operation` is set for the nodes that the flow function runs."""
    payload: State = {"schema_version": PAYLOAD_SCHEMA_VERSION}
    if operation is not None:
        payload["op"] = operation
    payload["execution.$"] = "$.execution"
    payload["node.$"] = f"$.nodes.{slot}"
    payload["attempt.$"] = "$$.State.RetryCount"
    state: State = {
        "Type": "Task",
        "Resource": arn,
        "Parameters": payload,
        "TimeoutSecondsPath": f"$.nodes.{slot}.timeout",
    }
    if retriers:
        state["Retry"] = retriers
    return state


def arrive_task(
    arn: str, retriers: list[State], decisions: Mapping[str, Mapping[str, str]]
) -> State:
    """Return the Task that tells joins what became of edges: {join: {edge: decision}}."""
    return {
        "Type": "Task",
        "Resource": arn,
        "Parameters": {
            "schema_version": PAYLOAD_SCHEMA_VERSION,
            "op": "join_arrive",
            "execution.$": "$.execution",
            "decisions": {join: dict(edges) for join, edges in decisions.items()},
        },
        "TimeoutSeconds": 60,
        "Retry": retriers,
        "ResultPath": None,
    }


def wait_task(arn: str, retriers: list[State], join: str, expected: int) -> State:
    """Return the Task that waits until all `expected` edges of a join are decided."""
    partition = arn.split(":", 2)[1] if arn.startswith("arn:") else "aws"
    return {
        "Type": "Task",
        "Resource": f"arn:{partition}:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {
            "FunctionName": arn,
            "Payload": {
                "schema_version": PAYLOAD_SCHEMA_VERSION,
                "op": "join_wait",
                "execution.$": "$.execution",
                "join": join,
                "expected": expected,
                "token.$": "$$.Task.Token",
            },
        },
        "ResultSelector": {"decision.$": "$.decision"},
        "ResultPath": "$.join",
        "Retry": retriers,
    }


def catch_all(following: str, result_path: str | None) -> list[State]:
    """Return the catcher of a failed step."""
    return [{"ErrorEquals": ["States.ALL"], "ResultPath": result_path, "Next": following}]


def parallel(branches: Sequence[State]) -> State:
    """Return a Parallel whose branches never fail; what to keep of them is left to set."""
    return {"Type": "Parallel", "Branches": list(branches)}


def flattened(active: bool | None) -> State:
    """Return the selector that sums up branches; `active` states that part where it is known."""
    selector = dict(_FLATTENED)
    if active is not None:
        del selector["active.$"]
        return {"active": [True] if active else [], **selector}
    return selector


def is_stopped() -> State:
    """Return the test whether any branch of the last Parallel was stopped."""
    return {"Variable": f"{JOINED_PATH}.stopped[0]", "IsPresent": True}


def is_active() -> State:
    """Return the test whether any branch of the last Parallel ended active."""
    return {"Variable": f"{JOINED_PATH}.active[0]", "IsPresent": True}
