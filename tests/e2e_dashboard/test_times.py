"""Times are those of the location's clocks, wherever its operator sits."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from tests.e2e_dashboard.operator import Operator, poll

BERLIN = ZoneInfo("Europe/Berlin")
RUNS = re.compile(r"/executions\?.*since=")


def test_operator_far_away_reads_the_times_of_the_location(far_desk: Operator) -> None:
    page = far_desk.page
    start = datetime(datetime.now(UTC).year + 1, 6, 12, 16, 30, tzinfo=UTC)
    reminder = start - timedelta(days=1)
    booking_id = far_desk.put_event(
        "booking_created",
        start_time=start.isoformat(),
        end_time=(start + timedelta(hours=2)).isoformat(),
    )
    poll(lambda: far_desk.runs("booking-confirmation", booking_id, "completed"), "the run")
    far_desk.sign_in()

    far_desk.go(f"bookings/{booking_id}")
    day = page.locator("section").filter(
        has=page.get_by_role("heading", name=f"11 June {start.year}")
    )
    planned = day.get_by_role("listitem").filter(has_text="Pre-Visit Reminder").locator("time")
    expect(planned).to_have_text("18:30 CEST")
    title = planned.get_attribute("title") or ""
    assert re.search(
        rf"{reminder:%A},? {reminder:%d %B %Y} at 18:30:00 CEST \(Europe/Berlin\)", title
    )
    assert re.search(rf"{start:%A},? {start:%d %B %Y} at .*4:30:00.* on your own clock", title)

    far_desk.go("workflows/booking-confirmation/executions")
    started = page.get_by_role("row").filter(has_text=booking_id).locator("time")
    shown = datetime.fromisoformat(started.get_attribute("datetime") or "").astimezone(BERLIN)
    expect(started).to_contain_text(f"{shown:%H:%M} {shown:%Z}")


def test_times_that_are_typed_are_those_of_the_location(far_desk: Operator) -> None:
    page = far_desk.page
    booking_id = far_desk.call("GET", "/bookings")["items"][0]["booking"]["id"]
    far_desk.sign_in()
    far_desk.go("workflows/booking-confirmation/simulator")
    page.get_by_label("Booking", exact=True).fill(booking_id)
    page.get_by_label("Stop at").fill("2027-10-31T02:30")
    # The client reads the body before it sends it, and then Chromium reports none.
    page.evaluate(
        "() => { const send = window.fetch; window.fetch = async (request) => {"
        " if (request.url.endsWith('/simulation')) window.sent = await request.clone().text();"
        " return send(request); }; }"
    )
    with page.expect_request(re.compile("/simulation$")):
        page.get_by_role("button", name="Simulate", exact=True).click()
    wish = json.loads(page.evaluate("window.sent"))
    assert wish["until"] == "2027-10-31T00:30:00.000Z"

    far_desk.go("workflows/booking-confirmation/executions")
    with page.expect_request(RUNS) as filtered:
        page.get_by_label("Time", exact=True).select_option(label="Last 7 days")
    (since,) = parse_qs(urlsplit(filtered.value.url).query)["since"]
    midnight = datetime.fromisoformat(since).astimezone(BERLIN)
    assert (midnight.hour, midnight.minute) == (0, 0)
    week = datetime.now(UTC).astimezone(BERLIN).date() - midnight.date()
    assert week in (timedelta(days=7), timedelta(days=8))
