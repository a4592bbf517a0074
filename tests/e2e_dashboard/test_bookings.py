"""Bookings: found by what people know of them, reported day by day, and their guests erased."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e_dashboard.operator import Operator, poll


def test_booking_is_found_by_its_code_and_by_its_customer(operator: Operator) -> None:
    page = operator.page
    mark = time.time_ns() % 1_000_000_000
    code, name = f"KAY-{mark}", f"Curie{mark}"
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=9)
    booking_id = operator.put_event(
        "booking_created",
        customer={"id": f"cus-{mark}", "first_name": "Marie", "last_name": name},
        booking={"confirmation_code": code},
        start_time=start.isoformat(),
        end_time=(start + timedelta(hours=2)).isoformat(),
    )
    poll(lambda: operator.runs("booking-confirmation", booking_id, "completed"), "the run")
    operator.sign_in()
    operator.go("bookings")
    search = page.get_by_label("Search bookings")
    rows = page.get_by_role("row").filter(has=page.get_by_role("cell"))
    for text in (code.lower(), f"marie {name}"):
        search.fill(text)
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text(f"Marie {name}")
    search.press("Enter")
    expect(page.get_by_role("heading", name=code)).to_be_visible()
    facts = page.locator(".booking-facts")
    for fact in (f"Marie {name}", "Sunset Kayak Tour", booking_id):
        expect(facts).to_contain_text(fact)
    days = page.locator(".day")
    expect(days.first).to_contain_text("today")
    expect(days.first.get_by_role("listitem").first).to_contain_text("Send the confirmation")
    planned = days.get_by_role("listitem").filter(has_text="Planned")
    expect(planned.get_by_role("link", name="Pre-Visit Reminder")).to_be_visible()


def test_booking_of_the_past_is_found_by_its_id(operator: Operator) -> None:
    page = operator.page
    booking_id = operator.put_event(
        "booking_created",
        start_time="2024-06-12T16:30:00+00:00",
        end_time="2024-06-12T18:30:00+00:00",
    )
    poll(lambda: operator.runs("booking-confirmation", booking_id), "the run")
    operator.sign_in()
    operator.go("bookings")
    search = page.get_by_label("Search bookings")
    search.fill(f"no {booking_id}")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    search.fill(booking_id)
    search.press("Enter")
    expect(page.locator(".booking-facts")).to_contain_text(booking_id)


def test_admin_exports_and_erases_a_guest(operator: Operator) -> None:
    page = operator.page
    mark = time.time_ns() % 1_000_000_000
    code, name = f"KAY-{mark}", f"Curie{mark}"
    customer = {"id": f"cus-{mark}", "first_name": "Marie", "last_name": name}
    booking_id = operator.put_event(
        "booking_created", customer=customer, booking={"confirmation_code": code}
    )
    poll(lambda: operator.runs("booking-confirmation", booking_id, "completed"), "the run")
    operator.sign_in()
    operator.go(f"bookings/{booking_id}")
    guest = page.get_by_role("button", name="Guest", exact=True)
    guest.click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Export data").click()
    exported = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert exported["customer"]["last_name"] == name
    assert exported["bookings"][0]["booking"]["confirmation_code"] == code
    assert exported["bookings"][0]["executions"]

    guest.click()
    page.get_by_role("menuitem", name="Erase guest").click()
    dialog = page.get_by_role("dialog", name=f"Erase Marie {name}?")
    expect(dialog.get_by_role("heading", name="What is erased")).to_be_visible()
    expect(dialog.get_by_role("heading", name="What stays")).to_be_visible()
    erase = dialog.get_by_role("button", name="Erase guest")
    expect(erase).to_be_disabled()
    typed = dialog.get_by_label("To confirm, enter the booking's code")
    typed.fill("KAY-1")
    expect(erase).to_be_disabled()
    operator.expect_looks_right("erase")
    typed.fill(code.lower())
    erase.click()
    progress = page.get_by_role("dialog", name="Erasing the guest")
    expect(progress.get_by_text("The guest is erased.")).to_be_visible(timeout=60_000)
    expect(progress).to_contain_text("1 booking")
    backups = progress.get_by_role("listitem").filter(has_text="Point-in-time backups")
    expect(backups).to_contain_text("Deleted by")
    operator.expect_looks_right("erased")
    progress.get_by_role("button", name="Close").last.click()
    expect(page.get_by_text("The guest of this booking was erased.")).to_be_visible()
    expect(page.get_by_role("heading", name=booking_id)).to_be_visible()
    expect(page.locator("#main")).not_to_contain_text(name)
    expect(guest).to_have_count(0)


def test_only_admins_see_what_is_done_with_a_guest(operator: Operator) -> None:
    booking_id = operator.put_event("booking_created")
    poll(lambda: operator.runs("booking-confirmation", booking_id), "the run")
    operator.sign_in("editor")
    operator.go(f"bookings/{booking_id}")
    expect(operator.page.locator(".booking-facts")).to_contain_text(booking_id)
    expect(operator.page.get_by_role("button", name="Guest", exact=True)).to_have_count(0)
