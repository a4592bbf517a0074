"""Computes when the graph alone plans a node, without the delays of an execution."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from graphlib import TopologicalSorter
from zoneinfo import ZoneInfo

from bookflow.domain.bookings.records import Booking
from bookflow.domain.flow.delay import DelayConfig, DelaySkip, delay_until
from bookflow.domain.workflows.graph import Graph, Node


def time_by_graph(
    graph: Graph, node_id: str, booking: Booking, *, begin: datetime, zone: ZoneInfo
) -> datetime:
    """Return the latest moment at which an execution that begins in time comes to the node.

    Only delays take time, and none waits for a send window.

    Args:
        graph: The graph, without cycles.
        node_id: A node that edges lead to.
        booking: The booking that delays are reckoned from.
        begin: When the execution begins.
        zone: The location's, for calendar days and local times.

    Raises:
        KeyError: No edge leads to such a node.
    """
    nodes = {node.id: node for node in graph.nodes}
    sources: dict[str, set[str]] = defaultdict(set)
    for edge in graph.edges:
        sources[edge.target].add(edge.source)
    ends: dict[str, datetime] = {}
    for each in TopologicalSorter(sources).static_order():
        comes = max((ends[source] for source in sources.get(each, ())), default=begin)
        if each == node_id:
            return comes
        ends[each] = _end_of(nodes[each], comes, booking, zone)
    raise KeyError(node_id)


def _end_of(node: Node, comes: datetime, booking: Booking, zone: ZoneInfo) -> datetime:
    if node.type != "delay":
        return comes
    config = DelayConfig.model_validate(dict(node.config))
    until = delay_until(
        config.model_copy(update={"send_window": None, "limit": "none"}),
        now=comes,
        booking_start=booking.start_time,
        booking_end=booking.end_time,
        timezone=zone,
    )
    return comes if isinstance(until, DelaySkip) else until
