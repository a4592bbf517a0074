"""What a Task state sends to a function; running executions outlive deploys, so it is versioned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bookflow.domain.shared.input_problems import valid
from bookflow.domain.workflows.joins import Decision

PAYLOAD_SCHEMA_VERSION: Final = 2


SchemaVersion = Literal[1, 2]


class _Payload(BaseModel):
    """Unknown fields are ignored: a newer definition may send more than this code reads."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class ExecutionRef(_Payload):
    """Which execution, of which version of which workflow.

    Attributes:
        booking_id: The booking that it is about. This and the next two are the records that its steps
            most likely need, to be read together with it; None reads them after it.
        customer_id: Who had booked when it began.
        activity_id: What was booked when it began.
    """

    location_id: str
    execution_id: str
    workflow_id: str
    version: int
    booking_id: str | None = None
    customer_id: str | None = None
    activity_id: str | None = None


class NodeRef(_Payload):
    """Which node, with what the compiler knows of it.

    Attributes:
        after_delay: The node descends from a delay, so the send-time guard applies.
        cases: For a switch, its case ids as in the graph and their names in the machine.
    """

    id: str
    type: str
    after_delay: bool = False
    cases: Mapping[str, str] = Field(default_factory=dict)


class StepPayload(_Payload):
    """The call of an action, a delay, a condition or a switch.

    Machines of version 1 also send `attempt`, their own count of tries. It counts calls that
    Lambda refused, so it is not read: the step's record counts the tries.
    """

    schema_version: SchemaVersion
    execution: ExecutionRef
    node: NodeRef


class FlowPayload(StepPayload):
    """The call of a delay, a condition or a switch."""

    op: Literal["delay", "delay_until", "condition", "switch"]


class JoinArrivePayload(_Payload):
    """A branch reports to joins how it decided its edges into them: join -> edge -> decision."""

    schema_version: SchemaVersion
    op: Literal["join_arrive"]
    execution: ExecutionRef
    decisions: Mapping[str, Mapping[str, Decision]]


class JoinWaitPayload(_Payload):
    """A join waits until its edges are decided."""

    schema_version: SchemaVersion
    op: Literal["join_wait"]
    execution: ExecutionRef
    join: str
    expected: int
    token: str


AnyFlowPayload = Annotated[
    FlowPayload | JoinArrivePayload | JoinWaitPayload, Field(discriminator="op")
]
_FLOW: TypeAdapter[FlowPayload | JoinArrivePayload | JoinWaitPayload] = TypeAdapter(AnyFlowPayload)


_REMEDY = "See docs/architecture.md for what a Task state sends."


def read_step_payload(payload: Any) -> StepPayload:
    """Return the payload of an action's Task.

    Raises:
        InvalidInputError: It is not one; `field` names the first problem.
    """
    return valid(StepPayload.model_validate, payload, "payload", prefix="", remedy=_REMEDY)


def read_flow_payload(payload: Any) -> FlowPayload | JoinArrivePayload | JoinWaitPayload:
    """Return the payload of a flow Task.

    Raises:
        InvalidInputError: It is not one; `field` names the first problem.
    """
    return valid(_FLOW.validate_python, payload, "payload", prefix="", remedy=_REMEDY)
