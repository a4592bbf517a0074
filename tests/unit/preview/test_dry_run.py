"""A dry run goes the ways that a run would go, and says for each step what would become of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.workflows.graph import Graph
from bookflow.use_cases.preview.dry_run import DryRunner, DryStep
from tests.unit.runtime.samples import LOCATION_ID, NOTE, event, new_ports, save

HOUR_BEFORE: Mapping[str, Any] = {
    "id": "wait",
    "type": "delay",
    "config": {"kind": "until", "value": 1, "unit": "hours"},
}
FAILING = {**NOTE, "id": "failing", "config": {"note": "{{ booking.no_such_field }}"}}


def dry_run(*ways: str, nodes: list[Mapping[str, Any]], **booking: Any) -> dict[str, DryStep]:
    """Run `a>b` or `a.on_error>b` for one booking; `t` is the trigger."""
    trigger = {"id": "t", "type": "trigger", "config": {"event": "Booking Created"}}
    edges = []
    for number, way in enumerate(ways):
        source, target = way.split(">")
        source, _, handle = source.partition(".")
        drawn = {"id": f"e{number}", "source": source, "target": target}
        edges.append({**drawn, "source_handle": handle or "out"})
    graph = Graph.model_validate({"nodes": [trigger, *nodes], "edges": edges})
    ports = new_ports()
    known = event(**booking)
    ports.bookings.record(known)
    save(ports, "wf-a", graph)
    workflow = ports.workflows.get(LOCATION_ID, "wf-a")
    assert known.booking_id is not None
    found = DryRunner(ports).run(workflow, graph, known.booking_id, {})
    return {step.node_id: step for step in found.steps}


def test_nothing_follows_a_delay_whose_time_is_past() -> None:
    past = {"start_time": "2020-06-01T10:00:00+02:00", "end_time": "2020-06-01T12:00:00+02:00"}
    steps = dry_run("t>wait", "wait>note", nodes=[HOUR_BEFORE, NOTE], **past)
    assert (steps["wait"].outcome, steps["wait"].reason_code) == ("skipped", ReasonCode.TOO_LATE)
    assert steps["note"].outcome == "not_reached"


def test_another_way_beside_a_skipped_delay_is_taken() -> None:
    past = {"start_time": "2020-06-01T10:00:00+02:00", "end_time": "2020-06-01T12:00:00+02:00"}
    steps = dry_run("t>wait", "wait>note", "t>note", nodes=[HOUR_BEFORE, NOTE], **past)
    assert (steps["wait"].outcome, steps["note"].outcome) == ("skipped", "planned")


def test_a_failed_step_stops_what_follows_it() -> None:
    steps = dry_run("t>failing", "failing>note", "t>note", nodes=[FAILING, NOTE])
    assert steps["failing"].outcome == "failed"
    assert steps["note"].outcome == "not_reached"


def test_a_failed_step_goes_on_by_its_error_way_or_policy() -> None:
    ways = ("t>failing", "failing>other", "failing.on_error>note")
    other = {**NOTE, "id": "other"}
    steps = dry_run(*ways, nodes=[FAILING, other, NOTE])
    assert (steps["other"].outcome, steps["note"].outcome) == ("not_reached", "planned")
    lenient = {**FAILING, "on_failure": "continue"}
    steps = dry_run("t>failing", "failing>note", nodes=[lenient, NOTE])
    assert (steps["failing"].outcome, steps["note"].outcome) == ("failed", "planned")


def test_steps_come_after_their_sources() -> None:
    second = {**NOTE, "id": "second"}
    steps = dry_run("t>second", "second>note", nodes=[NOTE, second])
    assert list(steps) == ["t", "second", "note"]
