"""The input of a run's machine: the nodes of its version, and what the event alone decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bookflow.domain.bookings import BookingContext
from bookflow.domain.compiler import execution_input
from bookflow.domain.events import Event
from bookflow.domain.executions import Execution
from bookflow.domain.flow.decisions import decide_at_start
from bookflow.domain.scope import scope_variables
from bookflow.domain.workflows import WorkflowVersion


def run_input(
    event: Event, execution: Execution, version: WorkflowVersion, context: BookingContext
) -> Mapping[str, Any]:
    """Return what the run of a version starts with.

    Args:
        event: What started it.
        execution: The claimed run.
        version: The version that it is pinned to.
        context: The records around the event, as they stand.
    """
    variables = scope_variables(event, context, execution.event_data, {})
    reference = {
        "location_id": execution.location_id,
        "execution_id": execution.id,
        "workflow_id": execution.workflow_id,
        "version": execution.version,
    }
    decisions = decide_at_start(
        version.graph, version.decided_at_start, variables, context.location.timezone
    )
    return execution_input(version.input_nodes, reference, decisions)
