"""What a location holds of a guest can be read as a whole, erased, and ends by itself."""

from __future__ import annotations

import pytest

from bookflow.adapters.memory.bundle import InMemoryPorts
from bookflow.domain.bookings.records import Location
from bookflow.domain.events import parse_event
from tests.api import Client, TestIssuer, make_api
from tests.unit.events.samples import sample
from tests.unit.runtime.samples import LOCATION as KNOWN

LOCATION = "/v1/locations/spree-kayaks"
GUEST = f"{LOCATION}/customers/cus-1001"


@pytest.fixture
def admin(ports: InMemoryPorts) -> Client:
    """Return an admin of a location that knows the sample's guest."""
    ports.bookings.record(parse_event(sample("booking_created", location=KNOWN)))
    issuer = TestIssuer()
    return Client(make_api(ports, issuer), issuer.person(spree_kayaks="admin"))


def test_an_admin_exports_what_the_location_holds_of_a_guest(admin: Client) -> None:
    answer = admin.get(f"{GUEST}/export")
    assert answer.status == 200, answer.text
    for held in ("Lovelace", "ada@example.com", "bk-4711", "KAY-4711"):
        assert held in answer.text


def test_an_admin_erases_a_guest(admin: Client) -> None:
    answer = admin.post(f"{GUEST}/erase")
    assert answer.status in (200, 202), answer.text
    for held in ("Lovelace", "ada@example.com"):
        assert held not in answer.text


def test_a_location_says_how_long_its_bookings_are_kept(admin: Client) -> None:
    assert "booking_retention_days" in Location.model_fields
    assert Location(id="l").model_dump()["booking_retention_days"] == 730
    answer = admin.call(
        "PUT",
        f"{LOCATION}/settings",
        {"booking_retention_days": 365},
        headers={"if-match": '"0"'},
    )
    assert answer.status == 200, answer.text
