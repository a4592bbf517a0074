"""The input of a machine: the nodes of its version, and what the event alone decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bookflow.domain.bookings.records import BookingContext
from bookflow.domain.events import Event
from bookflow.domain.executions.execution import Execution
from bookflow.domain.executions.machine_input import execution_input
from bookflow.domain.workflows.workflow import WorkflowVersion


def decisions_at_start(
    event: Event, version: WorkflowVersion, context: BookingContext
) -> Mapping[str, str]:
    """Return the handles of the nodes that the event alone decides, by node.

    Args:
        event: What starts the execution.
        version: The version that it is pinned to.
        context: The records around the event, as they stand.
    """
    if not version.decided_at_start:
        return {}
    # A rule is a library of operators, which only a workflow that asks something at its start needs.
    from bookflow.domain.catalogue.step_scope import scope_variables
    from bookflow.domain.flow.decisions import decide_at_start

    payload = event.model_dump(mode="json", exclude_unset=True)
    variables = scope_variables(event, context, payload, {})
    return decide_at_start(
        version.graph, version.decided_at_start, variables, context.location.timezone
    )


def start_input(
    execution: Execution, version: WorkflowVersion, context: BookingContext | None = None
) -> Mapping[str, Any]:
    """Return what the claimed execution of a version starts with.

    Args:
        execution: The execution.
        version: The version that it is pinned to.
        context: The records around it, which its steps will read; without them each step makes one
            call more.
    """
    customer = context.customer if context else None
    activity = context.activity if context else None
    reference = {
        "location_id": execution.location_id,
        "execution_id": execution.id,
        "workflow_id": execution.workflow_id,
        "version": execution.version,
        "booking_id": execution.booking_id,
        "customer_id": customer.id if customer else None,
        "activity_id": activity.id if activity else None,
    }
    return execution_input(version.input_nodes, reference, execution.decisions)
