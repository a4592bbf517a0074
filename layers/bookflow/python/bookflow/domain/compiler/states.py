"""The states of Amazon States Language that a machine is made of, as dictionaries (JSONPath dialect)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bookflow.domain.compiler.retriers import JOIN_RETRIERS

State = dict[str, Any]
Rule = dict[str, Any]

PAYLOAD_SCHEMA_VERSION = 2
"""Version of the payload that every Task sends; functions accept all past ones."""

EXECUTION_TIMEOUT_SECONDS = 31_449_600
"""A year less a day: the longest that any execution may take (a Standard execution ends at a year)."""

NOTHING_FOLLOWS_ERROR = "NothingFollows"
"""Error of a delay after which nothing may happen: no failure, its edges are dead."""

FLOW_FUNCTION = "flow"
"""Function of delays, conditions, switches and joins."""

STEP_FAILED_ERROR = "BookflowStepFailed"
"""Error of an execution whose failed step let its siblings finish first."""

ACTIVE = "active"
INACTIVE = "inactive"
STOPPED = "stopped"

TAKEN_PATH = "$.taken"
HANDLE_PATH = "$.taken.handle"
"""Where the handle that a node took is stored for the states right after it."""

JOINED_PATH = "$.joined"
DECISION_PATH = "$.join.decision"

OUTCOMES: Mapping[str, State] = {
    ACTIVE: {"active": [True], "stopped": []},
    INACTIVE: {"active": [], "stopped": []},
}
"""What a branch puts out when it ends `active` or `inactive`."""

_CAUGHT_CAUSE = "States.ArrayGetItem(States.StringSplit(States.JsonToString($.failure), '['), 0)"
"""A caught error as text, up to the first bracket: the stack trace would fill the payload."""


def canonical_json(value: Any) -> str:
    """Return compact JSON with sorted keys: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), check_circular=False)


def machine(start: str, states: Mapping[str, State]) -> State:
    """Return a machine, or a branch, that begins with the state of that name."""
    return {"StartAt": start, "States": states}


def task(arn: str, slot: str, operation: str | None, retriers: Sequence[State]) -> State:
    """Return a node's Task, which does not say yet where it continues.

    Args:
        arn: The function.
        slot: The node's place in the machine.
        operation: What the flow function shall do; None for an action.
        retriers: What is tried again.
    """
    parameters = {
        "schema_version": PAYLOAD_SCHEMA_VERSION,
        "execution.$": "$.execution",
        "node.$": f"$.nodes.{slot}",
    }
    return {
        "Type": "Task",
        "Resource": arn,
        "Parameters": parameters | ({"op": operation} if operation else {}),
        "TimeoutSecondsPath": f"$.nodes.{slot}.timeout",
        "Retry": retriers,
    }


def catcher(error: str, following: str, keep: str | None = None) -> State:
    """Return what catches an error, and where it is kept; None drops it."""
    return {"ErrorEquals": [error], "ResultPath": keep, "Next": following}


def wait() -> State:
    """Return the Wait of a delay, which does not say yet where it continues."""
    return {"Type": "Wait", "TimestampPath": f"{TAKEN_PATH}.until"}


def arrive(arn: str, decisions: Mapping[str, Mapping[str, str]]) -> State:
    """Return the Task that reports to joins what became of edges: {join: {edge: decision}}.

    It does not say yet where it continues.
    """
    return {
        "Type": "Task",
        "Resource": arn,
        "Parameters": {
            "schema_version": PAYLOAD_SCHEMA_VERSION,
            "execution.$": "$.execution",
            "op": "join_arrive",
            "decisions": decisions,
        },
        "TimeoutSeconds": 60,
        "Retry": JOIN_RETRIERS,
    }


def join(arn: str, name: str, expected: int, following: str) -> State:
    """Return the Task that waits until all `expected` edges of a join are decided."""
    partition = arn.split(":", 2)[1] if arn.startswith("arn:") else "aws"
    return {
        "Type": "Task",
        "Resource": f"arn:{partition}:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {
            "FunctionName": arn,
            "Payload": {
                "schema_version": PAYLOAD_SCHEMA_VERSION,
                "execution.$": "$.execution",
                "op": "join_wait",
                "join": name,
                "expected": expected,
                "token.$": "$$.Task.Token",
            },
        },
        "ResultSelector": {"decision.$": "$.decision"},
        "ResultPath": "$.join",
        "Retry": JOIN_RETRIERS,
        "Next": following,
    }


def parallel(branches: Sequence[State]) -> State:
    """Return a Parallel whose branches never fail, which does not say yet where it continues."""
    return {"Type": "Parallel", "Branches": branches}


def summary(*, may_miss: bool) -> State:
    """Return the selector that sums up branches, of which one surely ends active or all may miss."""
    active = {"active.$": "$[*].active[*]"} if may_miss else {"active": [True]}
    return {**active, "stopped.$": "$[*].stopped[*]"}


def choice(rules: Sequence[Rule], default: str) -> State:
    """Return a Choice."""
    return {"Type": "Choice", "Choices": rules, "Default": default}


def when_equal(variable: str, values: Sequence[str], following: str) -> Rule:
    """Return the rule that a variable has one of these values."""
    tests = [{"Variable": variable, "StringEquals": value} for value in values]
    return {**(tests[0] if len(tests) == 1 else {"Or": tests}), "Next": following}


def when_present(variable: str, present: bool, following: str) -> Rule:
    """Return the rule that a variable is there, or is not."""
    return {"Variable": variable, "IsPresent": present, "Next": following}


def when_any(outcome: str, following: str) -> Rule:
    """Return the rule that any branch of the last Parallel ended `active`, or was `stopped`."""
    return when_present(f"{JOINED_PATH}.{outcome}[0]", True, following)


def succeed() -> State:
    """Return the state that ends the execution well."""
    return {"Type": "Succeed"}


def fail() -> State:
    """Return the state that ends the execution by what its last Parallel reported."""
    return {
        "Type": "Fail",
        "Error": STEP_FAILED_ERROR,
        "CausePath": f"{JOINED_PATH}.stopped[0]",
    }


def ended(outcome: str) -> State:
    """Return the Pass that ends a branch `active` or `inactive`."""
    return {"Type": "Pass", "Result": OUTCOMES[outcome], "End": True}


def ended_stopped(*, caught: bool) -> State:
    """Return the Pass that ends a branch by a caught error, or by what an inner Parallel reported."""
    causes = f"States.Array({_CAUGHT_CAUSE})" if caught else f"{JOINED_PATH}.stopped"
    return {"Type": "Pass", "Parameters": {"active": [], "stopped.$": causes}, "End": True}
