"""The pieces of Amazon States Language that a machine is made of, as canonical JSON text.

JSONPath dialect. Text, because a machine is written once and hardly ever read again: building
it as dictionaries first costs more than all the rest of the compiler.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from bookflow.domain.shared.errors import RETRY_AFTER_ERRORS
from bookflow.domain.workflows.graph import RetryPolicy

PAYLOAD_SCHEMA_VERSION = 2
"""Version of the payload that every Task sends; functions accept all past ones."""

EXECUTION_TIMEOUT_SECONDS = 31_449_600
"""A year less a day: the longest that any execution may take (a Standard execution ends at a year)."""

DEATHS = ("Lambda.Unknown", "Runtime.ExitError", "Runtime.OutOfMemory", "Sandbox.Timedout")
"""Errors of a function that died (AWS Step Functions, "Handle Lambda service exceptions": unhandled
errors such as a lack of memory and timeouts are `Lambda.Unknown`; AWS Lambda, "Lambda runtime
errors": the others)."""

TRANSIENT_ERRORS = ("TransientError", *DEATHS, "States.Timeout")
"""Errors that may pass and count as a try: effects are keyed, so nothing is sent twice."""

REFUSALS = (
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
)
"""Errors by which Lambda refuses a call (same guide). They say nothing of the step, so they count
as no try of it."""

_REFUSED_SECONDS = 3600
"""How long a refused call is made again, on average: each wait is random up to its bound."""

_REFUSED_MAX_DELAY = 120

MAX_RETRY_DELAY_SECONDS = 900

ANY_ERROR = "States.ALL"

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

CAUGHT_CAUSE = "States.ArrayGetItem(States.StringSplit(States.JsonToString($.failure), '['), 0)"
"""A caught error as text, up to the first bracket: the stack trace would fill the payload."""

# The language's defaults, which a retrier need not state (Amazon States Language, "Retrying").
_DEFAULT_RETRIER = {"IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 2.0}

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), check_circular=False)


def canonical_json(value: Any) -> str:
    """Return compact JSON with sorted keys: equal values give equal text."""
    return _ENCODER.encode(value)


# What a branch puts out when it ends `active` or `inactive`.
OUTCOMES: Mapping[str, str] = {
    ACTIVE: '{"active":[true],"stopped":[]}',
    INACTIVE: '{"active":[],"stopped":[]}',
}

_STOPPED_OF_ALL = '"stopped.$":"$[*].stopped[*]"'


def summary(outcome: str | None) -> str:
    """Return the selector that sums up branches; `outcome` states what is known beforehand."""
    if outcome is None:
        return f'{{"active.$":"$[*].active[*]",{_STOPPED_OF_ALL}}}'
    return f'{{"active":{"[true]" if outcome == ACTIVE else "[]"},{_STOPPED_OF_ALL}}}'


def retry(policy: RetryPolicy, asks_for_waits: bool) -> str:
    """Return the retriers of a policy, and the one for Lambda's refusals, which all Tasks have.

    A function that is not known to ask for waits gets no retriers for them, which would be a
    fifth of its Task; if it asks all the same, it is retried as for any transient error.
    """
    if policy.max_attempts == 1:
        return _retriers([_REFUSED])
    again = policy.max_attempts - 1
    backoff: dict[str, Any] = {
        "ErrorEquals": [*TRANSIENT_ERRORS, *([] if asks_for_waits else RETRY_AFTER_ERRORS)],
        "IntervalSeconds": policy.interval_seconds,
        "MaxAttempts": again,
        "BackoffRate": policy.backoff_rate,
        "JitterStrategy": "FULL",
    }
    # Definitions are bounded, so a limit is stated only where a wait can reach it.
    if policy.interval_seconds * policy.backoff_rate ** (again - 1) > MAX_RETRY_DELAY_SECONDS:
        # Step Functions wants it above the first wait.
        backoff["MaxDelaySeconds"] = max(MAX_RETRY_DELAY_SECONDS, policy.interval_seconds + 1)
    retriers = [backoff, _REFUSED]
    if asks_for_waits:
        retriers.extend(
            {
                "ErrorEquals": [error],
                "IntervalSeconds": seconds,
                "MaxAttempts": again,
                "BackoffRate": 1.0,
            }
            for error, seconds in RETRY_AFTER_ERRORS.items()
        )
    return _retriers(retriers)


def _tries_for(seconds: float, max_delay: float) -> int:
    """Return how many waits that double up to a bound last that long, if each takes half of it."""
    number, wait = 0, 1.0
    while seconds > 0:
        seconds -= min(wait, max_delay) / 2
        number, wait = number + 1, wait * 2
    return number


