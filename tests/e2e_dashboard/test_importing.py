"""Bookings that exist already come in from a file: 1,000 rows, three of them broken."""

from __future__ import annotations

import csv
import io
import time
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.e2e_dashboard.operator import COLOUR_RULES, Operator, accessibility_problems, poll

ROWS = 1000


def bookings_file(mark: int) -> str:
    """Return an export as a booking system writes it: day first, semicolons, line breaks in notes."""
    start = datetime.now(UTC) + timedelta(days=30)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(
        [
            "Booking ID",
            "Code",
            "State",
            "Datum",
            "Uhrzeit",
            "Product",
            "Name",
            "Email",
            "Pax",
            "Total",
            "Notes",
            "Shop",
        ]
    )
    for number in range(ROWS):
        day = start + timedelta(days=number % 60)
        writer.writerow(
            [
                f"imp-{mark}-{number}",
                f"IMP{mark}{number}",
                ("Bezahlt", "Storniert")[number % 10 == 9],
                f"{day:%d.%m.%Y}",
                "14:30",
                "Sunset tour",
                f"Zoë Guest{number}",
                f"zoe{number}.{mark}@example.com",
                2,
                "1.120,50 €",
                'Two\nlines; and a "quote"',
                "web",
            ]
        )
    lines = text.getvalue()
    for number, good, broken in (
        (10, ";14:30;", ";half two;"),
        (500, "Zoë Guest500;zoe500", f"Zoë Guest500;{'x' * 330}"),
        (999, f"imp-{mark}-999", f"imp-{mark}-3"),
    ):
        at = lines.index(f"imp-{mark}-{number};")
        lines = lines[:at] + lines[at:].replace(good, broken, 1)
    return lines


def test_a_thousand_bookings_with_three_broken_rows(operator: Operator) -> None:
    page = operator.page
    mark = time.time_ns() % 1_000_000
    before = operator.outbox.marker()
    operator.sign_in()
    operator.go("bookings")
    page.get_by_role("button", name="Import").click()
    looks_right(page, "choose")
    page.get_by_label("File of bookings").set_input_files(
        {
            "name": "bookings.csv",
            "mimeType": "text/csv",
            "buffer": bookings_file(mark).encode("cp1252"),
        }
    )
    expect(page.get_by_text("It is read as Windows-1252")).to_be_visible()
    expect(page.get_by_label("Dates are written")).to_have_value("dmy")
    expect(page.get_by_label("Columns are separated by")).to_have_value(";")
    expect(page.get_by_label("“Bezahlt” means")).to_have_value("confirmed")
    first = page.get_by_role("region", name="The first rows")
    expect(first).to_contain_text("Zoë Guest0")
    expect(first).to_contain_text("1120.50 EUR")
    expect(first).to_contain_text("2:30 PM")
    expect(first).to_contain_text("Times without an offset are times of Europe/Berlin")
    looks_right(page, "mapping")
    page.get_by_role("button", name="Check 1,000 rows").click()
    looks_right(page, "check")
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_role("heading", name="997 bookings can be imported")).to_be_visible()
    problems = page.get_by_role("list", name="Rows with problems")
    expect(problems.get_by_role("listitem")).to_have_count(3)
    expect(problems).to_contain_text("Row 12 Start is not a date with a time.")
    expect(problems).to_contain_text("Row 502 E-mail is too long.")
    expect(problems).to_contain_text("Row 1001 Row 5 names the same booking.")
    expect(
        page.get_by_text("Also run Booking Created for 898 visits still to come")
    ).to_be_visible()
    expect(page.get_by_role("checkbox")).not_to_be_checked()
    looks_right(page, "review")
    page.get_by_role("button", name="Import 997 bookings").click()
    expect(page.get_by_text("Imported.")).to_be_visible(timeout=180_000)
    expect(page.get_by_text("997 new bookings")).to_be_visible()
    looks_right(page, "done")
    expect(page.get_by_text("3 rows left out as they could not be read")).to_be_visible()
    page.get_by_role("link", name="All imports").click()
    expect(page.get_by_role("region", name="Earlier imports")).to_contain_text("997 of 997")
    page.get_by_role("link", name="Bookings", exact=True).last.click()
    page.get_by_role("searchbox", name="Search bookings").fill(f"imp{mark}7")
    expect(page.get_by_text("Zoë Guest7", exact=True)).to_be_visible()
    page.get_by_role("link", name=f"IMP{mark}7", exact=True).click()
    expect(page.get_by_role("listitem").filter(has_text="Planned").first).to_be_visible()
    assert not operator.runs("booking-confirmation", f"imp-{mark}-7")
    # The booking system sends its event once more: it is no news.
    operator.put_event("booking_created", booking_id=f"imp-{mark}-7")
    later = operator.put_event("booking_created")
    poll(lambda: operator.runs("booking-confirmation", later), "the run of a later event")
    assert not operator.runs("booking-confirmation", f"imp-{mark}-7")
    assert not [each for each in operator.outbox.emails(before) if f".{mark}@" in str(each)]


def looks_right(page: Page, name: str) -> None:
    """Look at the page in both themes and on a phone."""
    expect(page.locator(".spinner, .skeleton")).to_have_count(0)
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{name} is {wide} px wider than {width}"
        assert not accessibility_problems(page, COLOUR_RULES if theme == "dark" else ()), (
            name,
            theme,
        )
    page.set_viewport_size({"width": 1440, "height": 900})
