"""A template from a blank page to the guest: written, translated, tried out, published, sent and read."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from local.stack import LocalStack
from tests.e2e_dashboard.operator import Operator, accessibility_problems, chain, poll, step
from tests.e2e_dashboard.test_blocks import begin, pick_block, stored_template

ADMIN = "admin@spree-kayaks.example.com"
CONDITION = {"all": [{"variable": "booking.party_size", "operator": "greater", "value": 4}]}
GROUP = {"confirmation_code": "KAY-4711", "party_size": 6}


def test_confirmation_is_written_tried_out_published_and_read_as_sent(
    operator: Operator, stack: LocalStack, tmp_path: Path
) -> None:
    page = operator.page
    name = f"Life of a template {time.time_ns()}"
    operator.sign_in()
    mail = begin(operator)
    page.get_by_label("Name of the template").fill(name)
    subject = page.get_by_label("Subject", exact=True)
    subject.fill("Booked: ")
    page.get_by_role("button", name="Insert a variable into Subject").click()
    page.get_by_label("Search variables").fill("Confirmation code")
    page.get_by_role("button", name=re.compile("^Confirmation code")).click()
    expect(subject).to_have_text("Booked: Confirmation code")
    subject.locator(".variable-chip").click()
    chip = page.get_by_role("dialog", name="Variable", exact=True)
    chip.get_by_label(re.compile("^If it has no value")).fill("yes")
    chip.get_by_role("button", name="Done").click()
    expect(subject).to_have_text("Booked: Confirmation code or “yes”")

    mail.click()
    page.keyboard.type("Hello from the left, ")
    page.get_by_role("button", name="Insert a variable", exact=True).click()
    page.get_by_label("Search variables").fill("Guest's first name")
    page.get_by_role("button", name=re.compile("^Guest's first name")).click()
    page.get_by_role("button", name="Actions for Text").click()
    page.get_by_role("menuitem", name="Show only if").click()
    dialog = page.get_by_role("dialog", name="Text: show only if …")
    dialog.get_by_role("button", name="Choose a variable").click()
    page.get_by_label("Search variables").fill("Guest's first name")
    page.keyboard.press("Enter")
    dialog.get_by_label("Comparison").select_option(label="is not empty")
    dialog.get_by_role("button", name="Apply").click()

    page.get_by_role("button", name="Add block", exact=True).click()
    pick_block(page, "Social links")
    social = page.get_by_role("dialog", name="Settings: Social links")
    social.get_by_role("button", name="Add a profile").click()
    social.get_by_label(re.compile("^Address of your page on")).fill("https://social.example/us")
    social.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Add block", exact=True).click()
    pick_block(page, "HTML")
    raw = page.get_by_role("dialog", name="Settings: HTML")
    raw.get_by_role("textbox").fill("<p>Raw <i>words</i> of {{ location.name }}</p>")
    raw.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Add block", exact=True).click()
    pick_block(page, "Two columns")
    expect(mail).to_be_focused()
    page.keyboard.type("In a column")
    expect(mail.locator(".block-column").first).to_have_text("In a column")
    page.locator("label.switch").filter(has_text="Attach the booking as a calendar entry").click()
    letter = page.frame_locator('iframe[title^="On a desktop"]')
    # The words stand once more, hidden, for the lists of mail programs.
    words = letter.get_by_role("paragraph")
    expect(words.filter(has_text="Hello from the left, Ada")).to_be_visible()
    expect(words.filter(has_text="Raw words of Spree Kayaks")).to_be_visible()
    expect(words.filter(has_text="In a column")).to_be_visible()
    assert accessibility_problems(page) == []

    page.get_by_role("button", name="Add language").click()
    page.get_by_label("Language", exact=True).last.select_option("de")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(subject).to_have_text("Booked: Confirmation code or “yes”")
    subject.fill("Gebucht")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Version 1 saved")).to_be_visible()
    stored = stored_template(operator, name)
    assert stored["subject"] == "Booked: {{ booking.confirmation_code | default('yes', true) }}"
    assert stored["translations"]["de"]["subject"] == "Gebucht"

    before = stack.outbox.marker()
    # The page is still the one that was written on.
    texts = page.get_by_role("radiogroup", name="Language of the texts")
    expect(texts.get_by_role("radio", name="German")).to_be_checked()
    expect(subject).to_have_text("Gebucht")
    page.get_by_role("button", name="Send test").click()
    page.get_by_role("dialog").get_by_role("button", name="Send test").click()
    expect(
        page.get_by_text(f"Sent a test to {ADMIN}, with a calendar entry that is marked as a test.")
    ).to_be_visible()
    (test,) = poll(
        lambda: [each for each in stack.outbox.emails(before) if each.to == (ADMIN,)], "the test"
    )
    assert test.subject == "[Test] Gebucht"
    assert "The calendar entry is a test as well" in test.text
    # One part for mail programs that show entries themselves, and one to be opened by hand.
    assert [each.filename for each in test.attachments] == ["", "booking.ics"]

    file = exported(operator, name, tmp_path)
    assert json.loads(file.read_text("utf-8"))["translations"]["de"]["subject"] == "Gebucht"
    file.write_text(file.read_text("utf-8").replace(name, f"{name} again"), "utf-8")
    operator.go("templates")
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name="Import").click()
    choosing.value.set_files(file)
    expect(page.get_by_text(f"Imported “{name} again”.")).to_be_visible()
    expect(subject).to_have_text("Booked: Confirmation code or “yes”")

    send = step("send", "send_template", "Write to the guest", 1, template=stored["id"])
    workflow = operator.make(f"Sends {name}", chain("Booking Created", send))
    operator.open(workflow)
    operator.publish()
    booking_id = operator.put_event("booking_created", customer=guest())
    poll(lambda: operator.runs(workflow, booking_id, "completed"), "the execution")
    operator.go(f"bookings/{booking_id}")
    page.get_by_role("button", name=f"E-mail “{name}” to m…@example.com").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Gebucht")).to_be_visible()
    sent = dialog.frame_locator("iframe")
    words = sent.get_by_role("paragraph")
    expect(words.filter(has_text="Hello from the left, Marie")).to_be_visible()
    expect(sent.get_by_role("link", name="Instagram")).to_be_visible()
    assert accessibility_problems(page) == []


def test_confirmation_is_written_tried_out_published_and_read_by_keys_alone(
    operator: Operator,
) -> None:
    page = operator.page
    keys = page.keyboard
    name = f"By keys {time.time_ns()}"
    operator.sign_in()
    operator.go("templates")
    operator.tab_to(page.get_by_role("button", name="Add Template"))
    keys.press("Enter")
    operator.tab_to(page.get_by_role("button", name="Blank template"))
    keys.press("Enter")
    field = page.get_by_label("Name of the template")
    expect(field).to_be_visible()
    operator.tab_to(field)
    keys.type(name)
    subject = page.get_by_label("Subject", exact=True)
    operator.tab_to(subject)
    keys.type("Booked: {{")
    expect(page.get_by_label("Search variables")).to_be_focused()
    keys.type("Confirmation code")
    keys.press("Enter")
    expect(subject).to_be_focused()
    keys.type("!")
    expect(subject).to_have_text("Booked: Confirmation code!")
    keys.press("ArrowLeft")
    keys.press("ArrowLeft")
    keys.press("Enter")
    expect(page.get_by_label(re.compile("^If it has no value"))).to_be_focused()
    keys.type("yes")
    keys.press("Enter")
    expect(subject).to_have_text("Booked: Confirmation code or “yes”!")
    expect(subject).to_be_focused()

    mail = page.get_by_role("textbox", name="E-mail", exact=True)
    operator.tab_to(mail)
    keys.type("See you soon.")
    keys.press("Enter")
    keys.type("Please pay the rest at the desk.")
    operator.tab_to(page.get_by_role("button", name="Actions for Text"))
    keys.press("Enter")
    keys.type("Show only")
    keys.press("Enter")
    dialog = page.get_by_role("dialog", name="Text: show only if …")
    expect(dialog).to_be_visible()
    operator.tab_to(dialog.get_by_role("button", name="Choose a variable"))
    keys.press("Enter")
    expect(page.get_by_label("Search variables")).to_be_focused()
    keys.type("Number of guests")
    keys.press("Enter")
    operator.choose_by_keyboard(dialog.get_by_label("Comparison"), "is greater than")
    operator.tab_to(dialog.get_by_label("Value", exact=True))
    keys.type("4")
    operator.tab_to(dialog.get_by_role("button", name="Apply"))
    keys.press("Enter")
    expect(dialog).to_have_count(0)

    operator.tab_to(page.get_by_role("button", name="Add language"), backwards=True)
    keys.press("Enter")
    adding = page.get_by_role("dialog", name="Add a language")
    operator.choose_by_keyboard(adding.get_by_label("Language", exact=True), "Deutsch")
    operator.tab_to(adding.get_by_role("button", name="Add", exact=True))
    keys.press("Enter")
    expect(adding).to_have_count(0)
    operator.tab_to(subject)
    keys.press("Control+a")
    keys.type("Gebucht")
    operator.tab_to(page.get_by_role("button", name="Save", exact=True), backwards=True)
    keys.press("Enter")
    expect(page.get_by_text("Version 1 saved")).to_be_visible()
    stored = stored_template(operator, name)
    assert stored["subject"] == "Booked: {{ booking.confirmation_code | default('yes', true) }}!"
    assert stored["blocks"][1]["attrs"]["show_if"] == CONDITION
    assert stored["translations"]["de"]["subject"] == "Gebucht"

    operator.tab_to(page.get_by_role("button", name="Send test"))
    keys.press("Enter")
    trying = page.get_by_role("dialog", name=re.compile("^Send test"))
    operator.tab_to(trying.get_by_role("button", name="Send test"))
    keys.press("Enter")
    expect(page.get_by_text(f"Sent a test to {ADMIN}.")).to_be_visible()

    send = step("send", "send_template", "Write to the guest", 1, template=stored["id"])
    workflow = operator.make(f"Sends {name}", chain("Booking Created", send))
    operator.open(workflow)
    operator.tab_to(page.get_by_role("button", name="Publish", exact=True))
    keys.press("Enter")
    publishing = page.get_by_role("dialog")
    operator.tab_to(publishing.get_by_role("button", name="Publish version"))
    keys.press("Enter")
    expect(page.get_by_text("Published version")).to_be_visible()
    booking_id = operator.put_event("booking_created", customer=guest(), booking=GROUP)
    poll(lambda: operator.runs(workflow, booking_id, "completed"), "the execution")
    operator.go(f"bookings/{booking_id}")
    operator.tab_to(page.get_by_role("button", name=f"E-mail “{name}” to m…@example.com"))
    keys.press("Enter")
    reading = page.get_by_role("dialog")
    expect(reading.get_by_text("Gebucht")).to_be_visible()
    sent = reading.frame_locator("iframe")
    words = sent.get_by_role("paragraph")
    expect(words.filter(has_text="Please pay the rest at the desk.")).to_be_visible()
    keys.press("Escape")
    expect(reading).to_have_count(0)


@pytest.mark.parametrize("kind", ["template", "survey"])
def test_the_first_save_leaves_the_page_as_it_is(operator: Operator, kind: str) -> None:
    page = operator.page
    operator.sign_in()
    operator.go(f"{kind}s/from/blank")
    name = page.get_by_label(f"Name of the {kind}")
    first = f"First {kind} {time.time_ns()}"
    name.fill(first)
    if kind == "template":
        page.get_by_label("Subject", exact=True).fill("Hello")
        page.get_by_role("textbox", name="E-mail", exact=True).click()
        page.keyboard.type("Words")
    else:
        page.get_by_label("Question 1", exact=True).fill("How was it?")
    form = page.locator(".editing__form")
    form.evaluate("form => { form.dataset.before = 'the save' }")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(f"Saved “{first}”.")).to_be_visible()
    expect(page).not_to_have_url(re.compile("from/blank"))
    expect(form).to_have_attribute("data-before", "the save")
    expect(name).to_have_value(first)

    # Another one begins anew, though nothing else was opened between.
    operator.go(f"{kind}s/from/blank")
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    expect(name).not_to_have_value(first)


def guest() -> dict[str, str]:
    """Return a guest who is written to in German."""
    name = {"first_name": "Marie", "last_name": "Curie"}
    address = {"email": "marie@example.com", "locale": "de-AT"}
    return {"id": f"cus-{time.time_ns()}", **name, **address}


def exported(operator: Operator, name: str, folder: Path) -> Path:
    """Export a template from its menu in the list; return the file."""
    page = operator.page
    operator.go("templates")
    page.get_by_label("Search templates").fill(name)
    expect(page.get_by_role("row").filter(has=page.get_by_role("cell"))).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("button", name=f"More for {name}", exact=True).click()
        page.get_by_role("menuitem", name="Export").click()
    file = folder / "template.json"
    download.value.save_as(file)
    return file
