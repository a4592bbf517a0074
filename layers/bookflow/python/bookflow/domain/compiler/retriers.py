"""The retriers of Tasks: errors that may pass, Lambda's refusals, and waits that were asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bookflow.domain.shared.errors import RETRY_AFTER_ERRORS
from bookflow.domain.workflows.graph import RetryPolicy

ANY_ERROR = "States.ALL"

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

MAX_RETRY_DELAY_SECONDS = 900

_REFUSED_SECONDS = 3600
"""How long a refused call is made again, on average: each wait is random up to its bound."""

_REFUSED_MAX_DELAY = 120

_DEFAULTS = {"IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 2.0}
"""What a retrier need not state (Amazon States Language, "Retrying after error"): definitions are
bounded in size."""


def retriers_of(policy: RetryPolicy, *, asks_for_waits: bool) -> list[dict[str, Any]]:
    """Return the retriers of a policy, and the one for Lambda's refusals, which all Tasks have.

    A function that is not known to ask for waits gets no retriers for them, which would be a
    fifth of its Task; if it asks all the same, it is retried as for any transient error.
    """
    if policy.max_attempts == 1:
        return _without_defaults([_REFUSED])
    again = policy.max_attempts - 1
    backoff: dict[str, Any] = {
        "ErrorEquals": [*TRANSIENT_ERRORS, *([] if asks_for_waits else RETRY_AFTER_ERRORS)],
        "IntervalSeconds": policy.interval_seconds,
        "MaxAttempts": again,
        "BackoffRate": policy.backoff_rate,
        "JitterStrategy": "FULL",
    }
    # Stated only where a wait can reach it.
    if policy.interval_seconds * policy.backoff_rate ** (again - 1) > MAX_RETRY_DELAY_SECONDS:
        # Step Functions wants it above the first wait.
        backoff["MaxDelaySeconds"] = max(MAX_RETRY_DELAY_SECONDS, policy.interval_seconds + 1)
    asked = [
        {
            "ErrorEquals": [error],
            "IntervalSeconds": seconds,
            "MaxAttempts": again,
            "BackoffRate": 1.0,
        }
        for error, seconds in RETRY_AFTER_ERRORS.items()
    ]
    return _without_defaults([backoff, _REFUSED, *(asked if asks_for_waits else [])])


def _tries_for(seconds: float, max_delay: float) -> int:
    """Return how many waits that double up to a bound last that long, if each takes half of it."""
    number, wait = 0, 1.0
    while seconds > 0:
        seconds -= min(wait, max_delay) / 2
        number, wait = number + 1, wait * 2
    return number


def _without_defaults(retriers: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {key: each for key, each in retrier.items() if _DEFAULTS.get(key) != each}
        for retrier in retriers
    ]


_REFUSED: Mapping[str, Any] = {
    "ErrorEquals": REFUSALS,
    "MaxAttempts": _tries_for(_REFUSED_SECONDS, _REFUSED_MAX_DELAY),
    "MaxDelaySeconds": _REFUSED_MAX_DELAY,
    "JitterStrategy": "FULL",
}

JOIN_RETRIERS = _without_defaults(
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
