"""Messages as sent: read in the timeline and at the step, sealed against what guests wrote, and tests."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from local.stack import LocalStack
from tests.e2e_dashboard.operator import Operator, accessibility_problems, poll

EVIL = "evil.example"
HOSTILE = f"""<!-- <head> --><html><head><title>x</title>
<meta http-equiv="refresh" content="0;url=https://{EVIL}/refresh">
<link rel="stylesheet" href="https://{EVIL}/style.css">
<style>@import url(https://{EVIL}/import.css); body {{ background: url(https://{EVIL}/css.png) }}
@font-face {{ font-family: f; src: url(https://{EVIL}/font.woff) }} p {{ font-family: f }}</style>
<script src="https://{EVIL}/script.js"></script></head>
<body onload="top.hacked = 1"><p>Dear <b>Eve</b></p>
<script>top.hacked = 1; parent.hacked = 1; fetch('https://{EVIL}/fetch')</script>
<img src="https://{EVIL}/pixel.png" onerror="top.hacked = 1">
<svg onload="top.hacked = 1"><image href="https://{EVIL}/svg.png"></image></svg>
<iframe src="https://{EVIL}/frame"></iframe><object data="https://{EVIL}/object"></object>
<video src="https://{EVIL}/video" autoplay></video><audio src="https://{EVIL}/audio" autoplay></audio>
<a id="link" href="https://{EVIL}/link" target="_self" style="pointer-events: auto">Click</a>
<form action="https://{EVIL}/form"><button id="send">Send</button></form></body></html>"""


def booked(operator: Operator, **guest: Any) -> str:
    """Let a guest book, and wait for the confirmation; return the booking."""
    customer = {"id": f"cus-{time.time_ns()}", "first_name": "Marie", "last_name": "Curie", **guest}
    booking_id = operator.put_event("booking_created", customer=customer)
    poll(lambda: operator.runs("booking-confirmation", booking_id, "completed"), "the execution")
    return booking_id


def opened(page: Page) -> Locator:
    """Open the confirmation to the guest in the list that is shown; return its dialog."""
    page.get_by_role("button", name="E-mail “Booking confirmation” to m…@example.com").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Subject")).to_be_visible()
    return dialog


def test_sent_message_is_read_in_the_timeline_and_at_its_step(operator: Operator) -> None:
    page = operator.page
    booking_id = booked(operator, email="marie@example.com", first_name="Märie <b>&")
    operator.sign_in()
    operator.go(f"bookings/{booking_id}")
    entry = page.get_by_role("listitem").filter(has_text="Send the confirmation").first
    expect(entry.get_by_role("listitem").first).to_contain_text("Sent")
    dialog = opened(page)
    mail = dialog.frame_locator("iframe")
    expect(mail.locator("body")).to_contain_text("Märie <b>&")
    assert accessibility_problems(page) == []
    dialog.get_by_role("radio", name="Plain text").check(force=True)
    expect(dialog.get_by_role("region", name="Text of the message")).to_contain_text("Märie <b>&")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator(".timeline").get_by_text("[Workflow] Confirmed by e-mail")).to_be_visible()

    operator.open("booking-confirmation")
    operator.open_run(booking_id)
    operator.node("Send the confirmation").click()
    expect(page.get_by_role("heading", name="Messages")).to_be_visible()
    expect(opened(page).frame_locator("iframe").locator("body")).to_contain_text("Märie <b>&")


@pytest.mark.noise("^console: ", "^failed ")
def test_hostile_text_of_a_message_runs_nothing_and_loads_nothing(operator: Operator) -> None:
    page = operator.page
    booking_id = booked(operator, email="marie@example.com")
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    # The browser names requests that the page's policy keeps back too; here come those that leave it.
    page.context.route(f"https://{EVIL}/**", refuse)

    def spoil(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=json.dumps({**answer.json(), "html": HOSTILE}))

    page.route("**/executions/*/messages/*", spoil)
    operator.sign_in()
    operator.go(f"bookings/{booking_id}")
    dialog = opened(page)
    mail = dialog.frame_locator("iframe")
    expect(mail.get_by_text("Dear Eve")).to_be_visible()
    mail.locator("#send").click()
    expect(mail.get_by_text("Dear Eve")).to_be_visible()
    # A link that has itself followed leads the frame nowhere: the page's own policy forbids it.
    mail.locator("#link").click()
    expect(mail.get_by_text("Dear Eve")).to_have_count(0)
    assert page.evaluate("window.hacked") is None
    assert len(page.context.pages) == 1
    assert asked == []


def test_test_of_a_step_goes_to_the_operator_alone(operator: Operator, stack: LocalStack) -> None:
    page = operator.page
    before = stack.outbox.marker()
    operator.sign_in("editor")
    operator.open("booking-confirmation")
    operator.node("Send the confirmation").click()
    page.get_by_role("button", name="Send test").click()
    dialog = page.get_by_role("dialog", name="Send test: Booking confirmation")
    assert accessibility_problems(page) == []
    dialog.get_by_role("button", name="Send test").click()
    toast = "Sent a test to editor@spree-kayaks.example.com, with a calendar entry that is marked"
    expect(page.get_by_text(toast)).to_be_visible()
    expect(dialog).to_have_count(0)
    tests = [mail for mail in stack.outbox.emails(before) if mail.subject.startswith("[Test] ")]
    assert [mail.to for mail in tests] == [("editor@spree-kayaks.example.com",)]
