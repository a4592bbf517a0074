"""The error signature: the same for one cause, another for another cause."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bookflow.domain.executions.error_signature import error_signature
from bookflow.domain.executions.execution import Execution, ExecutionStatus, ReasonCode


def failed(message: str, **changes: Any) -> Execution:
    return Execution(
        **{
            "location_id": "loc-1",
            "id": "ex-1",
            "workflow_id": "wf-1",
            "version": 1,
            "event_id": "e-1",
            "event_type": "Booking Created",
            "event_data": {},
            "status": ExecutionStatus.FAILED,
            "reason_code": ReasonCode.STEP_FAILED,
            "error_message": message,
            "started_at": datetime(2026, 12, 1, tzinfo=UTC),
            **changes,
        }
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Template 'a' is inactive.", "Template 'b' is inactive."),
        ('"Call" failed: status 500 for "a".', '"Call" failed: status 500 for "b".'),
        ("Booking 4711 is full.", "Booking 4712 is full."),
        ("Call wf_3f00aa11bb22 failed.", "Call wf_ffeeddccbbaa failed."),
        (
            "Request 0b6f3f0e-8a5c-4c2e-9f0e-0123456789ab failed.",
            "Request 7d1c3f0e-8a5c-4c2e-9f0e-ba9876543210 failed.",
        ),
    ],
)
def test_failures_of_one_cause_are_the_same_way(one: str, other: str) -> None:
    assert error_signature(failed(one)) == error_signature(failed(other))


def test_failures_of_other_causes_are_not() -> None:
    runs = [
        failed("The receiver answered with status 500."),
        failed("The receiver answered with status 404."),
        failed("The template is gone."),
        failed("The template is gone.", workflow_id="wf-2"),
        failed("The template is gone.", reason_code=ReasonCode.OUTCOME_UNKNOWN),
        failed('"Call the CRM" failed: the secret crm_token does not exist.'),
        failed('"Call the ERP" failed: the secret crm_token does not exist.'),
        failed(None),  # type: ignore[arg-type]
    ]
    assert len({error_signature(run) for run in runs}) == len(runs)


@pytest.mark.parametrize("status", sorted(set(ExecutionStatus) - {ExecutionStatus.FAILED}))
def test_only_failures_have_one(status: ExecutionStatus) -> None:
    assert error_signature(failed("x", status=status)) is None
