"""What a step sees: the event and the records around it, as variables for texts and rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from bookflow.domain.bookings.records import Activity, Booking, BookingContext, Customer, OpenRecord
from bookflow.domain.events import Event
from bookflow.domain.executions.execution import Execution
from bookflow.domain.workflows.graph import Node


def _no_address() -> None:
    return None


@dataclass(frozen=True)
class Scope:
    """All that a step may read, as of `now`.

    Attributes:
        steps: Output of the earlier steps, by node id: `{"status": …, "output": {…}}`.
        is_test: Whether a person tries the step out with a sample; no execution runs.
        calendar_url: Makes the address of the booking's calendar entry, once a text names it.
    """

    execution: Execution
    node: Node
    event: Event
    context: BookingContext
    now: datetime
    steps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    is_test: bool = False
    calendar_url: Callable[[], str | None] = _no_address

    @property
    def effect_key(self) -> str:
        """Name of this step's effect, the same in every try of it, resumed executions included."""
        return f"{self.execution.owner}#{self.node.id}"

    @property
    def causation_chain(self) -> tuple[str, ...]:
        """The causation chain of events of this step: the execution's own, and this workflow."""
        return (*self.execution.causation_chain, self.execution.workflow_id)

    @cached_property
    def variables(self) -> Mapping[str, Any]:
        """The variables of the product text (`{{customer.first_name}}`, `{{eventData}}` …)."""
        return scope_variables(
            self.event,
            self.context,
            self.execution.event_data,
            self.steps,
            self.calendar_url,
        )


def scope_variables(
    event: Event,
    context: BookingContext,
    event_data: Mapping[str, Any],
    steps: Mapping[str, Mapping[str, Any]],
    calendar_url: Callable[[], str | None] = _no_address,
) -> Mapping[str, Any]:
    """Return the variables that texts and rules can name; times and money keep their type."""
    return {
        "event": event.model_dump(),
        "eventData": event_data,
        "booking": _BookingVariables(_fields(context.booking, Booking), calendar_url),
        "customer": _fields(context.customer, Customer),
        "activity": _fields(context.activity, Activity),
        "location": context.location.model_dump(),
        "steps": steps,
    }


class _BookingVariables(Mapping[str, Any]):
    """A booking's fields, and the address of its calendar entry for texts that name it.

    The address costs a read, and everybody who has it sees the entry: it is no part of the booking as a
    whole, which webhooks send as JSON.
    """

    def __init__(self, fields: Mapping[str, Any], calendar_url: Callable[[], str | None]) -> None:
        self._fields = fields
        self._calendar_url = calendar_url

    def __getitem__(self, name: str) -> Any:
        return self._calendar_url() if name == "calendar_url" else self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


def _fields(record: OpenRecord | None, model: type[OpenRecord]) -> Mapping[str, Any]:
    """Return a record's fields; of one that is not known, those that it would have by default."""
    if record is not None:
        return record.model_dump()
    return {
        name: field.get_default(call_default_factory=True)
        for name, field in model.model_fields.items()
        if not field.is_required()
    }
