"""What a page costs: at most three calls of DynamoDB, whatever there is, and never a Scan."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from bookflow.api.pagination import Cursors
from bookflow.bootstrap import Services
from bookflow.domain.events import Event
from bookflow.domain.executions.execution import Execution, ExecutionStatus
from bookflow.domain.workflows.workflow import Workflow
from tests.api import Client
from tests.integration.api.conftest import CountedAws

LOCATION = "/v1/locations/loc-1"
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
LISTS = {
    "workflows": {},
    "executions": {"workflow_id": "wf-1"},
}


def store(services: Services, count: int) -> None:
    """Store workflows and runs, all of one booking and one workflow, every other one failed."""
    for number in range(count):
        services.workflows.save(
            Workflow(
                location_id="loc-1",
                id=f"wf-{number}",
                name=f"Workflow {number:03d}",
                created_at=NOW,
                updated_at=NOW,
            )
        )
        services.executions.claim(
            Execution(
                location_id="loc-1",
                id=f"ex-{number}",
                workflow_id="wf-1",
                version=1,
                event_id=f"e-{number}",
                event_type="Booking Created",
                event_data={},
                booking_id="b-1",
                status=ExecutionStatus.FAILED if number % 2 else ExecutionStatus.COMPLETED,
                started_at=NOW + timedelta(minutes=number),
            )
        )


def booked(number: int) -> Event:
    return Event.model_validate(
        {
            "event_id": f"e-{number}",
            "location_id": "loc-1",
            "booking_id": f"b-{number}",
            "occurred_at": NOW,
            "location": {"id": "loc-1"},
            "booking": {
                "confirmation_code": f"KAY-{number}",
                "start_time": datetime.now(UTC) + timedelta(days=1, minutes=number),
                "customer_id": "c-1",
            },
            "customer": {"id": "c-1", "first_name": "Ada", "last_name": "Lovelace"},
        }
    )


@pytest.mark.parametrize("filters", [{}, {"text": "00"}, {"enabled": "false"}])
def test_a_page_of_workflows_takes_three_calls(
    aws: CountedAws, services: Services, admin: Client, filters: dict[str, str]
) -> None:
    store(services, 30)
    aws.operations.clear()
    page = admin.get(f"{LOCATION}/workflows", limit=20, **filters)
    assert page.status == 200
    assert page.json["next_cursor"]
    assert sorted(aws.operations) == ["BatchGetItem", "BatchGetItem", "Query"]


def test_the_figures_of_many_busy_workflows_cost_a_page_one_call(
    aws: CountedAws, services: Services, admin: Client
) -> None:
    store(services, 110)
    run = services.executions.get("loc-1", "ex-0")
    for number, back in product(range(110), range(3)):
        ended = services.clock.now() - timedelta(days=back)
        one = {"id": f"ex-{number}-{back}", "workflow_id": f"wf-{number}", "completed_at": ended}
        services.executions.count_end(run.changed(**one))
    aws.operations.clear()
    page = admin.get(f"{LOCATION}/workflows", limit=100)
    assert aws.operations == ["Query", "BatchGetItem", "BatchGetItem"]
    counted = [sum(day["completed"] for day in item["days"]) for item in page.json["items"]]
    assert counted == [3] * 100


@pytest.mark.parametrize("text", ["KAY-17", "ay-1", "ada lovelace", "nobody"])
def test_each_page_of_a_search_for_bookings_takes_three_calls(
    aws: CountedAws, services: Services, admin: Client, text: str
) -> None:
    for number in range(30):
        services.bookings.record(booked(number))
    cursor, seen = None, 0
    while True:
        aws.operations.clear()
        page = admin.get(f"{LOCATION}/bookings", text=text, limit=10, cursor=cursor)
        assert page.status == 200
        assert len(aws.operations) <= 3
        assert set(aws.operations) <= {"Query", "BatchGetItem"}
        seen += len(page.json["items"])
        cursor = page.json["next_cursor"]
        if cursor is None:
            break
    assert seen == {"KAY-17": 1, "ay-1": 11, "ada lovelace": 30, "nobody": 0}[text]


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"status": "failed"},
        {"workflow_id": "wf-1"},
        {"booking_id": "b-1"},
        {"workflow_id": "wf-1", "status": "failed"},
        {"workflow_id": "wf-1", "booking_id": "b-1"},
        {"booking_id": "b-1", "since": "2026-12-01T09:05:00Z", "until": "2027-01-01T00:00:00Z"},
    ],
)
def test_a_page_of_runs_takes_three_calls(
    aws: CountedAws, services: Services, admin: Client, filters: dict[str, str]
) -> None:
    store(services, 30)
    aws.operations.clear()
    page = admin.get(f"{LOCATION}/executions", limit=10, **filters)
    assert page.status == 200
    assert page.json["next_cursor"]
    assert page.json["items"]
    assert sorted(aws.operations) == ["BatchGetItem", "BatchGetItem", "Query"]


@pytest.mark.parametrize(
    "filters",
    [
        {"since": "2026-12-01T09:05:00Z", "status": "completed"},
        {"workflow_id": "wf-2", "booking_id": "b-1"},
    ],
)
def test_a_page_of_runs_none_of_which_failed_takes_two_calls(
    aws: CountedAws, services: Services, admin: Client, filters: dict[str, str]
) -> None:
    store(services, 30)
    aws.operations.clear()
    page = admin.get(f"{LOCATION}/executions", limit=10, **filters)
    assert page.status == 200
    assert page.json["next_cursor"]
    assert sorted(aws.operations) == ["BatchGetItem", "Query"]


def store_many_runs(aws: CountedAws, services: Services, count: int) -> None:
    """Store runs that differ by their id alone: copies of the item of the first one."""
    first = "ex-00000"
    services.executions.claim(
        Execution(
            location_id="loc-1",
            id=first,
            workflow_id="wf-1",
            version=1,
            event_id="e-1",
            event_type="Booking Created",
            event_data={},
            status=ExecutionStatus.FAILED,
            started_at=NOW,
        )
    )
    client = aws.client("dynamodb")
    key = {"PK": {"S": f"L#loc-1#EXECUTION#{first}"}, "SK": {"S": "EXECUTION"}}
    text = json.dumps(client.get_item(TableName="Table", Key=key)["Item"])
    items = [json.loads(text.replace(first, f"ex-{number:05d}")) for number in range(1, count)]
    for start in range(0, len(items), 25):
        puts = [{"PutRequest": {"Item": item}} for item in items[start : start + 25]]
        client.batch_write_item(RequestItems={"Table": puts})


def test_ten_thousand_runs_are_paged_at_the_same_cost_to_the_last(
    aws: CountedAws, services: Services, admin: Client
) -> None:
    store_many_runs(aws, services, 10_000)

    def page(cursor: str | None) -> tuple[list[str], str | None]:
        aws.operations.clear()
        answer = admin.get(f"{LOCATION}/executions", status="failed", limit=100, cursor=cursor)
        assert answer.status == 200
        assert aws.operations == ["Query", "BatchGetItem", "BatchGetItem"]
        return [item["id"] for item in answer.json["items"]], answer.json["next_cursor"]

    first, cursor = page(None)
    assert first == [f"ex-{number:05d}" for number in range(9_999, 9_899, -1)]
    assert cursor is not None
    second, _ = page(cursor)
    assert second[0] == "ex-09899"
    middle, _ = page(cursor_at(cursor, first[-1], "ex-05000"))
    assert middle == [f"ex-{number:05d}" for number in range(4_999, 4_899, -1)]
    last, end = page(cursor_at(cursor, first[-1], "ex-00050"))
    assert last == [f"ex-{number:05d}" for number in range(49, -1, -1)]
    assert end is None


def cursor_at(cursor: str, after: str, jump_to: str) -> str | None:
    """Return the cursor of a page that ends at another run, made of one that ends at `after`.

    Going there page by page would take minutes: the AWS in memory reads all it has for each.
    """
    cursors = Cursors.of("a key for tests", f"{LOCATION}/executions", {"status": "failed"})
    key = base64.urlsafe_b64decode(cursors.read(cursor) or "").decode()
    return cursors.write(base64.urlsafe_b64encode(key.replace(after, jump_to).encode()).decode())


def test_all_runs_are_listed_once_page_by_page(services: Services, admin: Client) -> None:
    store(services, 25)
    seen: list[str] = []
    cursor = None
    while True:
        page = admin.get(f"{LOCATION}/executions", workflow_id="wf-1", limit=10, cursor=cursor)
        seen += [item["id"] for item in page.json["items"]]
        cursor = page.json["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"ex-{number}" for number in range(24, -1, -1)]


def test_the_figures_of_the_last_days_are_counted(services: Services, admin: Client) -> None:
    store(services, 2)
    today = services.clock.now()
    for number, status in enumerate((ExecutionStatus.COMPLETED, ExecutionStatus.FAILED)):
        run = services.executions.get("loc-1", f"ex-{number}")
        services.executions.count_end(run.changed(status=status, completed_at=today))
    items = admin.get(f"{LOCATION}/workflows").json["items"]
    figures = next(item for item in items if item["id"] == "wf-1")["days"][-1]
    assert (figures["completed"], figures["failed"]) == (1, 1)


def test_a_deleted_workflow_leaves_no_way_to_start_it(services: Services, admin: Client) -> None:
    draft = {"nodes": [{"id": "t", "type": "trigger", "config": {"event": "Booking Created"}}]}
    note = {"id": "n", "type": "add_booking_note", "config": {"note": "Hi"}}
    draft = {"nodes": [*draft["nodes"], note], "edges": [{"id": "e", "source": "t", "target": "n"}]}
    made = admin.post(f"{LOCATION}/workflows", {"name": "Welcome", "draft": draft})
    address = f"{LOCATION}/workflows/{made.json['id']}"
    published = admin.post(f"{address}/publish", None, if_match=made.etag)
    assert published.status == 200, published.text
    enabled = admin.put(f"{address}/enabled", {"enabled": True}, if_match=published.etag)
    assert enabled.status == 200, enabled.text
    assert admin.delete(address, if_match='"2"').status == 412
    assert admin.delete(address, if_match=enabled.etag).status == 204
    assert admin.get(address).status == 404
    assert services.workflows.subscriptions("loc-1") == []
    assert services.workflows.version("loc-1", made.json["id"], 1).version == 1
