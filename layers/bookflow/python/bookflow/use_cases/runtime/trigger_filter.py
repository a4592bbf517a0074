"""Decides a trigger's filter before an execution exists: from the event, the records and the moment."""

from __future__ import annotations

from datetime import datetime

from bookflow.domain.bookings.records import BookingContext
from bookflow.domain.events import Event
from bookflow.domain.workflows.graph import Graph


def meets_filter(graph: Graph, event: Event, context: BookingContext, now: datetime) -> bool:
    """Return whether an event may start a graph, by the filter of its trigger; no call.

    Args:
        graph: The published graph.
        event: The event as the trigger reads it.
        context: The records around it, after the event was recorded.
        now: The present moment.
    """
    rule = graph.trigger.config.get("filter")
    if rule is None:
        return True
    # A rule is a library of operators, which only a workflow with a filter needs at its start.
    from bookflow.domain.catalogue.step_scope import scope_variables
    from bookflow.domain.flow.conditions.evaluation import evaluate

    payload = event.model_dump(mode="json", exclude_unset=True)
    variables = scope_variables(event, context, payload, {})
    return evaluate(rule, variables, context.location.timezone, now)
