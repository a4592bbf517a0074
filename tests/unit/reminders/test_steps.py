"""The steps of a reminder ask once more whether it still fits: a try may come long after the firing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bookflow.actions.catalog import action_types
from bookflow.domain.errors import TransientError
from bookflow.domain.executions import ReasonCode, Step, StepStatus
from bookflow.domain.payloads import StepPayload
from bookflow.use_cases.run_step import StepRunner
from tests.unit.reminders.world import NOW, World

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
