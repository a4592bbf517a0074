"""Loads what a step needs: the pinned version, and the current records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from typing import Any

from bookflow.actions.calendar_links import booking_calendar_url
from bookflow.actions.catalogue import action_types
from bookflow.domain.bookings.records import BookingContext
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.catalogue.step_scope import Scope
from bookflow.domain.events.catalogue import event_types
from bookflow.domain.events.envelope import read_detail
from bookflow.domain.executions.execution import Execution
from bookflow.domain.executions.payloads import StepPayload
from bookflow.domain.shared.errors import NotFoundError
from bookflow.domain.workflows.graph import Node
from bookflow.domain.workflows.workflow import WorkflowVersion
from bookflow.ports import Ports


def load_version(ports: Ports, payload: StepPayload) -> WorkflowVersion:
    """Return the version that the execution started with."""
    return ports.workflows.version(
        payload.execution.location_id, payload.execution.workflow_id, payload.execution.version
    )


def version_of(ports: Ports, execution: Execution) -> WorkflowVersion | None:
    """Return the version that an execution runs on; None if it has expired with its workflow."""
    try:
        return ports.workflows.version(
            execution.location_id, execution.workflow_id, execution.version
        )
    except NotFoundError:
        return None


def load_scope(
    ports: Ports, execution: Execution, node: Node, context: BookingContext | None
) -> Scope:
    """Return what the node may read, as it stands now.

    Args:
        ports: Where the earlier steps are.
        execution: The execution.
        node: The node.
        context: The records around the execution's booking; None where the location is deleted.

    Raises:
        NotFoundError: The location is deleted.
    """
    if context is None:
        raise NotFoundError(
            "the location is not known any more",
            field="location_id",
            remedy="Store the location again, then resume the execution.",
        )
    return Scope(
        execution=execution,
        node=node,
        event=read_detail(event_types()[execution.event_type], dict(execution.event_data)),
        context=context,
        now=ports.clock.now(),
        steps=_EarlierSteps(ports, execution),
        calendar_url=partial(
            booking_calendar_url, ports, execution.location_id, execution.booking_id
        ),
    )


def statuses_written(ports: Ports, execution: Execution) -> frozenset[BookingStatus]:
    """Return the statuses that the steps of an execution gave its booking."""
    writing = {name for name, action in action_types().items() if action.writes_status}
    statuses = (
        step.output_data.get("new_status")
        for step in ports.executions.steps(execution.location_id, execution.id)
        if step.node_type in writing
    )
    return frozenset(BookingStatus(status) for status in statuses if status)


class _EarlierSteps(Mapping[str, Mapping[str, Any]]):
    """The outputs of an execution's steps, read when a text or rule first names one.

    Most steps name none, so most save the call. Which texts a step reads, those of a template
    included, is known only to its action.
    """

    def __init__(self, ports: Ports, execution: Execution) -> None:
        self._ports = ports
        self._execution = execution

    def __getitem__(self, node_id: str) -> Mapping[str, Any]:
        return self._steps[node_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._steps)

    def __len__(self) -> int:
        return len(self._steps)

    @cached_property
    def _steps(self) -> Mapping[str, Mapping[str, Any]]:
        execution = self._execution
        return {
            step.node_id: {"status": step.status.value, "output": step.output_data}
            for step in self._ports.executions.steps(execution.location_id, execution.id)
        }
