"""The list of workflows: find, switch, copy, export, import; and what a viewer sees."""

from __future__ import annotations

import json
import time
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e_dashboard.desk import Desk
from tests.e2e_dashboard.test_drawing import chain_to

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
    desk.make(name, chain_to("https://example.com/hook"))
    desk.sign_in()
    page.get_by_label("Search workflows").fill(name)
    page.get_by_role("button", name=f"More for {name}").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Export").click()
    file = tmp_path / "workflow.json"
    download.value.save_as(file)
    text = file.read_text(encoding="utf-8")
    assert json.loads(text)["name"] == name

    page.evaluate(DROP, [text, "workflow.json"])
    expect(page.get_by_label("Name of the workflow")).to_have_value(name)
    expect(desk.node("Tell the CRM")).to_be_visible()
    found = desk.call("GET", f"/workflows?text={name.replace(' ', '%20')}&limit=100")
    assert len(found["items"]) == 2


def test_file_that_is_no_workflow_is_refused_in_words(desk: Desk) -> None:
    desk.sign_in()
    desk.page.evaluate(DROP, ["{}", "photo.json"])
    expect(desk.page.get_by_text("photo.json is not an exported workflow")).to_be_visible()


def test_workflow_is_duplicated_and_the_copy_is_off(desk: Desk) -> None:
    page = desk.page
    name = f"Original {time.time_ns()}"
    desk.make(name, chain_to("https://example.com/hook"))
    desk.sign_in()
    page.get_by_label("Search workflows").fill(name)
    page.get_by_role("button", name=f"More for {name}").click()
    page.get_by_role("menuitem", name="Duplicate").click()
    expect(page.get_by_label("Name of the workflow")).to_have_value(f"{name} (copy)")
    expect(page.get_by_text("Draft", exact=True)).to_be_visible()


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
    expect(
        page.locator("input:not([readonly]):visible, textarea:not([readonly]):visible")
    ).to_have_count(0)
