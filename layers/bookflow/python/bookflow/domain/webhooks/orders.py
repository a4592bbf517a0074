"""What the API orders of the function that sends webhooks, and what it reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from bookflow.domain.shared.errors import (
    BookflowError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
    TransientError,
)
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.records import StoredModel
from bookflow.domain.webhooks.deliveries import Delivery


class SendTestOrder(StoredModel):
    """Send the request of a draft's webhook with a sample."""

    op: Literal["send_test"] = "send_test"
    location_id: Identifier
    workflow_id: Identifier
    node_id: str
    sent_by: str


class ResendOrder(StoredModel):
    """Send a delivery of an execution's step once more."""

    op: Literal["resend"] = "resend"
    location_id: Identifier
    execution_id: Identifier
    node_id: str
    delivery_id: Identifier
    sent_by: str


DeliveryOrder = SendTestOrder | ResendOrder

_ORDERS: TypeAdapter[DeliveryOrder] = TypeAdapter(
    Annotated[DeliveryOrder, Field(discriminator="op")]
)
_KINDS: Mapping[str, type[BookflowError]] = {
    kind.__name__: kind
    for kind in (NotFoundError, ConflictError, InvalidInputError, TransientError)
}


def is_order(payload: Mapping[str, Any]) -> bool:
    """Return whether a function's payload is an order, and not a step of a machine."""
    return payload.get("op") in ("send_test", "resend")


def read_order(payload: Mapping[str, Any]) -> DeliveryOrder:
    """Return the order of a payload."""
    return _ORDERS.validate_python(payload)


def report_of(result: Delivery | BookflowError) -> Mapping[str, Any]:
    """Return the function's answer: an error is a value in it, no failure of the function."""
    if isinstance(result, Delivery):
        return {"delivery": result.model_dump(mode="json")}
    # Whatever else stands in the way is in the workflow, where its editor can change it.
    kind = next((name for name, each in _KINDS.items() if isinstance(result, each)), None)
    return {
        "refused": {
            "kind": kind or InvalidInputError.__name__,
            "message": result.message,
            "field": result.field,
            "remedy": result.remedy,
        }
    }


def read_report(report: Mapping[str, Any]) -> Delivery:
    """Return the delivery of an answer.

    Raises:
        NotFoundError, ConflictError, InvalidInputError, TransientError: The function refused.
    """
    if "refused" in report:
        refused = dict(report["refused"])
        raise _KINDS[refused.pop("kind")](**refused)
    return Delivery.model_validate(report["delivery"])
