"""The calendar page: a booking's entry as it stands, for who has the link, until after the visit."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from bookflow.actions.calendar_links import booking_calendar_url
from bookflow.domain.bookings.records import Booking, Customer, Location, StoredValue
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.messages.calendar.entry import entry_uid
from bookflow.pages.app import PublicPages
from tests.fakes import FakePorts
from tests.unit.actions.samples import ACTIVITY, BOOKING, CUSTOMER, LOCATION, new_ports
from tests.unit.pages.requests import get

BASE = "https://book.example.com"


def keep(ports: FakePorts, *records: Any, sequence: int = 0) -> None:
    for record in records:
        key = ("loc-1", type(record), record.id)
        ports.bookings.kept[key] = StoredValue(record, 1, {}, calendar_sequence=sequence)


@pytest.fixture
def ports() -> FakePorts:
    ports = new_ports()
    keep(ports, LOCATION, ACTIVITY, CUSTOMER, BOOKING)
    return ports


@pytest.fixture
def pages(ports: FakePorts) -> PublicPages:
    return PublicPages(lambda: ports)


@pytest.fixture
def path(ports: FakePorts) -> str:
    url = booking_calendar_url(ports, "loc-1", "b-1")
    assert url is not None
    return url.removeprefix(BASE)


def test_the_link_leads_to_a_file_that_phones_add_to_their_calendar(
    pages: PublicPages, path: str
) -> None:
    answer = get(pages, path)
    assert answer["statusCode"] == 200
    headers = answer.get("headers") or {}
    many = answer.get("multiValueHeaders") or {}
    said = {name.lower(): value for name, value in {**many, **headers}.items()}
    assert "text/calendar; charset=utf-8; method=PUBLISH" in str(said["content-type"])
    assert "no-store" in str(said["cache-control"])
    assert 'inline; filename="booking.ics"' in str(said["content-disposition"])
    (event,) = Calendar.from_ical(answer["body"]).walk("VEVENT")
    assert event["UID"] == entry_uid("loc-1", "b-1")
    assert event["URL"] == f"{BASE}{path}"
    assert event["DTSTART"].dt.astimezone(UTC) == BOOKING.start_time


def test_the_file_names_no_guest(pages: PublicPages, path: str) -> None:
    body = get(pages, path)["body"]
    for secret in ("Ada", "Lovelace", "ada@example.com", "0170", "KAY-4711", "ATTENDEE"):
        assert secret not in body


def test_the_file_says_how_the_booking_stands_now(
    pages: PublicPages, ports: FakePorts, path: str
) -> None:
    cancelled = BOOKING.model_copy(update={"status": BookingStatus.CANCELLED})
    keep(ports, cancelled, sequence=3)
    (event,) = Calendar.from_ical(get(pages, path)["body"]).walk("VEVENT")
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 3)


def test_a_link_leads_nowhere_a_month_after_the_visit(
    pages: PublicPages, ports: FakePorts, path: str
) -> None:
    assert BOOKING.end_time is not None
    ports.clock.moment = BOOKING.end_time + timedelta(days=30) - timedelta(seconds=1)
    assert get(pages, path)["statusCode"] == 200
    ports.clock.moment = BOOKING.end_time + timedelta(days=30)
    assert get(pages, path)["statusCode"] == 404


def test_a_link_of_an_erased_guest_leads_nowhere(
    pages: PublicPages, ports: FakePorts, path: str
) -> None:
    ports.bookings.erase_booking("loc-1", "b-1", "erased:0123456789")
    assert get(pages, path)["statusCode"] == 404


def test_a_booking_without_a_start_or_one_that_is_deleted_has_no_file(
    pages: PublicPages, ports: FakePorts, path: str
) -> None:
    keep(ports, Booking(id="b-1"))
    assert get(pages, path)["statusCode"] == 404
    del ports.bookings.kept["loc-1", Booking, "b-1"]
    assert get(pages, path)["statusCode"] == 404


def test_a_guessed_link_leads_nowhere(pages: PublicPages, ports: FakePorts, path: str) -> None:
    keep(ports, BOOKING.model_copy(update={"id": "b-2"}), Customer(id="c-2"))
    mac = path.rpartition(".")[2]
    for other in (
        f"/c/loc-1/b-2.{mac}",
        f"/c/loc-2/b-1.{mac}",
        f"/c/loc-1/b-1.{'A' * 22}",
        "/c/loc-1/b-1",
        "/c/loc-1/..%2F.x",
        f"/c/{'x' * 500}/b-1.{mac}",
    ):
        answer = get(pages, other)
        assert answer["statusCode"] == 404
        assert "BEGIN:VCALENDAR" not in answer["body"]


def test_a_link_of_one_location_does_not_open_the_other(ports: FakePorts, path: str) -> None:
    other = Location(id="loc-2", name="Elbe Kayaks")
    ports.bookings.kept["loc-2", Location, "loc-2"] = StoredValue(other, 1, {})
    ports.bookings.kept["loc-2", Booking, "b-1"] = StoredValue(BOOKING, 1, {})
    theirs = booking_calendar_url(ports, "loc-2", "b-1")
    assert theirs is not None
    assert theirs.rpartition(".")[2] != path.rpartition(".")[2]


def test_without_a_public_address_there_is_no_link(ports: FakePorts) -> None:
    ports.public_base_url = ""
    assert booking_calendar_url(ports, "loc-1", "b-1") is None
    assert booking_calendar_url(new_ports(), "loc-1", None) is None
