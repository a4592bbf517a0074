"""What operators do with runs: cancel one, replay its event, use an older version again."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e_dashboard.operator import Operator, chain, poll, step

EVENT = "Chat Message Created"


def test_waiting_run_is_cancelled_and_goes_no_further(operator: Operator) -> None:
    page = operator.page
    graph = chain(
        EVENT,
        step("wait", "delay", "Wait a while", 1, value=2, unit="hours"),
        step("note", "add_booking_note", "Leave a note", 2, note="Late"),
    )
    workflow_id = operator.make("Waits", graph)
    operator.start(workflow_id)
    operator.sign_in()
    operator.open(workflow_id)
    run = operator.open_run(operator.put_event("chat_message_created"))
    expect(operator.standing("Wait a while", "waiting")).to_be_visible()
    run.get_by_role("button", name="Cancel execution").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel execution").click()
    expect(run.get_by_text("Cancelled", exact=True).first).to_be_visible()
    expect(operator.standing("Wait a while", "skipped")).to_be_visible()
    expect(operator.standing("Leave a note", "not_reached")).to_be_visible()
    expect(run.get_by_role("button", name="Cancel execution")).to_have_count(0)
    expect(run.get_by_role("button", name="Resume", exact=True)).to_be_visible()


def test_event_is_replayed_into_a_new_run(operator: Operator) -> None:
    page = operator.page
    graph = chain(EVENT, step("note", "add_booking_note", "Leave a note", 1, note="Wrote"))
    workflow_id = operator.make("Replayed", graph)
    operator.start(workflow_id)
    operator.sign_in()
    operator.open(workflow_id)
    booking_id = operator.put_event("chat_message_created")
    run = operator.open_run(booking_id)
    expect(run.get_by_text("Completed", exact=True).first).to_be_visible()
    run.get_by_role("button", name="Replay event").click()
    page.get_by_role("dialog").get_by_role("button", name="Replay", exact=True).click()
    runs = page.get_by_role("row").filter(has_text=booking_id)
    expect(runs).to_have_count(2)
    expect(runs.filter(has_text="Completed")).to_have_count(2)


def test_versions_are_compared_and_an_older_one_is_used_again(operator: Operator) -> None:
    page = operator.page
    first = chain(EVENT, step("note", "add_booking_note", "Leave a note", 1, note="First"))
    second = chain(
        EVENT,
        step("note", "add_booking_note", "Leave a note", 1, note="Second"),
        step("task", "create_task", "Call back", 2, title="Call back"),
    )
    workflow_id = operator.make("Versions", first)
    operator.start(workflow_id)
    operator.save(
        workflow_id, operator.call("GET", f"/workflows/{workflow_id}")["revision"], "V", second
    )
    operator.start(workflow_id)
    operator.sign_in()
    operator.open(workflow_id, "versions")
    expect(operator.node("Call back").locator(".step--added")).to_be_visible()
    expect(operator.node("Leave a note").locator(".step--changed")).to_be_visible()
    panel = page.get_by_label("Versions", exact=True)
    expect(panel.get_by_role("listitem").filter(has_text="Call back").first).to_be_visible()
    expect(panel.get_by_text("First", exact=True)).to_be_visible()
    expect(panel.get_by_text("Second", exact=True)).to_be_visible()

    operator.open(workflow_id)
    page.get_by_label("Name of the workflow").fill("W")
    page.get_by_label("Description").fill("Calls guests back")
    operator.node("Leave a note").click()
    page.get_by_role("button", name="Delete step").click()
    expect(operator.node("Leave a note")).to_have_count(0)
    operator.expect_saved()
    operator.open(workflow_id, "versions")
    expect(operator.node("Leave a note").locator(".step--changed")).to_be_visible()
    panel.get_by_label("Compare with").select_option(label="The draft")
    expect(panel.get_by_role("heading", name="From version 2 to the draft")).to_be_visible()
    expect(panel.get_by_role("listitem").filter(has_text="Name")).to_contain_text("W")
    described = panel.get_by_role("listitem").filter(has_text="Description")
    expect(described).to_contain_text("Calls guests back")
    expect(operator.node("Leave a note").locator(".step--removed")).to_be_visible()
    expect(operator.node("Call back").locator(".step")).not_to_have_class(re.compile("step--"))
    expect(page.locator(".step-edge--removed")).to_have_count(2)
    expect(page.locator(".step-edge--added")).to_have_count(1)

    panel.get_by_role("button", name=re.compile("^Version 1")).click()
    expect(operator.node("Call back")).to_have_count(0)
    panel.get_by_role("button", name="Use version 1").click()
    page.get_by_role("dialog").get_by_role("button", name="Use version 1").click()
    used = panel.get_by_role("button", name=re.compile("^Version 1"))
    expect(used.get_by_text("in use")).to_be_visible()
    expect(page.get_by_text("On · version 1")).to_be_visible()

    booking_id = operator.put_event("chat_message_created")
    (run,) = poll(lambda: operator.runs(workflow_id, booking_id), "the run")
    assert run["version"] == 1
    saved = operator.call("GET", f"/workflows/{workflow_id}")
    assert [node["name"] for node in saved["draft"]["nodes"]][1:] == ["Call back"]
