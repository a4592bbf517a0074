"""The list of workflows: find, switch, copy, export, import, delete; and what a viewer sees."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e_dashboard.operator import (
    Operator,
    accessibility_problems,
    chain,
    note_and_webhook,
    poll,
    step,
)

DROP = """([text, name]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name, { type: "application/json" }));
  for (const kind of ["dragover", "drop"]) {
    document.querySelector(".drop").dispatchEvent(
      new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data })
    );
  }
}"""


def test_exported_workflow_comes_back_by_drop(operator: Operator, tmp_path: Path) -> None:
    page = operator.page
    name = f"Exported {time.time_ns()}"
    operator.make(name, note_and_webhook())
    operator.sign_in()
    operator.search(name)
    text = exported(operator, name, tmp_path)
    assert json.loads(text)["name"] == name
    assert exported(operator, name, tmp_path) == text

    page.evaluate(DROP, [text, "workflow.json"])
    expect(page.get_by_label("Name of the workflow")).to_have_value(name)
    expect(operator.node("Tell the CRM")).to_be_visible()
    found = operator.call("GET", f"/workflows?text={name.replace(' ', '%20')}&limit=100")
    assert len(found["items"]) == 2
    operator.call(
        "POST", f"/workflows/{found['items'][0]['id']}/duplicate", {"name": f"{name} copy"}
    )
    page.get_by_role("link", name="All workflows").click()
    operator.search(f"{name} copy")
    copy = exported(operator, f"{name} copy", tmp_path)
    assert copy == text.replace(name, f"{name} copy")


def exported(operator: Operator, name: str, folder: Path) -> str:
    """Export a workflow from its menu; return the file's text."""
    with operator.page.expect_download() as download:
        operator.more(name, "Export")
    file = folder / "workflow.json"
    download.value.save_as(file)
    return file.read_text(encoding="utf-8")


def test_file_that_is_no_workflow_is_refused_in_words(operator: Operator) -> None:
    operator.sign_in()
    operator.page.evaluate(DROP, ["{}", "photo.json"])
    expect(operator.page.get_by_text("photo.json is not an exported workflow")).to_be_visible()


def test_workflow_is_duplicated_and_the_copy_is_off(operator: Operator) -> None:
    page = operator.page
    name = f"Original {time.time_ns()}"
    operator.make(name, note_and_webhook())
    operator.sign_in()
    operator.search(name)
    operator.more(name, "Duplicate")
    expect(page.get_by_label("Name of the workflow")).to_have_value(f"{name} (copy)")
    expect(page.get_by_text("Draft", exact=True)).to_be_visible()


