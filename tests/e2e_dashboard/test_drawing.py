"""NumberedGraph a workflow by mouse, publishing it, seeing it run, fail and go on."""

from __future__ import annotations

import json
import re
import time

import pytest
from playwright.sync_api import expect

from local.outbox import Outbox
from local.stack import LocalStack
from tests.e2e_dashboard.desk import Desk, chain, step

ANSWER_AFTER_SECONDS = 4.0
"""Long enough for the page to be open while the webhook waits for its answer."""


@pytest.fixture
def outbox(stack: LocalStack) -> Outbox:
    return stack.outbox


def test_cancellation_workflow_is_drawn_published_and_seen_running(
    desk: Desk, outbox: Outbox
) -> None:
    page = desk.page
    mark = time.time_ns()
    path = f"/hooks/drawn-{mark}"
    desk.sign_in()
    page.get_by_role("button", name="Add Workflow").click()
    page.get_by_role("button", name="Blank workflow").click()
    page.get_by_label("Name of the workflow").fill("Cancellation Notification drawn by hand")

    desk.drag_from_palette("Booking Cancelled", 420, 160)
    desk.drag_from_palette("Send template", 240, 420)
    page.get_by_label("Template").select_option("booking-cancellation")
    expect(page.get_by_label("Recipient type")).to_have_value("customer")
    desk.drag_from_palette("Webhook", 520, 420)
    page.get_by_label("Address").fill(f"{desk.receiver_url}{path}")
    expect(page.get_by_label("Method")).to_have_value("POST")
    page.get_by_role("button", name="Add header").click()
    page.get_by_label("Header name").fill("X-Desk")
    page.get_by_label("Value of X-Desk").fill("{{ event.cancelled_by }}")
    page.get_by_label("Body").fill(
        '{"booking": "{{ event.booking_id }}", "cancellation": {{ eventData }}}'
    )
    expect(page.locator(".react-flow__edge")).to_have_count(0)
    desk.connect("Booking Cancelled", "Send template")
    desk.connect("Booking Cancelled", "Webhook")
    expect(page.locator(".react-flow__edge")).to_have_count(2)
    page.locator(".react-flow__pane").click(position={"x": 20, "y": 300})
    expect(page.get_by_text("Ready to publish")).to_be_visible()
    desk.expect_saved()
    desk.publish()

    desk.answer_next(path, 200, after_seconds=ANSWER_AFTER_SECONDS)
    address = f"ada-{mark}@example.com"
    customer = {"id": f"cus-{mark}", "first_name": "Ada", "last_name": "Lovelace"}
    booking_id = desk.put_event(
        "booking_cancelled", customer={**customer, "email": address, "locale": "en-GB"}
    )
    run = desk.open_run(booking_id)
    expect(desk.standing("Webhook", "running")).to_be_visible()
    expect(run.get_by_text("Running", exact=True).first).to_be_visible()
    expect(desk.standing("Webhook", "completed")).to_be_visible()
    expect(desk.standing("Send template", "completed")).to_be_visible()
    expect(page.locator(".step-edge--taken")).to_have_count(2)
    expect(run.get_by_text("Completed", exact=True).first).to_be_visible()

    (request,) = desk.requests(path)
    body = json.loads(request["body"])
    assert body["booking"] == booking_id
    assert body["cancellation"]["reason"] == "Fell ill"
    assert body["cancellation"]["customer"]["email"] == address
    assert request["headers"]["x-desk"] == "customer"
    assert [mail.subject for mail in outbox.emails() if address in mail.to]


def test_failed_webhook_is_shown_mended_and_resumed(desk: Desk, outbox: Outbox) -> None:
    page = desk.page
    mark = time.time_ns()
    wrong, path = f"/hooks/wrong-{mark}", f"/hooks/mended-{mark}"
    address = f"desk-{mark}@example.com"
    mail = {"template": "booking-cancellation", "recipient_type": "custom"}
    drawing = chain(
        "Booking Cancelled",
        step("mail", "send_template", "Tell the desk", 1, **mail, custom_recipient=address),
        step("crm", "webhook", "Tell the CRM", 2, url=f"{desk.receiver_url}{wrong}"),
    )
    workflow_id = desk.make("Mended by hand", drawing)
    desk.start(workflow_id)
    desk.sign_in()
    desk.open(workflow_id)

    desk.answer_next(wrong, 410)
    booking_id = desk.put_event("booking_cancelled")
    run = desk.open_run(booking_id)
    expect(desk.standing("Tell the CRM", "failed")).to_be_visible()
    expect(desk.standing("Tell the desk", "completed")).to_be_visible()
    desk.node("Tell the CRM").click()
    expect(run.get_by_text(re.compile("The receiver answered with status 410"))).to_be_visible()
    assert len([mail for mail in outbox.emails() if address in mail.to]) == 1

    page.get_by_role("link", name="Editor").click()
    desk.node("Tell the CRM").click()
    expect(page.get_by_label("Address")).to_have_value(f"{desk.receiver_url}{wrong}")
    page.get_by_label("Address").fill(f"{desk.receiver_url}{path}")
    page.get_by_role("button", name="Publish", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("listitem").filter(has_text=wrong)).to_contain_text(path)
    dialog.get_by_role("button", name="Publish version 2").click()
    expect(page.get_by_text("Published version 2.")).to_be_visible()

    run = desk.open_run(booking_id)
    expect(run.get_by_role("button", name="Resume on version 1")).to_be_visible()
    run.get_by_role("button", name="Resume", exact=True).click()
    expect(run.get_by_text("Resumed from")).to_be_visible()
    expect(run.get_by_text("Completed", exact=True).first).to_be_visible()
    expect(desk.standing("Tell the CRM", "completed")).to_be_visible()
    assert [len(desk.requests(each)) for each in (wrong, path)] == [1, 1]
    (resumed,) = desk.runs(workflow_id, booking_id, "completed")
    assert resumed["version"] == 2
    assert len([mail for mail in outbox.emails() if address in mail.to]) == 1
