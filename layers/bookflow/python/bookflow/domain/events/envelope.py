"""Reads an EventBridge envelope into a typed event, or says which field is at fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from bookflow.domain.errors import InvalidInputError
from bookflow.domain.events.base import Event
from bookflow.domain.events.catalog import event_types

MAX_DETAIL_BYTES = 128 * 1024
"""Largest `detail` as JSON text; it travels into records and Step Functions (262,144 bytes)."""


def parse_event(envelope: Mapping[str, Any]) -> Event:
    """Return the typed event of an EventBridge envelope.

    Raises:
        InvalidInputError: The `detail-type` is unknown or `detail` breaks its model; `field`
            is the path of the first fault and the message lists all of them.
    """
    detail_type = envelope.get("detail-type")
    model = event_types().get(detail_type) if isinstance(detail_type, str) else None
    if model is None:
        raise InvalidInputError(
            "is not an event that Bookflow knows",
            field="detail-type",
            remedy=f"Use one of: {', '.join(sorted(event_types()))}.",
        )
    return read_detail(model, envelope.get("detail"))


def read_detail(model: type[Event], detail: Any) -> Event:
    """Return the event of that model.

    Raises:
        InvalidInputError: `detail` breaks the model.
    """
    if not isinstance(detail, dict):
        raise InvalidInputError("must be a JSON object", field="detail")
    try:
        return model.model_validate(detail)
    except ValidationError as error:
        faults = [
            (".".join(["detail", *map(str, fault["loc"])]), fault["msg"])
            for fault in error.errors(include_input=False, include_url=False)
        ]
        raise InvalidInputError(
            "; ".join(f"{path}: {reason}" for path, reason in faults[:20]),
            field=faults[0][0],
            remedy="See docs/events.md for the fields of this event.",
        ) from None
