"""The steps of a reminder ask once more whether it still fits: a try may come long after the firing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from bookflow.actions.catalogue import action_types
from bookflow.domain.events import parse_event
from bookflow.domain.executions.execution import ReasonCode, Step, StepStatus
from bookflow.domain.executions.payloads import StepPayload
from bookflow.domain.shared.errors import TransientError
from bookflow.domain.timeline import EntryKind
from bookflow.domain.workflows.export import WorkflowExport
from bookflow.domain.workflows.graph import Graph
from bookflow.simulation.locations import SampleLocation
from bookflow.simulation.world import World as SimulatedWorld
from bookflow.use_cases.runtime.run_step import StepRunner
from tests.unit.reminders.world import LOCATION_ID, NOW, World

DAY = timedelta(days=1)
START = NOW + 3 * DAY


def fired(**config: Any) -> World:
    """Return a location in which a reminder has just started its run."""
    made = World()
    made.publish("wf-a", **{"offset_value": 24, **config})
    made.work_all()
    made.deliver(made.created("b-1", START))
    made.pass_time(made.schedules("b-1")[0].at)
    assert len(made.sent) == 1
    return made


def step(made: World) -> Step:
    """Run the one step of the run, and return its record."""
    (started,) = made.ports.machines.started.values()
    entry = next(each for each in started.payload["nodes"].values() if each["id"] == "note")
    payload = {"schema_version": 1, "execution": started.payload["execution"], "node": entry}
    action = action_types()["add_booking_note"](made.ports)
    StepRunner(action, made.ports).run(StepPayload.model_validate(payload))
    (found,) = made.ports.executions.stored_steps.values()
    return found


def wait(made: World) -> None:
    made.ports.clock.moment = START


CHANGES: list[tuple[Callable[[World], Any], ReasonCode]] = [
    (lambda made: made.deliver(made.cancelled("b-1")), ReasonCode.BOOKING_CANCELLED),
    (lambda made: made.deliver(made.moved("b-1", START + DAY)), ReasonCode.BOOKING_MOVED),
    (
        lambda made: made.deliver(made.status("b-1", "confirmed", "draft")),
        ReasonCode.BOOKING_DRAFT,
    ),
    (wait, ReasonCode.BOOKING_STARTED),
]


@pytest.mark.parametrize(("change", "reason"), CHANGES, ids=[str(each) for _, each in CHANGES])
def test_a_step_that_is_tried_again_after_a_change_is_skipped(
    change: Callable[[World], Any], reason: ReasonCode
) -> None:
    made = fired()
    made.ports.fail_next("notes.add", TransientError("Busy."))
    with pytest.raises(TransientError):
        step(made)
    change(made)
    again = step(made)
    assert (again.status, again.reason_code) == (StepStatus.SKIPPED, reason)
    assert not made.ports.notes.stored


def test_a_step_goes_on_while_the_booking_stands() -> None:
    made = fired()
    made.ports.clock.advance(hours=2)
    assert step(made).status is StepStatus.COMPLETED


def test_a_follow_up_comes_after_the_start_as_it_shall() -> None:
    made = fired(offset_value=1, relative_to="after_end")
    made.ports.clock.advance(hours=2)
    assert step(made).status is StepStatus.COMPLETED


# Steps after a delay ------------------------------------------------------------------------------

HOURS = {"unit": "hours"}


def outcome(*delays: dict[str, Any], lead: timedelta, **config: Any) -> Sequence[Any]:
    """Return what became of a note behind delays, of a booking made `lead` before its start."""
    trigger = {"event": "Booking Reminder", "offset_value": 24, **config}
    nodes = [{"id": "n0", "type": "trigger", "config": trigger}]
    for number, delay in enumerate(delays, start=1):
        nodes.append({"id": f"n{number}", "type": "delay", "config": delay})
    nodes.append({"id": "note", "type": "add_booking_note", "config": {"note": "See you"}})
    ids = [str(node["id"]) for node in nodes]
    edges = [{"id": f"e-{a}", "source": a, "target": b} for a, b in pairwise(ids)]
    graph = Graph.model_validate({"nodes": nodes, "edges": edges})
    simulated = SimulatedWorld(SampleLocation({"wf-a": WorkflowExport(name="wf-a", graph=graph)}))
    created = World()
    created.ports.clock.moment = START - lead
    simulated.replay([parse_event(created.created("b-1", START))])
    (entry,) = simulated.timeline()[LOCATION_ID, "b-1"]
    return entry.kind, entry.reason_code, entry.at


SKIPPED = (EntryKind.SKIPPED, ReasonCode.BOOKING_STARTED)


def test_a_step_after_a_delay_is_done_while_the_booking_has_not_started() -> None:
    *found, at = outcome({"value": 22, **HOURS}, lead=3 * DAY)
    assert (found, at) == ([EntryKind.DONE, None], START - timedelta(hours=2))


@pytest.mark.parametrize(
    "delay",
    [
        {"value": 6, **HOURS},
        {"value": 5, **HOURS, "send_window": {"start": "10:00", "end": "12:00"}},
    ],
)
def test_a_step_that_is_drawn_before_the_start_is_never_done_after_it(
    delay: dict[str, Any],
) -> None:
    assert outcome(delay, lead=timedelta(hours=5))[:2] == SKIPPED


@pytest.mark.parametrize(
    ("delays", "after_start"),
    [
        ([{"kind": "until", "direction": "after", "anchor": "end", "value": 2, **HOURS}], 4),
        ([{"kind": "until", "direction": "after", "anchor": "start", "value": 0, **HOURS}], 0),
        ([{"value": 26, **HOURS}], 26 - 5),
        ([{"value": 20, **HOURS}, {"value": 5, **HOURS}], 25 - 5),
    ],
)
def test_a_step_that_is_drawn_after_the_start_is_done_then(
    delays: list[dict[str, Any]], after_start: int
) -> None:
    *found, at = outcome(*delays, lead=timedelta(hours=5), minimum_minutes_after_creation=0)
    assert found == [EntryKind.DONE, ReasonCode.SENT_LATE]
    assert timedelta() <= at - START - timedelta(hours=after_start) <= timedelta(minutes=1)


def test_the_steps_of_a_follow_up_are_done_after_any_delay() -> None:
    found = outcome({"value": 6, **HOURS}, lead=3 * DAY, offset_value=1, relative_to="after_end")
    assert found[0] is EntryKind.DONE
