"""Drawing a workflow, publishing it, and seeing it run."""

from __future__ import annotations

import re
import time
from typing import Any

from playwright.sync_api import expect

from tests.e2e_dashboard.desk import Desk, poll


def test_cancellation_workflow_is_drawn_published_and_seen_running(desk: Desk) -> None:
    page = desk.page
    path = f"/hooks/drawn-{time.time_ns()}"
    desk.sign_in()
    page.get_by_role("button", name="Add Workflow").click()
    page.get_by_role("button", name="Blank workflow").click()
    page.get_by_label("Name of the workflow").fill("Cancellation Notification drawn by hand")

    page.get_by_role("button", name="Booking Cancelled A booking was cancelled.").click()
    desk.drag_from_palette("Send template", 160, 560)
    page.get_by_label("Template").select_option("booking-cancellation")
    desk.drag_from_palette("Webhook", 480, 560)
    page.get_by_label("URL").fill(f"{desk.receiver_url}{path}")
    page.get_by_label("Body").fill(
        '{"booking": "{{ event.booking_id }}", "event": {{ eventData }}}'
    )
    desk.connect("Booking Cancelled", "Send template")
    desk.connect("Booking Cancelled", "Webhook")
    expect(page.locator(".react-flow__edge")).to_have_count(2)
    page.locator(".react-flow__pane").click(position={"x": 20, "y": 300})
    expect(page.get_by_text("Ready to publish")).to_be_visible()
    desk.expect_saved()
    desk.publish()

    booking_id = desk.put_event("booking_cancelled")
    page.get_by_role("link", name="Executions").click()
    row = page.get_by_role("row").filter(has_text=booking_id)
    row.get_by_role("link").click()
    expect(
        page.get_by_label("Execution", exact=True).get_by_text("Completed", exact=True).first
    ).to_be_visible(timeout=60_000)
    for name in ("Send template", "Webhook"):
        expect(desk.node(name).locator(".step")).to_have_class(re.compile("step--completed"))
    (request,) = poll(lambda: desk.requests(path), "the webhook's request")
    assert booking_id in request["body"]


def test_failed_webhook_is_shown_mended_and_resumed(desk: Desk) -> None:
    page = desk.page
    path = f"/hooks/mended-{time.time_ns()}"
    desk.sign_in()
    workflow_id = desk.make("Mended by hand", chain_to(f"{desk.receiver_url}{path}"))
    desk.open(workflow_id)
    expect(page.get_by_text("Ready to publish")).to_be_visible()
    desk.publish()

    desk.answer_next(path, 410)
    booking_id = desk.put_event("booking_cancelled")
    page.get_by_role("link", name="Executions").click()
    page.get_by_role("row").filter(has_text=booking_id).get_by_role("link").click()
    expect(
        page.get_by_label("Execution", exact=True).get_by_text("Failed", exact=True).first
    ).to_be_visible(timeout=60_000)
    desk.node("Tell the CRM").click()
    panel = page.get_by_label("Execution", exact=True)
    expect(panel.get_by_text("410").first).to_be_visible()

    page.get_by_role("button", name="Whole run").click()
    page.get_by_role("button", name="Resume", exact=True).click()
    expect(panel.get_by_text("Goes on from")).to_be_visible()
    expect(panel.get_by_text("Completed", exact=True).first).to_be_visible(timeout=60_000)
    assert len(desk.requests(path)) == 2


def chain_to(url: str) -> dict[str, Any]:
    """Return a drawing of a note and then a webhook."""
    return {
        "schema_version": 1,
        "nodes": [
            {
                "id": "trigger",
                "type": "trigger",
                "name": "Cancelled",
                "config": {"event": "Booking Cancelled"},
            },
            {
                "id": "note",
                "type": "add_booking_note",
                "name": "Leave a note",
                "config": {"note": "Cancelled"},
                "position": {"x": 0, "y": 130},
            },
            {
                "id": "crm",
                "type": "webhook",
                "name": "Tell the CRM",
                "config": {"url": url},
                "position": {"x": 0, "y": 260},
            },
        ],
        "edges": [
            {"id": "e1", "source": "trigger", "target": "note"},
            {"id": "e2", "source": "note", "target": "crm"},
        ],
    }
