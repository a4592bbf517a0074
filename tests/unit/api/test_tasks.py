"""Tasks by their routes: who does them and what is done, without lost updates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bookflow.domain.staff.tasks import Task
from tests.api import Client
from tests.fakes import FakePorts
from tests.unit.api.graphs import LOCATION, know_location

TASKS = f"{LOCATION}/tasks"
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def store(ports: FakePorts, count: int) -> None:
    for number in range(count):
        ports.tasks.add(
            Task(
                location_id="loc-1",
                id=f"task-{number}",
                title=f"Call {number}",
                due_at=NOW + timedelta(days=number),
                created_at=NOW,
            )
        )


def test_a_task_is_assigned_completed_and_reopened(ports: FakePorts, admin: Client) -> None:
    store(ports, 1)
    address = f"{TASKS}/task-0"
    given = admin.put(f"{address}/assignee", {"assignee": "Grace"}, if_match='"1"')
    assert (given.json["assignee"], given.etag) == ("Grace", '"2"')
    done = admin.post(f"{address}/complete", None, if_match='"2"')
    assert (done.json["status"], done.json["completed_at"]) == ("completed", "2026-12-01T09:00:00Z")
    assert admin.get(TASKS).json["items"] == []
    assert [each["id"] for each in admin.get(TASKS, status="completed").json["items"]] == ["task-0"]
    again = admin.post(f"{address}/reopen", None, if_match='"3"')
    assert (again.json["status"], again.json["completed_at"]) == ("open", None)
    nobody = admin.put(f"{address}/assignee", {"assignee": None}, if_match='"4"')
    assert nobody.json["assignee"] is None


def test_a_change_needs_the_revision_it_is_based_on(ports: FakePorts, admin: Client) -> None:
    store(ports, 1)
    address = f"{TASKS}/task-0"
    assert admin.post(f"{address}/complete").status == 428
    assert admin.put(f"{address}/assignee", {"assignee": "x"}, if_match='"7"').status == 412
    assert admin.post(f"{TASKS}/none/complete", None, if_match='"1"').status == 404


def test_open_tasks_come_by_due_time_and_by_page(ports: FakePorts, admin: Client) -> None:
    store(ports, 3)
    first = admin.get(TASKS, limit=2).json
    assert [each["id"] for each in first["items"]] == ["task-0", "task-1"]
    second = admin.get(TASKS, limit=2, cursor=first["next_cursor"]).json
    assert [each["id"] for each in second["items"]] == ["task-2"]
    assert admin.get(TASKS, status="completed", cursor=first["next_cursor"]).status == 422
    assert admin.get(TASKS, status="late").status == 422


def test_a_task_is_made_by_hand(ports: FakePorts, admin: Client) -> None:
    know_location(ports)
    made = admin.post(
        TASKS,
        {
            "title": "Call Ada",
            "description": "She lost her hat.",
            "priority": "high",
            "due_at": "2026-12-02T12:00:00+01:00",
            "assignee": " Grace ",
            "booking_id": "b-1",
        },
    )
    assert (made.status, made.etag) == (201, '"1"')
    assert made.json == admin.get(f"{TASKS}/{made.json['id']}").json
    assert made.json["assignee"] == "Grace"
    assert made.json["due_at"] == "2026-12-02T12:00:00+01:00"
    assert (made.json["workflow_id"], made.json["execution_id"]) == (None, None)
    least = admin.post(TASKS, {"title": "Sweep"}).json
    assert (least["due_at"], least["priority"]) == ("2026-12-02T09:00:00Z", "normal")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body.title"),
        ({"title": "  "}, "body.title"),
        ({"title": "x", "due_at": "2026-12-02T12:00:00"}, "body.due_at"),
        ({"title": "x", "due_at": 1764633600}, "body.due_at"),
        ({"title": "x", "priority": "urgent"}, "body.priority"),
        ({"title": "x", "booking_id": "b-9"}, "booking_id"),
        ({"title": "x", "status": "completed"}, "body.status"),
    ],
)
def test_a_task_that_cannot_be_made_is_refused(
    ports: FakePorts, admin: Client, body: dict[str, object], field: str
) -> None:
    know_location(ports)
    refused = admin.post(TASKS, body)
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, field)


def test_tasks_are_listed_by_who_does_them_and_by_booking(ports: FakePorts, admin: Client) -> None:
    know_location(ports)
    for title, who, booking in [("a", "Grace", "b-1"), ("b", "Grace", None), ("c", None, "b-1")]:
        admin.post(TASKS, {"title": title, "assignee": who, "booking_id": booking})

    def titles(**query: str) -> set[str]:
        return {each["title"] for each in admin.get(TASKS, **query).json["items"]}

    assert titles(assignee="Grace") == {"a", "b"}
    assert titles(assignee="Ada") == set()
    assert titles(assignee="") == {"c"}
    assert titles(booking_id="b-1") == {"a", "c"}
    assert titles(booking_id="b-1", assignee="Grace") == {"a"}
    assert titles(booking_id="b-1", status="completed") == set()
