"""The booking as a calendar entry (iCalendar, RFC 5545 and RFC 5546), for an e-mail or a page."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.shared.addresses import usable_email

if TYPE_CHECKING:
    from icalendar import vCalAddress

    from bookflow.domain.bookings.records import Booking, BookingContext, Location

MAX_DESCRIPTION = 8000
"""Longest description in characters: a guest's calendar is no archive of long e-mails."""

TRIAL_MARK = "[Test] "
"""Begins the title of an entry that belongs to no booking."""

_TRIAL = "trial\x1f"
"""Before a booking's id in the id of such an entry; no booking's id has the separator."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What a TEXT may not hold (RFC 5545, section 3.3.11); the breaks of lines are read before."""

_LINE_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")

_STATUSES = {BookingStatus.CANCELLED: "CANCELLED", BookingStatus.PENDING: "TENTATIVE"}


class Method(StrEnum):
    """What a calendar is to do with the entry (RFC 5546, section 1.4)."""

    REQUEST = "REQUEST"
    """Add it, or bring it to what it says now."""

    CANCEL = "CANCEL"
    """Take it out."""

    PUBLISH = "PUBLISH"
    """Show it; there is nobody to answer."""


@dataclass(frozen=True)
class CalendarEntry:
    """An iCalendar file.

    Attributes:
        content: The file: UTF-8, lines of 75 octets at most that end with CR LF.
    """

    method: Method
    content: bytes


@dataclass(frozen=True)
class Guest:
    """Who comes, as the calendar knows them."""

    address: str
    name: str = ""


def invitation(
    context: BookingContext,
    guest: Guest,
    *,
    is_cancelled: bool,
    description: str,
    now: datetime,
    reply_to: str | None = None,
    url: str | None = None,
) -> CalendarEntry | None:
    """Return the entry that an e-mail to a guest carries; None for a booking without a start.

    The guest has accepted, and no answer is asked for: a booking is made, and nobody at the desk
    reads what calendars answer. A location without an address has no organizer to name, without
    whom there is no request (RFC 5546, section 3.2.2): then the entry is published.

    Args:
        context: The booking and what surrounds it, as it stands.
        guest: Whom the e-mail goes to.
        is_cancelled: Whether the e-mail is about a cancellation, also where the booking is not
            known to be cancelled.
        description: Text of the e-mail.
        now: The present moment.
        reply_to: Where answers to the e-mail go, for a location without an address.
        url: Where the entry is kept up to date.
    """
    is_cancelled = is_cancelled or _is_cancelled(context.booking)
    organizer = usable_email(context.location.email) or usable_email(reply_to)
    if organizer is None or organizer.lower() == guest.address.lower():
        method = Method.PUBLISH
    else:
        method = Method.CANCEL if is_cancelled else Method.REQUEST
    return _entry(
        context,
        method,
        status="CANCELLED" if is_cancelled else _status(context.booking),
        description=description,
        organizer=organizer,
        guest=None if method is Method.PUBLISH else guest,
        now=now,
        url=url,
    )


def publication(context: BookingContext, *, now: datetime, url: str) -> CalendarEntry | None:
    """Return the entry for everybody who has its address: it names no guest.

    None for a booking without a start.
    """
    return _entry(
        context,
        Method.PUBLISH,
        status=_status(context.booking),
        description=context.location.directions,
        organizer=usable_email(context.location.email),
        guest=None,
        now=now,
        url=url,
    )


def trial(
    context: BookingContext, *, is_cancelled: bool, description: str, now: datetime
) -> CalendarEntry | None:
    """Return the entry of a test of a template; None for a booking without a start.

    It has an id of its own and no guest, and is only published: no calendar takes it for the
    booking's entry, nor adds it or takes it out by itself.

    Args:
        context: The booking that the template is tried out for.
        is_cancelled: Whether the guest's entry would be taken out.
        description: Text of the e-mail.
        now: The present moment.
    """
    is_cancelled = is_cancelled or _is_cancelled(context.booking)
    return _entry(
        context,
        Method.PUBLISH,
        status="CANCELLED" if is_cancelled else _status(context.booking),
        description=description,
        organizer=usable_email(context.location.email),
        guest=None,
        now=now,
        url=None,
        is_trial=True,
    )


