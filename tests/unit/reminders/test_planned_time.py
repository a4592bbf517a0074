"""A node comes by the graph alone when the longest way to it is done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bookflow.domain.bookings.records import Booking
from bookflow.domain.reminders.planned_time import time_by_graph
from bookflow.domain.workflows.graph import Graph

START = datetime(2027, 6, 12, 16, 30, tzinfo=UTC)
BEGIN = START - timedelta(hours=24)
AFTER_END = {"kind": "until", "direction": "after", "anchor": "end", "value": 1, "unit": "hours"}


def hours(value: int, **more: Any) -> dict[str, Any]:
    return {"value": value, "unit": "hours", **more}


def drawn(*ways: list[dict[str, Any]], end: datetime | None = None) -> datetime:
    """Return when a note comes that several ways lead to, each a row of delays."""
    nodes: list[dict[str, Any]] = [
        {"id": "trigger", "type": "trigger"},
        {"id": "note", "type": "add_booking_note"},
    ]
    edges = []
    for way, delays in enumerate(ways):
        ids = [f"d{way}-{number}" for number in range(len(delays))]
        nodes += [
            {"id": each, "type": "delay", "config": delay}
            for each, delay in zip(ids, delays, strict=True)
        ]
        stops = ["trigger", *ids, "note"]
        edges += [{"id": f"{a}>{b}", "source": a, "target": b} for a, b in pairwise(stops)]
    graph = Graph.model_validate({"nodes": nodes, "edges": edges})
    booking = Booking(id="b-1", start_time=START, end_time=end)
    return time_by_graph(graph, "note", booking, begin=BEGIN, zone=ZoneInfo("UTC"))


def test_only_delays_take_time() -> None:
    assert drawn([]) == BEGIN
    assert drawn([hours(3), hours(4)]) == BEGIN + timedelta(hours=7)


def test_the_longest_way_counts() -> None:
    assert drawn([hours(3), hours(4)], [hours(5)], []) == BEGIN + timedelta(hours=7)


def test_send_windows_and_limits_are_left_out() -> None:
    window = {"start": "03:00", "end": "04:00"}
    delay = hours(30, send_window=window, limit="booking_start")
    assert drawn([delay]) == BEGIN + timedelta(hours=30)


def test_a_delay_may_be_reckoned_from_the_booking() -> None:
    end = START + timedelta(hours=2)
    assert drawn([AFTER_END], end=end) == end + timedelta(hours=1)
    assert drawn([AFTER_END]) == BEGIN  # its end is not known: the delay itself will tell


def test_a_node_that_nothing_leads_to_has_no_time() -> None:
    with pytest.raises(KeyError):
        time_by_graph(
            Graph(), "note", Booking(id="b-1", start_time=START), begin=BEGIN, zone=ZoneInfo("UTC")
        )
