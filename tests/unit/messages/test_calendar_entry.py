"""A booking's calendar entry, as two libraries read it: one entry that moves and goes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from bookflow.domain.bookings.records import (
    Activity,
    Booking,
    BookingContext,
    Customer,
    Location,
)
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.messages.calendar.entry import (
    MAX_DESCRIPTION,
    CalendarEntry,
    Guest,
    Method,
    entry_uid,
    invitation,
    publication,
)
from bookflow.domain.messages.calendar.links import make_calendar_token, read_calendar_token
from tests.soak import amounts

NOW = datetime(2026, 5, 1, 9, 0, 0, 250_000, tzinfo=UTC)
START = datetime(2026, 6, 12, 16, 0, tzinfo=UTC)
GUEST = Guest("ada@example.com", "Ada Lovelace")
URL = "https://book.example.com/c/loc-1/b-1.abc"


def context(
    start: datetime | None = START,
    end: datetime | None = START + timedelta(hours=2),
    *,
    sequence: int = 0,
    status: BookingStatus | None = BookingStatus.CONFIRMED,
    activity: str = "Sunset kayak tour",
    **location: Any,
) -> BookingContext:
    fields = {
        "id": "loc-1",
        "name": "Spree Kayaks",
        "timezone": "Europe/Berlin",
        "email": "desk@kayaks.example",
        "address": "Dock 4\n10243 Berlin",
        **location,
    }
    return BookingContext(
        location=Location(**fields),
        booking=Booking(id="b-1", status=status, start_time=start, end_time=end),
        customer=Customer(id="c-1", first_name="Ada"),
        activity=Activity(id="a-1", name=activity),
        calendar_sequence=sequence,
    )


def invited(
    about: BookingContext, *, cancelled: bool = False, description: str = "", **more: Any
) -> CalendarEntry:
    entry = invitation(
        about, GUEST, is_cancelled=cancelled, description=description, now=NOW, **more
    )
    assert entry is not None
    return entry


def read(entry: CalendarEntry) -> Any:
    """Return the only event of a file, and check what holds for each file."""
    text = entry.content.decode()
    assert text.endswith("END:VCALENDAR\r\n")
    for line in entry.content.split(b"\r\n"):
        assert len(line) <= 75
        assert b"\n" not in line
        assert b"\r" not in line
    calendar = Calendar.from_ical(text)
    assert calendar["METHOD"] == entry.method
    assert calendar["VERSION"] == "2.0"
    (event,) = calendar.walk("VEVENT")
    assert not event.errors
    return event


_FILES = count()


def read_by_the_other(entry: CalendarEntry) -> Any:
    # It keeps the first zone of a name for all files, and a zone is one of its file (RFC 5545,
    # section 3.2.19): so each file gets a name of its own.
    own = rf"\g<1>/{next(_FILES)}"
    text = re.sub(r"(TZID[:=][^:\r\n]+)", own, entry.content.decode())
    return vobject.readOne(text).vevent


def test_an_invitation_names_the_guest_who_has_accepted_and_asks_for_no_answer() -> None:
    entry = invited(context(), description="See you at the dock.", url=URL)
    event = read(entry)
    assert entry.method is Method.REQUEST
    assert event["ATTENDEE"] == "mailto:ada@example.com"
    asked = {name: str(value) for name, value in event["ATTENDEE"].params.items()}
    assert asked == {
        "CN": "Ada Lovelace",
        "CUTYPE": "INDIVIDUAL",
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": "ACCEPTED",
        "RSVP": "FALSE",
    }
    assert event["ORGANIZER"] == "mailto:desk@kayaks.example"
    assert event["ORGANIZER"].params["CN"] == "Spree Kayaks"
    assert event["SUMMARY"] == "Sunset kayak tour"
    assert event["LOCATION"] == "Dock 4, 10243 Berlin"
    assert event["DESCRIPTION"] == "See you at the dock."
    assert event["URL"] == URL
    assert event["STATUS"] == "CONFIRMED"
    assert event["DTSTAMP"].dt == NOW.replace(microsecond=0)


def test_a_confirmation_two_moves_and_a_cancellation_are_one_entry_that_moves_and_goes() -> None:
    later = [START, START + timedelta(days=1), START + timedelta(days=2, hours=3)]
    about = [context(at, at + timedelta(hours=2), sequence=n) for n, at in enumerate(later)]
    about.append(
        context(
            later[-1],
            later[-1] + timedelta(hours=2),
            sequence=3,
            status=BookingStatus.CANCELLED,
        )
    )
    files = [invited(each) for each in about]
    for library in (read, read_by_the_other):
        shown: dict[str, Any] = {}
        for file, each in zip(files, about, strict=True):
            event = library(file)
            uid, sequence = _text(event, "uid"), int(_text(event, "sequence"))
            if uid in shown:
                assert sequence > shown[uid][0]
            shown[uid] = (sequence, _start(event), _text(event, "status"))
            assert each.booking is not None
            assert _start(event) == each.booking.start_time
        (last,) = shown.values()
        assert last == (3, later[-1], "CANCELLED")
    assert [file.method for file in files] == ["REQUEST"] * 3 + ["CANCEL"]


def _text(event: Any, name: str) -> str:
    return str(event[name.upper()] if hasattr(event, "walk") else getattr(event, name).value)


def _start(event: Any) -> datetime:
    start = event["DTSTART"].dt if hasattr(event, "walk") else event.dtstart.value
    assert isinstance(start, datetime)
    return start.astimezone(UTC)


def test_an_email_about_a_cancellation_takes_the_entry_out_whatever_the_status_is() -> None:
    entry = invited(context(status=BookingStatus.PENDING), cancelled=True)
    assert (entry.method, read(entry)["STATUS"]) == ("CANCEL", "CANCELLED")


def test_a_booking_that_waits_is_tentative() -> None:
    assert read(invited(context(status=BookingStatus.PENDING)))["STATUS"] == "TENTATIVE"


def test_a_booking_of_another_location_is_another_entry() -> None:
    uids = {entry_uid("loc-1", "b-1"), entry_uid("loc-2", "b-1"), entry_uid("loc-1", "b-2")}
    assert len(uids) == 3
    assert entry_uid("loc-1", "b-1") == entry_uid("loc-1", "b-1")


def test_a_booking_without_a_start_has_no_entry() -> None:
    assert publication(context(None, None), now=NOW, url=URL) is None
    about = context(None, None)
    assert invitation(about, GUEST, is_cancelled=False, description="", now=NOW) is None


@pytest.mark.parametrize("end", [None, START, START - timedelta(hours=1)])
def test_a_booking_without_an_end_after_its_start_has_an_entry_of_no_length(
    end: datetime | None,
) -> None:
    event = read(invited(context(end=end)))
    assert "DTEND" not in event
    assert "DURATION" not in event


def test_a_whole_day_is_from_midnight_to_midnight() -> None:
    zone = ZoneInfo("Europe/Berlin")
    # The day on which the clock is put back: it has 25 hours.
    entry = invited(
        context(datetime(2026, 10, 25, tzinfo=zone), datetime(2026, 10, 26, tzinfo=zone))
    )
    assert b"DTSTART;TZID=Europe/Berlin:20261025T000000\r\n" in entry.content
    assert b"DTEND;TZID=Europe/Berlin:20261026T000000\r\n" in entry.content
    event = read_by_the_other(entry)
    took = event.dtend.value.astimezone(UTC) - event.dtstart.value.astimezone(UTC)
    assert took == timedelta(hours=25)


ZONES = [
    "Europe/Berlin",
    "Europe/Dublin",  # its winter is the exception
    "Asia/Kathmandu",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Australia/Lord_Howe",  # half an hour
    "Africa/Casablanca",  # by the moon
    "Pacific/Apia",
    "UTC",
]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("hours", [0, 13, 26])
def test_times_are_those_of_the_location_in_every_zone(zone: str, hours: int) -> None:
    for month in range(1, 13):
        start = datetime(2027, month, 28, 10, 30, tzinfo=UTC) + timedelta(hours=hours)
        end = start + timedelta(hours=14)
        entry = invited(context(start, end, timezone=zone))
        assert _start(read(entry)) == start
        assert read(entry)["DTEND"].dt.astimezone(UTC) == end
        assert _by_its_own_rules(entry, "DTSTART") == start
        assert _by_its_own_rules(entry, "DTEND") == end
        other = read_by_the_other(entry)
        assert other.dtstart.value.astimezone(UTC) == start
        assert other.dtend.value.astimezone(UTC) == end


@pytest.mark.parametrize("zones", amounts(30, soak=1000))
def test_no_zone_is_left_without_its_rules(zones: int) -> None:
    for zone in sorted(available_timezones())[:: max(1, 600 // zones)]:
        entry = invited(context(timezone=zone))
        assert _by_its_own_rules(entry, "DTSTART") == START, zone


def test_the_hour_that_the_clock_shows_twice_is_told_apart() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 in summer time
    second = first + timedelta(hours=1)  # 02:30 again
    end = first + timedelta(hours=4)
    assert b"DTSTART;TZID=Europe/Berlin:20261025T023000\r\n" in invited(context(first, end)).content
    twice = invited(context(second, end))
    assert b"DTSTART:20261025T013000Z\r\n" in twice.content
    assert b"DTEND:20261025T043000Z\r\n" in twice.content
    assert _start(read(twice)) == second


def test_each_half_of_a_zones_year_begins_on_one_date_alone() -> None:
    content = invited(context()).content
    assert b"RDATE" not in content
    assert b"RRULE" not in content


def _by_its_own_rules(entry: CalendarEntry, name: str) -> datetime:
    """Return a time of the file in UTC by nothing but the zone's rules that the file brings."""
    text = entry.content.decode()
    event = text[text.index("BEGIN:VEVENT") :]
    found = re.search(rf"^{name}(;TZID=[^:]+)?:(\d{{8}}T\d{{6}})(Z?)\r$", event, re.MULTILINE)
    assert found
    wall = datetime.strptime(found[2], "%Y%m%dT%H%M%S")
    if found[3]:
        return wall.replace(tzinfo=UTC)
    observances = re.findall(
        r"BEGIN:(?:STANDARD|DAYLIGHT)\r\nDTSTART:(\S+)\r\n.*?TZOFFSETTO:([+-])(\d\d)(\d\d)",
        text,
        re.DOTALL,
    )
    begun = [each for each in observances if each[0] <= found[2]]
    _, sign, hours, minutes = max(begun)
    offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
    return (wall - offset).replace(tzinfo=UTC)


