"""The list of workflows: find, switch, copy, export, import, delete; and what a viewer sees."""

from __future__ import annotations

import json
import time
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e_dashboard.desk import Desk, chain, note_and_webhook, poll, step

DROP = """([text, name]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name, { type: "application/json" }));
  for (const kind of ["dragover", "drop"]) {
    document.querySelector(".drop").dispatchEvent(
      new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data })
    );
  }
}"""


def test_exported_workflow_comes_back_by_drop(desk: Desk, tmp_path: Path) -> None:
    page = desk.page
    name = f"Exported {time.time_ns()}"
    desk.make(name, note_and_webhook())
    desk.sign_in()
    desk.search(name)
    text = exported(desk, name, tmp_path)
    assert json.loads(text)["name"] == name
    assert exported(desk, name, tmp_path) == text

    page.evaluate(DROP, [text, "workflow.json"])
    expect(page.get_by_label("Name of the workflow")).to_have_value(name)
    expect(desk.node("Tell the CRM")).to_be_visible()
    found = desk.call("GET", f"/workflows?text={name.replace(' ', '%20')}&limit=100")
    assert len(found["items"]) == 2
    desk.call("POST", f"/workflows/{found['items'][0]['id']}/duplicate", {"name": f"{name} copy"})
    page.get_by_role("link", name="All workflows").click()
    desk.search(f"{name} copy")
    copy = exported(desk, f"{name} copy", tmp_path)
    assert copy == text.replace(name, f"{name} copy")


def exported(desk: Desk, name: str, folder: Path) -> str:
    """Export a workflow from its menu; return the file's text."""
    with desk.page.expect_download() as download:
        desk.more(name, "Export")
    file = folder / "workflow.json"
    download.value.save_as(file)
    return file.read_text(encoding="utf-8")


def test_file_that_is_no_workflow_is_refused_in_words(desk: Desk) -> None:
    desk.sign_in()
    desk.page.evaluate(DROP, ["{}", "photo.json"])
    expect(desk.page.get_by_text("photo.json is not an exported workflow")).to_be_visible()


def test_workflow_is_duplicated_and_the_copy_is_off(desk: Desk) -> None:
    page = desk.page
    name = f"Original {time.time_ns()}"
    desk.make(name, note_and_webhook())
    desk.sign_in()
    desk.search(name)
    desk.more(name, "Duplicate")
    expect(page.get_by_label("Name of the workflow")).to_have_value(f"{name} (copy)")
    expect(page.get_by_text("Draft", exact=True)).to_be_visible()


def test_deleted_workflow_is_gone_and_its_waiting_run_is_cancelled(desk: Desk) -> None:
    page = desk.page
    name = f"Deleted {time.time_ns()}"
    drawing = chain(
        "Chat Message Created",
        step("wait", "delay", "Wait a while", 1, value=2, unit="hours"),
        step("note", "add_booking_note", "Leave a note", 2, note="Late"),
    )
    workflow_id = desk.make(name, drawing)
    desk.start(workflow_id)
    booking_id = desk.put_event("chat_message_created")
    poll(lambda: desk.runs(workflow_id, booking_id, "waiting"), "the run waits")
    desk.sign_in()
    desk.search(name)
    desk.more(name, "Delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text(f"Deleted “{name}”.")).to_be_visible()
    expect(page.get_by_text("Nothing fits")).to_be_visible()
    page.get_by_role("button", name="Show all workflows").click()
    expect(page.get_by_role("link", name="Booking Confirmation", exact=True)).to_be_visible()
    poll(lambda: desk.runs(workflow_id, booking_id, "cancelled"), "the run is cancelled")


def test_switch_turns_a_workflow_off_and_on(desk: Desk) -> None:
    page = desk.page
    desk.sign_in()
    switch = page.get_by_role("switch", name="Pre-Visit Reminder is on")
    expect(switch).to_be_checked()
    for enabled in (False, True):
        page.locator("label.switch").filter(has=switch).click()
        expect(switch).to_be_checked(checked=enabled)
        expect(switch).to_be_enabled()
        found = desk.call("GET", "/workflows/pre-visit-reminder")
        assert found["enabled"] is enabled


def test_viewer_sees_everything_and_no_dead_button(desk: Desk) -> None:
    page = desk.page
    desk.sign_in("viewer")
    expect(page.get_by_role("link", name="Booking Confirmation", exact=True)).to_be_visible()
    for absent in ("Add Workflow", "Import"):
        expect(page.get_by_role("button", name=absent)).to_have_count(0)
    expect(page.get_by_role("switch")).to_have_count(0)

    desk.open("booking-confirmation")
    expect(desk.node("Booking Created")).to_be_visible()
    for absent in ("Publish", "Try out", "Undo", "Send template"):
        expect(page.get_by_role("button", name=absent, exact=True)).to_have_count(0)
    desk.node("Tell the CRM").click()
    expect(page.get_by_label("URL")).to_be_visible()
    open_fields = page.locator("input:not([readonly]):visible, textarea:not([readonly]):visible")
    expect(open_fields).to_have_count(1)
    expect(page.get_by_label("Preview with booking")).to_be_editable()
    expect(page.locator("select:not([disabled]):visible")).to_have_count(0)
    for place, present in (
        ("workflows/booking-confirmation/versions", "Versions"),
        ("tasks", "Tasks"),
        ("bookings", "Bookings"),
    ):
        desk.go(place)
        expect(page.get_by_role("heading", name=present, exact=True).first).to_be_visible()
        for absent in ("Use version 1", "Mark as done", "Open again"):
            expect(page.get_by_role("button", name=absent)).to_have_count(0)
