"""Status events of Step Functions are read for what they say of one run."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bookflow.domain.executions.machine_status import read_status_change
from bookflow.domain.shared.errors import InvalidInputError

REFERENCE = {
    "location_id": "spree-kayaks",
    "execution_id": "ex_1",
    "workflow_id": "wf-1",
    "version": 1,
}


def envelope(**detail: Any) -> dict[str, Any]:
    """Return an event as AWS documents it ("Step Functions Execution Status Change")."""
    return {
        "version": "0",
        "id": "315c1398-40ff-a850-213b-158f73e60175",
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "account": "123456789012",
        "time": "2026-12-01T09:00:05Z",
        "region": "eu-central-1",
        "resources": ["arn:aws:states:eu-central-1:123456789012:execution:m:ex_1"],
        "detail": {
            "executionArn": "arn:aws:states:eu-central-1:123456789012:execution:m:ex_1",
            "stateMachineArn": "arn:aws:states:eu-central-1:123456789012:stateMachine:m",
            "name": "ex_1",
            "status": "FAILED",
            "startDate": 1796115600000,
            "stopDate": 1796115605250,
            "input": json.dumps({"schema_version": 1, "execution": REFERENCE, "nodes": {}}),
            "inputDetails": {"included": True},
            "output": None,
            "outputDetails": None,
            "error": "BookflowStepFailed",
            "cause": "because",
            **detail,
        },
    }


def test_a_failure_is_read_with_its_time_and_cause() -> None:
    change = read_status_change(envelope())
    assert (change.location_id, change.execution_id) == ("spree-kayaks", "ex_1")
    assert change.status == "FAILED"
    assert change.at == datetime(2026, 12, 1, 9, 0, 5, 250_000, tzinfo=UTC)
    assert (change.error, change.cause) == ("BookflowStepFailed", "because")


def test_a_run_that_has_not_stopped_has_the_time_of_its_start() -> None:
    change = read_status_change(envelope(status="RUNNING", stopDate=None, error=None, cause=None))
    assert change.at == datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("detail", "field"),
    [
        ({"status": "DREAMING"}, "detail.status"),
        ({"startDate": "now"}, "detail.startDate"),
        ({"startDate": 10**17, "stopDate": None}, "detail.startDate"),
        ({"name": None}, "detail.name"),
        ({"input": None}, "detail.input"),
        ({"input": "{}"}, "detail.input"),
        ({"input": "[]"}, "detail.input"),
        ({"input": "no JSON"}, "detail.input"),
        ({"input": '{"execution": {"version": 1}}'}, "detail.input"),
    ],
)
def test_another_event_is_refused_by_its_field(detail: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_status_change(envelope(**detail))
    assert caught.value.field == field


def test_an_event_without_its_input_asks_for_it() -> None:
    asked: list[tuple[str, str]] = []

    def payload_of(machine_arn: str, name: str) -> str:
        asked.append((machine_arn, name))
        return json.dumps({"execution": REFERENCE})

    change = read_status_change(envelope(input=None, inputDetails={"included": False}), payload_of)
    assert (change.location_id, change.execution_id) == ("spree-kayaks", "ex_1")
    assert asked == [("arn:aws:states:eu-central-1:123456789012:stateMachine:m", "ex_1")]
    read_status_change(envelope(), payload_of)
    assert len(asked) == 1


def test_an_event_without_detail_is_refused() -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_status_change({"detail-type": "Step Functions Execution Status Change"})
    assert caught.value.field == "detail"