_REFUSED: Mapping[str, Any] = {
    "ErrorEquals": REFUSALS,
    "MaxAttempts": _tries_for(_REFUSED_SECONDS, _REFUSED_MAX_DELAY),
    "MaxDelaySeconds": _REFUSED_MAX_DELAY,
    "JitterStrategy": "FULL",
}


def _retriers(retriers: Iterable[Mapping[str, Any]]) -> str:
    return canonical_json(
        [
            {key: each for key, each in retrier.items() if _DEFAULT_RETRIER.get(key) != each}
            for retrier in retriers
        ]
    )


JOIN_RETRY = _retriers(
    [
        _REFUSED,
        {
            "ErrorEquals": [ANY_ERROR],
            "IntervalSeconds": 1,
            "MaxAttempts": 9,
            "BackoffRate": 2.0,
            "JitterStrategy": "FULL",
        },
    ]
)
"""Retriers of a join's own calls.

They are repeatable and ours alone, so every error is retried, and for long: a lost arrival
would hold the execution until its time is over.
"""


SLOT = "<slot>"
_NEXT = "<next>"
_CAUGHT = ("<caught>", "<caught too>")
"""Marks of the names in a template; a name is made of letters, digits, dots and underscores."""


class TaskTemplate(NamedTuple):
    """A Task with marks in the place of names: Tasks of one kind are one text with other names.

    Attributes:
        head: The catchers and the next state: short, and all marks stand here.
        rest: What follows, cut wherever the slot stands.
    """

    head: str
    rest: Sequence[str]

    def named(self, slot: str, following: str | None, caught: Sequence[str]) -> str:
        """Return the Task of a slot, with the next state and those after its catchers."""
        head = self.head.replace(SLOT, slot)
        if following is not None:
            head = head.replace(_NEXT, following)
        for mark, state in zip(_CAUGHT, caught, strict=False):
            head = head.replace(mark, state)
        return head + slot.join(self.rest)


class Catcher(NamedTuple):
    """What a Task does about an error.

    Attributes:
        error: Name of the error.
        keep: Path that takes the error, `SLOT` for the node's slot; None drops it.
    """

    error: str
    keep: str | None


class TaskKind(NamedTuple):
    """All of a node's Task but names of states: Tasks of one kind are one text with other names.

    Attributes:
        resource: ARN of the function.
        operation: What the flow function shall do; None for an action.
        retry: What `retry` returned.
        catchers: In the order in which they are tried.
        result_path: Where the result goes; "$" lets it take the place of all else, None drops it.
        selector: JSON of what is taken of the result; empty takes all.
        is_end: Whether the branch, or the execution, ends here.
    """

    resource: str
    operation: str | None
    retry: str
    catchers: tuple[Catcher, ...] = ()
    result_path: str | None = None
    selector: str = ""
    is_end: bool = False

    def template(self) -> TaskTemplate:
        """Return the Tasks of this kind."""
        parameters: dict[str, Any] = {
            "schema_version": PAYLOAD_SCHEMA_VERSION,
            "execution.$": "$.execution",
            "node.$": f"$.nodes.{SLOT}",
        }
        if self.operation is not None:
            parameters["op"] = self.operation
        fields = {
            "Type": '"Task"',
            "Resource": canonical_json(self.resource),
            "Parameters": canonical_json(parameters),
            "TimeoutSecondsPath": f'"$.nodes.{SLOT}.timeout"',
        }
        if self.catchers:
            fields["Catch"] = canonical_json(
                [
                    {
                        "ErrorEquals": [each.error],
                        "ResultPath": each.keep,
                        "Next": mark,
                    }
                    for each, mark in zip(self.catchers, _CAUGHT, strict=False)
                ]
            )
        fields["Retry"] = self.retry
        if self.selector:
            fields["ResultSelector"] = self.selector
        if self.result_path != "$":
            fields["ResultPath"] = canonical_json(self.result_path)
        fields |= {"End": "true"} if self.is_end else {"Next": f'"{_NEXT}"'}
        text = ",".join([f'"{key}":{fields[key]}' for key in sorted(fields)])
        head, found, rest = text.partition('"Parameters":')
        return TaskTemplate("{" + head, f"{found}{rest}}}".split(SLOT))


def _onward(following: str | None) -> str:
    return '"End":true' if following is None else f'"Next":"{following}"'


def _result(path: str | None, selector: str) -> str:
    """Return what is done with a result, as `TaskKind` describes it."""
    result_path = "" if path == "$" else f'"ResultPath":{_quoted(path)},'
    return f'{result_path}"ResultSelector":{selector},' if selector else result_path


def _quoted(text: str | None) -> str:
    return "null" if text is None else f'"{text}"'


def wait(following: str | None, *, only_taken: bool) -> str:
    """Return the Wait of a delay; it may end a branch with what the Task before it prepared."""
    output = f'"OutputPath":"{TAKEN_PATH}",' if only_taken else ""
    return f'{{{_onward(following)},{output}"TimestampPath":"{TAKEN_PATH}.until","Type":"Wait"}}'


