"""Who sent an event, as Bookflow itself knows it: what an event claims of it is replaced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

OWN_SOURCE = "bookflow"
"""Source of the events that Bookflow puts on the bus, those that were posted to its API too."""

SENT_BY = "sent_by"
"""The event's field."""


class Sender(BaseModel):
    """Who sent an event."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["person", "machine", "system"] = Field(
        description="A person or a machine by the API, or a system that puts events on the bus"
    )
    id: str = Field(
        max_length=400,
        description="The token's subject, or the source of the event on the bus",
        examples=["booking-system"],
    )


def sent_from(source: object, detail: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the detail of an event from the bus with its sender.

    Args:
        source: The event's source. Bookflow's own events say themselves who sent them, or nobody
            did: a step, a schedule, a guest.
        detail: What came.
    """
    if source is None or source == OWN_SOURCE:
        return detail
    return {**detail, SENT_BY: {"kind": "system", "id": str(source)[:400]}}
