"""Values of the location's records that are suggested while a rule is written."""

from __future__ import annotations

from typing import Any

from bookflow.domain.events import Event
from tests.api import Client
from tests.fakes import FakePorts

LOCATION = "/v1/locations/loc-1"


def know(ports: FakePorts, number: int, **fields: Any) -> None:
    ports.bookings.record(
        Event.model_validate(
            {
                "event_id": f"e-{number}",
                "location_id": fields.pop("location_id", "loc-1"),
                "occurred_at": "2026-11-01T00:00:00Z",
                "booking_id": f"b-{number}",
                "booking": {
                    "id": f"b-{number}",
                    "start_time": "2027-01-01T10:00:00Z",
                    **fields.pop("booking", {}),
                },
                "customer": {"id": f"c-{number}", "first_name": "Ada", "locale": "de-DE"},
                "location": {"id": "loc-1", "timezone": "Europe/Berlin"},
                **fields,
            }
        )
    )


def suggested(client: Client) -> dict[str, list[str]]:
    answer = client.get(f"{LOCATION}/known-values")
    assert answer.status == 200, answer.text
    return {each["path"]: each["values"] for each in answer.json["items"]}


def test_the_location_knows_its_activities_their_leaders_and_the_guests_languages(
    ports: FakePorts, admin: Client
) -> None:
    tour = {"id": "a-1", "name": "Sunset tour", "facilitators": [{"name": "Jonas"}]}
    know(ports, 1, activity=tour)
    assert suggested(admin) == {
        "activity.facilitators.name": ["Jonas"],
        "activity.id": ["a-1"],
        "activity.name": ["Sunset tour"],
        "booking.activity_id": ["a-1"],
        "customer.locale": ["de-DE"],
    }


def test_what_bookings_share_is_suggested_and_what_one_guest_wrote_is_not(
    ports: FakePorts, admin: Client
) -> None:
    for number, source in enumerate(("web", "phone", "web", "phone", "web")):
        know(ports, number, booking={"source": source, "wishes": f"no nuts for Ada {number}"})
    know(ports, 9, booking={"source": "x" * 61})
    know(ports, 10, booking={"source": "x" * 61})
    assert suggested(admin)["booking.source"] == ["web", "phone"]
    assert "booking.wishes" not in suggested(admin)


def test_what_one_guest_wrote_in_each_booking_is_not_suggested(
    ports: FakePorts, admin: Client
) -> None:
    for number in range(3):
        regular = {"customer_id": "c-1", "source": "web", "wishes": "no nuts for Ada"}
        know(ports, number, booking=regular, customer={"id": "c-1", "first_name": "Ada"})
    know(ports, 4, booking={"customer_id": "c-2", "source": "web"})
    found = suggested(admin)
    assert found["booking.source"] == ["web"]
    assert "booking.wishes" not in found


def test_lists_are_bounded(ports: FakePorts, admin: Client) -> None:
    for number in range(60):
        know(ports, number, activity={"id": f"a-{number}", "name": f"Tour {number}"})
    assert len(suggested(admin)["activity.name"]) == 50


def test_a_location_without_records_has_none(ports: FakePorts, admin: Client) -> None:
    assert suggested(admin) == {}
