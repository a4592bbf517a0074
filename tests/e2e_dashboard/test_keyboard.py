"""A workflow made from nothing without a mouse: only keys that everybody has."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e_dashboard.operator import Operator, poll


def test_workflow_is_made_and_published_by_keyboard_alone(operator: Operator) -> None:
    page = operator.page
    keys = page.keyboard
    operator.sign_in()
    operator.expect_shown()
    operator.tab_to(page.get_by_role("button", name="Add Workflow"))
    keys.press("Enter")
    expect(page.get_by_role("button", name="Blank workflow")).to_be_visible()
    operator.tab_to(page.get_by_role("button", name="Blank workflow"))
    keys.press("Enter")
    operator.tab_to(page.get_by_label("Name of the workflow"))
    keys.type("Made by keyboard")

    palette = page.get_by_label("Steps to add")
    operator.tab_to(palette.get_by_role("button", name="Booking Cancelled", exact=True))
    keys.press("Enter")
    operator.tab_to(palette.get_by_role("button", name="Add booking note"))
    keys.press("Enter")
    operator.tab_to(page.get_by_label("Note", exact=True))
    keys.type("Cancelled by {{ event.cancelled_by }}")

    operator.tab_to(operator.node("Booking Cancelled"), backwards=True)
    keys.press("Enter")
    expect(page.get_by_label("Event", exact=True)).to_be_visible()
    operator.tab_to(palette.get_by_role("button", name="Create task"), backwards=True)
    keys.press("Enter")
    operator.tab_to(page.get_by_label("Title", exact=True))
    keys.type("Call back")
    expect(page.locator(".react-flow__edge")).to_have_count(2)
    operator.choose_by_keyboard(page.get_by_label("Connect next to"), "Add booking note")
    expect(page.locator(".react-flow__edge")).to_have_count(3)

    task = operator.node("Create task")
    operator.tab_to(task, backwards=True)
    operator.expect_saved()
    before = place_of_task(operator)
    keys.press("ArrowRight")
    poll(lambda: place_of_task(operator) != before, "the place is stored")
    after = place_of_task(operator)
    assert after["x"] > before["x"]
    assert after["y"] == before["y"]
    keys.press("Delete")
    expect(task).to_have_count(0)
    operator.tab_to(page.get_by_role("button", name="Undo"))
    keys.press("Enter")
    expect(task).to_be_visible()
    expect(page.locator(".react-flow__edge")).to_have_count(3)

    operator.expect_saved()
    expect(page.get_by_text("Ready to publish")).to_be_visible()
    operator.tab_to(page.get_by_role("button", name="Publish", exact=True), backwards=True)
    keys.press("Enter")
    confirm = page.get_by_role("dialog").get_by_role("button", name="Publish version")
    expect(confirm).to_be_enabled()
    operator.tab_to(confirm)
    keys.press("Enter")
    expect(page.get_by_text("Published version 1.")).to_be_visible()
    expect(page.get_by_role("switch", name=re.compile("^On"))).to_be_checked()
    saved = operator.call("GET", f"/workflows/{workflow_of(page.url)}")
    assert saved["name"] == "Made by keyboard"
    assert saved["enabled"] is True
    assert [node["config"] for node in saved["draft"]["nodes"]][1:] == [
        {"note": "Cancelled by {{ event.cancelled_by }}"},
        {"title": "Call back", "description": "", "due_in_hours": 24, "priority": "normal"},
    ]


def place_of_task(operator: Operator) -> dict[str, float]:
    """Return where the task stands in the stored draft."""
    draft = operator.call("GET", f"/workflows/{workflow_of(operator.page.url)}")["draft"]
    (place,) = [node["position"] for node in draft["nodes"] if node["type"] == "create_task"]
    return dict(place)


def workflow_of(address: str) -> str:
    """Return the id of the workflow whose page has the address."""
    return address.split("/workflows/")[1].split("/")[0]
