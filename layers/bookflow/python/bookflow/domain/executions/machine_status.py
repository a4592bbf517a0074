"""What Step Functions says of its executions: "Step Functions Execution Status Change" events."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bookflow.domain.executions.payloads import ExecutionRef
from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.shared.input_problems import valid

MachineStatus = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"]


_Milliseconds = Annotated[int, Field(ge=0, le=253_402_300_799_999)]
"""Since 1970, to the end of the calendar."""


class StatusChange(BaseModel):
    """One status of one execution.

    Attributes:
        at: When the execution reached the status.
        cause: What Step Functions says of a failure; shown only where no step explains it.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    location_id: str
    execution_id: str
    status: MachineStatus
    at: datetime
    error: str | None = None
    cause: str | None = None


class _Detail(BaseModel):
    """The `detail` of the event, times in milliseconds (AWS, "Step Functions events detail")."""

    name: str
    status: MachineStatus
    stateMachineArn: str | None = None  # noqa: N815 - AWS's name
    input: str | None = None
    startDate: _Milliseconds  # noqa: N815 - AWS's name
    stopDate: _Milliseconds | None = None  # noqa: N815 - AWS's name
    error: str | None = None
    cause: str | None = None


def _not_known(machine_arn: str, name: str) -> None:
    return None


def read_status_change(
    envelope: Mapping[str, Any], payload_of: Callable[[str, str], str | None] = _not_known
) -> StatusChange:
    """Return the status change of an EventBridge envelope.

    Args:
        envelope: As it came from the bus.
        payload_of: Gives the input of an execution, by its machine's ARN and its name. It is asked
            for large executions, whose events come without (AWS, "Step Functions event payloads":
            input and output of more than 248 KiB).

    Raises:
        InvalidInputError: It is not one of ours; `field` names the first problem.
    """
    detail = valid(_Detail.model_validate, envelope.get("detail"), "detail")
    payload = detail.input
    if not payload and detail.stateMachineArn:
        payload = payload_of(detail.stateMachineArn, detail.name)
    if not payload:
        raise InvalidInputError(
            "is missing, and Step Functions does not know the execution",
            field="detail.input",
            remedy="The execution's own page shows what it did, until its record expires.",
        )
    try:
        execution = ExecutionRef.model_validate(json.loads(payload)["execution"])
    except (ValueError, KeyError, TypeError):
        raise InvalidInputError("does not name an execution", field="detail.input") from None
    return StatusChange(
        location_id=execution.location_id,
        execution_id=execution.execution_id,
        status=detail.status,
        at=datetime.fromtimestamp((detail.stopDate or detail.startDate) / 1000, UTC),
        error=detail.error,
        cause=detail.cause,
    )