def arrive(
    arn: str, decisions: Mapping[str, Mapping[str, str]], following: str | None, selector: str
) -> str:
    """Return the Task that reports to joins what became of edges: {join: {edge: decision}}."""
    return (
        f'{{{_onward(following)},"Parameters":{{"decisions":{canonical_json(decisions)},'
        f'"execution.$":"$.execution","op":"join_arrive",'
        f'"schema_version":{PAYLOAD_SCHEMA_VERSION}}},"Resource":"{arn}",'
        f'{_result("$" if selector else None, selector)}"Retry":{JOIN_RETRY},'
        f'"TimeoutSeconds":60,"Type":"Task"}}'
    )


def join(arn: str, name: str, expected: int, following: str) -> str:
    """Return the Task that waits until all `expected` edges of a join are decided."""
    partition = arn.split(":", 2)[1] if arn.startswith("arn:") else "aws"
    return (
        f'{{"Next":"{following}","Parameters":{{"FunctionName":"{arn}","Payload":{{'
        f'"execution.$":"$.execution","expected":{expected},"join":"{name}","op":"join_wait",'
        f'"schema_version":{PAYLOAD_SCHEMA_VERSION},"token.$":"$$.Task.Token"}}}},'
        f'"Resource":"arn:{partition}:states:::lambda:invoke.waitForTaskToken",'
        f'"ResultPath":"$.join","ResultSelector":{{"decision.$":"$.decision"}},'
        f'"Retry":{JOIN_RETRY},"Type":"Task"}}'
    )


def parallel(
    branches: Iterable[str], following: str | None, *, result_path: str | None, selector: str
) -> str:
    """Return a Parallel whose branches never fail.

    Args:
        branches: What `machine` returned for each.
        following: The next state; None for the end of a branch.
        result_path: Where what is taken goes; "$" lets it take the place of all else, None
            drops it.
        selector: JSON of what is taken of the branches' outputs; empty takes all.
    """
    return (
        f'{{"Branches":[{",".join(branches)}],{_onward(following)},'
        f'{_result(result_path, selector)}"Type":"Parallel"}}'
    )


def machine(start: str, states: Mapping[str, str]) -> str:
    """Return a branch."""
    return f'{{"StartAt":"{start}","States":{_by_name(states)}}}'


def whole_machine(start: str, states: Mapping[str, str]) -> str:
    """Return the machine itself, which is bounded in time."""
    return (
        f'{{"StartAt":"{start}","States":{_by_name(states)},'
        f'"TimeoutSeconds":{EXECUTION_TIMEOUT_SECONDS}}}'
    )


def _by_name(states: Mapping[str, str]) -> str:
    return "{" + ",".join([f'"{name}":{states[name]}' for name in sorted(states)]) + "}"


def choice(rules: Sequence[str], default: str) -> str:
    """Return a Choice."""
    return f'{{"Choices":[{",".join(rules)}],"Default":"{default}","Type":"Choice"}}'


def when_equal(variable: str, values: Sequence[str], following: str) -> str:
    """Return the rule that a variable has one of these values."""
    tests = [f'"StringEquals":"{value}","Variable":"{variable}"}}' for value in values]
    if len(tests) == 1:
        return f'{{"Next":"{following}",{tests[0]}'
    return f'{{"Next":"{following}","Or":[{{{",{".join(tests)}]}}'


def when_present(variable: str, present: bool, following: str) -> str:
    """Return the rule that a variable is there, or is not."""
    is_present = "true" if present else "false"
    return f'{{"IsPresent":{is_present},"Next":"{following}","Variable":"{variable}"}}'


def when_any(outcome: str, following: str) -> str:
    """Return the rule that any branch of the last Parallel ended `active`, or was `stopped`."""
    return when_present(f"{JOINED_PATH}.{outcome}[0]", True, following)


SUCCEED = '{"Type":"Succeed"}'

FAIL = canonical_json(
    {"Type": "Fail", "Error": STEP_FAILED_ERROR, "CausePath": f"{JOINED_PATH}.stopped[0]"}
)


def ended(outcome: str) -> str:
    """Return the Pass that ends a branch `active` or `inactive`."""
    return f'{{"End":true,"Result":{OUTCOMES[outcome]},"Type":"Pass"}}'


def ended_stopped(*, caught: bool) -> str:
    """Return the Pass that ends a branch by a caught error, or by what an inner Parallel reported."""
    causes = f"States.Array({CAUGHT_CAUSE})" if caught else f"{JOINED_PATH}.stopped"
    parameters = f'{{"active":[],"stopped.$":"{causes}"}}'
    return f'{{"End":true,"Parameters":{parameters},"Type":"Pass"}}'
