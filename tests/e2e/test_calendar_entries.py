"""A guest's calendar over the life of a booking, as the e-mails and the link bring it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from icalendar import Calendar

from local.outbox import Email
from tests.e2e.location import OwnLocation

TEMPLATES = {
    "Booking Created": "booking-confirmation",
    "Booking Rescheduled": "booking-reschedule",
    "Booking Cancelled": "booking-cancellation",
}


def entry(email: Email) -> tuple[str, Any]:
    """Return the method and the event of an e-mail's calendar part, which its file repeats."""
    calendar, file = email.attachments
    assert file.filename == "booking.ics"
    assert file.text == calendar.text
    (event,) = Calendar.from_ical(calendar.text).walk("VEVENT")
    method = calendar.content_type.partition("method=")[2].strip('"')
    return method, event


def test_a_confirmation_two_moves_and_a_cancellation_are_one_entry_that_moves_and_goes(
    place: OwnLocation,
) -> None:
    for event, template in TEMPLATES.items():
        node = {"type": "send_template", "config": {"template": template}}
        place.workflow(template, {"event": event}, {"mail": node}, "trigger>mail")
    note = {"type": "add_booking_note", "config": {"note": "At {{ booking.calendar_url }}"}}
    place.workflow("link", {"event": "Booking Created"}, {"note": note}, "trigger>note")

    created = place.created()
    start = datetime.fromisoformat(str(created["detail"]["start_time"]))
    end = datetime.fromisoformat(str(created["detail"]["end_time"]))
    place.run(created, "booking-confirmation")
    old, times = start, [start]
    for days in (1, 3):
        new = start + timedelta(days=days)
        moved = place.envelope(
            "Booking Rescheduled",
            customer=created["detail"]["customer"],
            old_start_time=old.isoformat(),
            old_end_time=(end - start + old).isoformat(),
            new_start_time=new.isoformat(),
            new_end_time=(end - start + new).isoformat(),
            rescheduled_by="customer",
        )
        place.run(moved, "booking-reschedule")
        times.append(new)
        old = new
    place.ended(created["detail"]["event_id"], "link")
    (text,) = place.notes()
    link = text.partition("At ")[2]
    now = httpx.get(link, trust_env=False)
    assert now.headers["content-type"].startswith("text/calendar")
    (published,) = Calendar.from_ical(now.text).walk("VEVENT")
    assert published["DTSTART"].dt.astimezone(UTC) == times[-1].astimezone(UTC)

    cancelled = place.envelope(
        "Booking Cancelled",
        customer=created["detail"]["customer"],
        cancelled_by="customer",
        cancelled_at=place.services.clock.now().isoformat(),
    )
    place.run(cancelled, "booking-cancellation")
    found = [entry(email) for email in place.emails()]
    assert [method for method, _ in found] == ["REQUEST", "REQUEST", "REQUEST", "CANCEL"]
    assert [event["SEQUENCE"] for _, event in found] == [0, 1, 2, 3]
    assert len({str(event["UID"]) for _, event in found} | {str(published["UID"])}) == 1
    shown = [event["DTSTART"].dt.astimezone(UTC) for _, event in found]
    assert shown == [time.astimezone(UTC) for time in (*times, times[-1])]
    (gone,) = Calendar.from_ical(httpx.get(link, trust_env=False).text).walk("VEVENT")
    assert (gone["STATUS"], gone["SEQUENCE"]) == ("CANCELLED", 3)
