"""Imports by their routes: preview, pages, start, progress; who may, how often, what is audited."""

from __future__ import annotations

from typing import Any

import pytest

from bookflow.api.rates import IMPORTS
from bookflow.domain.imports.booking_import import PAGE_ROWS
from bookflow.domain.imports.rows import MOST_ROWS
from bookflow.use_cases.jobs.run_job import JobRunner
from tests.api import Client
from tests.fakes import FakePorts
from tests.unit.api.graphs import LOCATION, know_location

ADDRESS = f"{LOCATION}/imports"


@pytest.fixture(autouse=True)
def _known(ports: FakePorts) -> None:
    know_location(ports)


def row(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "row": number,
        "booking_id": f"bk-{number}",
        "status": "confirmed",
        "start_time": "2126-12-12 10:00",
        "first_name": "Grace",
        "email": f"grace{number}@example.com",
        **changes,
    }


def work_off(ports: FakePorts) -> None:
    while ports.reminder_jobs.messages:
        JobRunner(ports).do(ports.reminder_jobs.messages.pop(0)[0])


def create(client: Client) -> str:
    made = client.post(ADDRESS, {})
    assert made.status == 201, made.text
    return f"{ADDRESS}/{made.json['id']}"


def test_the_first_rows_are_shown_as_they_are_read(admin: Client) -> None:
    answer = admin.post(f"{ADDRESS}/preview", {"rows": [row(2), row(3, status="?")]})
    assert answer.status == 200, answer.text
    assert answer.json["timezone"] == "Europe/Berlin"
    (shown,) = answer.json["rows"]
    assert shown["start_time"] == "2126-12-12T09:00:00Z"
    (problem,) = answer.json["problems"]
    assert (problem["row"], problem["field"]) == (3, "status")
    assert problem["reason"] == "Status has an unknown value."


def test_pages_are_sent_started_and_watched(ports: FakePorts, admin: Client) -> None:
    address = create(admin)
    sent = admin.put(f"{address}/pages/1", {"rows": [row(2), row(3), row(4, start_time="x")]})
    assert sent.status == 200, sent.text
    assert [each["row"] for each in sent.json["problems"]] == [4]
    counted = sent.json["booking_import"]
    assert (counted["ready"], counted["invalid"], counted["to_come"]) == (2, 1, 2)
    again = admin.put(f"{address}/pages/1", {"rows": [row(2), row(3), row(4, start_time="x")]})
    assert again.json == sent.json
    assert ports.bookings.find("loc-1", "bk-2") == []
    assert admin.post(f"{address}/start", {"pages": 2}).status == 409
    started = admin.post(f"{address}/start", {"pages": 1, "left_out": 4})
    assert (started.status, started.json["state"]) == (202, "running")
    assert started.json["invalid"] == 5
    assert admin.post(f"{address}/start", {"pages": 1}).json == started.json
    work_off(ports)
    done = admin.get(address).json
    assert (done["state"], done["done"], done["counts"]["created"]) == ("completed", 2, 2)
    assert admin.get(ADDRESS).json["items"] == [done]
    assert admin.get(f"{LOCATION}/bookings/bk-2").status == 200


def test_a_lost_answer_of_the_creation_makes_no_second_import(admin: Client) -> None:
    first, second = (admin.post(ADDRESS, {}, idempotency_key="k-1").json for _ in range(2))
    assert first == second
    assert len(admin.get(ADDRESS).json["items"]) == 1


def test_it_is_stopped(ports: FakePorts, admin: Client) -> None:
    address = create(admin)
    admin.put(f"{address}/pages/1", {"rows": [row(2)]})
    admin.post(f"{address}/start", {"pages": 1})
    assert admin.post(f"{address}/stop").json["state"] == "stopped"
    work_off(ports)
    assert ports.bookings.find("loc-1", "bk-2") == []


def test_what_is_audited_names_nobody(ports: FakePorts, admin: Client) -> None:
    address = create(admin)
    admin.put(f"{address}/pages/1", {"rows": [row(2)]})
    admin.post(f"{address}/start", {"pages": 1})
    work_off(ports)
    entries = admin.get(f"{LOCATION}/audit").json["items"]
    assert {each["operation"] for each in entries} == {"create_import", "start_import"}
    (start,) = [each for each in entries if each["operation"] == "start_import"]
    assert start["after"]["ready"] == 1
    assert "grace" not in str(entries).lower()


def test_a_page_takes_as_many_rows_as_it_may_and_a_whole_import_fits_the_rate() -> None:
    assert IMPORTS.burst >= MOST_ROWS / PAGE_ROWS + 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"rows": []}, 422),
        ({"rows": [row(number) for number in range(1, PAGE_ROWS + 2)]}, 422),
        ({"rows": ["x"]}, 422),
        ({}, 422),
        ({"rows": [row(1, notes="x" * 300_000)]}, 413),
    ],
)
def test_what_is_no_page_is_a_problem(admin: Client, body: dict[str, Any], status: int) -> None:
    answer = admin.put(f"{create(admin)}/pages/1", body)
    assert answer.status == status, answer.text


@pytest.mark.parametrize("number", ["0", "2001", "x"])
def test_a_page_has_a_number(admin: Client, number: str) -> None:
    assert admin.put(f"{create(admin)}/pages/{number}", {"rows": [row(1)]}).status == 422


def test_a_full_page_of_usual_rows_fits(admin: Client) -> None:
    rows = [
        row(
            number,
            confirmation_code=f"CODE-{number}",
            activity_name="Sunset tour on the river, with dinner",
            last_name="Hopper-Vandermonde",
            phone="+49 30 123456789",
            total_amount="120.00 EUR",
            notes="Vegetarian; arrives by train at nine; needs a child seat.",
        )
        for number in range(1, PAGE_ROWS + 1)
    ]
    answer = admin.put(f"{create(admin)}/pages/1", {"rows": rows})
    assert (answer.status, answer.json["booking_import"]["ready"]) == (200, PAGE_ROWS)


def test_half_a_character_costs_no_row(ports: FakePorts, admin: Client) -> None:
    address = create(admin)
    sent = admin.put(f"{address}/pages/1", {"rows": [row(2, first_name="Zo\ud83d")]})
    assert (sent.status, sent.json["problems"]) == (200, [])
    admin.post(f"{address}/start", {"pages": 1})
    work_off(ports)
    (visit,) = ports.bookings.find("loc-1", "bk-2")
    assert visit.customer is not None
    assert visit.customer.first_name == "Zo\ufffd"
