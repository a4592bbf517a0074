"""An operator who is no engineer writes an e-mail in blocks, by mouse and by keys alone."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e_dashboard.operator import Operator, accessibility_problems

FIRST_NAME = {"type": "variable", "attrs": {"path": "customer.first_name", "fallback": "there"}}
PHONE = {"width": 390, "height": 844}


def test_confirmation_is_built_of_blocks_from_a_blank_template(operator: Operator) -> None:
    page = operator.page
    name = f"Built of blocks {time.time_ns()}"
    operator.sign_in()
    mail = begin(operator)
    page.get_by_label("Name of the template").fill(name)
    page.get_by_label("Subject", exact=True).fill("You are booked")

    mail.click()
    add(page, "Heading")
    expect(mail).to_be_focused()
    page.keyboard.type("Hello ")
    choose_variable(page, "Guest's first name")
    page.locator(".variable-chip").click()
    chip = page.get_by_role("dialog", name="Variable", exact=True)
    chip.get_by_label(re.compile("^If it has no value")).fill("there")
    chip.get_by_role("button", name="Done").click()
    expect(page.locator(".variable-chip")).to_have_text("Guest's first name or “there”")
    page.get_by_role("button", name="Add block", exact=True).click()
    pick_block(page, "Booking details")
    settings = page.get_by_role("dialog", name="Settings: Booking details")
    settings.get_by_label("Add a row").select_option("Booking code")
    settings.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Add block", exact=True).click()
    pick_block(page, "Text")
    expect(mail).to_be_focused()
    page.keyboard.type("Please pay the rest at the desk.")

    page.get_by_role("button", name="Actions for Text").click()
    page.get_by_role("menuitem", name="Show only if").click()
    dialog = page.get_by_role("dialog", name="Text: show only if …")
    dialog.get_by_role("button", name="Choose a variable").click()
    page.get_by_label("Search variables").fill("Number of guests")
    page.keyboard.press("Enter")
    dialog.get_by_label("Comparison").select_option(label="is greater than")
    dialog.get_by_label("Value", exact=True).fill("4")
    dialog.get_by_role("button", name="Apply").click()
    condition = "Shown if Number of guests is greater than 4"
    expect(mail.locator(f'p[data-condition="{condition}"]')).to_have_count(1)

    drag_above(page, page.get_by_role("button", name="Actions for Text"), mail.locator("h2"))
    expect(mail.locator("> :first-child")).to_contain_text("Please pay")
    page.get_by_role("button", name="Undo").click()
    expect(mail.locator("> :first-child")).to_contain_text("Hello")

    letter = page.frame_locator('iframe[title^="On a desktop"]')
    expect(letter.get_by_role("heading", name="Hello Ada")).to_be_visible()
    expect(letter.get_by_text("KAY-4711")).to_be_visible()
    expect(letter.get_by_text("Please pay")).to_have_count(0)

    page.get_by_role("button", name="Add language").click()
    page.get_by_label("Language", exact=True).last.select_option("de")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("textbox", name=re.compile("^Subject")).fill("Sie haben gebucht")
    expect(mail).to_contain_text("Guest's first name")
    expect(page.get_by_text("Sie haben gebucht").last).to_be_visible()

    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Version 1 saved")).to_be_visible()
    stored = stored_template(operator, name)
    heading, details, text = stored["blocks"]
    assert content_of(heading) == [{"type": "text", "text": "Hello "}, FIRST_NAME]
    assert details["attrs"]["rows"][-1] == "confirmation_code"
    rule = {"variable": "booking.party_size", "operator": "greater", "value": 4}
    assert text["attrs"]["show_if"] == {"all": [rule]}
    german = stored["translations"]["de"]
    assert (german["subject"], german["blocks"]) == ("Sie haben gebucht", stored["blocks"])


def test_keys_alone_write_move_copy_and_set_blocks(operator: Operator) -> None:
    page = operator.page
    keys = page.keyboard
    operator.sign_in()
    mail = begin(operator)
    operator.tab_to(mail)
    keys.type("/hea")
    expect(page.get_by_role("menuitem")).to_have_count(1)
    keys.press("Enter")
    keys.type("Hello {{")
    expect(page.get_by_label("Search variables")).to_be_focused()
    keys.type("first name")
    keys.press("Enter")
    expect(page.locator(".variable-chip")).to_have_text("Guest's first name")
    keys.press("ArrowLeft")
    keys.press("Enter")
    expect(page.get_by_label(re.compile("^If it has no value"))).to_be_focused()
    keys.type("there")
    keys.press("Enter")
    expect(page.locator(".variable-chip")).to_contain_text("there")
    expect(mail).to_be_focused()

    keys.press("End")
    keys.press("Enter")
    keys.type("/button")
    expect(page.get_by_role("menuitem")).to_have_count(1)
    keys.press("Enter")
    keys.type("See the map")
    keys.press("Escape")
    keys.press("Alt+ArrowUp")
    expect(mail.locator("> :first-child")).to_have_text("See the map")
    keys.press("Control+Shift+D")
    expect(mail.get_by_text("See the map")).to_have_count(2)
    keys.press("Control+z")
    expect(mail.get_by_text("See the map")).to_have_count(1)
    keys.press("Alt+F10")
    expect(page.get_by_role("toolbar", name="Formatting").locator(":focus")).to_have_count(1)
    operator.tab_to(page.get_by_role("button", name="Actions for Button"))
    keys.press("Enter")
    keys.press("Enter")
    expect(page.get_by_label("Where it leads", exact=True)).to_be_focused()
    keys.type("https://example.com/map")
    keys.press("Enter")
    expect(mail).to_be_focused()
    letter = page.frame_locator('iframe[title^="On a desktop"]')
    expect(letter.get_by_role("link", name="See the map")).to_have_attribute(
        "href", "https://example.com/map"
    )


@pytest.mark.noise("^422 POST /v1/locations/[^/]+/templates$")
def test_problem_of_a_block_stands_at_the_block(operator: Operator) -> None:
    page = operator.page
    operator.sign_in()
    mail = begin(operator)
    mail.click()
    add(page, "Image")
    expect(page.get_by_role("dialog", name="Settings: Image")).to_be_visible()
    page.keyboard.press("Escape")
    expect(mail.locator(".block--bad")).to_have_attribute("data-problem", re.compile("ddress"))
    page.get_by_label("Name of the template").fill("Without an address")
    page.get_by_label("Subject", exact=True).fill("Hello")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Not saved. Fix the marked fields").first).to_be_visible()
    expect(mail).to_have_attribute("aria-invalid", "true")
    expect(mail.locator(".block--bad")).to_have_count(1)


def test_editor_of_blocks_is_accessible_on_screens_of_each_kind(operator: Operator) -> None:
    page = operator.page
    operator.sign_in()
    operator.go("templates/booking-confirmation/editor")
    mail = page.get_by_role("textbox", name="E-mail", exact=True)
    mail.get_by_text("Dear").click()
    problems: dict[str, list[str]] = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        problems[f"editor {scheme}"] = accessibility_problems(page)
    mail.locator(".variable-chip").first.click()
    expect(page.get_by_role("dialog", name="Variable", exact=True)).to_be_visible()
    problems["chip"] = accessibility_problems(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add block", exact=True).click()
    expect(page.get_by_label("Search blocks")).to_be_focused()
    problems["blocks"] = accessibility_problems(page)
    page.keyboard.press("Escape")
    page.set_viewport_size(PHONE)
    problems["phone"] = accessibility_problems(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]
    found = {name: each for name, each in problems.items() if each}
    assert found == {}, found


def begin(operator: Operator) -> Locator:
    """Open a blank template; return the page of its e-mail."""
    operator.go("templates/from/blank")
    mail = operator.page.get_by_role("textbox", name="E-mail", exact=True)
    expect(mail).to_be_visible()
    return mail


def add(page: Page, kind: str) -> None:
    """Add a block where the cursor is, by the slash."""
    page.keyboard.type("/")
    pick_block(page, kind)


def pick_block(page: Page, kind: str) -> None:
    """Choose a block in the list that is open."""
    expect(page.get_by_label("Search blocks")).to_be_focused()
    page.keyboard.type(kind)
    expect(page.get_by_role("menuitem").first).to_contain_text(kind)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Search blocks")).to_have_count(0)


def choose_variable(page: Page, name: str) -> None:
    """Put a variable where the cursor is, by the toolbar."""
    page.get_by_role("button", name="Insert a variable", exact=True).click()
    page.get_by_label("Search variables").fill(name)
    page.get_by_role("button", name=re.compile(f"^{name}")).click()
    expect(page.locator(".variable-chip")).to_have_text(name)


def drag_above(page: Page, handle: Locator, target: Locator) -> None:
    """Drag a block by its handle to the beginning of another one, which is above that."""
    start, end = handle.bounding_box(), target.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + 2, end["y"] + 20, steps=8)
    page.mouse.move(end["x"] + 2, end["y"] + 3, steps=4)
    page.mouse.up()


def stored_template(operator: Operator, name: str) -> dict[str, Any]:
    """Return a stored template by its name."""
    items = operator.call("GET", "/templates?limit=100")["items"]
    found = next(each for each in items if each["name"] == name)
    stored: dict[str, Any] = operator.call("GET", f"/templates/{found['id']}")
    return stored


def content_of(block: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what is set in a block's line."""
    return [
        {
            "type": each["type"],
            **({"text": each["text"]} if "text" in each else {}),
            **(
                {"attrs": {key: value for key, value in each["attrs"].items() if value is not None}}
                if "attrs" in each
                else {}
            ),
        }
        for each in block["content"]
    ]
