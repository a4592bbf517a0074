"""A workflow is made by mouse, published, run, fixed after a failure and resumed; what is in sight of the canvas."""

from __future__ import annotations

import json
import re
import time

import pytest
from playwright.sync_api import ViewportSize, expect

from local.outbox import Outbox
from local.stack import LocalStack
from tests.e2e_dashboard.operator import SETTLED, Operator, chain, step

ANSWER_AFTER_SECONDS = 4.0
"""Long enough for the page to be open while the webhook waits for its answer."""

ZOOMED: ViewportSize = {"width": 720, "height": 450}
"""What a window of 1440 x 900 pixels has room for at 200 %."""


@pytest.fixture
def outbox(stack: LocalStack) -> Outbox:
    return stack.outbox


def test_cancellation_workflow_is_drawn_published_and_seen_running(
    operator: Operator, outbox: Outbox
) -> None:
    page = operator.page
    mark = time.time_ns()
    path = f"/hooks/drawn-{mark}"
    operator.sign_in()
    page.get_by_role("button", name="Add Workflow").click()
    page.get_by_role("button", name="Blank workflow").click()
    page.get_by_label("Name of the workflow").fill("Cancellation Notification drawn by hand")

    operator.drag_from_palette("Booking Cancelled", 420, 160)
    operator.drag_from_palette("Send template", 240, 420)
    page.get_by_label("Template", exact=True).select_option("booking-cancellation")
    expect(page.get_by_label("Recipient", exact=True)).to_have_value("customer")
    operator.drag_from_palette("Webhook", 520, 420)
    page.get_by_label("Address").fill(f"{operator.receiver_url}{path}")
    expect(page.get_by_label("Method")).to_have_value("POST")
    page.get_by_role("button", name="Add header").click()
    page.get_by_label("Header name").fill("X-Desk")
    page.get_by_label("Value of X-Desk").fill("{{ event.cancelled_by }}")
    page.get_by_role("textbox", name="Body").fill(
        '{"booking": "{{ event.booking_id }}", "cancellation": {{ eventData }}}'
    )
    expect(page.locator(".react-flow__edge")).to_have_count(0)
    operator.connect("Booking Cancelled", "Send template")
    operator.connect("Booking Cancelled", "Webhook")
    expect(page.locator(".react-flow__edge")).to_have_count(2)
    page.locator(".react-flow__pane").click(position={"x": 20, "y": 300})
    # The ready-made workflow that is on sends the same.
    expect(page.get_by_role("heading", name="1 warning")).to_be_visible()
    operator.expect_saved()
    operator.publish()

    operator.answer_next(path, 200, after_seconds=ANSWER_AFTER_SECONDS)
    address = f"ada-{mark}@example.com"
    customer = {"id": f"cus-{mark}", "first_name": "Ada", "last_name": "Lovelace"}
    booking_id = operator.put_event(
        "booking_cancelled", customer={**customer, "email": address, "locale": "en-GB"}
    )
    run = operator.open_run(booking_id)
    expect(operator.standing("Webhook", "running")).to_be_visible()
    expect(run.get_by_text("Running", exact=True).first).to_be_visible()
    expect(operator.standing("Webhook", "completed")).to_be_visible()
    expect(operator.standing("Send template", "completed")).to_be_visible()
    expect(page.locator(".step-edge--taken")).to_have_count(2)
    expect(run.get_by_text("Completed", exact=True).first).to_be_visible()

    (request,) = operator.requests(path)
    body = json.loads(request["body"])
    assert body["booking"] == booking_id
    assert body["cancellation"]["reason"] == "Fell ill"
    assert body["cancellation"]["customer"]["email"] == address
    assert request["headers"]["x-desk"] == "customer"
    assert [mail.subject for mail in outbox.emails() if address in mail.to]


