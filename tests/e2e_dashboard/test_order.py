"""Order at the desk: tags in the list, many workflows turned on at once, notes on the canvas."""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e_dashboard.operator import (
    Operator,
    accessibility_problems,
    note_and_webhook,
    poll,
)


def test_workflows_are_tagged_filtered_and_turned_on_together(operator: Operator) -> None:
    page = operator.page
    mark = f"{time.time_ns()}"
    tag = f"Summer {mark}"
    ids = [operator.make(f"{name} {mark}", note_and_webhook()) for name in ("First", "Second")]
    for workflow_id in ids:
        operator.start(workflow_id, enabled=False)
    draft = operator.make(f"Draft {mark}", note_and_webhook())
    operator.sign_in()
    for workflow_id in (*ids, draft):
        operator.open(workflow_id)
        page.get_by_label("Add a tag").fill(tag)
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name=f"Remove the tag {tag}")).to_be_visible()
        poll(lambda each=workflow_id: tags_of(operator, each) == [tag], "the tag is saved")
    page.get_by_role("link", name="All workflows").click()
    chip = page.get_by_role("group", name="Only with the tag").get_by_role("button", name=tag)
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "true")
    boxes = page.get_by_role("checkbox", name="Select")
    expect(boxes).to_have_count(3)
    boxes.first.check()
    page.get_by_role("button", name="Select all 3").click()
    expect(page.get_by_text("3 selected")).to_be_visible()
    assert accessibility_problems(page) == []
    page.get_by_role("group", name="Selected workflows").get_by_role(
        "button", name="Turn on"
    ).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Turn on").click()
    expect(dialog.get_by_role("heading", name="1 workflow not turned on")).to_be_visible()
    expect(dialog.get_by_role("listitem").first).to_have_text(
        f"Draft {mark} Not published yet. Publish it first."
    )
    expect(dialog.get_by_text("Turned on.")).to_have_count(2)
    assert accessibility_problems(page) == []
    dialog.get_by_role("button", name="Close").last.click()
    assert [is_on(operator, each) for each in (*ids, draft)] == [True, True, False]
    expect(page.get_by_role("group", name="Selected workflows")).to_have_count(0)


def test_note_is_written_sized_tidied_and_removed_by_keyboard(operator: Operator) -> None:
    page = operator.page
    workflow_id = operator.make("Explained", note_and_webhook())
    operator.sign_in()
    operator.open(workflow_id)
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_label("Text", exact=True)).to_be_focused()
    page.keyboard.type("Ask Ada before changing this.")
    page.get_by_role("radiogroup", name="Color").get_by_text("Blue").click()
    page.get_by_label("Width").fill("300")
    page.keyboard.press("Tab")
    (note,) = poll(lambda: saved_notes(operator, workflow_id, width=300), "the note is saved")
    assert (note["text"], note["color"]) == ("Ask Ada before changing this.", "blue")
    assert accessibility_problems(page) == []
    page.get_by_role("button", name="Tidy up").click()
    operator.expect_saved()
    node = page.get_by_label("Note: Ask Ada before changing this.")
    expect(node).to_be_visible()
    assert not lies_over_a_step(page)

    page.reload()
    page.get_by_role("button", name="Demo admin").click()
    node.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Text", exact=True)).to_have_value(note["text"])
    page.keyboard.press("ArrowRight")
    poll(
        lambda: saved_notes(operator, workflow_id, width=300)[0]["position"] != note["position"],
        "the note is moved",
    )
    page.keyboard.press("Delete")
    expect(node).to_have_count(0)
    expect(operator.node("Leave a note")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(node).to_be_visible()
    expect(page.get_by_text("Ready to publish")).to_be_visible()


def tags_of(operator: Operator, workflow_id: str) -> list[str]:
    """Return a workflow's stored tags."""
    return list(operator.call("GET", f"/workflows/{workflow_id}")["tags"])


def is_on(operator: Operator, workflow_id: str) -> bool:
    """Say whether a workflow is on."""
    return bool(operator.call("GET", f"/workflows/{workflow_id}")["enabled"])


def saved_notes(operator: Operator, workflow_id: str, *, width: int) -> list[dict[str, Any]]:
    """Return the stored notes of that width."""
    notes = operator.call("GET", f"/workflows/{workflow_id}")["draft"]["notes"]
    return [note for note in notes if note["width"] == width]


def lies_over_a_step(page: Page) -> bool:
    """Say whether the note lies over a step on the screen."""
    boxes = [
        each.bounding_box()
        for kind in ("note", "step")
        for each in page.locator(f".react-flow__node-{kind}").all()
    ]
    note, *steps = (box for box in boxes if box is not None)
    return any(
        note["x"] < step["x"] + step["width"]
        and step["x"] < note["x"] + note["width"]
        and note["y"] < step["y"] + step["height"]
        and step["y"] < note["y"] + note["height"]
        for step in steps
    )
