"""A day at the desk: one message edited for one booking, and waiting executions taken to a new version."""

from __future__ import annotations

import time

from playwright.sync_api import expect

from tests.e2e_dashboard.operator import Operator, poll

REMINDER = "Pre-Visit Reminder"


def test_one_planned_message_is_edited_for_one_booking(operator: Operator) -> None:
    page = operator.page
    mark = time.time_ns() % 1_000_000_000
    name = f"Curie{mark}"
    customer = {"id": f"cus-{mark}", "first_name": "Marie", "last_name": name}
    customer["email"] = f"marie{mark}@example.com"
    booking_id = operator.put_event("booking_created", customer=customer)
    poll(lambda: operator.runs("booking-confirmation", booking_id, "completed"), "the run")
    operator.sign_in()
    operator.go(f"bookings/{booking_id}")
    planned = page.get_by_role("listitem").filter(has_text="Planned").filter(has_text=REMINDER)
    edit = planned.get_by_role("button", name=f"Edit this once: {REMINDER}")
    edit.click()
    dialog = page.get_by_role("dialog")
    subject = dialog.get_by_role("textbox", name="Subject")
    save = dialog.get_by_role("button", name="Save for this booking")
    expect(save).to_be_disabled()
    subject.fill("See you at {{ customer.first_nam }}")
    expect(dialog.get_by_text("Unknown variable customer.first_nam.").first).to_be_visible()
    expect(save).to_be_disabled()
    subject.fill("The north pier, {{ customer.first_name }}")
    preview = dialog.get_by_label("Preview", exact=True)
    expect(preview.get_by_text("The north pier, Marie")).to_be_visible()
    operator.expect_looks_right("edit-once")
    save.click()
    expect(page.get_by_text("This message was edited for this booking.")).to_be_visible()
    expect(planned.get_by_text("Edited for this booking")).to_be_visible()
    edit.click()
    dialog.get_by_role("button", name="Use the template again").click()
    expect(planned.get_by_text("Edited for this booking")).to_have_count(0)
    edit.click()
    subject.fill("The north pier, {{ customer.first_name }}")
    save.click()
    expect(planned.get_by_text("Edited for this booking")).to_be_visible()
    planned.get_by_role("button", name=f"Send now: {REMINDER}").click()
    page.get_by_role("dialog").get_by_role("button", name="Send now").click()
    page.get_by_role("button", name="E-mail “Visit reminder” to m…@example.com").click(
        timeout=60_000
    )
    expect(dialog.get_by_role("definition").first).to_have_text("The north pier, Marie")
    mails = [mail for mail in operator.outbox.emails() if customer["email"] in mail.to]
    assert [mail.subject for mail in mails][1:] == ["The north pier, Marie"]


def test_publishing_offers_to_move_the_waiting_executions(operator: Operator) -> None:
    page = operator.page
    wait = {"id": "wait", "type": "delay", "name": "Wait", "config": {"value": 9, "unit": "days"}}
    note = {"id": "note", "type": "add_booking_note", "name": "Note", "config": {"note": "First"}}
    row = [{"id": "trigger", "type": "trigger", "config": {"event": "Booking Created"}}, wait, note]
    edges = [
        {"id": "e1", "source": "trigger", "target": "wait"},
        {"id": "e2", "source": "wait", "target": "note"},
    ]
    name = f"Waits {time.time_ns()}"
    workflow_id = operator.make(name, {"nodes": row, "edges": edges})
    operator.start(workflow_id)
    booking_id = operator.put_event("booking_created")
    poll(lambda: operator.runs(workflow_id, booking_id, "waiting"), "the wait")
    revision = operator.call("GET", f"/workflows/{workflow_id}")["revision"]
    changed = {**note, "config": {"note": "Second"}}
    operator.save(workflow_id, revision, name, {"nodes": [*row[:2], changed], "edges": edges})
    operator.sign_in()
    operator.open(workflow_id)
    page.get_by_role("button", name="Publish", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("1 execution waits on an older version.")).to_be_visible()
    dialog.get_by_text("Move waiting executions to this version").click()
    operator.expect_looks_right("publish-and-move")
    dialog.get_by_role("button", name="Publish version 2").click()
    expect(page.get_by_text("Published version 2. Moved 1 execution to it.")).to_be_visible()
    (moved,) = poll(lambda: operator.runs(workflow_id, booking_id, "waiting"), "the wait")
    assert moved["version"] == 2
    operator.call("POST", f"/executions/{moved['id']}/cancel")