def test_a_location_without_an_address_has_nobody_to_answer() -> None:
    entry = invited(context(email=None))
    event = read(entry)
    assert entry.method is Method.PUBLISH
    assert "ORGANIZER" not in event
    assert "ATTENDEE" not in event


def test_the_address_of_the_answers_stands_for_one_that_the_location_has_not() -> None:
    entry = invited(context(email=None), reply_to="tours@kayaks.example")
    assert entry.method is Method.REQUEST
    assert read(entry)["ORGANIZER"] == "mailto:tours@kayaks.example"


def test_nobody_invites_themselves() -> None:
    entry = invited(context(email="Ada@example.com"))
    assert entry.method is Method.PUBLISH


def test_a_published_entry_names_no_guest() -> None:
    entry = publication(
        context(status=BookingStatus.CANCELLED, directions="Tram M10"), now=NOW, url=URL
    )
    assert entry is not None
    event = read(entry)
    assert entry.method is Method.PUBLISH
    assert event["STATUS"] == "CANCELLED"
    assert event["DESCRIPTION"] == "Tram M10"
    assert b"Ada" not in entry.content
    assert b"ATTENDEE" not in entry.content


def test_a_long_text_is_cut() -> None:
    event = read(invited(context(), description="日本語 " * 5000))
    assert len(event["DESCRIPTION"]) == MAX_DESCRIPTION
    assert event["DESCRIPTION"].endswith("…")


