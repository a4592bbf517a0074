"""A function that died or was throttled is tried again; a failed reminder job comes back soon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.actions import ACTIONS
from tests.cases.commands import machine_of, note, workflow
from tests.unit.template import checks

DEATHS = ("Lambda.Unknown", "Runtime.ExitError", "Runtime.OutOfMemory")
REFUSALS = (
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
)


def retriers(node: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the retriers of the one Task of a workflow with this node."""
    states = machine_of(workflow(node))["States"].values()
    (task,) = [state for state in states if state["Type"] == "Task"]
    found: Sequence[Mapping[str, Any]] = task.get("Retry", ())
    return found


def retrier_of(found: Sequence[Mapping[str, Any]], error: str) -> Mapping[str, Any]:
    """Return the retrier that Step Functions takes: the first one that names the error."""
    matching = [each for each in found if error in each["ErrorEquals"]]
    assert matching, f"nothing retries {error}"
    return matching[0]


def longest_wait(retrier: Mapping[str, Any]) -> float:
    """Return for how many seconds a retrier goes on, if every try ends at once.

    The defaults are those of the Amazon States Language, section "Retrying after error".
    """
    waits = [
        min(
            retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** number,
            retrier.get("MaxDelaySeconds", float("inf")),
        )
        for number in range(retrier.get("MaxAttempts", 3))
    ]
    return float(sum(waits))


@pytest.mark.parametrize("node_type", sorted(ACTIONS))
@pytest.mark.parametrize("error", DEATHS)
def test_a_function_that_died_is_tried_again_like_a_transient_error(
    node_type: str, error: str
) -> None:
    found = retriers({"id": "step", "type": node_type, "config": ACTIONS[node_type].config})
    assert retrier_of(found, error) is retrier_of(found, "TransientError")


@pytest.mark.parametrize("error", REFUSALS)
@pytest.mark.parametrize("max_attempts", [1, 3])
def test_a_refusal_of_lambda_is_waited_for_an_hour_whatever_the_steps_own_tries(
    error: str, max_attempts: int
) -> None:
    found = retriers({**note("x"), "retry": {"max_attempts": max_attempts}})
    retrier = retrier_of(found, error)
    assert "TransientError" not in retrier["ErrorEquals"]
    assert longest_wait(retrier) >= 3600


def test_the_webhook_function_s_concurrency_can_be_bounded() -> None:
    template = checks.load()
    bound = checks.functions(template)["WebhookFunction"].get("ReservedConcurrentExecutions")
    names = [name for name in template["Parameters"] if name in str(bound)]
    assert len(names) == 1


def test_a_reminder_job_that_failed_is_visible_again_within_minutes() -> None:
    template = checks.load()
    queue = checks.resources(template, "AWS::SQS::Queue")["ReminderJobsQueue"]
    assert queue["VisibilityTimeout"] <= 15 * 60
    assert checks.batch_problems(template) == []