def entry_uid(location_id: str, booking_id: str) -> str:
    """Return what all entries of a booking have in common, and those of no other booking."""
    text = f"calendar\x1f{location_id}\x1f{booking_id}"
    return f"{hashlib.sha256(text.encode()).hexdigest()[:32]}@bookflow"


def _entry(
    context: BookingContext,
    method: Method,
    *,
    status: str,
    description: str,
    organizer: str | None,
    guest: Guest | None,
    now: datetime,
    url: str | None,
    is_trial: bool = False,
) -> CalendarEntry | None:
    booking, location = context.booking, context.location
    if booking is None or booking.start_time is None:
        return None
    # Here and not above: it costs a third of a second, and few messages carry an entry.
    from icalendar import Calendar, Event

    start, end = _times(booking.start_time, booking.end_time, location)
    event = Event()
    event.add("uid", entry_uid(location.id, f"{_TRIAL if is_trial else ''}{booking.id}"))
    event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    event.add("sequence", context.calendar_sequence)
    event.add("status", status)
    event.add("dtstart", start)
    if end is not None:
        event.add("dtend", end)
    name = _line(context.activity.name if context.activity else "") or _line(location.name)
    event.add("summary", f"{TRIAL_MARK if is_trial else ''}{name or 'Booking'}")
    if place := _line(", ".join(location.address.splitlines())) or _line(location.name):
        event.add("location", place)
    if text := _text(description):
        event.add("description", text)
    if url:
        event.add("url", url)
    if organizer:
        event.add("organizer", _person(organizer, location.name), encode=False)
    if guest is not None:
        attendee = _person(guest.address, guest.name)
        attendee.params |= {
            "CUTYPE": "INDIVIDUAL",
            "ROLE": "REQ-PARTICIPANT",
            "PARTSTAT": "ACCEPTED",
            "RSVP": "FALSE",
        }
        event.add("attendee", attendee, encode=False)
    calendar = Calendar()
    calendar.add("prodid", "-//Bookflow//Bookings//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method.value)
    calendar.add_component(event)
    # Whole years: Outlook reads one beginning of each half of a zone's year and no list of dates
    # ([MS-OXCICAL], section 2.1.3.1.1.19.2.1).
    last = (end or start).year
    calendar.add_missing_timezones(date(start.year, 1, 1), date(last + 1, 1, 1))
    return CalendarEntry(method, calendar.to_ical())


def _times(
    start: datetime, end: datetime | None, location: Location
) -> tuple[datetime, datetime | None]:
    """Return a visit's times in the location's zone.

    An hour that the clock shows twice is the first one in a calendar (RFC 5545, section 3.3.5): a
    visit in the second one is written in UTC. An end that is not after the start is no end: without
    one an entry has no length.
    """
    zone = ZoneInfo(location.timezone)
    times = [
        moment.astimezone(UTC).replace(microsecond=0).astimezone(zone)
        for moment in (start, end)
        if moment is not None
    ]
    if any(moment.utcoffset() != moment.replace(fold=0).utcoffset() for moment in times):
        times = [moment.astimezone(UTC) for moment in times]
    if len(times) > 1 and times[1].astimezone(UTC) > times[0].astimezone(UTC):
        return times[0], times[1]
    return times[0], None


def _is_cancelled(booking: Booking | None) -> bool:
    return booking is not None and booking.status is BookingStatus.CANCELLED


def _status(booking: Booking | None) -> str:
    known = booking.status if booking else None
    return _STATUSES.get(known, "CONFIRMED") if known else "CONFIRMED"


def _person(address: str, name: str) -> vCalAddress:
    from icalendar import vCalAddress

    person = vCalAddress(f"mailto:{address}")
    # Many calendars do not know how RFC 6868 writes a quotation mark.
    if shown := _line(name).replace('"', "'").replace("^", ""):
        person.params["CN"] = shown
    return person


def _line(text: str) -> str:
    return " ".join(_CONTROLS.sub(" ", text).split())


def _text(text: str) -> str:
    plain = _CONTROLS.sub("", _LINE_BREAKS.sub("\n", text)).strip()
    return plain if len(plain) <= MAX_DESCRIPTION else plain[: MAX_DESCRIPTION - 1] + "…"
