"""Bookings by their routes: bulk data with a result for each item, notes and the timeline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bookflow.api.app import Api
from bookflow.domain.events.booking_reminder import ReminderOffset
from bookflow.domain.executions.execution import (
    Execution,
    ExecutionStatus,
    ReasonCode,
    Step,
    StepStatus,
)
from bookflow.domain.reminders.record import Reminder
from bookflow.domain.reminders.rule import ReminderState
from bookflow.domain.shared.errors import TransientError
from tests.api import Client, TestIssuer
from tests.fakes import FakePorts
from tests.unit.api.graphs import LOCATION, NOTE, create, graph_of, know_location, publish

BOOKINGS = f"{LOCATION}/bookings"
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
START = "2026-12-20T10:00:00+01:00"
PLACE = {"id": "loc-1", "name": "Kayaks", "timezone": "Europe/Berlin"}


@pytest.fixture
def machine(api: Api, issuer: TestIssuer) -> Client:
    return Client(api, issuer.machine("loc-1", "bookflow/bookings"))


def item(number: int = 1, **booking: Any) -> dict[str, Any]:
    return {
        "occurred_at": "2026-11-30T09:00:00Z",
        "booking": {"id": f"b-{number}", "status": "confirmed", "start_time": START, **booking},
        "customer": {"id": f"c-{number}", "first_name": "Ada"},
        "activity": {"id": "a-1", "name": "Sunset tour"},
    }


def upsert(client: Client, *items: Any) -> Any:
    answer = client.post(BOOKINGS, {"items": list(items)})
    assert answer.status == 200, answer.text
    return answer.json


def test_a_machine_brings_bookings_and_the_location_in_one_call(
    machine: Client, admin: Client
) -> None:
    reported = upsert(machine, {"location": PLACE}, *(item(number) for number in range(99)))
    assert reported["stored"] == 100
    assert {each["outcome"] for each in reported["items"]} == {"stored"}
    read = admin.get(f"{BOOKINGS}/b-7").json
    assert read["booking"]["start_time"] == START
    assert read["customer"]["first_name"] == "Ada"
    assert read["activity"]["name"] == "Sunset tour"


def test_each_item_has_its_own_result_with_index_and_field(machine: Client) -> None:
    reported = upsert(
        machine,
        {"location": PLACE},
        item(1, start_time="tomorrow", party_size=-1),
        item(2),
        {"booking": {"status": "confirmed"}},
        {"party": {}},
        {"booking": {"id": "b-9"}, "location": {"id": "loc-2"}},
        {},
    )
    outcomes = [each["outcome"] for each in reported["items"]]
    assert outcomes == ["stored", "invalid", "stored", *["invalid"] * 4]
    fields = [[problem["field"] for problem in each["errors"]] for each in reported["items"]]
    assert fields[1] == ["items[1].booking.start_time", "items[1].booking.party_size"]
    assert fields[3:] == [
        ["items[3].booking.id"],
        ["items[4].party"],
        ["items[5].location.id"],
        ["items[6]"],
    ]


def test_an_unknown_location_is_reported_with_what_to_do(machine: Client) -> None:
    result = upsert(machine, item())["items"][0]
    assert (result["outcome"], result["errors"][0]["field"]) == ("invalid", "items[0].location")
    assert "location" in result["errors"][0]["remedy"]


def test_a_store_that_is_busy_asks_for_that_item_again(ports: FakePorts, machine: Client) -> None:
    know_location(ports)
    ports.fail_next("bookings.record", TransientError("busy"))
    reported = upsert(machine, item(1), item(2))
    assert [each["outcome"] for each in reported["items"]] == ["retry", "stored"]


def test_the_latest_statement_counts_in_whatever_order_it_comes(
    machine: Client, admin: Client
) -> None:
    late = {**item(1, party_size=4), "occurred_at": "2026-11-30T10:00:00Z"}
    upsert(machine, {"location": PLACE}, late, item(1, party_size=2))
    assert admin.get(f"{BOOKINGS}/b-1").json["booking"]["party_size"] == 4


def test_a_call_that_takes_too_long_says_which_items_to_send_again(
    ports: FakePorts, machine: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    know_location(ports)
    record = ports.bookings.record

    def slowly(event: Any, **times: Any) -> Any:
        ports.clock.advance(seconds=8)
        return record(event, **times)

    monkeypatch.setattr(ports.bookings, "record", slowly)
    reported = upsert(machine, *(item(number) for number in range(5)))
    assert [each["outcome"] for each in reported["items"]] == ["stored"] * 3 + ["retry"] * 2
    assert reported["items"][4]["errors"][0]["field"] == "items[4]"
    assert reported["stored"] == 3


def test_upserts_plan_reminders_and_start_nothing(
    ports: FakePorts, admin: Client, machine: Client
) -> None:
    draft = graph_of(NOTE, trigger="Booking Reminder")
    draft["nodes"][0]["config"] |= {
        "offset_value": 24,
        "offset_unit": "hours",
        "relative_to": "before_start",
    }
    publish(admin, create(admin, draft))
    upsert(machine, {"location": PLACE}, item(1))
    assert [s.at for s in ports.schedules.stored.values()] == [
        datetime(2026, 12, 19, 9, 0, tzinfo=UTC)
    ]
    assert ports.machines.started == {}
    upsert(machine, {**item(1, status="cancelled"), "occurred_at": "2026-11-30T11:00:00Z"})
    assert ports.schedules.stored == {}
    skipped = admin.get(f"{BOOKINGS}/b-1/timeline").json["items"]
    assert [(each["kind"], each["reason_code"]) for each in skipped] == [
        ("skipped", "booking_cancelled")
    ]


@pytest.mark.parametrize("body", [{}, {"items": []}, {"items": [{}] * 101}, {"items": ["b-1"]}])
def test_what_is_no_list_of_items_is_refused(machine: Client, body: object) -> None:
    assert machine.post(BOOKINGS, body).status == 422


def test_upcoming_bookings_come_by_start_and_by_page(machine: Client, admin: Client) -> None:
    starts = [f"2026-12-{day:02}T10:00:00Z" for day in (9, 3, 5, 1, 7)]
    upsert(
        machine,
        {"location": PLACE},
        *(item(number, start_time=start) for number, start in enumerate(starts)),
        item(9, start_time="2026-11-01T10:00:00Z"),
    )
    seen, cursor = [], None
    while True:
        page = admin.get(BOOKINGS, limit=2, cursor=cursor).json
        seen += [each["booking"]["id"] for each in page["items"]]
        assert all(each["customer"]["first_name"] == "Ada" for each in page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["b-3", "b-1", "b-2", "b-4", "b-0"]
    assert len(admin.get(BOOKINGS, since="2026-10-01T00:00:00Z").json["items"]) == 6


def found(client: Client, text: str, **query: Any) -> list[list[str]]:
    """Return the ids that each page of a search holds."""
    pages, cursor = [], None
    while True:
        page = client.get(BOOKINGS, text=text, cursor=cursor, **query).json
        pages.append([each["booking"]["id"] for each in page["items"]])
        cursor = page["next_cursor"]
        if cursor is None:
            return pages


@pytest.fixture
def known(machine: Client) -> None:
    upsert(
        machine,
        {"location": PLACE},
        {**item(1, confirmation_code="KAY-4711"), "customer": {"id": "c-1", "last_name": "Müller"}},
        {**item(2, confirmation_code="KAY-47"), "customer": {"id": "c-2", "first_name": "Zoë"}},
        item(3, confirmation_code="OLD-1", start_time="2026-01-01T10:00:00Z"),
        item(4),
    )


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("text", ["KAY-47", "kay-47", " b-2 "])
def test_a_booking_is_found_at_once_by_exactly_its_code_or_id(admin: Client, text: str) -> None:
    assert found(admin, text) == [["b-2"]]


@pytest.mark.usefixtures("known")
def test_a_booking_of_the_past_is_found_by_its_code_alone(admin: Client) -> None:
    assert found(admin, "old-1") == [["b-3"]]
    assert found(admin, "old") == [[], []]
    assert found(admin, "old", since="2025-12-01T00:00:00Z") == [[], ["b-3"]]


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("kay", [[], ["b-1", "b-2"], []]),
        ("4711 mull", [[], ["b-1"], []]),
        ("ZOE", [[], ["b-2"], []]),
        ("B-4", [[], [], ["b-4"]]),
        ("zoe 4711", [[], [], []]),
    ],
)
def test_bookings_are_looked_through_for_each_word_page_by_page(
    admin: Client, text: str, pages: list[list[str]]
) -> None:
    assert found(admin, text, limit=2) == pages


@pytest.mark.usefixtures("known")
def test_a_cursor_belongs_to_what_is_sought(admin: Client) -> None:
    cursor = admin.get(BOOKINGS, text="kay").json["next_cursor"]
    assert admin.get(BOOKINGS, text="zoe", cursor=cursor).status == 422


def test_a_note_is_in_the_name_of_the_caller(ports: FakePorts, admin: Client) -> None:
    know_location(ports)
    made = admin.post(f"{BOOKINGS}/b-1/notes", {"text": "Needs a wheelchair."})
    assert (made.status, made.json["author"]) == (201, "user-1")
    assert [each["text"] for each in admin.get(f"{BOOKINGS}/b-1/notes").json["items"]] == [
        "Needs a wheelchair."
    ]
    assert admin.post(f"{BOOKINGS}/b-2/notes", {"text": "x"}).status == 404
    assert admin.post(f"{BOOKINGS}/b-1/notes", {"text": ""}).status == 422


def test_the_timeline_tells_what_was_done_planned_and_left_out(
    ports: FakePorts, admin: Client
) -> None:
    know_location(ports)
    run = Execution(
        location_id="loc-1",
        id="ex-1",
        workflow_id="wf-1",
        workflow_name="Welcome",
        version=1,
        event_id="e-1",
        event_type="Booking Created",
        event_data={},
        booking_id="b-1",
        status=ExecutionStatus.FAILED,
        started_at=NOW,
    )
    ports.executions.claim(run)
    for node, status in (("mail", StepStatus.COMPLETED), ("hook", StepStatus.FAILED)):
        ports.executions.finish_step(
            Step(
                location_id="loc-1",
                execution_id="ex-1",
                node_id=node,
                node_type="send_template" if node == "mail" else "webhook",
                status=status,
                output_data={"message_id": "m-1"} if node == "mail" else {},
                error_message=None if node == "mail" else "HTTP 500",
                started_at=NOW,
                completed_at=NOW + timedelta(minutes=1),
            )
        )
    skipped = ReminderState.SKIPPED
    for workflow_id, state, reason in (
        ("wf-2", ReminderState.PLANNED, None),
        ("wf-3", skipped, ReasonCode.QUIET_HOURS),
    ):
        ports.reminders.save(
            Reminder(
                location_id="loc-1",
                booking_id="b-1",
                workflow_id=workflow_id,
                state=state,
                reason_code=reason,
                fire_at=NOW + timedelta(days=3) if state is ReminderState.PLANNED else None,
                config=ReminderOffset(
                    event="Booking Reminder",
                    offset_value=1,
                    offset_unit="days",
                    relative_to="before_start",
                ),
                known_since=NOW,
                changed_at=NOW,
            )
        )
    reported = admin.get(f"{BOOKINGS}/b-1/timeline").json
    assert [(each["kind"], each["what"]) for each in reported["items"]] == [
        ("skipped", "reminder"),
        ("done", "send_template"),
        ("failed", "webhook"),
        ("planned", "reminder"),
    ]
    assert reported["items"][0]["reason"] == "It would have fallen into the quiet hours."
    assert reported["items"][2]["reason"] == "HTTP 500"
    assert reported["next_cursor"] is None


def test_the_timeline_goes_by_pages_of_runs_and_plans_only_once(
    ports: FakePorts, admin: Client
) -> None:
    know_location(ports)
    for number in range(5):
        ports.executions.claim(
            Execution(
                location_id="loc-1",
                id=f"ex-{number}",
                workflow_id="wf-1",
                version=1,
                event_id=f"e-{number}",
                event_type="Booking Created",
                event_data={},
                booking_id="b-1",
                status=ExecutionStatus.SKIPPED,
                reason_code=ReasonCode.BOOKING_MOVED,
                started_at=NOW + timedelta(minutes=number),
            )
        )
    seen, cursor = [], None
    while True:
        page = admin.get(f"{BOOKINGS}/b-1/timeline", limit=2, cursor=cursor).json
        seen.append([each["execution_id"] for each in page["items"]])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [["ex-3", "ex-4"], ["ex-1", "ex-2"], ["ex-0"]]
    assert admin.get(f"{BOOKINGS}/b-2/timeline").status == 404