def test_deleted_workflow_is_gone_and_its_waiting_run_is_cancelled(operator: Operator) -> None:
    page = operator.page
    name = f"Deleted {time.time_ns()}"
    graph = chain(
        "Chat Message Created",
        step("wait", "delay", "Wait a while", 1, value=2, unit="hours"),
        step("note", "add_booking_note", "Leave a note", 2, note="Late"),
    )
    workflow_id = operator.make(name, graph)
    operator.start(workflow_id)
    booking_id = operator.put_event("chat_message_created")
    poll(lambda: operator.runs(workflow_id, booking_id, "waiting"), "the run waits")
    operator.sign_in()
    operator.search(name)
    operator.more(name, "Delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text(f"Deleted “{name}”.")).to_be_visible()
    expect(page.get_by_text("Nothing found")).to_be_visible()
    page.get_by_role("button", name="Show all workflows").click()
    expect(page.get_by_role("link", name="Booking Confirmation", exact=True)).to_be_visible()
    poll(lambda: operator.runs(workflow_id, booking_id, "cancelled"), "the execution is cancelled")


def test_switch_turns_a_workflow_off_and_on(operator: Operator) -> None:
    page = operator.page
    operator.sign_in()
    switch = page.get_by_role("switch", name="Booking Confirmation is on")
    expect(switch).to_be_checked()
    for enabled in (False, True):
        page.locator("label.switch").filter(has=switch).click()
        expect(switch).to_be_checked(checked=enabled)
        expect(switch).to_be_enabled()
        found = operator.call("GET", "/workflows/booking-confirmation")
        assert found["enabled"] is enabled


def test_switch_asks_about_reminders_that_would_have_been_due_already(operator: Operator) -> None:
    page = operator.page
    name = f"Directions {time.time_ns()}"
    note = step("note", "add_booking_note", "Leave a note", 1, note="Soon")
    graph = chain("Booking Reminder", note)
    graph["nodes"][0]["config"] |= {"offset_value": 5, "offset_unit": "days"}
    workflow_id = operator.make(name, graph)
    operator.start(workflow_id, enabled=False)
    now = datetime.now(UTC)
    times = {"start_time": now + timedelta(days=3), "end_time": now + timedelta(days=3, hours=2)}
    operator.put_event("booking_created", **{key: at.isoformat() for key, at in times.items()})

    def missed() -> int:
        return int(operator.call("POST", f"/workflows/{workflow_id}/impact", {})["missed_sendable"])

    count = poll(missed, "the booking")
    bookings = f"{count} booking{'s' * (count > 1)}"
    operator.sign_in()
    operator.search(name)
    switch = page.get_by_role("switch", name=f"{name} is on")
    page.locator("label.switch").filter(has=switch).click()
    dialog = page.get_by_role("dialog")
    also = page.get_by_role("switch", name=f"Also send now to {bookings}")
    expect(also).not_to_be_checked()
    assert accessibility_problems(page) == []
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    expect(switch).not_to_be_checked()

    operator.open(workflow_id)
    switch = page.get_by_role("switch", name="Off · version 1")
    page.locator("label.switch").filter(has=switch).click()
    page.locator("label.switch").filter(has=also).click()
    dialog.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("switch", name="On · version 1")).to_be_checked()
    job = poll(
        lambda: _completed(operator.call("GET", f"/workflows/{workflow_id}/reminder-job")["job"]),
        "the planning",
    )
    assert job["counts"]["gained"] >= count


def _completed(job: dict[str, Any]) -> dict[str, Any] | None:
    return job if job["state"] == "completed" else None


def test_viewer_sees_everything_and_no_dead_button(operator: Operator) -> None:
    page = operator.page
    operator.sign_in("viewer")
    expect(page.get_by_role("link", name="Booking Confirmation", exact=True)).to_be_visible()
    for absent in ("Add Workflow", "Import"):
        expect(page.get_by_role("button", name=absent)).to_have_count(0)
    expect(page.get_by_role("switch")).to_have_count(0)

    operator.open("booking-confirmation")
    expect(operator.node("Booking Created")).to_be_visible()
    for absent in ("Publish", "Try out", "Undo", "Send template"):
        expect(page.get_by_role("button", name=absent, exact=True)).to_have_count(0)
    operator.node("Tell the CRM").click()
    expect(page.get_by_label("Address")).to_be_visible()
    open_fields = page.locator("input:not([readonly]):visible, textarea:not([readonly]):visible")
    expect(open_fields).to_have_count(1)
    expect(page.get_by_label("Preview with booking")).to_be_editable()
    expect(page.locator("select:not([disabled]):not([aria-label=Location]):visible")).to_have_count(
        0
    )


