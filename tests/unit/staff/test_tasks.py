"""What people do with tasks: each change once, and none lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bookflow.domain.shared.errors import NotFoundError, StaleRevisionError
from bookflow.domain.staff.tasks import Task
from bookflow.ports import TaskFilter
from bookflow.use_cases.staff.manage_tasks import TaskManager
from tests.fakes import Crash, FakePorts

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def ports() -> FakePorts:
    ports = FakePorts()
    ports.tasks.add(
        Task(location_id="loc-1", id="t-1", title="Call Ada", due_at=NOW, created_at=NOW)
    )
    return ports


def test_a_task_is_completed_and_taken_up_again(ports: FakePorts) -> None:
    tasks = TaskManager(ports)
    done = tasks.complete("loc-1", "t-1")
    assert (done.status, done.completed_at) == ("completed", ports.clock.now())
    assert list(ports.tasks.list("loc-1").items) == []
    assert list(ports.tasks.list("loc-1", TaskFilter("completed")).items) == [done]
    opened = tasks.reopen("loc-1", "t-1")
    assert (opened.status, opened.completed_at, opened.revision) == ("open", None, 3)
    assert list(ports.tasks.list("loc-1").items) == [opened]


def test_completing_twice_keeps_the_first_time(ports: FakePorts) -> None:
    tasks = TaskManager(ports)
    first = tasks.complete("loc-1", "t-1")
    ports.clock.advance(hours=1)
    assert tasks.complete("loc-1", "t-1") == first


@pytest.mark.parametrize(("given", "kept"), [(" Jo ", "Jo"), ("", None), (None, None)])
def test_a_task_is_given_to_somebody_or_nobody(
    ports: FakePorts, given: str | None, kept: str | None
) -> None:
    tasks = TaskManager(ports)
    tasks.assign("loc-1", "t-1", "Flo")
    assert tasks.assign("loc-1", "t-1", given).assignee == kept
    assert ports.tasks.get("loc-1", "t-1").assignee == kept


def test_a_change_based_on_an_older_revision_is_refused(ports: FakePorts) -> None:
    tasks = TaskManager(ports)
    tasks.assign("loc-1", "t-1", "Flo", based_on=1)
    with pytest.raises(StaleRevisionError):
        tasks.complete("loc-1", "t-1", based_on=1)
    assert ports.tasks.get("loc-1", "t-1").status == "open"


def test_a_task_of_another_location_is_not_found(ports: FakePorts) -> None:
    with pytest.raises(NotFoundError):
        TaskManager(ports).complete("loc-2", "t-1")


@pytest.mark.parametrize("call", [1, 2])
def test_a_repeat_after_a_crash_completes_once(ports: FakePorts, call: int) -> None:
    ports.crash_after(call)
    with pytest.raises(Crash):
        TaskManager(ports).complete("loc-1", "t-1")
    ports.clock.advance(hours=1)
    done = TaskManager(ports).complete("loc-1", "t-1")
    assert done.revision == 2
    assert done.completed_at == ports.clock.now() - timedelta(hours=1 if call == 2 else 0)
