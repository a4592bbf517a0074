"""Gap: `MaxDelaySeconds` and `JitterStrategy` are ignored; `States.ALL` catches what it must not.

In AWS, `States.ALL` does not match `States.DataLimitExceeded` or `States.Runtime`, nor does
`States.TaskFailed`.
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

import random

from ministack.services import stepfunctions

_NEVER_BY_WILDCARD = ("States.DataLimitExceeded", "States.Runtime")


def apply() -> None:
    """Computes the delay before a retry as AWS documents it."""
    find = stepfunctions._find_matching_retrier
    matches = stepfunctions._error_matches

    def find_with_delay(retriers, error, retry_counts):
        retrier, index = find(retriers, error, retry_counts)
        if retrier is None:
            return retrier, index
        delay = retry_delay(retrier, retry_counts.get(index, 0))
        # The caller multiplies: a rate of 1 leaves the delay as it is.
        return {**retrier, "IntervalSeconds": delay, "BackoffRate": 1.0}, index

    def matches_as_aws(error_equals, error):
        if error in _NEVER_BY_WILDCARD:
            return error in error_equals
        return matches(error_equals, error)

    stepfunctions._find_matching_retrier = find_with_delay
    stepfunctions._error_matches = matches_as_aws


def retry_delay(retrier, count) -> float:
    """Seconds before the retry after `count` earlier retries."""
    delay = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** count
    delay = min(delay, retrier.get("MaxDelaySeconds", delay))
    if retrier.get("JitterStrategy") == "FULL":
        return random.uniform(0, delay)  # noqa: S311 - it spreads load, it hides nothing
    return delay
