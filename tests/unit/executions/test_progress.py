"""What was decided before a run began is shown among its steps, as far as the run has come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bookflow.domain.executions.execution import Execution, ExecutionStatus, Step, StepStatus
from bookflow.domain.executions.progress import with_decided_steps
from tests.unit.compiler.graphs import draw

BEGAN = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
NOW = BEGAN + timedelta(hours=1)
TYPES = {"c": "condition", "d": "delay", "s": "switch"}


def step(node_id: str, status: StepStatus = StepStatus.COMPLETED, **output: Any) -> Step:
    return Step(
        location_id="loc",
        execution_id="exe",
        node_id=node_id,
        node_type=TYPES.get(node_id, "send"),
        status=status,
        output_data=output,
        started_at=BEGAN + timedelta(minutes=1),
    )


def run(decisions: Mapping[str, str], **fields: Any) -> Execution:
    return Execution(
        location_id="loc",
        id="exe",
        workflow_id="flow",
        version=1,
        event_id="e",
        event_type="Booking Created",
        event_data={},
        decisions=decisions,
        started_at=BEGAN,
        **fields,
    )


def shown(links: str, decisions: Mapping[str, str], *recorded: Step, **fields: Any) -> list[str]:
    steps = with_decided_steps(run(decisions, **fields), draw(links, TYPES), recorded, NOW)
    return [f"{each.node_id}:{each.output_data.get('handle', '')}" for each in steps]


def test_a_decision_is_a_completed_step_with_its_handle_when_the_run_began() -> None:
    (found,) = with_decided_steps(run({"c": "false"}), draw("t>c c:true>a", TYPES), [], NOW)
    assert (found.node_id, found.node_type) == ("c", "condition")
    assert (found.status, found.output_data) == (StepStatus.COMPLETED, {"handle": "false"})
    assert found.started_at == found.completed_at == BEGAN


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        ((), []),
        ((step("a", StepStatus.RUNNING),), ["a:"]),
        ((step("a"),), ["c:true", "a:"]),
        ((step("a", StepStatus.SKIPPED),), ["c:true", "a:"]),
        ((step("a", StepStatus.FAILED),), ["a:"]),
    ],
)
def test_a_decision_is_shown_once_the_run_has_come_to_it(
    recorded: tuple[Step, ...], expected: list[str]
) -> None:
    assert shown("t>a a>c c:true>b", {"c": "true"}, *recorded) == expected


def test_a_decision_on_a_way_that_was_not_taken_is_left_out() -> None:
    links = "t>c c:true>s c:false>a s:x>b"
    assert shown(links, {"c": "false", "s": "x"}) == ["c:false"]
    assert shown(links, {"c": "true", "s": "x"}) == ["c:true", "s:x"]


def test_a_decision_behind_a_delay_is_shown_when_the_delay_has_passed() -> None:
    later = {"until": (NOW + timedelta(hours=1)).isoformat()}
    passed = {"until": (NOW - timedelta(minutes=1)).isoformat()}
    links = "t>d d>c c:true>b"
    assert shown(links, {"c": "true"}, step("d", **later)) == ["d:"]
    assert shown(links, {"c": "true"}, step("d", **passed)) == ["c:true", "d:"]
    assert shown(links, {"c": "true"}, step("d", StepStatus.SKIPPED)) == ["d:"]
    cancelled = {"status": ExecutionStatus.CANCELLED, "completed_at": BEGAN + timedelta(minutes=2)}
    assert shown(links, {"c": "true"}, step("d", **passed), **cancelled) == ["d:"]
