"""The editor by keyboard, under two pairs of hands, and with a hundred steps."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e_dashboard.desk import Desk, accessibility_faults
from tests.e2e_dashboard.test_drawing import chain_to

MAX_FRAME_MS = 100
FRAMES = """() => {
  window.frames_ms = [];
  let last = performance.now();
  const tick = (now) => { window.frames_ms.push(now - last); last = now; requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
}"""


def test_workflow_is_drawn_by_keyboard_alone(desk: Desk) -> None:
    page = desk.page
    workflow_id = desk.make("By keyboard", {"schema_version": 1, "nodes": [], "edges": []})
    desk.sign_in()
    desk.open(workflow_id)
    trigger = page.get_by_role("button", name=re.compile("^Booking Cancelled A booking"))
    trigger.focus()
    page.keyboard.press("Enter")
    note = page.get_by_role("button", name="Add booking note", exact=True)
    note.focus()
    page.keyboard.press("Enter")
    field = page.get_by_label("Note", exact=True)
    field.focus()
    page.keyboard.type("Cancelled")
    expect(page.locator(".react-flow__edge")).to_have_count(1)
    desk.expect_saved()

    node = desk.node("Add booking note")
    node.focus()
    page.keyboard.press("Delete")
    expect(node).to_have_count(0)
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Control+z")
    expect(node).to_be_visible()
    page.get_by_role("button", name="Publish", exact=True).focus()
    page.keyboard.press("Enter")
    confirm = page.get_by_role("dialog").get_by_role("button", name="Publish version")
    expect(confirm).to_be_enabled()
    confirm.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Published version 1.")).to_be_visible()


def test_second_pair_of_hands_is_told_and_may_choose(desk: Desk) -> None:
    page = desk.page
    workflow_id = desk.make("Two hands", chain_to("https://example.com/hook"))
    desk.sign_in()
    desk.open(workflow_id)
    expect(desk.node("Tell the CRM")).to_be_visible()
    theirs = desk.call("GET", f"/workflows/{workflow_id}")
    desk.save(workflow_id, theirs["revision"], "Theirs", theirs["draft"])
    page.get_by_label("Name of the workflow").fill("Mine")
    dialog = page.get_by_role("dialog", name="Somebody else saved this workflow")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Keep mine").click()
    expect(dialog).to_have_count(0)
    desk.expect_saved()
    assert desk.call("GET", f"/workflows/{workflow_id}")["name"] == "Mine"


def test_problem_in_the_list_leads_to_its_step(desk: Desk) -> None:
    page = desk.page
    workflow_id = desk.make("With a problem", chain_to(""))
    desk.sign_in()
    desk.open(workflow_id)
    page.get_by_role("button", name="Tell the CRM:").first.click()
    expect(desk.node("Tell the CRM")).to_have_class(re.compile("selected"))
    expect(page.get_by_label("URL")).to_have_attribute("aria-invalid", "true")


def test_hundred_steps_are_dragged_smoothly(desk: Desk) -> None:
    page = desk.page
    graph = chain_to("https://example.com/hook")
    for number in range(100):
        node = {**graph["nodes"][1], "id": f"n{number}", "name": f"Step {number}"}
        node["position"] = {"x": (number % 10) * 300, "y": 400 + (number // 10) * 140}
        graph["nodes"].append(node)
        source = "crm" if number < 10 else f"n{number - 10}"
        graph["edges"].append({"id": f"x{number}", "source": source, "target": f"n{number}"})
    workflow_id = desk.make("Hundred steps", graph)
    desk.sign_in()
    desk.open(workflow_id)
    expect(page.locator(".react-flow__node")).to_have_count(103)
    expect(page.get_by_text("Ready to publish")).to_be_visible()
    box = desk.node("Step 55").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.evaluate(FRAMES)
    for step in range(40):
        page.mouse.move(box["x"] + step * 4, box["y"] + step * 2)
    frames = page.evaluate("window.frames_ms.slice(1)")
    page.mouse.up()
    desk.expect_saved()
    assert len(frames) >= 20
    assert max(frames) <= MAX_FRAME_MS, sorted(frames)[-5:]


def test_pages_have_no_serious_accessibility_fault(desk: Desk) -> None:
    page = desk.page
    faults: dict[str, list[str]] = {}
    page.goto(desk.url)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    faults["sign-in"] = accessibility_faults(page)
    desk.sign_in()
    expect(page.get_by_role("link", name="Booking Confirmation", exact=True)).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        faults[f"list {scheme}"] = accessibility_faults(page)
    page.get_by_role("button", name="Add Workflow").click()
    expect(page.get_by_role("button", name="Blank workflow")).to_be_visible()
    faults["gallery"] = accessibility_faults(page)
    page.keyboard.press("Escape")
    for place in ("bookings", "tasks", "audit"):
        page.get_by_label("Dashboard").locator(f'a[href$="/{place}"]').click()
        page.wait_for_load_state("networkidle")
        faults[place] = accessibility_faults(page)
    for tab in ("editor", "executions", "versions"):
        desk.open("booking-confirmation", tab)
        page.wait_for_load_state("networkidle")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            faults[f"{tab} {scheme}"] = accessibility_faults(page)
    desk.open("booking-confirmation")
    desk.node("Tell the CRM").click()
    expect(page.get_by_label("URL")).to_be_visible()
    faults["step"] = accessibility_faults(page)
    assert {name: each for name, each in faults.items() if each} == {}
