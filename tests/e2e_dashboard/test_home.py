"""The day begins on Home: what failed is found, fixed and resumed; locations are switched and added."""

from __future__ import annotations

import secrets

from playwright.sync_api import expect

from tests.e2e_dashboard.operator import Operator, accessibility_problems, chain, poll, step

EVENT = "Chat Message Created"


def test_a_failure_is_found_from_home_debugged_fixed_and_resumed_in_bulk(
    operator: Operator,
) -> None:
    page, mark = operator.page, secrets.token_hex(3)
    name, broken, fixed = f"CRM {mark}", f"/moved/{mark}", f"/now/{mark}"
    hook = step("crm", "webhook", "Tell the CRM", 1, url=operator.receiver_url + broken)
    workflow_id = operator.make(name, chain(EVENT, hook))
    operator.start(workflow_id)
    for _ in range(2):
        operator.answer_next(broken, 410)
        booking_id = operator.put_event("chat_message_created")
        poll(lambda id=booking_id: operator.runs(workflow_id, id, "failed"), "the failure")

    operator.sign_in()
    page.get_by_role("link", name="Home", exact=True).click()
    group = page.get_by_role("listitem").filter(has_text=name)
    expect(group).to_contain_text("2 executions")
    assert accessibility_problems(page) == []
    group.get_by_role("link", name="Look into it").click()
    expect(operator.standing("Tell the CRM", "failed")).to_be_visible()

    operator.open(workflow_id)
    operator.node("Tell the CRM").click()
    page.get_by_label("Address").fill(operator.receiver_url + fixed)
    operator.expect_saved()
    operator.publish()

    page.get_by_role("link", name="All workflows").click()
    page.get_by_role("link", name="Home", exact=True).click()
    group.get_by_role("button", name="Resume all with this error").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Resume 2 executions").click()
    expect(dialog.get_by_text("Resumed 2 of 2 executions.")).to_be_visible()
    dialog.get_by_role("button", name="Close").last.click()
    expect(group).to_have_count(0)
    poll(lambda: len(operator.requests(fixed)) == 2, "both requests")


def test_a_location_is_added_with_a_workflow_and_switched_to_and_from(operator: Operator) -> None:
    page, mark = operator.page, secrets.token_hex(3)
    operator.sign_in()
    page.get_by_role("link", name="Add a location").click()
    page.get_by_label("Name", exact=True).fill(f"Fjord {mark}")
    expect(page.get_by_label("Id", exact=True)).to_have_value(f"fjord-{mark}")
    page.get_by_label("Time zone").fill("Europe/Oslo")
    page.get_by_label("Language and region").fill("nb-NO")
    page.get_by_label("Country").fill("NO")
    page.get_by_label("Currency").fill("NOK")
    page.get_by_label("Pre-Visit Reminder").check()
    assert accessibility_problems(page) == []
    page.get_by_role("button", name="Add the location").click()

    expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()
    location = page.get_by_label("Location", exact=True)
    expect(location.locator("option:checked")).to_have_text(f"Fjord {mark}")
    page.get_by_role("link", name="Workflows", exact=True).click()
    expect(page.get_by_role("row").filter(has_text="Pre-Visit Reminder")).to_contain_text("Draft")
    page.get_by_role("link", name="Settings", exact=True).click()
    expect(page.get_by_role("combobox", name="Time zone")).to_have_value("Europe/Oslo")

    location.select_option(label="Valle Rafting")
    expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()
    page.get_by_role("link", name="Settings", exact=True).click()
    expect(page.get_by_role("textbox", name="Currency")).to_have_value("CLP")
    page.get_by_role("link", name="Workflows", exact=True).click()
    expect(page.get_by_role("row").filter(has_text=f"Fjord {mark}")).to_have_count(0)
