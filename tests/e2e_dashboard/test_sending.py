"""Storm tomorrow: an operator writes to everybody of a departure, once each."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from tests.e2e_dashboard.operator import Operator, chain, poll, step

BOOKINGS = 40


def test_storm_message_to_40_bookings_of_a_departure(operator: Operator) -> None:
    page = operator.page
    mark = time.time_ns() % 1_000_000_000
    tomorrow = datetime.now(ZoneInfo("Europe/Berlin")).date() + timedelta(days=1)
    start = datetime(tomorrow.year, tomorrow.month, tomorrow.day, 13, mark % 60, tzinfo=UTC)
    operator.state_bookings(
        [
            {
                "booking": {
                    "id": f"bk-{mark}-{number}",
                    "status": "confirmed",
                    "start_time": start.isoformat(),
                    "end_time": (start + timedelta(hours=2)).isoformat(),
                    "party_size": 2,
                    "customer_id": f"cus-{mark}-{number}",
                    "activity_id": f"act-{mark}",
                },
                "customer": {
                    "id": f"cus-{mark}-{number}",
                    "first_name": f"Guest {number}",
                    "last_name": "Curie",
                    "email": f"guest{number}.{mark}@example.com",
                },
                "activity": {"id": f"act-{mark}", "name": f"Storm tour {mark}"},
            }
            for number in range(BOOKINGS)
        ]
    )
    before = operator.outbox.marker()
    operator.sign_in()
    operator.go("bookings")
    begun = time.monotonic()
    page.get_by_role("button", name="Send to guests").click()
    dialog = page.get_by_role("dialog")
    departures = dialog.get_by_label("Departure")
    expect(departures).to_contain_text(f"Storm tour {mark} · 40 bookings")
    departures.select_option(label=departures.get_by_text(f"Storm tour {mark}").inner_text())
    dialog.get_by_label("Subject").fill(f"Storm tomorrow {mark}")
    text = dialog.get_by_label("Message", exact=True)
    text.press("End")
    text.fill(
        f"Dear {{{{ customer.first_name | default('guest') }}}},\n\nno tour: a storm comes. {mark}"
    )
    operator.expect_looks_right("sending")
    dialog.get_by_role("button", name="Preview").click()
    expect(dialog).to_contain_text("Dear Guest 0,")
    expect(dialog).to_contain_text("Guest 0 Curie, Guest 1 Curie")
    operator.expect_looks_right("preview-of-sending")
    dialog.get_by_role("button", name=f"Send to {BOOKINGS} bookings").click()
    expect(dialog).to_contain_text(f"Started for {BOOKINGS} bookings.", timeout=60_000)
    assert time.monotonic() - begun < 60
    operator.expect_looks_right("sent")
    poll(
        lambda: (
            sum(f".{mark}@" in str(each) for each in operator.outbox.emails(before)) >= BOOKINGS
        ),
        "forty messages",
    )
    sent = [str(each) for each in operator.outbox.emails(before) if f".{mark}@" in str(each)]
    assert len(sent) == BOOKINGS
    dialog.get_by_role("link", name="See what became of each message").click()
    expect(page.get_by_text(f"Storm tomorrow {mark}").first).to_be_visible()

    # The same again reaches nobody but who is left.
    operator.go("bookings")
    page.get_by_role("button", name="Send to guests").click()
    departures.select_option(label=departures.get_by_text(f"Storm tour {mark}").inner_text())
    dialog.get_by_text("Start a workflow").click()
    workflow = dialog.get_by_label("Workflow", exact=True)
    workflow.select_option(label=f"Storm tomorrow {mark} · Started by hand")
    dialog.get_by_role("button", name="Preview").click()
    expect(dialog).to_contain_text("40 bookings got this")
    expect(dialog).to_contain_text("Nobody is left.")
    expect(dialog.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    dialog.get_by_text("Send again to everybody (40)").click()
    expect(dialog.get_by_role("button", name="Send to 40 bookings")).to_be_enabled()


def test_planned_reminder_is_skipped_taken_back_and_sent_now(operator: Operator) -> None:
    page = operator.page
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=9)
    mark = time.time_ns() % 1_000_000_000
    booking_id = operator.put_event(
        "booking_created",
        customer={"id": f"cus-{mark}", "first_name": "Ada", "email": f"ada.{mark}@example.com"},
        start_time=start.isoformat(),
        end_time=(start + timedelta(hours=2)).isoformat(),
    )
    poll(lambda: operator.runs("booking-confirmation", booking_id, "completed"), "the run")
    operator.sign_in()
    operator.go(f"bookings/{booking_id}")
    # Of one workflow: others of the location may have planned for the booking as well.
    planned = (
        page.get_by_role("listitem")
        .filter(has_text="Planned")
        .filter(has_text="Pre-Visit Reminder")
    )
    planned.get_by_role("button", name="Skip: Pre-Visit Reminder").click()
    expect(planned).to_contain_text("It is skipped by hand")
    operator.expect_looks_right("skipped")
    planned.get_by_role("button", name="Take back: Pre-Visit Reminder").click()
    expect(planned).not_to_contain_text("It is skipped by hand")

    reminders = page.get_by_role("switch", name="Reminders")
    page.get_by_text("Reminders", exact=True).click()
    expect(reminders).not_to_be_checked()
    expect(planned).to_contain_text("Reminders are turned off for this booking")
    page.get_by_text("Reminders", exact=True).click()
    expect(reminders).to_be_checked()

    planned.get_by_role("button", name="Send now: Pre-Visit Reminder").click()
    page.get_by_role("dialog").get_by_role("button", name="Send now").click()
    expect(planned).to_have_count(0)
    poll(lambda: operator.runs("pre-visit-reminder", booking_id, "completed"), "the reminder")


def test_waiting_executions_move_to_a_new_version(operator: Operator) -> None:
    page = operator.page
    graph = chain(
        "Booking Created",
        step("wait", "delay", "Wait a day", 1, value=30, unit="days"),
        step("note", "add_booking_note", "Leave a note", 2, note="Later"),
    )
    workflow_id = operator.make(f"Moves {time.time_ns()}", graph)
    operator.start(workflow_id)
    booking_id = operator.put_event("booking_created")
    poll(lambda: operator.runs(workflow_id, booking_id, "waiting"), "the wait")
    operator.start(workflow_id, enabled=False)
    operator.sign_in()
    operator.open(workflow_id, "executions")
    expect(page.get_by_text("1 execution waits on an older version.")).to_be_visible()
    page.get_by_role("button", name="Move to version 2").click()
    page.get_by_role("dialog").get_by_role("button", name="Move").click()
    expect(page.get_by_text("Moved 1 execution to version 2.")).to_be_visible()
    (moved,) = poll(lambda: operator.runs(workflow_id, booking_id, "waiting"), "the wait")
    assert moved["version"] == 2
    assert moved["resumed_from"]