def test_failed_webhook_is_shown_fixed_and_resumed(operator: Operator, outbox: Outbox) -> None:
    page = operator.page
    mark = time.time_ns()
    wrong, path = f"/hooks/wrong-{mark}", f"/hooks/fixed-{mark}"
    address = f"operator-{mark}@example.com"
    mail = {"template": "booking-cancellation", "recipient_type": "custom"}
    graph = chain(
        "Booking Cancelled",
        step("mail", "send_template", "Tell the desk", 1, **mail, custom_recipient=address),
        step("crm", "webhook", "Tell the CRM", 2, url=f"{operator.receiver_url}{wrong}"),
    )
    workflow_id = operator.make("Fixed by hand", graph)
    operator.start(workflow_id)
    operator.sign_in()
    operator.open(workflow_id)

    operator.answer_next(wrong, 410)
    booking_id = operator.put_event("booking_cancelled")
    run = operator.open_run(booking_id)
    expect(operator.standing("Tell the CRM", "failed")).to_be_visible()
    expect(operator.standing("Tell the desk", "completed")).to_be_visible()
    operator.node("Tell the CRM").click()
    expect(run.get_by_text(re.compile("The receiver answered with status 410"))).to_be_visible()
    assert len([mail for mail in outbox.emails() if address in mail.to]) == 1

    page.get_by_role("link", name="Editor").click()
    operator.node("Tell the CRM").click()
    expect(page.get_by_label("Address")).to_have_value(f"{operator.receiver_url}{wrong}")
    page.get_by_label("Address").fill(f"{operator.receiver_url}{path}")
    page.get_by_role("button", name="Publish", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("listitem").filter(has_text=wrong)).to_contain_text(path)
    dialog.get_by_role("button", name="Publish version 2").click()
    expect(page.get_by_text("Published version 2.")).to_be_visible()

    run = operator.open_run(booking_id)
    expect(run.get_by_role("button", name="Resume on version 1")).to_be_visible()
    run.get_by_role("button", name="Resume", exact=True).click()
    expect(run.get_by_text("Resumed from")).to_be_visible()
    expect(run.get_by_text("Completed", exact=True).first).to_be_visible()
    expect(operator.standing("Tell the CRM", "completed")).to_be_visible()
    assert [len(operator.requests(each)) for each in (wrong, path)] == [1, 1]
    (resumed,) = operator.runs(workflow_id, booking_id, "completed")
    assert resumed["version"] == 2
    assert len([mail for mail in outbox.emails() if address in mail.to]) == 1


def test_new_note_stands_in_sight_beside_the_steps_and_moves_none(operator: Operator) -> None:
    page = operator.page
    notes = [step(f"n{row}", "add_booking_note", f"Step {row}", row, note="N") for row in (1, 2)]
    workflow_id = operator.make("Noted", chain("Booking Created", *notes))
    operator.sign_in()
    operator.open(workflow_id)
    expect(operator.node("Step 2")).to_be_visible()
    page.evaluate(SETTLED)
    before = operator.node("Step 2").bounding_box()
    for number in (1, 2):
        page.get_by_role("button", name="Add note").click()
        note = page.locator(".react-flow__node-note")
        expect(note).to_have_count(number)
        page.evaluate(SETTLED)
        box = note.last.bounding_box()
        sight = page.locator(".canvas__graph").bounding_box()
        assert box is not None
        assert sight is not None
        assert sight["x"] <= box["x"] <= sight["x"] + sight["width"] - box["width"]
        assert sight["y"] <= box["y"] <= sight["y"] + sight["height"] - box["height"]
    assert operator.node("Step 2").bounding_box() == before


@pytest.mark.parametrize("tab", ["editor", "statistics"])
def test_first_view_at_200_percent_shows_the_whole_graph(operator: Operator, tab: str) -> None:
    page = operator.page
    page.set_viewport_size(ZOOMED)
    operator.sign_in()
    operator.go(f"workflows/booking-confirmation/{tab}")
    expect(operator.node("Leave a note")).to_be_visible()
    page.evaluate(SETTLED)
    for node in page.locator(".react-flow__node").all():
        expect(node).to_be_in_viewport(ratio=0.99)
    graph = page.locator(".canvas__graph").bounding_box()
    assert graph is not None
    assert graph["height"] >= 200
    assert graph["y"] + graph["height"] <= ZOOMED["height"]