HOSTILE = 'a"b\r\nATTENDEE:mailto:evil@example.com\r\nx;y,z\\n^n:\x00\x0b\x85\u2028é日😀'


def test_a_value_begins_no_line_of_its_own() -> None:
    about = context(activity=HOSTILE, name=HOSTILE, address=HOSTILE)
    entry = invitation(
        about,
        Guest("ada@example.com", HOSTILE),
        is_cancelled=False,
        description=HOSTILE,
        now=NOW,
    )
    assert entry is not None
    event = read(entry)
    assert event["ATTENDEE"] == "mailto:ada@example.com"
    assert b"\nATTENDEE:mailto:evil" not in entry.content
    assert event["SUMMARY"].endswith("é日😀")
    assert event["DESCRIPTION"].startswith('a"b\nATTENDEE:mailto:evil@example.com\nx;y,z\\n^n:')
    other = read_by_the_other(entry)
    assert other.description.value == event["DESCRIPTION"]
    assert other.summary.value == event["SUMMARY"]


@given(st.text(max_size=190).filter(lambda text: text.isprintable()))
@settings(max_examples=100, deadline=None)
def test_every_text_is_read_as_it_was_written(text: str) -> None:
    entry = invited(context(activity=f"x{text}", name=text), description=text)
    event = read(entry)
    assert event["SUMMARY"] == " ".join(f"x{text}".split())
    assert event.get("DESCRIPTION", "") == text.strip()
    assert read_by_the_other(entry).summary.value == event["SUMMARY"]


@pytest.mark.parametrize("booking_id", ["b-1", "4711", "a.b:c@d_e", "x" * 128])
def test_a_token_is_read_by_its_own_location_and_key_alone(booking_id: str) -> None:
    key = b"k" * 32
    token = make_calendar_token(key, "loc-1", booking_id)
    assert re.fullmatch(r"[A-Za-z0-9._:@-]+", token)
    assert len(token) == len(booking_id) + 23
    assert read_calendar_token(key, "loc-1", token) == booking_id
    assert read_calendar_token(key, "loc-2", token) is None
    assert read_calendar_token(b"j" * 32, "loc-1", token) is None


@pytest.mark.parametrize(
    "token",
    ["", ".", "b-1", "b-1.", "b-1.AAAA", "ä.ö", "b-1.\ud800", "b-2.{mac}", "b-1.{mac}A"],
)
def test_a_made_up_token_is_none(token: str) -> None:
    key = b"k" * 32
    mac = make_calendar_token(key, "loc-1", "b-1").rpartition(".")[2]
    assert read_calendar_token(key, "loc-1", token.format(mac=mac)) is None