@pytest.mark.parametrize(("role", "many"), [("editor", 1), ("viewer", 0)])
def test_what_changes_something_is_offered_to_editors_alone(
    operator: Operator, role: str, many: int
) -> None:
    page = operator.page
    event = "Booking Cancelled"
    path, title = f"/hooks/refused-{time.time_ns()}", f"Call {time.time_ns()}"
    task = step("task", "create_task", "Make a task", 1, title=title)
    crm = step("crm", "webhook", "Tell the CRM", 2, url=f"{operator.receiver_url}{path}")
    failing = operator.make("Fails", chain(event, task))
    operator.start(failing)
    revision = operator.call("GET", f"/workflows/{failing}")["revision"]
    operator.save(failing, revision, "Fails", chain(event, task, crm))
    operator.start(failing)
    wait = step("wait", "delay", "Wait a while", 1, value=2, unit="hours")
    waiting = operator.make(
        "Waits", chain(event, wait, step("note", "add_booking_note", "N", 2, note="N"))
    )
    operator.start(waiting)
    operator.answer_next(path, 410)
    booking_id = operator.put_event("booking_cancelled")
    (failed,) = poll(lambda: operator.runs(failing, booking_id, "failed"), "the run fails")
    (open_run,) = poll(lambda: operator.runs(waiting, booking_id, "waiting"), "the run waits")

    operator.sign_in(role)
    for place, shown, offered in (
        (f"workflows/{failing}/executions/{failed['id']}", "Failed", ("Resume", "Replay event")),
        (f"workflows/{waiting}/executions/{open_run['id']}", "Waiting", ("Cancel execution",)),
        (f"workflows/{waiting}/executions", "Waiting", ("Turn off and cancel waiting executions",)),
    ):
        operator.go(place)
        expect(page.locator(".badge").filter(has_text=shown).first).to_be_visible()
        for name in offered:
            expect(page.get_by_role("button", name=name, exact=True)).to_have_count(many)

    operator.go(f"workflows/{failing}/versions")
    page.get_by_role("button", name=re.compile("^Version 1")).click()
    expect(page.get_by_label("Compare with")).to_have_value("nothing")
    expect(page.get_by_role("button", name="Use version 1")).to_have_count(many)

    operator.go("tasks")
    mine = page.get_by_role("row").filter(has_text=title)
    expect(mine).to_be_visible()
    expect(mine.get_by_role("button", name="Mark as done")).to_have_count(many)
    operator.go("bookings")
    expect(page.get_by_role("heading", name="Bookings", exact=True)).to_be_visible()


def test_workflow_is_begun_from_the_gallery(operator: Operator) -> None:
    page = operator.page
    operator.sign_in()
    page.get_by_role("button", name="Add Workflow").click()
    card = page.get_by_role("dialog").get_by_role("button").filter(has_text="VIP Handling")
    card.scroll_into_view_if_needed()
    expect(card.locator("svg.sketch")).to_be_visible()
    card.click()
    expect(page.get_by_label("Name of the workflow")).to_have_value("VIP Handling")
    expect(operator.node("Booking Created")).to_be_visible()
    expect(page.get_by_text("Draft", exact=True)).to_be_visible()


def test_workflow_is_imported_by_the_button(operator: Operator, tmp_path: Path) -> None:
    page = operator.page
    name = f"Chosen {time.time_ns()}"
    operator.make(name, note_and_webhook())
    operator.sign_in()
    operator.search(name)
    file = tmp_path / "chosen.json"
    file.write_text(exported(operator, name, tmp_path).replace(name, f"{name} again"), "utf-8")
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name="Import").click()
    choosing.value.set_files(file)
    expect(page.get_by_text(f"Imported “{name} again”.")).to_be_visible()
    expect(page.get_by_label("Name of the workflow")).to_have_value(f"{name} again")


def test_list_is_filtered_by_trigger_and_state(operator: Operator) -> None:
    page = operator.page
    mark = time.time_ns()
    drafted, running = f"Drafted {mark}", f"Running {mark}"
    graph = chain("Chat Message Created", step("n", "add_booking_note", "Note", 1, note="Hello"))
    operator.make(drafted, graph)
    operator.start(operator.make(running, graph))
    operator.make(f"Another {mark}", note_and_webhook())
    operator.sign_in()
    page.get_by_label("Search workflows").fill(str(mark))
    rows = page.get_by_role("row").filter(has=page.get_by_role("cell"))
    expect(rows).to_have_count(3)
    page.get_by_label("Trigger", exact=True).select_option("Chat Message Created")
    expect(rows).to_have_count(2)
    for state, name in (("Only on", running), ("Only off", drafted)):
        page.get_by_label("State", exact=True).select_option(label=state)
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text(name)
    page.get_by_label("Trigger", exact=True).select_option("Booking Cancelled")
    expect(rows).to_contain_text(f"Another {mark}")
