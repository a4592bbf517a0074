"""A booking's timeline tells each thing once, and how every run came to its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bookflow.domain.executions.execution import (
    Execution,
    ExecutionStatus,
    ReasonCode,
    Step,
    StepStatus,
)
from bookflow.domain.timeline import EntryKind, timeline

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
WHOSE = {"location_id": "spree-kayaks", "started_at": NOW}


def run(**fields: Any) -> Execution:
    reported = {"event_id": "e-1", "event_type": "Booking Created", "event_data": {}}
    return Execution(
        **{**WHOSE, **reported, "id": "ex_1", "workflow_id": "wf", "version": 1, **fields}
    )


def step(node_id: str = "mail", node_type: str = "send_template", **fields: Any) -> Step:
    ended = {"status": StepStatus.COMPLETED, "completed_at": NOW + timedelta(seconds=1)}
    named = {"execution_id": "ex_1", "node_id": node_id, "node_type": node_type}
    return Step(**{**WHOSE, **ended, **named, **fields})


def reported(*runs: tuple[Execution, list[Step]]) -> list[tuple[EntryKind, str]]:
    return [(entry.kind, entry.what) for entry in timeline(runs, (), NOW)]


DELAY = step("wait", "delay", output_data={"until": "2026-12-05T09:00:00Z"})
ENDED = {"completed_at": NOW + timedelta(minutes=5), "error_message": "It broke off."}


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (ExecutionStatus.FAILED, ReasonCode.TIMED_OUT, EntryKind.FAILED),
        (ExecutionStatus.FAILED, ReasonCode.ABORTED, EntryKind.FAILED),
        (ExecutionStatus.CANCELLED, ReasonCode.ABORTED, EntryKind.SKIPPED),
    ],
)
@pytest.mark.parametrize("steps", [[], [step()], [step(), DELAY]], ids=len)
def test_a_run_that_broke_off_between_its_steps_is_reported(
    status: ExecutionStatus, reason: ReasonCode, kind: EntryKind, steps: list[Step]
) -> None:
    ended = run(status=status, reason_code=reason, **ENDED)
    *before, last = timeline([(ended, steps)], (), NOW)
    assert [entry.what for entry in before] == [each.node_type for each in steps if each != DELAY]
    assert (last.kind, last.what, last.reason_code) == (kind, "execution", reason)
    assert (last.at, last.reason) == (ENDED["completed_at"], ENDED["error_message"])


def test_a_failure_that_its_step_tells_is_reported_once() -> None:
    failed = run(status=ExecutionStatus.FAILED, reason_code=ReasonCode.STEP_FAILED, **ENDED)
    steps = [step(status=StepStatus.FAILED)]
    assert reported((failed, steps)) == [(EntryKind.FAILED, "send_template")]


def test_a_message_of_a_run_that_was_resumed_is_reported_once() -> None:
    failed = run(status=ExecutionStatus.FAILED, reason_code=ReasonCode.STEP_FAILED, **ENDED)
    steps = [step(), step("hook", "webhook", status=StepStatus.FAILED)]
    began = NOW + timedelta(hours=1)
    resumed = run(id="ex_2", resumed_from="ex_1", started_at=began, status="completed")
    done = step("hook", "webhook", started_at=began, completed_at=began + timedelta(seconds=1))
    assert reported((failed, steps), (resumed, [step(), done])) == [
        (EntryKind.DONE, "send_template"),
        (EntryKind.FAILED, "webhook"),
        (EntryKind.DONE, "webhook"),
    ]


def test_a_resumed_run_still_tells_the_delay_that_it_waits_for() -> None:
    resumed = run(id="ex_2", resumed_from="ex_1", started_at=NOW + timedelta(minutes=1))
    assert reported((resumed, [step(), DELAY])) == [(EntryKind.PLANNED, "execution")]


@pytest.mark.parametrize(
    ("moved_by", "reason"),
    [
        ("sent_late", "Its own moment had passed when it was planned, so it is late."),
        ("quiet_hours", "It was moved out of the quiet hours."),
        (None, None),
    ],
)
def test_the_first_entry_of_a_reminder_that_went_out_tells_why_it_came_then(
    moved_by: str | None, reason: str | None
) -> None:
    reminded = run(event_type="Booking Reminder", event_data={"moved_by": moved_by})
    second = step("sms", "send_template", completed_at=NOW + timedelta(seconds=2))
    first, other = timeline([(reminded, [second, step()])], (), NOW)
    assert (first.node_id, first.reason_code, first.reason) == ("mail", moved_by, reason)
    assert (other.reason_code, other.reason) == (None, None)


def test_a_step_that_failed_tells_its_own_reason_though_the_reminder_was_late() -> None:
    reminded = run(event_type="Booking Reminder", event_data={"moved_by": "sent_late"})
    failed = step(status=StepStatus.FAILED, error_message="It is gone.")
    (entry,) = timeline([(reminded, [failed])], (), NOW)
    assert entry.reason == "It is gone."
